"""What Dagster shows: agent-controlled text is spelled out, cut, and never rendered."""

from __future__ import annotations

import dataclasses
import json

import dagster as dg
import msgspec
import polars as pl

from afteraction.records.action import ACTIONS
from afteraction.records.risk import ACTION_RISK
from pipelines.metadata import facts, risk_plot, riskiest, shown, table


def frames(**action):
    reasons = json.dumps([{"reason": "r", "points": 9, "text": action.pop("why", "sent a secret")}])
    risk = {
        "action_id": ["act_1", "act_2", "act_3"],
        "session_id": [action.pop("session_id", "s1")] * 3,
        "event_date": ["2026-01-02", "2026-01-02", "undated"],
        "seq": [0, 1, 2],
        "risk": [0.2, 0.91234, None],
        "points": [10, 99, None],
        "level": ["low", "critical", "unscorable"],
        "reasons": [reasons, reasons, None],
    }
    actions = {"action_id": ["act_2", "act_1"], **{name: [value, None] for name, value in action.items()}}
    return (
        pl.DataFrame(risk, schema_overrides=ACTION_RISK),
        pl.concat([pl.DataFrame(schema=ACTIONS), pl.DataFrame(actions)], how="diagonal_relaxed"),
    )


def test_invisible_and_turning_characters_are_spelled_out():
    assert shown("a\u202eb\nc\u200bd\x00", 80) == "a\\u202eb\\u000ac\\u200bd\\u0000"
    assert shown("x" * 300, 10) == "xxxxxxxxx…"
    assert shown(None, 10) == ""
    assert shown("\ud800", 10) == "\\ud800"


def test_the_riskiest_come_first_and_unscorable_is_not_among_them():
    found = riskiest(*frames(tool="mail.send", args='{"to": "[EMAIL:fp_1]"}'))
    assert [record.data["action_id"] for record in found.records] == ["act_2", "act_1"]
    first = found.records[0].data
    assert (first["risk"], first["level"], first["tool"]) == ("0.912", "critical", "mail.send")
    assert (first["why"], first["arguments"]) == ("sent a secret", '{"to": "[EMAIL:fp_1]"}')


def test_hostile_text_stays_in_text_cells():
    hostile = "![x](https://example.com/p.png)<script>alert(1)</script>\u202e" * 20
    found = riskiest(
        *frames(tool=hostile, args=hostile, session_id=hostile, destination=hostile, why=hostile)
    )
    assert {column.type for column in found.schema.columns} == {"string"}
    assert all(isinstance(cell, str) for record in found.records for cell in record.data.values())
    assert "\u202e" not in json.dumps([dict(record.data) for record in found.records], ensure_ascii=False)


def test_empty_tables_are_tables():
    risk, actions = pl.DataFrame(schema=ACTION_RISK), pl.DataFrame(schema=ACTIONS)
    assert riskiest(risk, actions).records == []
    assert isinstance(risk_plot(risk), dg.MarkdownMetadataValue)


def test_the_plot_is_one_embedded_picture_and_our_own_words():
    risk, _ = frames(session_id="](https://example.com)")
    text = risk_plot(risk).value
    assert text.startswith("![Actions by risk level and event date](data:image/svg+xml;base64,")
    assert "example.com" not in text
    assert len(text) < 200_000


def test_broken_reasons_do_not_break_the_table():
    risk, actions = frames()
    for broken in ("{", "[1]", '{"a": 1}', "null"):
        riskiest(risk.with_columns(pl.lit(broken).alias("reasons")), actions)


class Report(msgspec.Struct, frozen=True):
    """A report like those of the audit."""

    read: int
    dates: list[str]
    revision: str
    seconds: float
    changed: bool
    nested: dict[str, int]


def test_reports_become_numbers_and_short_text():
    report = Report(3, ["a", "b"], "b7-\u202e", 1.5, changed=True, nested={})
    want = {"read": 3, "dates": 2, "revision": "b7-\\u202e", "seconds": 1.5, "changed": "true"}
    assert facts(report) == want

    @dataclasses.dataclass
    class Same:
        read: int = 3

    assert facts(Same()) == {"read": 3}
    assert facts(None) == {}


def test_a_table_keeps_the_order_of_its_columns():
    found = table(pl.DataFrame({"b": [1], "a": [None]}), {"a": 5, "b": 5})
    assert [column.name for column in found.schema.columns] == ["a", "b"]
    assert dict(found.records[0].data) == {"a": "", "b": "1"}
