"""Strict JSON refuses what two parsers could read differently, and takes everything else unchanged."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from afteraction.ingest.strict_json import Refused, parse, parse_many

DEPTH = 64

REFUSED = {
    "duplicate_key": [
        b'{"a":1,"a":2}',
        b'{"a" : 1, "a": 2}',
        b'{"x":[{"a":1,"b":2,"a":1}]}',
        b'{"a":1,"a":2,"s":"\\u003ax"}',
        b'{"a":1,"\\u0061":2}',
        b'{"a\\\\":1,"a\\\\":2}',
        b'{"a":{"b":1},"a":{}}',
    ],
    "not_finite": [b'{"a":NaN}', b"[Infinity]", b"[-Infinity]"],
    "huge_integer": [
        b"[9007199254740993]",
        b"[-9007199254740993]",
        b"[1" + b"0" * 40 + b"]",
        b'{"a":12345678901234567890123}',
    ],
    "huge_number": [b"[1e400]", b"[-1e999]", b"[" + b"7" * 5000 + b"]"],
    "lone_surrogate": [b'["\\ud800"]', b'["\\ud800x"]', b'{"\\udc00":1}', b'["\\ud83d\\u0041"]'],
    "invalid_utf8": [b'["\xff"]', b'["\xed\xa0\x80"]', b'["\xc0\xaf"]'],
    "nul_byte": [b'["a\x00b"]', b"\x00"],
    "too_deep": [b"[" * 100_000, b'{"a":' * 100_000 + b"1" + b"}" * 100_000, b"[" * 65 + b"]" * 65],
    "broken_json": [
        b"",
        b"{",
        b'{"a":1}x',
        b"{'a':1}",
        b'["a\tb"]',
        b'["a\x01b"]',
        b"[01]",
        b'{"a":1',
        b'["\\x"]',
    ],
}


@pytest.mark.parametrize(
    ("code", "text"), [(code, text) for code, texts in REFUSED.items() for text in texts]
)
def test_refuses(code, text):
    with pytest.raises(Refused) as refused:
        parse(text, DEPTH)
    assert refused.value.code == code


@pytest.mark.parametrize(
    "text",
    [
        b"[9007199254740992]",
        b'{"s":"12345678901234567890"}',
        b'{"a":"x:y:z \\": {\\"a\\":1,\\"a\\":2}"}',
        b"[1e300, 0.12345678901234567890]",
        b'["\\ud83d\\ude00"]',
        b"[" * 64 + b"]" * 64,
        b'{"a":{"b":1},"c":{"b":1}}',
    ],
)
def test_takes_what_is_unambiguous(text):
    assert parse(text, DEPTH) == json.loads(text)


def test_brackets_inside_strings_are_not_depth():
    assert parse(b'["' + b"[" * 500 + b'"]', DEPTH) == ["[" * 500]


def test_escaped_nul_characters_are_replaced():
    assert parse(b'{"a\\u0000":["b\\u0000c"]}', DEPTH) == {"a\ufffd": ["b\ufffdc"]}


def test_a_reason_never_quotes_the_input():
    for texts in REFUSED.values():
        for text in (b'{"k":"hunter2",' + text for text in texts):
            with pytest.raises(Refused) as refused:
                parse(text, DEPTH)
            assert "hunter2" not in refused.value.reason


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")), inner)
    ),
    max_leaves=30,
)


@given(JSON, st.booleans(), st.sampled_from([(",", ":"), (", ", " : ")]))
def test_any_sound_value_comes_back(value, ascii_only, separators):
    text = json.dumps(value, ensure_ascii=ascii_only, separators=separators).encode()
    assert parse(text, DEPTH) == value


@given(
    st.dictionaries(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), JSON, min_size=1),
    JSON,
    st.booleans(),
)
def test_any_repeated_key_is_found(members, other, ascii_only):
    key = next(iter(members))
    pairs = [
        f"{json.dumps(name, ensure_ascii=ascii_only)}:{json.dumps(value)}" for name, value in members.items()
    ]
    pairs.append(f"{json.dumps(key, ensure_ascii=not ascii_only)} : {json.dumps(other)}")
    with pytest.raises(Refused) as refused:
        parse(("{" + ",".join(pairs) + "}").encode(), DEPTH)
    assert refused.value.code == "duplicate_key"


@given(st.binary(max_size=200))
def test_any_bytes_are_parsed_or_refused(text):
    try:
        parse(text, DEPTH)
        code = None
    except Refused as refused:
        code = refused.code
    assert code is None or code in REFUSED


class Known(msgspec.Struct, omit_defaults=True):
    a: Any = None
    b: Any = None


@pytest.mark.parametrize("shape", [Any, Known])
def test_many_texts_at_once_leave_every_refused_one_to_the_careful_way(shape):
    refused = [text for texts in REFUSED.values() for text in texts if len(text) < 10_000]
    fine = [b'{"a":%d,"b":{"c":["x:y",1.5]}}' % number for number in range(len(refused))]
    mixed = [text for pair in zip(refused, fine, strict=True) for text in pair]
    values = parse_many(mixed, DEPTH, msgspec.json.Decoder(shape).decode)
    assert values[::2] == [None] * len(refused)
    assert [msgspec.to_builtins(value) for value in values[1::2]] == [parse(text, DEPTH) for text in fine]


def test_a_member_that_a_struct_does_not_know_is_left_to_the_careful_way():
    texts = [b'{"a":1,"z":2}', b'{"a":1,"b":2,"a":3}', b'{"a":1}']
    assert parse_many(texts, DEPTH, msgspec.json.Decoder(Known).decode) == [None, None, Known(a=1)]


def test_no_texts_at_all_have_no_values():
    assert parse_many([], DEPTH, msgspec.json.Decoder().decode) == []
