"""Behaviour baselines: learned from the lake after an audit, used by the next one."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import polars as pl

from afteraction.lake import Lake, read_small, write_small

_HISTORY: Final = (
    "tenant",
    "agent_id",
    "session_key",
    "event_date",
    "tool",
    "operation",
    "destination",
    "destination_class",
    "args",
)


def known(home: Path) -> Mapping[str, pl.DataFrame]:
    """The baselines as the last audit left them, by detector id; empty before the first."""
    from detectors import behaviour  # noqa: PLC0415 - detectors load only where they work

    found = {
        detector.id: read_small(home, f"baseline-{detector.id}") for detector in behaviour.all_detectors()
    }
    return {name: frame for name, frame in found.items() if frame is not None}


def features() -> pl.Struct:
    """What `features.row` holds: every column of every behaviour detector."""
    from detectors import behaviour  # noqa: PLC0415

    columns: dict[str, pl.DataType] = {}
    for detector in behaviour.all_detectors():
        columns.update(detector.columns)
    return pl.Struct(columns)


def learn(home: Path, lake: Lake) -> bool:
    """Learn again if `actions` changed since the last time; says whether it did."""
    from detectors import behaviour  # noqa: PLC0415
    from detectors.behaviour_detector import history  # noqa: PLC0415

    version = pl.DataFrame({"actions": [lake.version("actions")]})
    before = read_small(home, "baseline-learned")
    if lake.version("actions") < 0 or (before is not None and before.equals(version)):
        return False
    for name, frame in behaviour.fit(history(lake.read("actions", columns=_HISTORY))).items():
        write_small(home, f"baseline-{name}", frame)
    write_small(home, "baseline-learned", version)
    return True
