"""What Dagster shows: agent-controlled text is spelled out, cut, and never rendered."""

from __future__ import annotations

import base64
import dataclasses
import json

import dagster as dg
import msgspec
import polars as pl
import pytest

from pipelines.metadata import facts, risk_plot, riskiest, shown, table

COUNTS = pl.DataFrame(
    {
        "event_date": ["2026-01-02", "2026-01-02", "undated"],
        "level": ["low", "critical", "unscorable"],
        "actions": [70, 2, 1],
    }
)


def rows(reasons: str | None = None, **cells: str) -> pl.DataFrame:
    """Two rows as `RISKIEST` gives them, with some cells of the first replaced."""
    said = json.dumps([{"reason": "r", "points": 9, "text": cells.pop("why", "sent a secret")}])
    first = {
        "risk": 0.91234,
        "level": "critical",
        "tool": "mail.send",
        "destination": "drop.example",
        "reasons": reasons or said,
        "arguments": '{"to": "[EMAIL:fp_1]"}',
        "action_id": "act_1",
    }
    return pl.DataFrame([{**first, **cells}, {**first, "risk": 0.2, "reasons": None, "destination": None}])


def test_invisible_and_turning_characters_are_spelled_out():
    assert shown("a\u202eb\nc\u200bd\x00", 80) == "a\\u202eb\\u000ac\\u200bd\\u0000"
    assert shown("x" * 300, 10) == "xxxxxxxxx…"
    assert shown(None, 10) == ""
    assert shown("\ud800", 10) == "\\ud800"


def test_the_riskiest_actions_say_why():
    first, second = (record.data for record in riskiest(rows()).records)
    assert (first["risk"], first["why"]) == ("0.912 critical", "sent\u00a0a\u00a0secret")
    assert first["action"] == "mail.send → drop.example"
    assert (second["risk"], second["why"], second["action"]) == ("0.2 critical", "", "mail.send")
    assert first["arguments"] == '{"to": "[EMAIL:fp_1]"}'


def test_hostile_text_stays_in_text_cells():
    hostile = "![x](https://example.com/p.png)<script>alert(1)</script>\u202e" * 20
    found = riskiest(rows(tool=hostile, arguments=hostile, destination=hostile, why=hostile))
    assert {column.type for column in found.schema.columns} == {"string"}
    assert all(isinstance(cell, str) for record in found.records for cell in record.data.values())
    assert "\u202e" not in json.dumps([dict(record.data) for record in found.records], ensure_ascii=False)


def test_nothing_is_a_table_and_a_picture_too():
    assert riskiest(rows().clear()).records == []
    assert isinstance(risk_plot(COUNTS.clear()), dg.MarkdownMetadataValue)


def test_the_plot_is_one_embedded_picture_and_our_own_words():
    text = risk_plot(COUNTS).value
    assert text.startswith("![Actions by risk level and event date](data:image/svg+xml;base64,")
    picture = base64.b64decode(text.partition("base64,")[2].removesuffix(")")).decode()
    assert picture.startswith("<svg")
    assert "Actions by risk level" in picture
    assert "<script" not in picture


@pytest.mark.parametrize("broken", ["{", "[1]", '{"a": 1}', "null", "[]"])
def test_broken_reasons_do_not_break_the_table(broken):
    assert riskiest(rows(reasons=broken)).records[0].data["why"] == ""


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
