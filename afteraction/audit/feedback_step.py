"""Which scorecard the next bundle carries: the shipped one, moved as far as verdicts may move it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
import polars as pl
from numpy.typing import NDArray

from afteraction.approvals.directory import Directory, believed
from afteraction.audit.labelled_rows import labelled_rows
from afteraction.lake import Lake, read_small, write_small
from afteraction.records.settings import Settings
from afteraction.records.ticket import LABELS, RELIABILITY
from afteraction.scoring import harm_probability as harm
from afteraction.scoring.feedback import Reweighted, reweighted
from afteraction.scoring.influence import SHARE, capped
from afteraction.scoring.labels import answered, standing
from afteraction.scoring.precision import least_precision
from afteraction.scoring.scorecard import Scorecard, decode, default_scorecard

_STATE: Final = "feedback"
#: The newest labels are learned from, so that the cost has a bound.
MOST: Final = 5_000
#: Labels are learned from again when they are so many more, or when one of the old ones is gone or changed.
_MORE: Final = 0.1
_UNKNOWN: Final = "\0unknown"
_c = pl.col


@dataclass(frozen=True)
class Learned:
    """A scorecard as a bundle holds it. `note` says how it came about, where there is something to say."""

    scorecard: dict[str, Any]
    note: str | None = None


def shipped() -> dict[str, Any]:
    """The scorecard that comes with this version, as JSON values."""
    return _plain(default_scorecard())


def learned(
    home: Path,
    lake: Lake,
    *,
    tickets: pl.DataFrame,
    settings: Settings,
) -> Learned:
    """The scorecard for the next candidate: the shipped one, bit for bit, as long as nothing may move it.

    `tickets` is `Casebook.ticket_actions()`. Leaves the public tables `labels` and `reliability` behind.
    Nothing is read or computed again while the labels that stand are those of the last time.
    """
    start = default_scorecard()
    labels = standing(tickets, believed(Directory.of(settings))).sort("decided_at", "action_id", "person")
    labels = labels.tail(MOST).sort("action_id", "person")
    before, names = _State.read(home), _names(labels)
    if before is None and not names:
        return Learned(_plain(start))
    if before is not None and before.start == _digest(start) and before.still(names):
        return Learned(_plain(decode(before.scorecard)), before.note)
    return _learn(home, lake, labels, answered(tickets), settings.delta)


def _learn(home: Path, lake: Lake, labels: pl.DataFrame, shares: dict[str, float], delta: float) -> Learned:
    start, names = default_scorecard(), _names(labels)
    rows = labels.join(labelled_rows(home, lake, labels), on="action_id", how="inner", maintain_order="left")
    rows = rows.with_columns(_c("agent_id").fill_null(_UNKNOWN))
    groups = (rows["person"].to_list(), rows["agent_id"].to_list())
    weights = capped(rows["base"].to_numpy(), groups)
    harmful = (rows["label"] == "harmful").to_numpy().astype(float)
    moved = reweighted(start, rows, harmful, weights)
    chance = rows["propensity"].fill_null(1.0) * rows["source"].replace_strict(
        shares, default=1.0, return_dtype=pl.Float64
    )
    spread = capped(harm.importance(chance.to_list(), rows["base"].to_numpy()), groups)
    points = moved.scorecard.points(rows)
    risk = harm.recalibrated(start.calibration, points, harmful, spread)
    scorecard = msgspec.structs.replace(moved.scorecard, calibration=risk)
    found = _reliability(start, rows, points, harmful, spread) | _precision(labels, delta)
    note = (
        f"{_note(rows, weights, moved, harm.method(spread))}; {_told(found, delta)}" if rows.height else None
    )
    _keep(home, rows, weights, {**found, "note": note, "learned_from": _joined(names)})
    state = _State(_digest(start), names, msgspec.json.encode(scorecard), note)
    state.write(home)
    return Learned(_plain(scorecard), note)


def _note(rows: pl.DataFrame, weights: NDArray[np.float64], moved: Reweighted, method: str) -> str:
    """What was learned from whom, and what the cap took away, for the bundle's table and the summary."""
    people, agents = rows["person"].n_unique(), rows["agent_id"].n_unique()
    said, counted = float(rows["base"].sum()), float(weights.sum())
    told = f"learned from {rows.height} verdicts of {people} reviewers on {agents} agents ({method})"
    if counted < 0.99 * said:
        told += (
            f"; they count as {counted:.2f}, since no reviewer and no agent may supply more than {SHARE:.0%}"
            " of what moves it (five of each, with about as many verdicts, count in full)"
        )
    weighed = ", ".join(f"{name} from {was} to {now}" for name, (was, now) in sorted(moved.moved.items()))
    return f"{told}; {f'points of {weighed}' if weighed else 'no weight moved'}"


