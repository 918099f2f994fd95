"""Which findings a suppression holds back, and which sessions must be looked at again when one changes.

A finding that is held back stays in `findings`, with the suppression's id and reason. What scoring sees of
its action is as if the value were not sensitive there.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

import msgspec
import polars as pl

from afteraction.lake import Lake, read_small, write_small
from afteraction.records.session_batch import SessionBatch
from afteraction.records.settings import Suppression
from afteraction.records.suppression import SUPPRESSIONS

_APPLIED: Final = "suppressions-applied"
_SAME: Final = {"detector": "detector", "value_fp": "value_fp"}
_LIKE: Final = {"tool": "tool", "agent": "agent_id"}
_CONDITIONS: Final = ("detector", "value_fp", "destination", "tool", "agent", "path")


def today(now: int) -> date:
    """The day (UTC) of a time in µs since the epoch."""
    return datetime.fromtimestamp(now / 1_000_000, UTC).date()


def in_force(suppressions: Iterable[Suppression], day: date) -> tuple[Suppression, ...]:
    """Those that hold on `day`."""
    return tuple(one for one in suppressions if day <= one.expires)


def digest(one: Suppression) -> str:
    """The SHA-256 of everything that a suppression says."""
    return hashlib.sha256(msgspec.json.encode(one, order="deterministic")).hexdigest()


def held_back(
    findings: pl.DataFrame, batch: SessionBatch, masked: pl.DataFrame, suppressions: Sequence[Suppression]
) -> pl.DataFrame:
    """`findings` with `suppressed_by` and `suppressed_reason`; of several suppressions the first counts.

    `masked` has the actions of `batch` with their destinations as tables show them.
    """
    if not suppressions or findings.is_empty():
        return findings
    shown = masked.select("action_id", shown="destination")
    known = batch.actions.select("action_id", "tool", "agent_id", "destination")
    rows = findings.select("finding_id", "action_id", "detector", "part", "value_fp")
    rows = rows.join(known, on="action_id", how="left").join(shown, on="action_id", how="left")
    names: dict[str, Suppression] = {}
    for one in suppressions:
        hit = rows.filter(conditions(one) & _destined(one))
        if one.path is not None:
            hit = hit.filter(_in_path(hit, batch, one.path))
        for finding in hit["finding_id"].to_list():
            names.setdefault(finding, one)
    ids = {finding: one.id for finding, one in names.items()}
    reasons = {finding: one.reason for finding, one in names.items()}
    return findings.with_columns(
        pl.col("finding_id").replace_strict(ids, default=None, return_dtype=pl.String).alias("suppressed_by"),
        pl.col("finding_id")
        .replace_strict(reasons, default=None, return_dtype=pl.String)
        .alias("suppressed_reason"),
    )


def counted(findings: pl.DataFrame) -> pl.DataFrame:
    """The findings that nothing holds back."""
    return findings.filter(pl.col("suppressed_by").is_null())


def without_values(batch: SessionBatch, findings: pl.DataFrame) -> SessionBatch:
    """`batch` without the matches and flows of values whose findings are held back."""
    gone = findings.drop_nulls(["suppressed_by", "value_fp"])
    if gone.is_empty():
        return batch
    return batch.with_(
        matches=batch.matches.join(gone, on=["action_id", "part", "value_fp"], how="anti"),
        flows=batch.flows.join(gone, on=["action_id", "value_fp"], how="anti"),
    )


def without_features(features: pl.DataFrame, findings: pl.DataFrame) -> pl.DataFrame:
    """`features` with those of a detector at rest where its own finding of the action is held back."""
    from detectors import behaviour  # noqa: PLC0415 - detectors load only where they work

    gone = findings.filter(pl.col("suppressed_by").is_not_null())
    for model in behaviour.all_detectors() if gone.height else ():
        ids = gone.filter(pl.col("detector") == model.id)["action_id"]
        if ids.len():
            here = pl.col("action_id").is_in(ids.implode())
            features = features.with_columns(
                pl.when(here)
                .then(pl.lit(0 if kind.is_numeric() else None).cast(kind))
                .otherwise(name)
                .alias(name)
                for name, kind in model.columns.items()
            )
    return features


def conditions(one: Suppression) -> pl.Expr:
    """What a suppression asks of a finding with the `tool` and `agent_id` of its action."""
    held = pl.lit(True)  # noqa: FBT003 - a literal of a Polars expression
    for name, column in _SAME.items():
        if (wanted := getattr(one, name)) is not None:
            held &= pl.col(column) == wanted
    for name, column in _LIKE.items():
        if (wanted := getattr(one, name)) is not None:
            held &= pl.col(column).str.contains(_regex(wanted))
    return held.fill_null(value=False)


def _destined(one: Suppression) -> pl.Expr:
    if one.destination is None:
        return pl.lit(True)  # noqa: FBT003
    like = _regex(one.destination)
    either = [pl.col(name).str.contains(like).fill_null(value=False) for name in ("destination", "shown")]
    return pl.any_horizontal(either)


def _regex(glob: str) -> str:
    parts = {"*": ".*", "?": "."}
    return "(?is)^" + "".join(parts.get(char) or re.escape(char) for char in glob) + "$"


def _in_path(hit: pl.DataFrame, batch: SessionBatch, glob: str) -> pl.Series:
    """Whether every place of the finding's value in the arguments stands in one that `glob` names."""
    ids = hit["action_id"].unique().implode()
    leaves: dict[str, list[tuple[str, str]]] = {}
    named = batch.arguments.filter(pl.col("action_id").is_in(ids) & ~pl.col("arg_path").str.starts_with("#"))
    for action, path, value in named.select("action_id", "arg_path", "value").iter_rows():
        leaves.setdefault(action, []).append((path, value or ""))
    places = _places(batch, ids)
    like = re.compile(_regex(glob))
    return pl.Series(
        [
            part == "args" and _covered(places.get((action, value), []), leaves.get(action, []), like)
            for action, part, value in hit.select("action_id", "part", "value_fp").iter_rows()
        ],
        dtype=pl.Boolean,
    )


