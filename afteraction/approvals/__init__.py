"""Tickets, decisions, grants; who may decide."""
