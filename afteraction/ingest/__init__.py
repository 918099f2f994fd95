"""Readers: one per log format; verbatim line in, actions and messages out."""
