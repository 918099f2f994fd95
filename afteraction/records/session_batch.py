"""A batch of whole sessions: the frames that lineage, detectors and scoring work on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import polars as pl

from afteraction.records.action import ACTIONS_RAW, ACTIONS_TARGETED
from afteraction.records.canary import Canary
from afteraction.records.flow import ARGUMENTS, FLOWS
from afteraction.records.match import MATCHES
from afteraction.records.message import MESSAGES


@dataclass(frozen=True)
class SessionBatch:
    """Whole sessions, raw, in memory only.

    `actions` has the columns of `ACTIONS_RAW`, and those of `ACTIONS_TARGETED` once lineage has run;
    `matches`, `arguments` and `flows` are filled floor by floor; `carried` holds, like matches, the places
    in arguments into which lineage followed a sensitive value, in whatever form. `keys` maps each tenant to
    the key of its fingerprints (32 bytes). `canaries` are the values that owners planted.
    """

    actions: pl.DataFrame
    messages: pl.DataFrame
    keys: Mapping[str, bytes] = field(repr=False)
    matches: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=MATCHES))
    arguments: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=ARGUMENTS))
    flows: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=FLOWS))
    carried: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=MATCHES))
    canaries: tuple[Canary, ...] = ()

    def with_(self, **frames: pl.DataFrame) -> SessionBatch:
        """The same batch with some frames replaced."""
        return replace(self, **frames)  # type: ignore[arg-type]

    @staticmethod
    def empty() -> SessionBatch:
        """A batch without sessions, with every column in place."""
        return SessionBatch(
            actions=pl.DataFrame(schema={**ACTIONS_RAW, **ACTIONS_TARGETED}),
            messages=pl.DataFrame(schema=MESSAGES),
            keys={},
        )
