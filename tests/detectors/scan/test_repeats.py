"""What is known as a secret in a session is masked everywhere in it, however it is written there."""

from __future__ import annotations

import base64
import gzip
import json
import random
import string
from urllib.parse import quote

import polars as pl
import pytest

from detectors.examples import session
from detectors.scan import mask_actions, mask_known
from detectors.scan.spellings import spellings

SECRET = "Tr0ub4dor&3x/" + "pq9Zt4Xn6Lb"


def base64_at(shift: int) -> str:
    return base64.b64encode(b"\x80" * shift + SECRET.encode() + b"\x81\x82\x83").decode()


def percent(text: str) -> str:
    return "".join(f"%{byte:02X}" for byte in text.encode())


FORMS = {
    "plain": SECRET,
    "base64 at 0": base64_at(0),
    "base64 at 1": base64_at(1),
    "base64 at 2": base64_at(2),
    "base64 of a sentence": base64.b64encode(f"take {SECRET} along".encode()).decode(),
    "base64, twice": base64.b64encode(base64.b64encode(f"take {SECRET} now".encode())).decode(),
    "URL-safe base64": base64.urlsafe_b64encode(b"\xff\xfe>" + SECRET.encode() + b"?\xff").decode(),
    "hex": SECRET.encode().hex(),
    "hex in capitals": SECRET.encode().hex().upper(),
    "hex in a longer run": (b"\x00\x01" + SECRET.encode() + b"\x02\x03").hex(),
    "URL escapes": quote(SECRET, safe=""),
    "URL escapes of all": percent(SECRET),
    "JSON escapes": "".join(f"\\u{ord(char):04x}" for char in SECRET),
    "JSON in JSON": json.dumps(json.dumps({"note": SECRET})),
    "gzip": base64.b64encode(gzip.compress(f"{SECRET} {'filler ' * 30}".encode(), mtime=0)).decode(),
    "backwards": SECRET[::-1],
}  # fmt: skip


def undone(text: str) -> set[str]:
    """The text, and pieces of the known forms of the secret that would give half of it away."""
    halves = {SECRET[:12], SECRET[12:], SECRET[::-1][:12]}
    return {half for half in halves if half in text}


@pytest.mark.parametrize("form", FORMS)
def test_a_form_that_nothing_gives_away_is_masked(form, build, cache):
    text = FORMS[form]
    assert text not in ("", None)
    calls = [
        ("read_file", {"path": "settings.ini"}, f"db_password={SECRET}\n"),
        ("write_note", {"text": f"remember {text} for later"}, "ok"),
    ]
    batch = build([session("one", *calls)])
    args = mask_actions(batch, cache)["args"].to_list()[1]
    assert "[PASSWORD:fp_" in args
    assert not undone(args)
    assert all(shown not in args for shown in spellings(SECRET))


@pytest.mark.parametrize("form", FORMS)
def test_other_sessions_keep_their_texts(form, build, cache):
    note = ("write_note", {"text": f"remember {FORMS[form]} for later"}, "ok")
    secret = ("read_file", {"path": "settings.ini"}, f"db_password={SECRET}\n")
    batch = build([session("one", secret), session("two", note)])
    assert "fp_" not in mask_actions(batch, cache)["args"].to_list()[1]


@pytest.mark.parametrize("form", ["plain", "base64 at 1", "hex", "URL escapes", "backwards"])
def test_texts_shown_alone_are_masked_too(form, build):
    batch = build([session("one", ("read_file", {"path": "settings.ini"}, f"db_password={SECRET}\n"))])
    key = batch.actions["session_key"][0]
    masked = mask_known(pl.Series([f"use {FORMS[form]} now", None]), pl.Series([key, key]), batch)
    assert masked[1] is None
    assert all(shown not in masked[0] for shown in spellings(SECRET))


def test_every_spelling_of_random_values_is_in_its_encodings():
    rng = random.Random(5)
    for size in range(8, 40):
        value = "".join(rng.choices(string.ascii_letters + string.digits + "&/+=é", k=size))
        known = spellings(value)
        raw = value.encode()
        for shift in range(3):
            for tail in range(3):
                text = base64.b64encode(bytes(range(shift)) + raw + bytes(range(tail))).decode()
                assert any(one in text for one, kind in known.items() if kind == "base64"), (value, shift)
        assert raw.hex() in known
        assert value[::-1] in known


def test_a_secret_that_stands_in_many_places_is_found_in_each(build, cache):
    texts = [f"{FORMS['hex']} and {FORMS['base64 at 2']}, {SECRET}" for _ in range(30)]
    calls = [("write_note", {"text": text}, text) for text in texts]
    secret = ("read_file", {"path": "settings.ini"}, f"db_password={SECRET}\n")
    masked = mask_actions(build([session("one", secret, *calls)]), cache)
    for text in [*masked["args"].to_list()[1:], *masked["result"].to_list()]:
        assert all(shown not in text for shown in spellings(SECRET))
