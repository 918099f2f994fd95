"""Follows values from where they were read to where they were sent."""
