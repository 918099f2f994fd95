"""Texts hidden in a text: base64, base32, hex, URL, HTML and JSON escapes, gzip and zlib, also nested."""

from __future__ import annotations

import base64
import binascii
import html
import re
import zlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Final, NamedTuple
from urllib.parse import unquote_plus

import polars as pl

MAX_DEPTH: Final = 5
#: Bounds: runs tried in one text, texts that all of it may yield, and bytes that these may have together.
_MAX_RUNS: Final = 64
_MAX_TEXTS: Final = 256
_MAX_OUT: Final = 1 << 20
#: Escapes are looked for in this many characters of one text.
_MAX_ESCAPED: Final = 1 << 17

#: A run of letters that base64, base32 or hex may stand in, and the escapes (in a syntax that Polars shares).
_RUN: Final = r"[A-Za-z0-9+/_-]{16,}={0,6}"
_ESCAPES: Final = r"%[0-9A-Fa-f]{2}|&(?:#\d|#x|amp;|lt;|gt;|quot;|nbsp;)|\\u[0-9a-fA-F]{4}"
_SPACES: Final = r"(?:[0-9a-fA-F]{2}[ :-]){7}[0-9a-fA-F]{2}|(?:\\+x[0-9a-fA-F]{2}){6}"
#: Hex, base32, or both cases in one run: what words, paths and most identifiers are not.
_LIKELY: Final = (
    r"^(?:0x)?[0-9a-fA-F]{16,}$|[a-z].*[A-Z]|[A-Z].*[a-z]|(?:^|/)(?:[A-Z2-7]{16,}|[a-z2-7]{16,})(?:=|/|$)"
)
_RUNS: Final = re.compile(_RUN)
_PERCENT: Final = re.compile(r"%[0-9A-Fa-f]{2}")
_STRETCH: Final = re.compile(r"[^\s\"'<>]+")
_SPACED: Final = re.compile(
    r"(?<![0-9A-Za-z])[0-9a-fA-F]{2}([ :-])(?:[0-9a-fA-F]{2}\1){6,}[0-9a-fA-F]{2}(?![0-9A-Za-z])"
    r"|(?:\\+x[0-9a-fA-F]{2}){6,}"
)
_UNSPACED: Final = re.compile(r"\\+x|[ :-]")
_HTML: Final = re.compile(r"&(?:#\d{1,7}|#x[0-9a-fA-F]{1,6}|[a-zA-Z]{2,8});")
_JSON: Final = re.compile(r"\\+u([0-9a-fA-F]{4})")
_HEX: Final = re.compile(r"(?:0x)?(?:[0-9a-fA-F]{2})+")
_BASE32: Final = re.compile(r"[A-Z2-7]{16,}|[a-z2-7]{16,}")
#: Lines of one base64 text, and labels of one domain name.
_LINES: Final = re.compile(
    r"(?<![A-Za-z0-9+/_-])(?:[A-Za-z0-9+/_-]{40,}+(?:\\r|\\n|\s)++)+[A-Za-z0-9+/_-]++={0,2}"
)
_LABELS: Final = re.compile(r"(?<![A-Za-z0-9_-])[A-Za-z0-9_-]{16,63}(?:\.[A-Za-z0-9_-]{1,63})+")
_SEGMENT: Final = re.compile(r"[A-Za-z0-9+_-]{12,}={0,6}")
_MAX_LABELS: Final = 12
_BREAK: Final = re.compile(r"\\r|\\n|\s")


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
    found: list[Decoded] = []
    _nested(
        found,
        Decoded("", text, 0, 0),
        _RUNS.findall(text) if runs is None else runs,
        (escapes, spaced),
        MAX_DEPTH,
    )
    return found


def _nested(
    found: list[Decoded], outer: Decoded, runs: Iterable[str], look: tuple[bool, bool], depth: int
) -> None:
    """Add what `outer` holds to `found`, and what that holds in turn, as long as the bounds allow."""
    text = outer.text
    escaped = _escaped(text[:_MAX_ESCAPED]) if look[0] else ()
    spaced = _spaced(text[:_MAX_ESCAPED]) if look[1] else ()
    for one in (*escaped, *spaced, *_packed(text, list(runs))):
        if len(found) >= _MAX_TEXTS or sum(len(other.text) for other in found) > _MAX_OUT:
            return
        inner = Decoded(f"{outer.how}>{one.how}", one.text, outer.start, outer.end) if outer.how else one
        found.append(inner)
        if depth > 1:
            _nested(found, inner, _RUNS.findall(one.text), (True, True), depth - 1)


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
        plain = _readable(bytes.fromhex(_UNSPACED.sub("", spaced.group())))
        if plain is not None:
            yield Decoded("hex", plain[1], spaced.start(), spaced.end())


def _unit(match: re.Match[str]) -> str:
    code = int(match.group(1), 16)
    return "\ufffd" if 0xD800 <= code < 0xE000 else chr(code)


def _packed(text: str, runs: Sequence[str]) -> Iterator[Decoded]:
    at = 0
    for run in runs[:_MAX_RUNS]:
        at = max(text.find(run, at), 0)
        whole = _unpacked(run)
        if whole is not None:
            yield Decoded(*whole, at, at + len(run))
        for segment in _SEGMENT.finditer(run) if whole is None and "/" in run else ():
            part = _unpacked(segment.group())
            if part is not None:
                yield Decoded(*part, at + segment.start(), at + segment.end())
    if runs:
        yield from _rejoined(text[:_MAX_ESCAPED])


def _rejoined(text: str) -> Iterator[Decoded]:
    """What stands in wrapped lines, or in the labels of a domain name."""
    for lines in islice(_LINES.finditer(text), _MAX_RUNS):
        whole = _unpacked(_BREAK.sub("", lines.group()))
        if whole is not None:
            yield Decoded(*whole, *lines.span())
    for labels in islice(_LABELS.finditer(text), _MAX_RUNS) if "." in text else ():
        parts = labels.group().split(".")
        for count in range(min(len(parts), _MAX_LABELS), 1, -1):
            whole = _unpacked("".join(parts[:count]))
            if whole is not None:
                yield Decoded(*whole, labels.start(), labels.start() + len(".".join(parts[:count])))
                break


def _unpacked(run: str) -> tuple[str, str] | None:
    """(codings, text) of a run of letters, read forwards or else backwards."""
    forwards = _decoded(run)
    if forwards is not None:
        return forwards
    backwards = _decoded(run[::-1].lstrip("="))
    return backwards and (f"reverse>{backwards[0]}", backwards[1])


def _decoded(run: str) -> tuple[str, str] | None:
    body = run.rstrip("=")
    for how, decode in (("hex", _from_hex), ("base32", _from_base32), ("base64", _from_base64)):
        raw = decode(body)
        inner = _readable(raw) if raw else None
        if inner is not None:
            return f"{how}>{inner[0]}" if inner[0] else how, inner[1]
    return None


def _from_hex(body: str) -> bytes | None:
    return bytes.fromhex(body.removeprefix("0x")) if _HEX.fullmatch(body) else None


def _from_base32(body: str) -> bytes | None:
    if len(body) % 8 in (1, 3, 6) or not _BASE32.fullmatch(body):
        return None
    return base64.b32decode(body.upper() + "=" * (-len(body) % 8))


def _from_base64(body: str) -> bytes | None:
    if len(body) % 4 == 1 or body.islower() or body.isupper() or body.isdigit():
        return None
    try:
        return binascii.a2b_base64(body.replace("-", "+").replace("_", "/") + "=" * (-len(body) % 4))
    except (binascii.Error, ValueError):
        return None


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
