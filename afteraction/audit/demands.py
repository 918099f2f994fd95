"""What the bundles that scored actions want a person for: thresholds by agent, and rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from afteraction import policy
from afteraction.policy.history import stored
from afteraction.records.settings import Rule


@dataclass(frozen=True)
class Demands:
    """What one bundle wants a person for: a score that reaches its `thresholds`, or one of its `rules`."""

    thresholds: Mapping[str, Any]
    rules: tuple[Rule, ...]

    @property
    def least(self) -> int:
        """The lowest points that open a ticket for anybody."""
        ticket = self.thresholds["ticket"]
        cells: list[int] = [one["points"] for one in ticket.get("cells", ()) if one["points"] is not None]
        points: int = ticket["points"]
        return min([points, *cells])


def demands(home: Path, revisions: Iterable[str]) -> dict[str, Demands]:
    """The demands of each of these revisions; of a lost or damaged one those of the bundle in force."""
    found = {revision: _of(home / "bundles", revision) for revision in revisions}
    if None in found.values():
        live = policy.current(home / "bundles")
        now = None if live is None else _demands(live)
        found = {revision: one or now for revision, one in found.items()}
    return {revision: one for revision, one in found.items() if one is not None}


def _of(directory: Path, revision: str) -> Demands | None:
    try:
        return _demands(stored(directory, revision))
    except policy.PolicyError:
        return None


def _demands(bundle: policy.BundleInfo) -> Demands:
    return Demands(bundle.thresholds, msgspec.convert(bundle.document["rules"], tuple[Rule, ...]))
