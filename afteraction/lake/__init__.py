"""Parquet, Delta and DuckDB, encrypted originals and the published database; nowhere else."""
