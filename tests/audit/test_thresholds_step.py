"""Own thresholds of agents, teams and tenants from a real lake; hook and audit look up the same ones."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import msgspec
import polars as pl
import pytest
from afteraction_hook.bundle import load

from afteraction import policy
from afteraction.audit import Audit, thresholds_step
from afteraction.audit.demands import Demands, demands
from afteraction.lake import Lake, query
from afteraction.policy.history import info
from afteraction.policy.lookup import ticket_points
from afteraction.records.settings import Settings, Team

#: As many points as the very same call was made before in its session.
CARD = {
    "features": [
        {
            "name": "repeated",
            "kind": "number",
            "edges": list(range(1, 100)),
            "points": list(range(100)),
            "missing": 0,
            "reason": "It was repeated {value} times.",
        }
    ],
    "calibration": {"edges": [30, 60], "risk": [0.001, 0.1, 0.5]},
}
TEAMS = (Team("few", ("few-*",)), Team("ops", ("ops-?",), tenant="beta"))
SETTINGS = Settings(own_thresholds=True, alpha=0.1, delta=0.1, teams=TEAMS)
NOTHING = pl.DataFrame(schema={"action_id": pl.String, "state": pl.String})
BURST = [("acme", f"burst-{number % 8}", 30) for number in range(40)]
USUAL = [
    *(("acme", "quiet", 2) for _ in range(40)),
    *(("acme", "busy", 1 + number // 2) for number in range(60)),
    *(("acme", "rare", 15) for _ in range(5)),
    *(("beta", f"ops-{number % 2}", 4) for number in range(30)),
    *(("beta", "few-1", 5) for _ in range(3)),
]
WHO = [
    *((tenant, agent) for tenant in ("acme", "beta", "new", None) for agent in ("quiet", "rare", "ops-1")),
    *((tenant, agent) for tenant in ("acme", "beta") for agent in ("few-1", "new", "", "ops-10", "x" * 500)),
    *((tenant, None) for tenant in ("acme", "beta", None)),
]


def write(path: Path, sessions: Iterable[tuple[str, str, int]]) -> Path:
    lines = [
        {
            "session_id": f"s{number}",
            "call_id": f"c{call}",
            "tenant": tenant,
            "agent_id": agent,
            "tool": "note",
            "args": {"text": "again"},
            "result": "ok",
            "time": f"2026-11-03T{number // 60:02}:{number % 60:02}:00Z",
        }
        for number, (tenant, agent, points) in enumerate(sessions)
        for call in range(points + 1)
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    """The usual sessions and a burst, analysed at 40 points for all; nobody has judged anything."""
    folder = tmp_path_factory.mktemp("thresholds")
    policy.publish(policy.build(CARD, policy.choose(CARD, 40)), folder / "home" / "bundles")
    audit = Audit(folder / "home", SETTINGS)
    audit.ingest([write(folder / "a.jsonl", USUAL + BURST)])
    audit.analyse()
    audit.publish()
    return folder / "home"


@pytest.fixture(scope="module")
def live(home) -> policy.BundleInfo:
    """The bundle in force."""
    found = policy.current(home / "bundles")
    assert found is not None
    assert found.document["scorecard"] == CARD
    return found


def made(thresholds: dict[str, object]) -> policy.BundleInfo:
    candidate = policy.build(CARD, thresholds)
    return info(candidate.bundle)


def wanted(home: Path, live: policy.BundleInfo, tickets: pl.DataFrame, settings: Settings = SETTINGS):
    found = thresholds_step.wanted(home, Lake(home), live, CARD, tickets=tickets, settings=settings)
    return found.thresholds["ticket"], found.sessions


def tickets(home: Path, state: str) -> pl.DataFrame:
    """Every action of the burst stands in a ticket of this state."""
    found = query(home, "SELECT action_id FROM actions WHERE agent_id LIKE 'burst-%'")
    return found.with_columns(state=pl.lit(state))


def cells(ticket: dict[str, object]) -> dict[str, dict[str, object]]:
    """The cells by the name of their agent, team or tenant."""
    return {one.get("agent") or one.get("team") or one["tenant"]: one for one in ticket.get("cells", ())}


@pytest.fixture(scope="module")
def asked(home, live) -> dict[str, object]:
    ticket, sessions = wanted(home, live, tickets(home, "denied"))
    assert sessions == len(USUAL)
    return ticket


def test_an_agent_with_enough_clean_sessions_is_held_to_a_stricter_threshold(asked):
    own = cells(asked)["quiet"]
    assert own["points"] < asked["points"]
    assert own["certificate"]["level"] == "agent"
    assert own["certificate"]["n"] == 40
    assert (asked["certificate"]["level"], asked["certificate"]["n"]) == ("global", len(USUAL))


def test_teams_and_tenants_have_theirs_and_few_sessions_fall_back(asked):
    found = cells(asked)
    assert found["ops"]["certificate"]["level"] == "team"
    assert found["ops"]["certificate"]["n"] == 30
    assert found["beta"]["certificate"]["level"] == "tenant"
    assert found["beta"]["certificate"]["n"] == 33
    assert found["few"]["points"] is None
    assert not {"rare", "few-1", "acme"} & found.keys()


def test_no_cell_stands_above_the_threshold_for_all_nor_below_half_of_it(asked):
    points = [one["points"] for one in asked["cells"] if one["points"] is not None]
    assert points
    assert all(asked["points"] / 2 <= one <= asked["points"] for one in points)


def test_no_more_sessions_exceed_their_thresholds_than_the_promise_for_all_allows(asked):
    bundle = made({"ticket": asked, "ask": {"points": 22}}).bundle
    exceed = sum(points >= bundle.ticket_at(tenant, agent) for tenant, agent, points in USUAL)
    assert exceed <= asked["certificate"]["k"] - 1


def test_hook_and_audit_look_up_the_same_threshold(asked):
    bundle = load(policy.build(CARD, {"ticket": asked, "ask": {"points": asked["points"]}}).raw)
    rows = pl.DataFrame(WHO, schema={"tenant": pl.String, "agent_id": pl.String}, orient="row")
    rows = rows.with_columns(bundle_revision=pl.lit(bundle.revision))
    audit = ticket_points(rows, {bundle.revision: bundle.document["thresholds"]}).to_list()
    assert audit == [bundle.ticket_at(*who) for who in WHO]
    known = dict(zip(WHO, audit, strict=True))
    assert known["acme", "quiet"] < known["acme", "rare"] == known["new", "quiet"] == asked["points"]
    assert known["beta", "few-1"] == known["beta", None] == cells(asked)["beta"]["points"]
    assert known["beta", "ops-10"] == known["beta", None]
    assert known[None, "quiet"] == asked["points"]
    lost = rows.with_columns(bundle_revision=pl.lit("b9-000000000000"))
    assert ticket_points(lost, {}).to_list() == [None] * len(WHO)


def test_a_bundle_without_cells_loads_and_holds_everybody_to_one_threshold():
    bundle = load(policy.build(CARD, policy.choose(CARD, 22)).raw)
    assert not bundle.cells
    assert {bundle.ticket_at(*who) for who in WHO} == {22}
    assert bundle.ask_at("acme", "quiet") == 22


def test_a_team_without_a_threshold_does_not_hinder_the_search_for_candidates(home, asked):
    assert cells(asked)["few"]["points"] is None
    lowest = min(one["points"] for one in asked["cells"] if one["points"] is not None)
    assert Demands({"ticket": asked}, ()).least == lowest
    assert demands(home, [query(home, "SELECT any_value(bundle_revision) FROM action_risk").item()])


@pytest.mark.parametrize("start", [15, 22, 30, 40])
def test_what_nobody_has_judged_raises_no_threshold(home, start):
    live = made(policy.choose(CARD, start))
    without, _ = wanted(home, live, tickets(home, "denied"))
    waiting, sessions = wanted(home, live, tickets(home, "open"))
    assert sessions == len(USUAL) + len(BURST)
    assert waiting["points"] <= max(start, without["points"])
    before, after = (made({"ticket": one, "ask": {"points": start}}).bundle for one in (without, waiting))
    assert all(after.ticket_at(*who) <= max(start, before.ticket_at(*who)) for who in WHO)


def test_what_somebody_found_harmless_may_raise_it(home):
    live = made(policy.choose(CARD, 22))
    without, _ = wanted(home, live, tickets(home, "denied"))
    approved, _ = wanted(home, live, tickets(home, "approved"))
    assert approved["points"] > without["points"]


def test_own_thresholds_can_be_switched_off_and_go_with_that(home, asked):
    quiet = msgspec.structs.replace(SETTINGS, own_thresholds=False)
    live = made({"ticket": asked, "ask": {"points": asked["points"]}})
    found, _ = wanted(home, live, tickets(home, "denied"), quiet)
    assert "cells" not in found
    assert found["points"] == asked["points"]


def test_too_few_sessions_leave_everything_as_it_is(home, asked):
    strict = msgspec.structs.replace(SETTINGS, alpha=0.001)
    live = made({"ticket": asked, "ask": {"points": asked["points"]}})
    assert wanted(home, live, NOTHING, strict)[0] == asked


def test_asking_again_changes_nothing(home, asked):
    live = made({"ticket": asked, "ask": {"points": asked["points"]}})
    assert wanted(home, live, tickets(home, "denied"))[0] == asked
