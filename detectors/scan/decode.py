"""Undoes base64, hex, gzip, URL and JSON escapes one level at a time, and maps spans back outwards."""

from __future__ import annotations

import binascii
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from detectors.scan.buffer import Buffer, Offsets, even_out, from_pieces, joined
from detectors.scan.runs import MIN_RUN, Flags, Stretches, json_stretches, url_stretches, word_runs

MAX_INFLATED = 1 << 20
_PEEK = 16
_URL_SAFE = bytes.maketrans(b"-_", b"+/")
_TEXT = bytes(range(32, 127)) + b"\t\n\r\x0b\x0c" + bytes(range(0xC2, 0xF5)) + bytes(range(0x80, 0xC0))
_ASCII = bytes(range(32, 127)) + b"\t\n\r"
_WRAPPED = (60, 64, 72, 76)
_BLANK = b" \t\r\n"


@dataclass(frozen=True)
class Piece:
    """What one base64 or hex run holds. `low`/`high` are byte offsets in the whole parent buffer."""

    low: int
    high: int
    kind: str
    content: bytes


@dataclass(frozen=True)
class Layer:
    """One level of decoded texts as a buffer, and where each row came from in the buffer around it."""

    buffer: Buffer
    parent: Buffer
    low: Offsets
    high: Offsets
    kind: tuple[tuple[int, str], ...]
    kinds: tuple[str, ...]
    kept: tuple[Flags | None, ...]

    def outwards(self, row: Offsets, start: Offsets, end: Offsets) -> Outer:
        """(row, start, end, kind) around inner spans: exact for escapes, the whole run for the others."""
        low, high = self.low[row], self.high[row]
        outer = self.parent.row_of(low)
        base = self.parent.starts[outer]
        firsts = np.array([first for first, _ in self.kind], dtype=np.int64)
        part = np.searchsorted(firsts, row, side="right") - 1
        outer_start, outer_end = low - base, high - base
        for number in np.unique(part).tolist():
            kept = self.kept[number]
            if kept is not None:
                here = part == number
                places = np.append(np.flatnonzero(kept), len(kept)).astype(np.int64)
                at = np.searchsorted(places, low[here])
                first, last = places[at + start[here]], places[np.minimum(at + end[here], len(places) - 1)]
                outer_start[here] = first - base[here]
                outer_end[here] = np.minimum(last, high[here]) - base[here]
        names = [
            self.kind[one][1] or self.kinds[inner - self.kind[one][0]]
            for one, inner in zip(part.tolist(), row.tolist(), strict=True)
        ]
        return outer, outer_start, outer_end, names


Outer = tuple[Offsets, Offsets, Offsets, list[str]]


def unwrap(buffer: Buffer, budget: int) -> Layer | None:
    """Everything decodable in a buffer as the next level, if it stays within `budget` decoded bytes."""
    parts: list[tuple[str, Offsets, Offsets, Buffer, Flags | None]] = []
    for kind, found in (("url", url_stretches(buffer)), ("json", json_stretches(buffer))):
        for stretches in found:
            if len(stretches.low):
                budget -= len(stretches.data)
                parts.append((kind, stretches.low, stretches.high, _rows(stretches), stretches.kept))
    pieces = list(_within(_encoded(buffer), budget))
    if pieces:
        low = np.array([piece.low for piece in pieces], dtype=np.int64)
        high = np.array([piece.high for piece in pieces], dtype=np.int64)
        parts.append(("", low, high, from_pieces(piece.content for piece in pieces), None))
    if not parts or budget < 0:
        return None
    counts = [len(low) for _, low, _, _, _ in parts]
    firsts = [sum(counts[:number]) for number in range(len(counts))]
    return Layer(
        buffer=joined([part for _, _, _, part, _ in parts]),
        parent=buffer,
        low=np.concatenate([low for _, low, _, _, _ in parts]),
        high=np.concatenate([high for _, _, high, _, _ in parts]),
        kind=tuple(zip(firsts, (kind for kind, *_ in parts), strict=True)),
        kinds=tuple(piece.kind for piece in pieces),
        kept=tuple(kept for *_, kept in parts),
    )


def _rows(stretches: Stretches) -> Buffer:
    """The undone stretches as rows with separators."""
    count = len(stretches.low)
    starts = stretches.starts + np.arange(count + 1)
    data = np.full(len(stretches.data) + count, ord("\n"), dtype=np.uint8)
    lengths = np.diff(stretches.starts)
    data[np.arange(len(stretches.data)) + np.repeat(np.arange(count), lengths)] = stretches.data
    return Buffer(even_out(data), starts)


def _within(pieces: Iterator[Piece], budget: int) -> Iterator[Piece]:
    for piece in pieces:
        budget -= len(piece.content)
        if budget < 0:
            return
        yield piece


