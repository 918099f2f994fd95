"""Strict JSON in, canonical JSON out: against the rfc8785 package and the standard parser."""

import json
import struct
import subprocess
import sys

import pytest
import rfc8785
from afteraction_hook.strictjson import JsonError, canonical, parse
from hypothesis import given
from hypothesis import strategies as st

LARGEST = 2**53 - 1
TEXT = st.text(st.characters(exclude_categories=("Cs",)))
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-LARGEST, LARGEST)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT
)
VALUES = st.recursive(SCALARS, lambda below: st.lists(below) | st.dictionaries(TEXT, below), max_leaves=20)


@given(VALUES)
def test_canonical_form_is_that_of_the_rfc8785_package(value):
    assert canonical(value) == rfc8785.dumps(value)


@given(st.integers(0, 2**64 - 1))
def test_every_double_is_written_as_ecmascript_does(bits):
    value = struct.unpack("<d", struct.pack("<Q", bits))[0]
    if value - value == 0:
        assert canonical(value) == rfc8785.dumps(value)


TRAPS = [
    (1.0, b"1"),
    (-0.0, b"0"),
    (1e21, b"1e+21"),
    (1e20, b"100000000000000000000"),
    (5.699009914571438e16, b"56990099145714380"),
    (1e-6, b"0.000001"),
    (1e-7, b"1e-7"),
    (-1.5e-7, b"-1.5e-7"),
    (333333333.33333329, b"333333333.3333333"),
    (5e-324, b"5e-324"),
    ({"\U0001f600": 1, "\ufb33": 2}, '{"\U0001f600":1,"\ufb33":2}'.encode()),
    ("\x7f\x1f\u2028", b'"\x7f\\u001f\xe2\x80\xa8"'),
]


@pytest.mark.parametrize(("value", "expected"), TRAPS)
def test_the_traps_of_the_canonical_form(value, expected):
    assert canonical(value) == expected


@pytest.mark.parametrize(
    "value", [2**53, -(2**53), float("nan"), float("inf"), "\ud800", {"\udfff": 1}, {1: 2}, b"x", {1}]
)
def test_what_parsers_read_differently_has_no_canonical_form(value):
    with pytest.raises(JsonError):
        canonical(value)


def test_deep_nesting_is_refused_both_ways():
    deep: list = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(JsonError):
        canonical(deep)
    with pytest.raises(JsonError):
        parse(b"[" * 100_000)
    with pytest.raises(JsonError):
        parse(b'{"a":' * 100_000)


@given(VALUES)
def test_parse_reads_what_the_standard_parser_reads(value):
    raw = json.dumps(value).encode()
    assert parse(raw) == json.loads(raw)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"  ",
        b"{",
        b'{"a":1,"a":2}',
        b"NaN",
        b"[Infinity]",
        b"-Infinity",
        b"1e999",
        b"9007199254740992",
        b"1 2",
        b"{} x",
        b'"\xff"',
        b"nul",
        b"'a'",
        b"[1,]",
        b'{"a":1,}',
        b"\x00",
        b'"\x01"',
        b"9" * 5000,
    ],
)
def test_bad_json_is_refused_without_its_content(raw):
    with pytest.raises(JsonError) as error:
        parse(raw)
    assert "9999" not in str(error.value)


def test_a_byte_order_mark_and_space_around_are_read_over():
    assert parse(b'\xef\xbb\xbf \r\n{"a": [1]}\n') == {"a": [1]}


def test_a_repeated_key_is_refused_at_any_depth():
    with pytest.raises(JsonError, match="twice"):
        parse(b'{"a":[{"b":{"c":1,"c":1}}]}')


def test_errors_are_met_where_the_json_package_was_never_imported():
    """The C scanner alone leaves its errors unset; the command could then not even log the refusal."""
    code = "from afteraction_hook.strictjson import *\ntry: parse(b'{')\nexcept JsonError: print('refused')"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert found.stdout.strip() == b"refused"
