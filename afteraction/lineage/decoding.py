"""Texts hidden in a text: base64, hex, URL, HTML and JSON escapes, gzip and zlib, nested to a fixed depth."""

from __future__ import annotations

import binascii
import html
import re
import zlib
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple
from urllib.parse import unquote_plus

import polars as pl

MAX_DEPTH: Final = 3
#: Bounds: runs tried in one text, and bytes that one run may unpack to.
_MAX_RUNS: Final = 64
_MAX_OUT: Final = 1 << 20
#: Escapes are looked for in this many characters of one text.
_MAX_ESCAPED: Final = 1 << 17

#: A run of letters that base64 or hex may stand in, and the escapes (a syntax that Polars and `re` share).
_RUN: Final = r"[A-Za-z0-9+/_-]{16,}={0,2}"
_ESCAPES: Final = r"%[0-9A-Fa-f]{2}|&(?:#\d|#x|amp;|lt;|gt;|quot;|nbsp;)|\\u[0-9a-fA-F]{4}"
_SPACES: Final = r"(?:[0-9a-fA-F]{2}[ :]){7}[0-9a-fA-F]{2}|(?:\\x[0-9a-fA-F]{2}){6}"
#: Hex, or both cases in one run: what words, paths and most identifiers are not.
_LIKELY: Final = r"^(?:0x)?[0-9a-fA-F]{16,}$|[a-z].*[A-Z]|[A-Z].*[a-z]"
_RUNS: Final = re.compile(_RUN)
_PERCENT: Final = re.compile(r"%[0-9A-Fa-f]{2}")
_STRETCH: Final = re.compile(r"[^\s\"'<>]+")
_SPACED: Final = re.compile(r"(?:[0-9a-fA-F]{2}[ :]){7,}[0-9a-fA-F]{2}|(?:\\x[0-9a-fA-F]{2}){6,}")
_HTML: Final = re.compile(r"&(?:#\d{1,7}|#x[0-9a-fA-F]{1,6}|[a-zA-Z]{2,8});")
_JSON: Final = re.compile(r"\\u([0-9a-fA-F]{4})")
_HEX: Final = re.compile(r"(?:0x)?(?:[0-9a-fA-F]{2})+")


class Decoded(NamedTuple):
    """A text found inside another; `start` and `end` are where its outermost encoded form stands."""

    how: str
    text: str
    start: int
    end: int


def hidden(text: pl.Expr) -> pl.Expr:
    """Whether a text may hold anything encoded at all: one look, before `hints`."""
    return text.str.contains(f"{_RUN}|{_SPACES}") | text.str.contains(_ESCAPES)


def hints(text: pl.Expr) -> dict[str, pl.Expr]:
    """The cheap look before the costly one: `runs` worth decoding; are `escapes` or `spaced` hex there?"""
    likely = pl.element().filter(pl.element().str.contains(_LIKELY))
    return {
        "runs": text.str.extract_all(_RUN).list.eval(likely),
        "escapes": text.str.contains(_ESCAPES),
        "spaced": text.str.contains(_SPACES),
    }


def decoded(
    text: str, runs: Iterable[str] | None = None, *, escapes: bool = True, spaced: bool = True
) -> list[Decoded]:
    """Every text that `text` holds in encoded form; `how` names the codings, outermost first, joined by `>`.

    `runs`, `escapes` and `spaced` are what `hints` found, where it was asked.
    """
    return _nested(text, _RUNS.findall(text) if runs is None else runs, (escapes, spaced), MAX_DEPTH)


def _nested(text: str, runs: Iterable[str], look: tuple[bool, bool], depth: int) -> list[Decoded]:
    found: list[Decoded] = []
    escaped = _escaped(text[:_MAX_ESCAPED]) if look[0] else ()
    spaced = _spaced(text[:_MAX_ESCAPED]) if look[1] else ()
    for one in (*escaped, *spaced, *_packed(text, runs)):
        found.append(one)
        if depth > 1:
            inner = _nested(one.text, _RUNS.findall(one.text), (True, True), depth - 1)
            found.extend(Decoded(f"{one.how}>{d.how}", d.text, one.start, one.end) for d in inner)
        if len(found) >= _MAX_RUNS:
            break
    return found


def _escaped(text: str) -> Iterator[Decoded]:
    for mark, escape, how in (("&", _HTML, "html"), ("\\u", _JSON, "json"), ("%", _PERCENT, "url")):
        if mark not in text or not escape.search(text):
            continue
        at = 0
        for line in text.split("\n"):
            if mark in line and escape.search(line):
                yield from _unescaped(line, how, at)
            at += len(line) + 1


def _unescaped(line: str, how: str, at: int) -> Iterator[Decoded]:
    if how == "url":
        for stretch in _STRETCH.finditer(line):
            if "%" in stretch.group():
                yield Decoded(how, unquote_plus(stretch.group()), at + stretch.start(), at + stretch.end())
        return
    plain = html.unescape(line) if how == "html" else _JSON.sub(_unit, line)
    yield Decoded(how, plain, at, at + len(line))


def _spaced(text: str) -> Iterator[Decoded]:
    for spaced in _SPACED.finditer(text):
        plain = _readable(bytes.fromhex(re.sub(r"\\x|[ :]", "", spaced.group())))
        if plain is not None:
            yield Decoded("hex", plain[1], spaced.start(), spaced.end())


def _unit(match: re.Match[str]) -> str:
    code = int(match.group(1), 16)
    return "\ufffd" if 0xD800 <= code < 0xE000 else chr(code)


def _packed(text: str, runs: Iterable[str]) -> Iterator[Decoded]:
    at = 0
    for count, run in enumerate(runs):
        if count >= _MAX_RUNS:
            return
        how, inner = "hex", _from_hex(run)
        if inner is None:
            how, inner = "base64", _from_base64(run)
        if inner is not None:
            at = max(text.find(run, at), 0)
            yield Decoded(f"{how}>{inner[0]}" if inner[0] else how, inner[1], at, at + len(run))


def _from_hex(run: str) -> tuple[str, str] | None:
    return _readable(bytes.fromhex(run.removeprefix("0x"))) if _HEX.fullmatch(run) else None


def _from_base64(run: str) -> tuple[str, str] | None:
    body = run.rstrip("=")
    if len(body) % 4 == 1 or body.islower() or body.isupper() or body.isdigit():
        return None
    try:
        raw = binascii.a2b_base64(body.replace("-", "+").replace("_", "/") + "=" * (-len(body) % 4))
    except (binascii.Error, ValueError):
        return None
    return _readable(raw)


def _readable(raw: bytes) -> tuple[str, str] | None:
    """(packing, text) where the bytes, unpacked if need be, are readable text of at least six characters."""
    packing = ""
    if raw[:2] == b"\x1f\x8b" or (raw[:1] == b"\x78" and raw[1:2] in (b"\x01", b"\x5e", b"\x9c", b"\xda")):
        packing = "gzip" if raw[:1] == b"\x1f" else "zlib"
        try:
            raw = zlib.decompressobj(47).decompress(raw, _MAX_OUT)
        except zlib.error:
            return None
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        return None
    if len(text) < 6:
        return None
    odd = sum(1 for c in text[:400] if not (c.isprintable() or c in "\n\r\t"))
    return None if odd * 20 > len(text[:400]) else (packing, text)


__all__ = ["Decoded", "decoded", "hidden", "hints"]
