"""Tests that the vectorised search finds what a search of each window finds."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.scan.buffer import Buffer, from_series
from detectors.scan.rules import compile_re2
from detectors.scan.windows import Spans, joined_spans, matched, searched, windows

_REGEX = (r"\b[a-c]{2,4}\b", r"[a-c]+@[a-c]+", r"(?m)^a+|b$", r"\Bc", r"[^a]b", r"(?:^|-)a+")
_TEXT = st.text("aabbc@- \né", max_size=60)


def _found(spans: Spans) -> set[tuple[int, int, int]]:
    return set(zip(spans.row.tolist(), spans.start.tolist(), spans.end.tolist(), strict=True))


def _both(buffer: Buffer, pattern: str, ends: list[int], reach: int, *, grouped: bool = False) -> None:
    where = windows(buffer, np.array(ends, dtype=np.int64), reach)
    regex = compile_re2(pattern)
    spans, rest = matched(buffer, pattern, where, grouped=grouped)
    together = joined_spans([spans, searched(buffer, regex, 0, rest)])
    assert _found(together) == _found(searched(buffer, regex, 0, where))


@settings(max_examples=300, deadline=None)
@given(
    st.lists(_TEXT, min_size=1, max_size=5),
    st.sampled_from(_REGEX),
    st.integers(0, 12),
    st.booleans(),
    st.data(),
)
def test_both_searches_find_the_same(texts, pattern, reach, grouped, data):
    buffer = from_series(pl.Series(texts, dtype=pl.String))
    ends = data.draw(st.sets(st.integers(1, len(buffer.data)), min_size=1))
    _both(buffer, pattern, sorted(ends), reach, grouped=grouped)


def test_bytes_that_are_no_text_are_searched_one_by_one():
    data = np.frombuffer(bytearray(b"aa \xfe bb \xff\n"), dtype=np.uint8)
    _both(Buffer(data, np.array([0, len(data)], dtype=np.int64)), _REGEX[0], [2, 7], 4)


@pytest.mark.parametrize("text", ["", "aa", "é" * 20 + " ab"])
def test_edges_of_rows(text):
    buffer = from_series(pl.Series([text, text], dtype=pl.String))
    _both(buffer, _REGEX[0], [1, len(buffer.data)], 3)