def _encoded(buffer: Buffer) -> Iterator[Piece]:
    runs = word_runs(buffer)
    done = -1
    for low, high, is_base64, is_hex in zip(
        runs.low.tolist(), runs.high.tolist(), runs.base64.tolist(), runs.hexadecimal.tolist(), strict=True
    ):
        if low < done:
            continue
        run = buffer.data[low:high].tobytes()
        found = _from_hex(run) if is_hex else None
        if found is None and is_base64:
            found = _from_base64(buffer, run, low, high)
        if found is None:
            continue
        start, stop, kind, content = found
        done = low + stop
        yield Piece(low + start, done, kind, content)


Found = tuple[int, int, str, bytes]


def _from_hex(run: bytes) -> Found | None:
    """The first hex segment of a run that holds text or gzip: (start, stop, kind, content)."""
    start = 0
    for segment in run.translate(_HEX_ONLY).split(b" "):
        if len(segment) >= MIN_RUN:
            even = segment[: len(segment) // 2 * 2]
            if opened := _opened(binascii.unhexlify(even), "hex"):
                return start, start + len(even), *opened
        start += len(segment) + 1
    return None


_HEX_ONLY = bytes(byte if byte in b"0123456789abcdefABCDEF" else 32 for byte in range(256))


def _from_base64(buffer: Buffer, run: bytes, low: int, high: int) -> Found | None:
    """A base64 run (with the lines that a wrapped one goes on with), or a path segment of it."""
    if _promising(run):
        stop = _wrapped_end(buffer, run, low, high)
        whole = run if stop == high else bytes(buffer.data[low:stop].tobytes().translate(None, _BLANK))
        if opened := _decoded(whole):
            return 0, _padded(buffer, stop) - low, *opened
    if b"/" not in run and b"-" not in run and b"_" not in run:
        return None
    return _segment(run)


def _segment(run: bytes) -> Found | None:
    for separator in (b"/", b"-", b"_"):
        start = 0
        for segment in run.split(separator):
            if MIN_RUN <= len(segment) < len(run) and _promising(segment) and (opened := _decoded(segment)):
                return start, start + len(segment), *opened
            start += len(segment) + 1
    return None


def _promising(run: bytes) -> bool:
    """Whether the first twelve decoded bytes look like text, UTF-16 or a compressed stream."""
    head = binascii.a2b_base64(run[:_PEEK].translate(_URL_SAFE))
    return not head.translate(None, _TEXT) or head[1::2] == bytes(6) or _compressed(head)


def _decoded(run: bytes) -> tuple[str, bytes] | None:
    usable = run[: len(run) - 1] if len(run) % 4 == 1 else run
    raw = usable.translate(_URL_SAFE) + b"=" * (-len(usable) % 4)
    try:
        return _opened(binascii.a2b_base64(raw), "base64")
    except binascii.Error:
        return None


def _opened(raw: bytes, kind: str) -> tuple[str, bytes] | None:
    """The text in decoded bytes and how it was reached, or nothing if they are not text."""
    if _compressed(raw):
        inflated = _inflated(raw)
        return (f"{kind}>gzip", inflated) if inflated and _is_text(inflated) else None
    if len(raw) >= 8 and not any(raw[1:64:2]):
        return f"{kind}>utf16", raw[: len(raw) // 2 * 2].decode("utf-16-le", "replace").encode()
    return (kind, raw) if _is_text(raw) else None


def _compressed(raw: bytes) -> bool:
    return raw[:2] == b"\x1f\x8b" or (raw[:1] == b"\x78" and raw[1:2] in (b"\x01", b"\x5e", b"\x9c", b"\xda"))


def _inflated(raw: bytes) -> bytes | None:
    """At most `MAX_INFLATED` bytes of a gzip or zlib stream; what was readable before an error counts."""
    engine = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)
    try:
        return engine.decompress(raw, MAX_INFLATED)
    except zlib.error:
        return None


def _is_text(raw: bytes) -> bool:
    """Mostly printable ASCII (or UTF-8), judged on the first kilobytes."""
    head = raw[:2048]
    if not head.translate(None, _ASCII):
        return True
    if len(head.translate(None, _TEXT)) * 50 > len(head):
        return False
    try:
        return len(raw.decode("utf-8")) * 2 > len(raw)
    except UnicodeDecodeError:
        return len(head.translate(None, _ASCII)) * 10 < len(head)


def _wrapped_end(buffer: Buffer, run: bytes, low: int, high: int) -> int:
    """Where a run of base64 lines ends, if this is the first of several of the same width."""
    if len(run) not in _WRAPPED:
        return high
    row = int(buffer.row_of(np.array([low]))[0])
    tail = buffer.data[high : int(buffer.starts[row + 1]) - 1].tobytes()
    at = 0
    while True:
        text = tail[at : at + len(run) + 4]
        line = text.lstrip(_BLANK)
        blanks = len(text) - len(line)
        body = len(line) - len(line.lstrip(_BASE64))
        if not 1 <= blanks <= 4 or not body:
            return high + at
        at += blanks + min(body, len(run))
        if body < len(run):
            return high + at


_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_"


def _padded(buffer: Buffer, stop: int) -> int:
    """The end of a run with its padding."""
    tail = buffer.data[stop : stop + 2].tobytes()
    return stop + len(tail) - len(tail.lstrip(b"="))
