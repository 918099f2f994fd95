"""What the scan finds in plain and encoded texts, and where it says that it stands."""

from __future__ import annotations

import base64
import gzip
import json
import urllib.parse
import zlib

import polars as pl
import pytest

from detectors.scan import scan_texts

KEY = "AKI" + "AZ7QX3MPLR2VKN5TW"
PLAIN = f"see {KEY} there"


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def url(text: str) -> str:
    return "".join(f"%{byte:02X}" for byte in text.encode())


ENCODED = {
    "": PLAIN,
    "base64": b64(PLAIN),
    "base64 ": base64.urlsafe_b64encode(PLAIN.encode()).decode().rstrip("="),
    "hex": PLAIN.encode().hex(),
    "hex ": PLAIN.encode().hex().upper(),
    "url": url(PLAIN),
    "base64>gzip": base64.b64encode(gzip.compress(PLAIN.encode(), mtime=0)).decode(),
    "base64>gzip ": base64.b64encode(zlib.compress(PLAIN.encode())).decode(),
    "hex>gzip": zlib.compress(PLAIN.encode()).hex(),
    "base64>utf16": base64.b64encode(PLAIN.encode("utf-16-le")).decode(),
    "base64>base64>base64": b64(b64(b64(PLAIN))),
    "url>base64": urllib.parse.quote(b64(">>>>?????" + PLAIN), safe=""),
    "hex>base64": b64(PLAIN).encode().hex(),
    "base64>json": b64(json.dumps(PLAIN).replace("A", "\\u0041")),
}


@pytest.mark.parametrize("encoding", ENCODED)
def test_each_encoding_is_undone_and_its_run_reported(encoding: str):
    run = ENCODED[encoding]
    text = f"Größe: {run} — Ende"
    found = scan_texts(pl.Series([text])).to_dicts()
    assert [(one["label"], one["encoding"]) for one in found] == [("AWS_ACCESS_KEY", encoding.strip())]
    inside = text[found[0]["start"] : found[0]["end"]]
    assert inside in (KEY, url(KEY), run)


@pytest.mark.parametrize("depth", [1, 2, 3, 4])
def test_json_in_json_needs_no_decoding(depth: int):
    text = f'first\n{KEY}\n"quoted"'
    for _ in range(depth):
        text = json.dumps({"body": text})
    found = scan_texts(pl.Series([text])).to_dicts()
    assert [text[one["start"] : one["end"]] for one in found] == [KEY]


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_escaped_characters_in_nested_json(depth: int):
    text = '{"body": "' + KEY.replace("Z", "\\u005a") + '"}'
    for _ in range(depth - 1):
        text = json.dumps({"body": text})
    found = scan_texts(pl.Series([text])).to_dicts()
    assert [one["label"] for one in found] == ["AWS_ACCESS_KEY"]


def test_wrapped_base64_is_one_run():
    text = base64.encodebytes(("words " * 30 + KEY + " more" * 20).encode()).decode()
    for shown in (text, json.dumps(text)):
        found = scan_texts(pl.Series([f"before {shown} after"])).to_dicts()
        assert [one["label"] for one in found] == ["AWS_ACCESS_KEY"]
        assert found[0]["end"] - found[0]["start"] > 200


def test_rows_do_not_run_into_each_other():
    assert scan_texts(pl.Series([KEY[:10], KEY[10:]])).is_empty()


def test_nulls_and_empty_texts():
    assert scan_texts(pl.Series([], dtype=pl.String)).is_empty()
    assert scan_texts(pl.Series([None, "", None], dtype=pl.String)).is_empty()
    assert scan_texts(pl.Series([None, KEY, ""])).get_column("row").to_list() == [1]


def test_a_bomb_is_bounded():
    bomb = base64.b64encode(zlib.compress(bytes(64 << 20), 9)).decode()
    assert scan_texts(pl.Series([bomb, KEY])).get_column("row").to_list() == [1]
