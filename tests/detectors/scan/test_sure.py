"""What a pattern is sure of, it accepts when asked; what it is asked twice, it answers once."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from detectors import registry
from detectors.detector import Pattern
from detectors.scan.buffer import from_series
from detectors.scan.engine import _accepted
from detectors.scan.windows import Spans, matched, windows

SURE = [pattern for one in registry() for pattern in one.patterns if pattern.sure is not None]
PIECES = st.sampled_from(
    [
        "ann@example.com", "Git@example.org", "a..b@example.net", "icon@2x.png", "x@y.ts",
        "noreply@a.example",
        "https://u:", "git@host.example:", "192.0.2.7", "127.0.0.1", "225.1.2.3", "0.0.0.0", "8.8.8.8", "v",
        "version ", "Version: ", ".", "-", "_", " ", "\n", '"', "/", ":", "é", "x",
    ]
)  # fmt: skip


def spans(pattern: Pattern, text: pl.Series):
    import re2  # noqa: PLC0415

    buffer = from_series(text)
    found = [
        (row, int(buffer.starts[row]) + one.start(), int(buffer.starts[row]) + one.end())
        for row in range(buffer.rows)
        for one in re2.finditer(pattern.regex.encode(), buffer.row(row))
    ]
    columns = pl.DataFrame(found, schema=["row", "start", "end"], orient="row").cast(pl.Int64)
    return buffer, Spans(*(columns[name].to_numpy() for name in ("row", "start", "end")))


def test_there_are_such_patterns():
    assert {pattern.rule for pattern in SURE} >= {"email_address", "ipv4_address"}


@settings(max_examples=150, deadline=None)
@example(texts=[".8.8.8.8 8.8.8.8"])
@given(texts=st.lists(st.lists(PIECES, max_size=8).map("".join), min_size=1, max_size=3))
def test_asking_changes_nothing(texts):
    for pattern in SURE:
        buffer, where = spans(pattern, pl.Series(texts))
        quick = _accepted(buffer, 0, pattern, where)
        asked = _accepted(buffer, 0, replace(pattern, sure=None), where)
        assert quick.text == asked.text
        assert quick.start.tolist() == asked.start.tolist()


@pytest.mark.parametrize("size", [1, 40])
def test_what_looks_the_same_is_asked_once(size):
    seen: list[str] = []

    def accept(value: str, context: str) -> bool:
        seen.append(context)
        return True

    pattern = Pattern("made", "[0-9]{4}", "MADE", "internal", accept=accept, context=(1, 1))
    buffer = from_series(pl.Series(["a 1234 b"] * size))
    where = windows(buffer, buffer.starts[:-1] + 6, 0)
    found, _ = matched(buffer, pattern.regex, where, grouped=False)
    values = _accepted(buffer, 0, pattern, found)
    assert values.text == ["1234"] * size
    assert seen == [" 1234 "]
