"""Controls over the public tables, one file per control, and their evidence."""
