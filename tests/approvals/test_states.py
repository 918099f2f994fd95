"""The state table is total, and what is drawn from it is drawn from all of it."""

from __future__ import annotations

from typing import get_args

import pytest

from afteraction.approvals.states import MEANING, NOTES, STEPS, VERDICTS, WrongState, diagram, is_final, step
from afteraction.records.ticket import TicketKind, TicketState, Verdict

STATES = set(get_args(TicketState))


def test_every_state_has_a_meaning_and_a_way_in():
    assert set(MEANING) == STATES
    assert {one.target for one in STEPS} == STATES
    assert set(VERDICTS) == set(get_args(Verdict))


def test_every_step_starts_and_ends_in_a_state():
    assert {one.source for one in STEPS} <= STATES | {None}
    assert all(one.kinds and set(one.kinds) <= set(get_args(TicketKind)) for one in STEPS)
    assert len({(one.event, one.source) for one in STEPS}) == len(STEPS)
    assert not {one.event for one in STEPS} & set(NOTES)


def test_only_people_approve_and_nothing_leaves_a_decision():
    assert {one.by for one in STEPS if one.target in VERDICTS} == {"person"}
    assert {state for state in STATES if not is_final(state)} == {"open"}


@pytest.mark.parametrize("kind", get_args(TicketKind))
@pytest.mark.parametrize("state", sorted(STATES))
@pytest.mark.parametrize("event", sorted({one.event for one in STEPS} | {"reopened"}))
def test_each_step_is_in_the_table_or_refused(kind, state, event):
    known = [one for one in STEPS if one.event == event and one.source == state and kind in one.kinds]
    if known:
        assert step(event, state, kind) == known[0]
    else:
        with pytest.raises(WrongState, match=f"{kind} ticket that is {state} cannot become {event}"):
            step(event, state, kind)


def test_a_retroactive_ticket_does_not_expire():
    assert step("expired", "open", "live").target == "expired"
    with pytest.raises(WrongState):
        step("expired", "open", "retroactive")


def test_the_diagram_shows_every_step():
    drawn = diagram()
    for one in STEPS:
        assert f"{one.source or '[*]'} --> {one.target}: {one.event}" in drawn
