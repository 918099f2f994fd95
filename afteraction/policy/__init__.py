"""Thresholds chosen; the policy bundle built, backtested, published, rolled back."""
