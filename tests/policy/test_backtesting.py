"""Backtests: the hook's own code over recorded rows, with an honest denominator."""

import polars as pl
from afteraction_hook.bundle import Bundle

from afteraction.policy import backtest, build, choose


def _frame(**columns):
    base = {
        "event_date": ["2026-11-01", "2026-11-01", "2026-11-02", "undated", "2026-11-02", "2026-11-02"],
        "session_key": ["a", "a", "b", "c", "d", "e"],
        "tool": ["send_x", "read_x", "send_x", "send_x", "drop_x", "send_x"],
        "operation": ["send", "read", "send", "send", "delete", "send"],
        "leak": ["critical", None, "high", "critical", None, "critical"],
        "args_chars": [10.0, 10.0, 10.0, 10.0, 10.0, None],
        "history": [0.5, 0.5, 0.0, 0.0, 0.5, 0.0],
        "unscorable": [None, None, None, None, None, "arguments missing"],
        "incident": [True, False, True, False, False, True],
    }
    return pl.DataFrame({**base, **columns})


def test_old_and_new_side_by_side(card, lists):
    live = build(card, choose(card, 40), lists=lists).bundle
    rules = [{"id": "drop", "decision": "deny", "tool": "drop_*"}]
    new = build(card, choose(card, 30), rules, lists).bundle
    found = backtest(new, live, _frame())
    assert (found.actions, found.replayed, found.unscorable, found.unreadable) == (6, 5, 1, 0)
    assert (found.days, found.undated, found.incidents) == (2, 1, 2)
    assert found.absent == ()
    assert found.candidate.tickets == 3
    assert found.candidate.tickets_per_day == 1.0
    assert (found.candidate.incidents_kept, found.live.incidents_kept) == (2, 1)
    assert found.candidate.decisions == {"allow": 1, "ask": 1, "deny": 3}
    assert found.changed == {"allow>ask": 1, "allow>deny": 1}


def test_the_hook_replays_only_what_it_sees_live(card, lists):
    new = build(card, choose(card, 45), lists=lists).bundle
    found = backtest(new, None, _frame())
    assert found.live is None
    assert found.candidate.tickets == 1
    assert found.candidate.decisions["ask"] == found.candidate.decisions["deny"] == 0


def test_absent_features_and_odd_frames_are_told(card):
    new = build(card, choose(card, 20)).bundle
    assert backtest(new, new, _frame().drop("history", "leak")).absent == ("history", "leak")
    empty = backtest(new, new, _frame().clear())
    assert (empty.actions, empty.days, empty.candidate.tickets_per_day) == (0, 0, 0.0)
    nothing = backtest(new, None, pl.DataFrame({"tool": ["x", None]}))
    assert nothing.replayed == 2


def test_a_bundle_from_its_document_judges_the_same(card):
    new = build(card, choose(card, 20)).bundle
    assert backtest(Bundle(new.document), new, _frame()).changed == {}
