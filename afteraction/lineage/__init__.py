"""Follows values from where they were read to where they were sent."""

from afteraction.lineage.follow import follow
from afteraction.lineage.provenance import PROVENANCE, provenance
from afteraction.lineage.targets import enrich

__all__ = ["PROVENANCE", "enrich", "follow", "provenance"]
