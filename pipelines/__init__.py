"""Dagster only: what runs when, on which partition. Bodies of a few lines."""
