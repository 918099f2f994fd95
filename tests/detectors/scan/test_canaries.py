"""Planted values: found in every coding and in pieces, and never because something looks like them."""

from __future__ import annotations

import base64
import gzip
import json
import random
import string
import urllib.parse
import zlib

import polars as pl
import pytest

from afteraction.records.canary import Canary, trouble
from detectors.scan.canaries import watching, with_pieces
from detectors.scan.canary_forms import forms
from detectors.scan.engine import engine
from detectors.scan.texts import find_values

VALUE = "Heron/Ledger+" + "5Kq2Vx9TbW~ü"
OTHER = "zq-" + "Night.Train.0471"
CANARIES = (Canary("note", VALUE), Canary("train", OTHER))
RAW = VALUE.encode()


def found(texts, cache, canaries=CANARIES):
    values = find_values(pl.Series(texts, dtype=pl.String), watching(engine(cache), canaries))
    return values.filter(pl.col("detector") == "canary")


def double(text):
    return json.dumps({"a": json.dumps({"b": text})})


CODINGS = {
    "as it is": VALUE,
    "in a sentence": f"see '{VALUE}', please",
    "capitals": VALUE.upper(),
    "small letters": VALUE.lower(),
    "backwards": VALUE[::-1],
    "JSON in JSON": double(VALUE),
    "JSON in JSON, escaped": json.dumps({"a": "".join(f"\\u{ord(c):04x}" for c in VALUE)}),
    "URL": urllib.parse.quote(VALUE, safe=""),
    "URL, all of it": "".join(f"%{byte:02X}" for byte in RAW),
    "HTML": "".join(f"&#{ord(c)};" for c in VALUE),
    "hex": RAW.hex(),
    "hex, capitals": RAW.hex().upper(),
    "base32": base64.b32encode(b"abc" + RAW).decode(),
    "base64 URL-safe": base64.urlsafe_b64encode(RAW).decode(),
    "base64 of backwards": base64.b64encode(VALUE[::-1].encode()).decode(),
    "backwards of base64": base64.b64encode(RAW).decode()[::-1],
    "base64 of hex": base64.b64encode(RAW.hex().encode()).decode(),
    "base64 of base64": base64.b64encode(base64.b64encode(b"note: " + RAW)).decode(),
    "base64 of gzip": base64.b64encode(gzip.compress(b"note: " + RAW, mtime=0)).decode(),
    "hex of zlib": zlib.compress(b"note: " + RAW).hex(),
    "URL of base64": urllib.parse.quote(base64.b64encode(RAW).decode(), safe=""),
    "JSON of URL of hex": json.dumps({"q": urllib.parse.quote(RAW.hex())}),
}


@pytest.mark.parametrize("text", CODINGS.values(), ids=CODINGS)
def test_a_planted_value_is_found_in_every_coding(text, cache):
    (one,) = found([text], cache).select("row", "rule", "label", "sensitivity", "text").rows()
    assert one == (0, "canary:note", "CANARY", "secret", VALUE)


@pytest.mark.parametrize("before", range(6))
@pytest.mark.parametrize("after", range(3))
def test_base64_is_found_at_every_alignment_among_bytes(before, after, cache):
    packed = bytes(range(200, 200 + before)) + RAW + bytes([255, 0, 254][:after])
    text = f"x={base64.b64encode(packed).decode()}"
    assert found([text], cache)["rule"].to_list() == ["canary:note"]


def test_the_span_is_what_has_to_be_masked(cache):
    text = f"äöü {VALUE} end"
    start, end = found([text], cache).select("start", "end").row(0)
    assert text[start:end] == VALUE


def test_both_are_told_apart_and_nothing_else_is_found(cache):
    rules = found([f"{VALUE} {OTHER}", "nothing here", None, ""], cache)["rule"].to_list()
    assert sorted(rules) == ["canary:note", "canary:train"]
    rnd = random.Random(4)
    noise = ["".join(rnd.choices(string.printable, k=20_000)) for _ in range(20)]
    assert found(noise, cache).is_empty()


def test_without_canaries_the_engine_is_the_usual_one(cache):
    assert watching(engine(cache), ()) is engine(cache)


def test_nothing_of_a_planted_value_is_written_to_the_cache(cache):
    assert found([VALUE], cache).height == 1
    for file in cache.iterdir():
        content = file.read_bytes()
        assert [form.how for form in forms(VALUE) if form.text.encode() in content] == []


def test_it_is_in_no_representation():
    assert VALUE not in repr(CANARIES)
    assert VALUE not in repr(watching(engine(), CANARIES)).replace("\\\\", "\\")


def sent(*texts, sessions=None, part="args"):
    return pl.DataFrame(
        {
            "row": range(len(texts)),
            "session_key": sessions or ["s"] * len(texts),
            "part": [part] * len(texts),
            "text": texts,
        },
        schema_overrides={"row": pl.Int64},
    )


def pieces(places, cache, canaries=CANARIES):
    values = find_values(places["text"], watching(engine(cache), canaries))
    more = with_pieces(values, places, canaries)
    return more.filter(pl.col("encoding").str.ends_with("part"))


SPLIT = {
    "halves": lambda text: [text[:13], text[13:]],
    "thirds": lambda text: [text[:9], text[9:17], text[17:]],
    "with numbers": lambda text: [f"1/2:{text[:12]}!", f"2/2:{text[12:]}!"],
    "the wrong way round": lambda text: [text[13:], text[:13]],
    "in labels of host names": lambda text: [f"{text[:12]}.x.example", f"{text[12:]}.y.example"],
    "base64 in pieces": lambda text: [base64.b64encode(text.encode()).decode()[a : a + 18] for a in (0, 18)],
    "hex in pieces": lambda text: [text.encode().hex()[a : a + 20] for a in (0, 20, 40)],
    "backwards in pieces": lambda text: [text[::-1][:12], text[::-1][12:]],
}


@pytest.mark.parametrize("split", SPLIT.values(), ids=SPLIT)
def test_pieces_over_calls_are_found(split, cache):
    texts = [json.dumps({"body": piece}, ensure_ascii=False) for piece in split(VALUE)]
    found = pieces(sent(*texts), cache)
    assert sorted(set(found["row"])) == list(range(len(texts)))
    assert set(found["text"]) == {VALUE}
    for row, start, end in found.select("row", "start", "end").iter_rows():
        assert len(texts[row][start:end]) >= 8


def test_pieces_of_other_sessions_results_or_too_few_are_nothing(cache):
    half, rest = VALUE[:13], VALUE[13:]
    assert pieces(sent(half, rest, sessions=["a", "b"]), cache).is_empty()
    assert pieces(sent(half, rest, part="result"), cache).is_empty()
    assert pieces(sent(half, half), cache).is_empty()


def test_a_whole_value_is_not_told_again_in_pieces(cache):
    places = sent(f"x {VALUE}", "else")
    assert pieces(places, cache).is_empty()


def test_values_that_turn_up_by_chance_are_refused():
    assert trouble("short") is not None
    assert trouble("a" * 40) is not None
    assert trouble("x" * 5_000) is not None
    assert trouble(VALUE) is None
    assert "short" not in str(trouble("short"))


@pytest.mark.parametrize(
    "value",
    ["a+b(c)[d]{e}|^$.*?\\", "12345-67890-abc", "日本語のカナリアの値です一二三", "tab\tand\nline-end"],
)
def test_any_characters_may_be_planted(value, cache):
    canaries = (Canary("odd", value),)
    assert found([f"<{value}>"], cache, canaries).height == 1
    assert found([base64.b64encode(value.encode()).decode()], cache, canaries).height == 1