def _places(batch: SessionBatch, ids: pl.Expr | pl.Series) -> dict[tuple[str, str], list[str]]:
    """The texts, as logged, that a value has in the arguments of an action."""
    args = batch.actions.select("action_id", "args")
    found = batch.matches.filter((pl.col("part") == "args") & pl.col("action_id").is_in(ids))
    rows = found.join(args, on="action_id").select("action_id", "value_fp", "args", "start", "end")
    places: dict[tuple[str, str], list[str]] = {}
    for action, value, text, start, end in rows.iter_rows():
        places.setdefault((action, value), []).append((text or "")[start:end])
    return places


def _covered(texts: Sequence[str], leaves: Sequence[tuple[str, str]], like: re.Pattern[str]) -> bool:
    """Each text stands in an argument, and only in arguments that `like` names."""
    for text in texts:
        holding = [path for path, value in leaves if text in value or _unescaped(text) in value]
        if not holding or not all(like.match(path) for path in holding):
            return False
    return bool(texts)


def _unescaped(text: str) -> str:
    try:
        value = json.loads(f'"{text}"')
    except ValueError:
        return text
    return value if isinstance(value, str) else text


def affected(home: Path, lake: Lake, now: Sequence[Suppression]) -> pl.Series:
    """The keys of sessions whose findings a suppression may hold back, or no longer does, since last time.

    Looks only at what tables show, so it may name more sessions than change.
    """
    past, present = _past(home), _said(now)
    changed = {name for name in {*past, *present} if past.get(name) != present.get(name)}
    if not changed:
        return pl.Series(dtype=pl.String)
    findings = lake.read(
        "findings", columns=("session_key", "action_id", "detector", "value_fp", "suppressed_by")
    )
    rows = findings.join(
        lake.read("actions", columns=("action_id", "tool", "agent_id")), on="action_id", how="left"
    )
    fresh = [conditions(one) for one in now if one.id in changed]
    touched = pl.any_horizontal([pl.col("suppressed_by").is_in(list(changed)).fill_null(value=False), *fresh])
    return rows.filter(touched)["session_key"].unique().sort()


def applied(home: Path, now: Sequence[Suppression], *, every: bool = True) -> None:
    """Remember what the tables were made with; without `every` session, what some of them were made with."""
    past, said = _past(home), _said(now)
    if not every:
        said = {**past, **{name: "" for name, text in said.items() if past.get(name) != text}}
    if said != past:
        rows = pl.DataFrame(list(said.items()), schema={"id": pl.String, "said": pl.String}, orient="row")
        write_small(home, _APPLIED, rows)


def _past(home: Path) -> dict[str, str]:
    before = read_small(home, _APPLIED)
    return {} if before is None else dict(before.select("id", "said").iter_rows())


def _said(suppressions: Iterable[Suppression]) -> dict[str, str]:
    return {one.id: msgspec.json.encode(one, order="deterministic").decode() for one in suppressions}


def table(suppressions: Sequence[Suppression], findings: pl.DataFrame, day: date) -> pl.DataFrame:
    """The public `suppressions` table; `findings` needs ids, `event_date` and `suppressed_by`."""
    rows = [
        {
            **{name: getattr(one, name) for name in _CONDITIONS},
            "suppression_id": one.id,
            "state": "in_force" if day <= one.expires else "expired",
            "owner": one.owner,
            "reason": one.reason,
            "expires": one.expires,
        }
        for one in suppressions
    ]
    known = {name: kind for name, kind in SUPPRESSIONS.items() if name not in _USES}
    frame = pl.DataFrame(rows, schema=known)
    used = (
        findings.drop_nulls("suppressed_by")
        .group_by(suppression_id="suppressed_by")
        .agg(
            uses=pl.len().cast(pl.Int64),
            actions=pl.col("action_id").n_unique().cast(pl.Int64),
            sessions=pl.col("session_key").n_unique().cast(pl.Int64),
            last_used=pl.col("event_date").max(),
        )
    )
    joined = frame.join(used, on="suppression_id", how="left")
    return joined.with_columns(pl.col("uses", "actions", "sessions").fill_null(0)).select(*SUPPRESSIONS)


_USES: Final = frozenset({"uses", "actions", "sessions", "last_used"})


def entries(
    suppressions: Sequence[Suppression], known: Mapping[str, Mapping[str, Any]], day: date
) -> list[dict[str, Any]]:
    """What the ledger says of each: its owner, expiry, state and digest; `known` are the newest entries."""
    found: list[dict[str, Any]] = [
        {
            "kind": "suppression",
            "key": one.id,
            "state": "in_force" if day <= one.expires else "expired",
            "owner": one.owner,
            "expires": one.expires.isoformat(),
            "digest": digest(one),
        }
        for one in suppressions
    ]
    ids = {one.id for one in suppressions}
    found += [{**before, "state": "removed"} for key, before in sorted(known.items()) if key not in ids]
    return found
