"""Detectors: one file each; being in a folder here is being registered."""
