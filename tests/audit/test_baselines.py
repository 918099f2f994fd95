"""What baselines learn from: no session under review, each file once, and step limits that a person moves."""

import json
from datetime import date

import polars as pl
import pytest

from afteraction.audit import Audit, baselines, counting
from afteraction.lake import Lake, read_small
from detectors.behaviour import _rarity
from detectors.behaviour_detector import COUNTS, HISTORY, merged

TODAY = date(2026, 11, 20)


def line(session, day, tool="http_post", agent="a", **args):
    given = {"url": "https://api.helper.example/v1", **args}
    who = {"session_id": session, "agent_id": agent, "call_id": "c1", "tool": tool, "args": given}
    return json.dumps(who | {"result": "ok", "time": f"2026-11-{day:02}T10:00:00Z"})


@pytest.fixture
def home(tmp_path):
    rows = [line(f"s{n}", 3 + n % 2) for n in range(6)]
    file = tmp_path / "log.jsonl"
    file.write_text("\n".join(rows) + "\n")
    audit = Audit(tmp_path / "home")
    audit.ingest([file])
    audit.analyse()
    return tmp_path / "home"


def tickets(home, *states):
    """A ticket for the first sessions of the lake, in these states."""
    keys = Lake(home).read("actions", columns=("session_key",))["session_key"].unique().sort()
    kinds = {"session_key": pl.String, "state": pl.String}
    return pl.DataFrame({"session_key": keys.head(len(states)), "state": list(states)}, schema=kinds)


def reached(home):
    table = baselines.known(home)["destination_rarity"]
    all_of = (pl.col("level") == "agent") & pl.col("name").is_null() & (pl.col("kind") == "destination")
    return table.filter(all_of)["sessions"].sum()


def test_what_is_under_review_or_denied_counts_only_once_it_was_let_pass(home):
    lake = Lake(home)
    assert baselines.learn(home, lake, tickets(home, "open", "denied"), TODAY)
    assert reached(home) == 4
    assert not baselines.learn(home, lake, tickets(home, "open", "denied"), TODAY)
    assert baselines.learn(home, lake, tickets(home, "approved", "denied"), TODAY)
    assert reached(home) == 5
    assert baselines.learn(home, lake, tickets(home, "denied", "denied"), TODAY)
    assert reached(home) == 4


def test_one_open_ticket_outweighs_an_approved_one(home):
    both = pl.concat([tickets(home, "approved"), tickets(home, "open")])
    assert counting.under_review(both).len() == 1


def test_only_files_that_are_new_are_opened(home, tmp_path):
    lake, opened = Lake(home), []

    def counter(actions):
        opened.append(sorted(actions["event_date"].unique()))
        return pl.DataFrame({"seen": [actions.height]})

    out, schema = pl.Series([], dtype=pl.String), {"seen": pl.Int64()}
    first = counting.count(home, lake, out, counter, schema)
    assert first["seen"].sum() == 6
    assert opened == [["2026-11-03"], ["2026-11-04"]]
    more = tmp_path / "more.jsonl"
    more.write_text(line("s9", 9) + "\n")
    audit = Audit(home)
    audit.ingest([more])
    audit.analyse()
    second = counting.count(home, Lake(home), out, counter, schema)
    assert second["seen"].sum() == 7
    assert opened[2:] == [["2026-11-09"]]


def test_a_count_that_was_interrupted_is_not_counted_twice(home):
    lake, out, schema = Lake(home), pl.Series([], dtype=pl.String), {"seen": pl.Int64()}
    counter = lambda actions: pl.DataFrame({"seen": [actions.height]})  # noqa: E731
    counting.count(home, lake, out, counter, schema)
    (home / "lake" / "small" / "counted-files.parquet").unlink()
    assert counting.count(home, lake, out, counter, schema)["seen"].sum() == 6


def test_days_that_left_the_window_are_forgotten(home, monkeypatch):
    schema, out = {"seen": pl.Int64()}, pl.Series([], dtype=pl.String)
    counter = lambda actions: pl.DataFrame({"seen": [actions.height]})  # noqa: E731
    counting.count(home, Lake(home), out, counter, schema)
    monkeypatch.setattr(counting, "WINDOW", 1)
    assert counting.count(home, Lake(home), out, counter, schema)["seen"].sum() == 3
    assert read_small(home, "counts/2026-11-03") is None


def rows(agent, place, count, day, tenant="t"):
    facts = {"tenant": tenant, "agent_id": agent, "event_date": f"2026-10-{day:02}", "destination": place}
    return pl.DataFrame(
        [{**facts, "session_key": f"{agent}-{place}-{day}-{n}"} for n in range(count)], schema=dict(HISTORY)
    )


def fitted(*days):
    """The rarity of destinations after these frames, one a day."""
    counts = (_rarity.count(day, "destination", pl.col("destination")) for day in days)
    return _rarity.fit(merged(counts))


def bits(baseline, agent, place, tenant="t"):
    asked = pl.DataFrame({"tenant": [tenant], "agent_id": [agent], "place": [place]})
    return _rarity.surprises(asked, pl.col("place"), baseline).row(0)


def test_a_burst_of_one_day_does_not_make_a_place_usual():
    days = [rows("a", "usual.example", 20, day) for day in range(1, 29)]
    burst = pl.concat([rows("a", "usual.example", 20, 29), rows("a", "drop.example", 400, 29)])
    slow, _ = bits(fitted(*days, burst), "a", "drop.example")
    spread = [pl.concat([one, rows("a", "partner.example", 3, day)]) for day, one in enumerate(days, 1)]
    usual, _ = bits(fitted(*spread), "a", "partner.example")
    assert slow > 4 > usual


def test_no_agent_says_alone_what_its_tenant_is_used_to():
    loud = [rows("loud", "drop.example", 300, day) for day in range(1, 11)]
    others = [pl.concat([rows(f"q{n}", "usual.example", 4, day) for n in range(4)]) for day in range(1, 11)]
    days = [pl.concat(pair) for pair in zip(loud, others, strict=True)]
    alone, level = bits(fitted(*others), "young", "drop.example")
    told, _ = bits(fitted(*days), "young", "usual.example")
    assert level == "tenant"
    assert told < 3
    assert alone > 5


@pytest.mark.parametrize(("own", "peers", "others", "level"), [
    (25, 0, 0, "agent"), (3, 60, 0, "tenant"), (3, 0, 60, "all"), (3, 0, 0, None),
])  # fmt: skip
def test_it_says_whose_past_judges(own, peers, others, level):
    near = [rows(f"b{n}", "x.example", peers // 3, 1) for n in range(3)]
    far = [rows(f"c{n}", "x.example", others // 3, 1, f"u{n}") for n in range(3)]
    day = pl.concat([rows("a", "x.example", own, 1), *near, *far])
    found, judge = bits(fitted(day), "a", "new.example")
    assert judge == level
    assert (found is None) == (level is None)


def test_counts_have_their_columns_even_of_nothing():
    empty = _rarity.count(pl.DataFrame(schema=dict(HISTORY)), "x", pl.col("tool"))
    assert dict(empty.schema) == dict(COUNTS)
    assert _rarity.fit(merged([])).is_empty()
