"""Which thresholds history asks for: shipped ones first, conformal ones after, stricter ones by agent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec
import polars as pl

from afteraction import policy
from afteraction.audit import feedback_step
from afteraction.audit.clean_sessions import clean_sessions
from afteraction.lake import Lake
from afteraction.policy.lookup import MAX_ID
from afteraction.policy.publication import anchor
from afteraction.records.settings import Settings, Team
from afteraction.scoring import conformal
from afteraction.scoring.cells import Part, Points, lowered, spare
from afteraction.scoring.conformal import Certificate
from afteraction.scoring.scorecard import default_threshold

#: (tenant, agent, team): one of the latter two is None, both for the tenant's own cell.
Key = tuple[str, str | None, str | None]
Found = tuple[int, dict[str, Any] | None]
#: Fewest agents among which one can supply a fifth, and the share that one may supply of what raises.
_AGENTS: Final = 5


@dataclass(frozen=True)
class Wanted:
    """The `thresholds` of a bundle, and the number of sessions that were looked at for them."""

    thresholds: dict[str, Any]
    sessions: int = 0


def shipped(scorecard: Mapping[str, Any]) -> dict[str, Any]:
    """The thresholds where nothing is known yet, with the promise that the shipped scorecard came with.

    Of points that verdicts moved nothing was promised.
    """
    known = default_threshold()
    same = scorecard["features"] == feedback_step.shipped()["features"]
    certificate = (
        {**known.certificate, "level": "shipped"} if known.certificate is not None and same else None
    )
    return policy.choose(scorecard, known.points, certificate)


def wanted(
    home: Path,
    lake: Lake,
    live: policy.BundleInfo,
    scorecard: Mapping[str, Any],
    *,
    tickets: pl.DataFrame,
    settings: Settings,
) -> Wanted:
    """The shipped thresholds when the shipped scorecard is new here, else what history gives, else those in
    force.

    Sessions under review may turn out clean or not. A threshold moves only as far as it must whatever
    reviewers decide: a burst of attacks that nobody has judged yet cannot raise it. `tickets` holds
    `action_id` and `state` of every action that stands in a ticket.
    """
    parts = clean_sessions(home, lake, scorecard, tickets, settings.teams)
    sessions, ticket = parts["session_key"].n_unique(), live.thresholds["ticket"]
    new = live.document["scorecard"] != scorecard
    base = None if new and scorecard == feedback_step.shipped() else _base(live, parts, settings, new=new)
    if base is not None:
        cells = _cells(home, live, parts, base, settings, new=new) if settings.own_thresholds else []
        return Wanted(_thresholds(scorecard, base, cells), sessions)
    if new:
        return Wanted(shipped(scorecard), sessions)
    kept = ticket.get("cells", []) if settings.own_thresholds else []
    return Wanted(_thresholds(scorecard, _found(ticket), kept), sessions)


def _thresholds(
    scorecard: Mapping[str, Any], base: Found, cells: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    chosen = policy.choose(scorecard, *base)
    if cells:
        chosen["ticket"]["cells"] = [dict(one) for one in cells]
    return chosen


def _base(live: policy.BundleInfo, parts: pl.DataFrame, settings: Settings, *, new: bool) -> Found | None:
    """The threshold for all with its certificate; None where too few sessions are known for any."""
    every = _sessions(parts)
    judged = every.filter(~pl.col("waiting"))
    found = [_conformal(one["points"], settings) for one in (every, judged, _shared(judged, live, settings))]
    known = [one for one in found if one is not None]
    if len(known) < len(found):
        return None
    ticket = live.thresholds["ticket"]
    return _moved(None if new else (ticket["points"], ticket["certificate"]), known)


def _moved(now: Found | None, asked: Sequence[Found]) -> Found:
    """Where a threshold goes from `now` so that it moves only as far as every one of `asked` wants it."""
    low, *_, high = sorted(asked, key=lambda found: found[0])
    if now is None or low[0] == high[0] or now[0] < low[0]:
        return low
    return high if now[0] > high[0] else now


def _sessions(parts: pl.DataFrame) -> pl.DataFrame:
    """`points`, `waiting` and the `agent_id` that has the most points of each session."""
    worst = pl.col("agent_id").sort_by("points", "agent_id", descending=True, nulls_last=True).first()
    return (
        parts.group_by("session_key")
        .agg(pl.col("points").max(), pl.col("waiting").any(), worst)
        .sort("session_key")
    )


def _conformal(points: pl.Series, settings: Settings) -> Found | None:
    found = conformal.threshold(points.to_list(), settings.alpha, settings.delta)
    return None if found is None else (found[0], _told(found[1], "global"))


def _shared(sessions: pl.DataFrame, live: policy.BundleInfo, settings: Settings) -> pl.DataFrame:
    """`sessions` without those by which one agent supplies more than a fifth of what raises the threshold.

    Where fewer than five agents are known, none can supply less: then only the step limits bind.
    """
    k = conformal.rank(sessions.height, settings.alpha, settings.delta)
    if sessions["agent_id"].drop_nulls().n_unique() < _AGENTS or k == 0:
        return sessions
    place = pl.col("points").rank("ordinal").over("agent_id")
    above = sessions.filter(pl.col("points") >= live.thresholds["ticket"]["points"]).with_columns(place=place)
    surplus = above.filter(pl.col("place") > max(1, k // _AGENTS))
    return sessions.join(surplus, on="session_key", how="anti", maintain_order="left")


def _cells(
    home: Path, live: policy.BundleInfo, parts: pl.DataFrame, base: Found, settings: Settings, *, new: bool
) -> list[dict[str, Any]]:
    """The cells of `thresholds.ticket`: agents, then teams, then tenants.

    Each is held by the step limits of the last signed-off threshold, like the one for all.
    """
    signed = anchor(home / "bundles") or live
    least = -(-max(base[0], signed.thresholds["ticket"]["points"]) // 2)
    every, judged = (
        _lowered(some, base[0], least, settings) for some in (parts, parts.filter(~pl.col("waiting")))
    )
    ticket = live.thresholds["ticket"]
    before = {_key(one): _found(one) for one in ticket.get("cells", ()) if one["points"] is not None}
    made: dict[Key, Found] = {}
    for key in sorted(every.keys() & judged.keys(), key=repr):
        asked = [
            (at, base[1] if own is None else _told(own, _level(key))) for at, own in (every[key], judged[key])
        ]
        now = None if new else before.get(key, _found(ticket))
        made[key] = min(_moved(now, asked), base, key=lambda found: found[0])
    return list(_documents(made, base[0], settings.teams))


def _lowered(
    parts: pl.DataFrame, base: int, least: int, settings: Settings
) -> dict[Key, tuple[int, Certificate | None]]:
    alpha, delta = settings.alpha, settings.delta
    whole = _sessions(parts)["points"].to_numpy()
    k = conformal.rank(len(whole), alpha, delta)
    budget = spare(whole, Certificate(n=len(whole), k=k, alpha=alpha, delta=delta), base)
    cells = _parts(parts, conformal.fewest(alpha, delta))
    return lowered(cells, base, budget, alpha=alpha, delta=delta, least=min(least, base))


def _parts(parts: pl.DataFrame, fewest: int) -> Iterator[Part[Key]]:
    """Cells with at least `fewest` sessions, agents first; of each kind those with most sessions first."""
    ids = [pl.col(name).str.len_chars().fill_null(0) for name in ("tenant", "agent_id")]
    known = rest = parts.filter(pl.col("tenant").str.len_chars() > 0, pl.max_horizontal(ids) <= MAX_ID)
    for names in (["tenant", "agent_id"], ["tenant", "team"], ["tenant"]):
        sizes = (
            known.drop_nulls(names)
            .filter(pl.col(names[-1]) != "")
            .group_by(names)
            .agg(n=pl.col("session_key").n_unique())
            .filter(pl.col("n") >= fewest)
            .sort("n", *names, descending=[True, *[False] * len(names)])
        )
        for row in sizes.iter_rows(named=True):
            here = pl.all_horizontal(pl.col(name) == row[name] for name in names)
            key = (row["tenant"], row.get("agent_id"), row.get("team"))
            yield Part(key, _maxima(known.filter(here)), _maxima(rest.filter(here)))
        rest = rest.join(sizes, on=names, how="anti")


def _maxima(parts: pl.DataFrame) -> Points:
    found: Points = parts.group_by("session_key").agg(pl.col("points").max())["points"].to_numpy()
    return found


def _documents(made: Mapping[Key, Found], base: int, teams: Sequence[Team]) -> Iterator[dict[str, Any]]:
    """The cells as a bundle holds them; one at the threshold for all only where a coarser one is lower."""
    low = {(tenant, team) for (tenant, agent, team), (at, _) in made.items() if agent is None and at < base}
    coarser = {tenant for tenant, _ in low}
    for (tenant, agent, team), found in made.items():
        if agent is not None and (found[0] < base or tenant in coarser):
            yield {"tenant": tenant, "agent": agent, **_cell(found)}
        elif agent is None and team is None and found[0] < base:
            yield {"tenant": tenant, **_cell(found)}
    for tenant in sorted(coarser):
        for one in (one for one in teams if one.tenant in {None, tenant}):
            own = made.get((tenant, None, one.name))
            named = {"tenant": tenant, "team": one.name, "agents": list(one.agents)}
            yield named | ({"points": None} if own is None else _cell(own))


def _cell(found: Found) -> dict[str, Any]:
    return {"points": found[0], "certificate": found[1]}


def _found(document: Mapping[str, Any]) -> Found:
    return document["points"], document.get("certificate")


def _key(cell: Mapping[str, Any]) -> Key:
    return cell["tenant"], cell.get("agent"), cell.get("team")


def _level(key: Key) -> str:
    return "agent" if key[1] is not None else "team" if key[2] is not None else "tenant"


def _told(certificate: Certificate, level: str) -> dict[str, Any]:
    return {**msgspec.structs.asdict(certificate), "level": level}
