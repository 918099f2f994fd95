"""Where a followed value stands in arguments: in characters of the JSON as it was logged."""

from __future__ import annotations

import json

import pytest

from afteraction.lineage.carried import _counterpart, _in_arguments

VALUE = 'so "quoted",\nüber 😀 sk-live-4242 end'
AT = VALUE.index("sk-live"), VALUE.index(" end")


@pytest.mark.parametrize("ascii_only", [True, False])
def test_a_part_of_a_value_is_found_through_the_escapes_that_spell_it(ascii_only):
    args = json.dumps({"to": "x", "body": VALUE}, ensure_ascii=ascii_only)
    [(start, end)] = _in_arguments(args, VALUE, *AT)
    assert args[start:end] == "sk-live-4242"


def test_every_argument_that_holds_the_value_counts():
    args = json.dumps({"a": "one two", "b": ["one two", 12]})
    assert [args[start:end] for start, end in _in_arguments(args, "one two", 4, 7)] == ["two", "two"]
    assert [args[start:end] for start, end in _in_arguments(args, "12", 0, 2)] == ["12"]


def test_plain_text_is_its_own_only_value():
    assert _in_arguments("curl -d sk-live", "curl -d sk-live", 8, 15) == [(8, 15)]


def test_what_cannot_be_found_is_everything():
    """A value that is written in another way than it was read must not stay readable."""
    assert _in_arguments('{"a": 1.50}', "1.5", 0, 3) == [(0, 11)]


def test_the_counterpart_is_counted_in_letters_and_digits():
    origin, copy = "key is AB-CD 12 thanks", "KEY IS: abcd12, thanks"
    start, end = _counterpart(origin, copy, (7, 15), backwards=False)
    assert copy[start:end] == "abcd12"
    start, end = _counterpart(origin, origin[::-1], (7, 15), backwards=True)
    assert origin[::-1][start:end] == "21 DC-BA"
    assert _counterpart(origin, "other", (7, 15), backwards=False) == (0, 5)
