"""One explained stretch of an argument."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Link:
    """A stretch of the text `arg_doc` of `leaf` and its origin; bytes are counted in the whole corpus.

    `kind` and `row` say whose text it was (`corpus`), `position` when it was read, `how` what was followed,
    `label` the sensitivity and `value_fp` its fingerprint where a match named it.
    """

    leaf: int
    kind: int
    row: int
    position: int
    start: int
    end: int
    arg_doc: int
    how: str
    label: str
    value_fp: str

    @property
    def size(self) -> int:
        """How many bytes are explained."""
        return self.end - self.start
