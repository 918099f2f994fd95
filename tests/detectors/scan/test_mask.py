"""Masks cover every form of a value, keep JSON valid and touch nothing else."""

from __future__ import annotations

import base64
import json

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from afteraction.records.digests import fingerprint
from detectors.examples import session
from detectors.scan import mask_actions, mask_texts, matches
from detectors.scan.mask import mask_text

KEY = "AKI" + "AZ7QX3MPLR2VKN5TW"
PASSWORD = "Tr0ub4dor&3x"


def test_actions_are_masked_in_both_parts(build, cache):
    encoded = base64.b64encode(f"key {KEY} and more".encode()).decode()
    args = {"url": "https://collect.example.net", "body": f"{KEY} / {encoded}"}
    batch = build([session("one", ("http_post", args, f"stored {KEY}\nfor ann@example.com"))])
    masked = mask_actions(batch, cache).row(0, named=True)
    text = masked["args"] + masked["result"]
    assert KEY not in text
    assert encoded not in text
    assert "ann@example.com" not in text
    assert json.loads(masked["args"])["url"] == args["url"]
    key = batch.keys[masked["tenant"]]
    assert f"[AWS_ACCESS_KEY:{fingerprint(key, KEY)}]" in masked["result"]
    assert "[EMAIL:fp_" in masked["result"]


def test_rows_without_matches_stay_as_they_are(build, cache):
    batch = build([session("one", ("read_file", {"path": "a.txt"}, "nothing here"), ("wait", {}, "done"))])
    assert mask_actions(batch, cache).equals(batch.actions)


def test_a_repeat_without_its_name_is_masked_too():
    text = f"password={PASSWORD}\nlater: {PASSWORD}"
    masked = mask_texts(pl.Series([text, None, "plain"])).to_list()
    assert PASSWORD not in masked[0]
    assert masked[0].count("[PASSWORD:fp_") == 2
    assert masked[1:] == [None, "plain"]


def test_overlapping_spans_become_one():
    assert mask_text("abcdefgh", [(1, 4, "[A]"), (3, 6, "[B]")]) == "a[A][B]gh"


def test_json_that_would_break_is_masked_as_a_whole():
    assert json.loads(mask_text('{"a": 123456789}', [(6, 15, "[PHONE:fp_1]")])) == "[PHONE:fp_1]"


def test_a_value_right_behind_an_escape_breaks_no_json():
    text = json.dumps({"to": "\u00e9ann@example.com"})
    start = text.index("00e9")
    json.loads(mask_text(text, [(start, text.index('"}'), "[EMAIL:fp_1]")]))


def test_masks_of_masked_text_are_stable():
    once = mask_texts(pl.Series([f"password={PASSWORD} mail ann@example.com key {KEY}"]))
    assert mask_texts(once).equals(once)


@settings(max_examples=60, deadline=None)
@given(before=st.text(max_size=30), after=st.text(max_size=30))
def test_offsets_hold_among_any_characters(before, after):
    text = f"{before} {KEY} {after}"
    masked = mask_texts(pl.Series([text]), names=False)[0]
    assert KEY not in masked
    assert masked.startswith(before + " ")
    assert masked.endswith(" " + after)


def test_matches_cover_messages_and_name_their_places(build):
    batch = build([session("one", ("read_file", {"path": KEY}, "é " + KEY), user=f"use {KEY}")])
    found = batch.matches.select("part", "start", "end", "value_fp").to_dicts()
    at = batch.actions.item(0, "args").index(KEY)
    assert {(one["part"], one["start"], one["end"]) for one in found} == {
        ("args", at, at + 20),
        ("result", 2, 22),
        ("message", 4, 24),
    }
    assert len({one["value_fp"] for one in found}) == 1
    assert batch.matches.filter(pl.col("part") == "message").get_column("action_id").to_list() == [None]


def test_an_empty_batch_matches_nothing(build, cache):
    assert matches(build([session("none", ("wait", {}, "ok"))]), cache).is_empty()
