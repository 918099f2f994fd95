"""Readers: one per log format; verbatim line in, actions and messages out.

`plan` finds the files and their formats, `read_part` reads a part into bounded chunks. Formats belong
into `readers/`, one file each; nothing here knows what an action means.
"""

from afteraction.ingest.part import Chunk, Part
from afteraction.ingest.planning import plan
from afteraction.ingest.reading import read_part
from afteraction.ingest.source import SourceError

__all__ = ["Chunk", "Part", "SourceError", "plan", "read_part"]
