"""Models that find odd behaviour against a fitted baseline."""
