"""Afteraction: the library. It knows nothing of Dagster or of screens."""
