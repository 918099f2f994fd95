"""A grant is for exactly one action, once, in time; two parsers never see two different actions."""

from __future__ import annotations

import contextlib

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from afteraction.approvals.binding import Bound, UnboundError, arguments_digest, grant_digest, of_ticket
from afteraction.approvals.decide import GRANT_US, decide
from afteraction.approvals.grants import NotGrantedError, redeem
from afteraction.casebook import Entry, Ticket

BOUND = Bound(
    tenant="acme",
    agent="bot",
    on_behalf_of="ruth@example.com",
    tool="pay",
    arguments=arguments_digest('{"amount": 5, "to": "shop.example"}'),
    target="shop.example",
    bundle_revision="b1-000000000000",
)


@pytest.fixture
def granted(book, settings, now) -> str:
    """The id of a live ticket for `BOUND` that Carol approved."""
    ticket = Ticket(
        ticket_id="L-1",
        concern="L-1",
        version=1,
        kind="live",
        tenant="acme",
        session_id="s",
        session_key="ses",
        action_id="act_9",
        action_ids=("act_9",),
        cause="c",
        title="t",
        opened_at=now,
        due_at=now + 10 * GRANT_US,
        agent_id="bot",
        on_behalf_of="ruth@example.com",
        tool="pay",
        target="shop.example",
        args_sha256=BOUND.arguments,
        bundle_revision="b1-000000000000",
    )
    assert of_ticket(ticket) == BOUND
    with book.writing() as writing:
        writing.open([(ticket, Entry(event="opened", actor="hook", at=now))])
    decide(book, settings, "L-1", "approved", reviewer="carol", reason="wanted", channel="cli", now=now)
    return "L-1"


def test_a_grant_is_used_once(book, granted, now):
    assert redeem(book, granted, BOUND, actor="hook", now=now).ticket_id == granted
    with pytest.raises(NotGrantedError, match="used already"):
        redeem(book, granted, BOUND, actor="hook", now=now)
    assert [one.event for one in book.events_of(granted)] == ["opened", "approved", "consumed"]


@pytest.mark.parametrize(
    ("row", "change"),
    [
        (
            "15 and 17 other arguments",
            {"arguments": arguments_digest('{"amount": 500, "to": "shop.example"}')},
        ),
        ("27 wildcard arguments", {"arguments": "*"}),
        ("27 no arguments", {"arguments": None}),
        ("16 other target", {"target": "thief.example"}),
        ("16 other tenant", {"tenant": "other"}),
        ("16 other agent", {"agent": "twin"}),
        ("other requester", {"on_behalf_of": None}),
        ("other tool", {"tool": "delete"}),
        ("25 other bundle", {"bundle_revision": "b0-000000000000"}),
    ],
)
def test_row(book, granted, now, row, change):
    with pytest.raises(NotGrantedError, match="not the one that was approved"):
        redeem(book, granted, msgspec.structs.replace(BOUND, **change), actor="hook", now=now)
    assert redeem(book, granted, BOUND, actor="hook", now=now)


def test_row_22_an_expired_grant(book, granted, now):
    with pytest.raises(NotGrantedError, match="expired 0 s ago"):
        redeem(book, granted, BOUND, actor="hook", now=now + GRANT_US)


def test_row_23_the_clock_set_back_after_something_later_happened(book, granted, settings, candidates, now):
    with book.writing() as writing:
        late = Entry(event="refused", actor="x", at=now + GRANT_US)
        writing.note(writing.ticket(granted), late)
    with pytest.raises(NotGrantedError, match="expired"):
        redeem(book, granted, BOUND, actor="hook", now=now)


def test_nothing_was_approved(book, waiting, now):
    with pytest.raises(NotGrantedError, match="nobody approved this"):
        redeem(book, waiting, BOUND, actor="hook", now=now)
    with pytest.raises(NotGrantedError, match="nobody approved this"):
        redeem(book, "T-none", BOUND, actor="hook", now=now)


def test_rows_45_and_46_what_already_ran_is_not_run_again(book, waiting, settings, now):
    decide(book, settings, waiting, "approved", reviewer="carol", reason="fine", channel="cli", now=now)
    with pytest.raises(NotGrantedError, match="used already"):
        redeem(book, waiting, of_ticket(book.ticket(waiting)), actor="hook", now=now)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ('{"a": 1, "b": [true, null]}', '{"b":[true,null],\n"a":1}'),
        ('{"a": 1}', '{"a": 1.0}'),
        ('{"a": 0}', '{"a": -0.0}'),
        ('{"a": "\\u00e9"}', '{"a": "é"}'),
    ],
)
def test_row_18_equal_values_have_one_digest(one, other):
    assert arguments_digest(one) == arguments_digest(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ('{"a": 1}', '{"a": "1"}'),
        ('{"a": 1}', '{"a": true}'),
        ('{"a": null}', "{}"),
        ("abc", '"abc"'),
        ('{"a": 1', '{"a": 1}'),
        ('{"a": "\\u00e9"}', '{"a": "e\\u0301"}'),
    ],
)
def test_other_values_have_another(one, other):
    assert arguments_digest(one) != arguments_digest(other)


@pytest.mark.parametrize(
    ("row", "args"),
    [
        ("19 duplicate keys", '{"to": "a.example", "to": "b.example"}'),
        ("19 duplicate keys, nested", '[{"x": {"to": 1, "to": 2}}]'),
        ("20 beyond 2^53", '{"amount": 9007199254740993}'),
        ("59 NaN", '{"amount": NaN}'),
        ("59 infinity", '{"amount": -Infinity}'),
        ("60 1e400", '{"amount": 1e400}'),
        ("lone surrogate", '{"a": "\\ud800"}'),
        ("lone surrogate in text", "text \ud800"),
    ],
)
def test_rows_19_20_two_readings_are_refused(row, args):
    with pytest.raises(UnboundError, match="arguments"):
        arguments_digest(args)


def test_no_arguments_have_no_digest():
    assert arguments_digest(None) is None
    assert arguments_digest("") is not None


def test_deep_arguments_end():
    for args in ("[" * 100_000, "[" * 5_000 + "]" * 5_000):
        with contextlib.suppress(UnboundError):
            assert arguments_digest(args)


@given(
    st.builds(
        Bound,
        tenant=st.text(max_size=5),
        agent=st.none() | st.text(max_size=5),
        on_behalf_of=st.none() | st.text(max_size=5),
        tool=st.none() | st.text(max_size=5),
        arguments=st.none() | st.text(max_size=5),
        target=st.none() | st.text(max_size=5),
        bundle_revision=st.none() | st.text(max_size=5),
    ),
    st.sampled_from(Bound.__struct_fields__),
)
def test_every_field_counts(bound, field):
    changed = msgspec.structs.replace(bound, **{field: (getattr(bound, field) or "") + "x"})
    digests = {grant_digest(bound, "n", 1), grant_digest(bound, "m", 1), grant_digest(bound, "n", 2)}
    assert len(digests | {grant_digest(changed, "n", 1)}) == 4
