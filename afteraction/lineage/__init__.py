"""Follows values from where they were read to where they were sent."""

from afteraction.lineage.follow import follow
from afteraction.lineage.targets import enrich

__all__ = ["enrich", "follow"]