def _precision(labels: pl.DataFrame, delta: float) -> dict[str, Any]:
    """How many of the judged tickets were harmful; random audits are another population."""
    judged = labels.filter(_c("source") == "ticket").group_by("ticket_id")
    tickets = judged.agg((_c("label") == "harmful").any())["label"]
    bad = int(tickets.sum())
    return {
        "tickets": tickets.len(),
        "precision": bad / tickets.len() if tickets.len() else None,
        "least_precision": round(least_precision(bad, tickets.len(), delta), 4),
    }


def _told(found: dict[str, Any], delta: float) -> str:
    share = 0.0 if found["precision"] is None else found["precision"]
    return (
        f"{share:.0%} of {found['tickets']} judged tickets were about harm, and with {1 - delta:.0%} "
        f"confidence at least {found['least_precision']:.0%} of such tickets are"
    )


def _reliability(
    start: Scorecard,
    rows: pl.DataFrame,
    points: NDArray[np.int64],
    harmful: NDArray[np.float64],
    weights: NDArray[np.float64],
) -> dict[str, Any]:
    """One row of `RELIABILITY`, all but its name and note: verdicts judged by what the others taught."""
    unseen = harm.unseen_risk(start.calibration, points, harmful, weights, rows["session_key"].to_list())
    now = harm.reliability(unseen, harmful, weights)
    was = harm.reliability(start.calibration.of(start.points(rows)), harmful, weights)
    return {
        "until": rows["decided_at"].max(),
        "labels": rows.height,
        "harmful": int(harmful.sum()),
        "reviewers": rows["person"].n_unique(),
        "agents": rows["agent_id"].n_unique(),
        "weight": round(float(weights.sum()), 4),
        "method": harm.method(weights),
        "ece": now.ece,
        "skill": now.skill,
        "shipped_ece": was.ece,
        "shipped_skill": was.skill,
        "diagram": msgspec.json.encode(now.diagram).decode(),
    }


def _keep(home: Path, rows: pl.DataFrame, weights: NDArray[np.float64], found: dict[str, Any]) -> None:
    labels = rows.with_columns(weight=pl.Series(weights, dtype=pl.Float64), reviewer="person")
    labels = labels.with_columns(_c("agent_id").replace({_UNKNOWN: None}))
    write_small(home, "labels", labels.select(_c(name).cast(kind) for name, kind in LABELS.items()))
    before = read_small(home, "reliability")
    kept = pl.DataFrame(schema=RELIABILITY) if before is None else before
    one = pl.DataFrame([found], schema=RELIABILITY)
    kept = kept.filter(_c("learned_from") != found["learned_from"])
    write_small(home, "reliability", pl.concat([kept, one]).tail(1_000))


class _State(msgspec.Struct, frozen=True):
    """What was learned last, from which start and which labels."""

    start: str
    names: frozenset[str]
    scorecard: bytes
    note: str | None

    @classmethod
    def read(cls, home: Path) -> _State | None:
        """As left by the last run; nothing before the first."""
        held = read_small(home, _STATE)
        return None if held is None else msgspec.json.decode(held["state"][0], type=cls)

    def write(self, home: Path) -> None:
        """Keep it for the next run."""
        content = msgspec.json.encode(self, order="deterministic").decode()
        write_small(home, _STATE, pl.DataFrame({"state": [content]}))

    def still(self, names: frozenset[str]) -> bool:
        """Whether these labels are the same ones, or the same ones with too few more to learn again."""
        fresh = len(names) - len(self.names)
        return self.names <= names and (fresh == 0 or fresh < _MORE * len(self.names))


def _names(labels: pl.DataFrame) -> frozenset[str]:
    """Each label as one word: whatever of it matters changes its name."""
    told = ("action_id", "person", "agent_id", "label", "propensity", "base")
    return frozenset(
        hashlib.sha256(repr(row).encode("utf-8", "surrogatepass")).hexdigest()[:16]
        for row in labels.select(told).iter_rows()
    )


def _joined(names: frozenset[str]) -> str:
    return hashlib.sha256("".join(sorted(names)).encode()).hexdigest()[:16]


def _digest(scorecard: Scorecard) -> str:
    return hashlib.sha256(msgspec.json.encode(scorecard)).hexdigest()


def _plain(scorecard: Scorecard) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(scorecard))
    return found
