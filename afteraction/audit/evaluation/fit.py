"""Trains the shipped scorecard: `python -m afteraction.audit.evaluation.fit DIR [--into FOLDER]`."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
import polars as pl

from afteraction.audit.evaluation import agents
from afteraction.audit.evaluation.agents import Quality
from afteraction.audit.evaluation.sources import Analysed, SourceMissingError, labelled_runs
from afteraction.records.settings import Settings
from afteraction.scoring.conformal import Certificate
from afteraction.scoring.scorecard import (
    DEFAULT,
    THRESHOLD,
    Scorecard,
    ScorecardError,
    Threshold,
    checked,
    encode,
)
from afteraction.scoring.training import TOTAL, calibrate

#: Folders of runs: as published, and with attacker names renamed and wrappers removed. Labels serve both.
RUNS: Final = {"original": "agent", "scrubbed": "agent_scrubbed"}
ALPHA: Final = 0.01
DELTA: Final = 0.05
REPORT: Final = "default_training.json"


class Report(msgspec.Struct, frozen=True):
    """What the shipped scorecard was trained on and how it did on what it had not seen."""

    sources: dict[str, int]
    actions: int
    harmful: int
    ticket_points: int
    certificate: Certificate
    left_out: tuple[Quality, ...]


def read_runs(directory: Path, settings: Settings, told: Callable[[str, int], None]) -> dict[str, Analysed]:
    """All labelled runs of a folder by kind (`RUNS`) and source, as `kind/source`."""
    found = {}
    for kind, folder in RUNS.items():
        for labels in sorted((directory / "agent").glob("*.labels.jsonl.gz")):
            source = labels.name.removesuffix(".labels.jsonl.gz")
            runs, name = directory / folder / f"{source}.runs.jsonl.gz", f"{kind}/{source}"
            if runs.exists():
                found[name] = labelled_runs(runs, labels, settings, partial(told, name))
    if not found:
        raise SourceMissingError(f"{directory}/agent holds no *.labels.jsonl.gz; see docs/quality.md")
    return found


def train(parts: dict[str, Analysed], told: Callable[[str], None]) -> tuple[Scorecard, Report]:
    """The scorecard fitted on everything, calibrated and given its threshold with suites left out.

    Raises `ScorecardError` where clean sessions have so many leak findings that no threshold would ticket
    anything else.
    """
    rows = pl.concat([agents.table(part).with_columns(kind=pl.lit(name)) for name, part in parts.items()])
    kinds = rows["kind"].str.split("/").list.first()
    scrubbed = kinds == ("scrubbed" if "scrubbed" in set(kinds) else kinds[0])
    seen = agents.together(
        [part for name, part in parts.items() if name.split("/")[0] == kinds.filter(scrubbed)[0]]
    )
    held = rows.filter(scrubbed)
    figures, certified, risk = [], None, None
    for by in ("suite", "goal", "model"):
        points = agents.left_out(rows, by, told)[scrubbed.to_numpy()]
        maxima = agents.session_maxima(held, points, seen.sessions)
        certified = certified or agents.ticket_threshold(maxima, ALPHA, DELTA)
        if certified is None:
            raise SourceMissingError(f"{maxima.height} sessions are too few for a threshold at {ALPHA:.0%}")
        if risk is None:
            kept = (~held["precursor"]).to_numpy()
            harmful = held["harmful"].to_numpy()[kept].astype(float)
            risk = calibrate(points[kept], harmful)
        figures.append(
            agents.quality(
                held,
                points,
                seen.sessions,
                source="all",
                runs="scrubbed",
                scoring=f"{by} left out",
                ticket=certified[0],
            )
        )
    assert certified is not None
    assert risk is not None
    if certified[0] > TOTAL:
        raise ScorecardError(
            f"clean sessions reach {certified[0] - 1} points, more than behaviour alone can ({TOTAL:.0f}):"
            " their leak findings are wrong, or they are not clean"
        )
    told("everything")
    scorecard = checked(Scorecard(features=agents.fit_tables(rows), calibration=risk))
    report = Report(
        sources={name: part.sessions.height for name, part in parts.items()},
        actions=rows.height,
        harmful=int(np.count_nonzero(rows["harmful"].to_numpy())),
        ticket_points=certified[0],
        certificate=certified[1],
        left_out=tuple(figures),
    )
    return scorecard, report


def main() -> None:
    """Read, train, write `default_scorecard.json` and its training report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--into", type=Path, default=DEFAULT.parent)
    chosen = parser.parse_args()
    parts = read_runs(chosen.directory, Settings(), lambda name, n: print(f"{name}: {n} actions read"))  # noqa: T201
    scorecard, report = train(parts, lambda what: print(f"left out: {what}"))  # noqa: T201
    (chosen.into / DEFAULT.name).write_bytes(encode(scorecard))
    threshold = Threshold(report.ticket_points, msgspec.to_builtins(report.certificate))
    (chosen.into / THRESHOLD.name).write_bytes(msgspec.json.encode(threshold) + b"\n")
    text = msgspec.json.format(msgspec.json.encode(report), indent=1)
    (chosen.into / REPORT).write_bytes(text + b"\n")


if __name__ == "__main__":
    main()
