"""Whatever stands in the tables, a control ends in an outcome that is not an error."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from afteraction.compliance import TABLES, run

ODD = [
    None,
    "",
    " ",
    "\n",
    "\u202eevil",
    "../..",
    "x" * 300,
    "=1+1",
    "\u0130",
    "\u00df",
    "e\u0301",
    "\x00a",
    "'; --",
]
LISTS = [
    None,
    "",
    "null",
    "{}",
    '{"a": 1}',
    "[1, 2]",
    "[[1]]",
    '["act_1"',
    '"act_1"',
    "[null]",
    "[]",
    '["act_1"]',
]
WORDS = st.sampled_from([*ODD, "act_1", "T-1", "approved", "live", "retroactive", "pay", "ok", "agent"])
TIMES = st.none() | st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC))  # noqa: DTZ001


def cell(name, kind):
    if name in {"action_ids", "groups", "tools"}:
        return st.sampled_from(LISTS)
    if isinstance(kind, pl.Datetime):
        return TIMES
    if isinstance(kind, pl.Boolean):
        return st.none() | st.booleans()
    return WORDS if isinstance(kind, pl.String) else st.none() | st.integers(-5, 5)


def frame(schema):
    row = st.fixed_dictionaries({name: cell(name, kind) for name, kind in schema.items()})
    return st.lists(row, max_size=3).map(lambda rows: pl.DataFrame(rows, schema=schema))


def failed(tables):
    results = run(tables.query)
    return results.filter(pl.col("outcome") == "error").select("control_id", "detail", "query").rows()


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_no_rows_make_a_control_fail_to_run(tables, data):
    tables.put({name: data.draw(frame(schema), label=name) for name, schema in TABLES.items()})
    assert failed(tables) == []


@pytest.mark.parametrize("listed", LISTS)
def test_lists_of_actions_that_are_none(tables, listed):
    ticket = {"ticket_id": "T-1", "kind": "live", "action_ids": listed}
    rows = {"tickets": [ticket], "grants": [{"ticket_id": "T-1"}], "decisions": [{"ticket_id": "T-1"}]}
    tables.put({name: pl.DataFrame(rows.get(name, []), schema=schema) for name, schema in TABLES.items()})
    assert failed(tables) == []


@pytest.mark.parametrize("name", ODD[1:])
def test_odd_names_are_compared_like_any_other(tables, name):
    rows = {
        "tickets": [{"ticket_id": "T-1", "on_behalf_of": name}],
        "decisions": [{"decision_id": "D-1", "ticket_id": "T-1", "reviewer": name}],
    }
    tables.put({table: pl.DataFrame(rows.get(table, []), schema=schema) for table, schema in TABLES.items()})
    found = dict(run(tables.query).select("control_id", "exceptions").iter_rows())
    assert found["AC-5.1"] == bool(name.strip())
    assert found["AC-5.2"] == 1


@pytest.mark.parametrize(
    "account", ["Straße@example.com", "\tann@example.com\u00a0", "ANN@example.com", "e\u0301va"]
)
def test_the_same_account_is_recognised_however_it_was_typed(tables, account):
    key = unicodedata.normalize("NFC", account.strip()).casefold()
    rows = {
        "principals": [
            {"person": key, "account": account, "account_key": key, "active": True, "can_approve": True}
        ],
        "decisions": [
            {"decision_id": f"D-{form}", "reviewer": form} for form in (account, f" {account.strip()}\n")
        ],
    }
    tables.put({table: pl.DataFrame(rows.get(table, []), schema=schema) for table, schema in TABLES.items()})
    found = dict(run(tables.query).select("control_id", "exceptions").iter_rows())
    assert found["AC-5.2"] == 0
