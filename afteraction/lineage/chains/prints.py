"""Keyed fingerprints of texts: runs of words chosen by winnowing, and single telling values.

Winnowing (Schleimer, Wilkerson and Aiken, SIGMOD 2003) keeps the least hash of every window of runs, so
that two texts which share enough words in a row share a fingerprint wherever it stands in them. What is
kept is AES-256 of the hash under a key derived from the tenant's: a pseudo-random function, so that without
the key nobody can tell whether a guessed text was there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final

import numpy as np
import numpy.typing as npt
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

U64 = npt.NDArray[np.uint64]
I64 = npt.NDArray[np.int64]
U8 = npt.NDArray[np.uint8]

#: Words of one run, and runs of one window: what shares `RUN + WINDOW - 1` words in a row is always found.
RUN: Final = 4
WINDOW: Final = 12
#: A text of at most so many words keeps every run, if asked to.
DENSE: Final = 64
#: Telling values: digits alone, or letters and digits together, of at least so many characters.
_DIGITS: Final = 9
_MIXED: Final = 12
_LONGEST: Final = 120

_BLOCK: Final = 8
_TEXT_CHARS: Final = 1 << 18
_CHUNK_CHARS: Final = 1 << 17
_GAP: Final = WINDOW + RUN
_ODD: Final = np.uint64(0x9E3779B97F4A7C15)
_MIX: Final = np.uint64(0xBF58476D1CE4E5B9)
_NONE: Final = np.uint64(0xFFFFFFFFFFFFFFFF)
_MASKS: Final = np.array([(1 << (8 * n)) - 1 for n in range(9)], dtype=np.uint64)
_NOT_DIGIT: Final = np.uint64(0x4040404040404040)
_KINDS: Final = {"run": 1, "value": 2, "whole": 3}


def _folding() -> bytes:
    table = bytearray(256)
    for low, high in ((48, 57), (97, 122), (128, 255)):
        table[low : high + 1] = range(low, high + 1)
    table[65:91] = range(97, 123)
    return bytes(table)


_FOLD: Final = _folding()
_ESCAPES: Final = np.isin(np.arange(256), np.frombuffer(b'ntrbf"/\\', dtype=np.uint8))


@dataclass(frozen=True)
class Prints:
    """Hashes of several texts (not yet keyed): `text` says whose each one is."""

    run: U64
    run_text: I64
    value: U64
    value_text: I64


@dataclass(frozen=True)
class _Words:
    """Words of several texts: hash and text of each, and which are telling, with their values' hashes."""

    hash: U64
    text: I64
    telling: I64
    value: U64


def prints(texts: Sequence[str], dense: npt.NDArray[np.bool_]) -> Prints:
    """The fingerprints of each text; every run of those that are `dense` and short."""
    parts = [
        _prints(_words(chunk), dense[first : first + len(chunk)], first) for first, chunk in _chunks(texts)
    ]
    nothing = np.zeros(0, dtype=np.uint64), np.zeros(0, dtype=np.int64)
    parts.append(Prints(*nothing, *nothing))
    return Prints(
        np.concatenate([one.run for one in parts]),
        np.concatenate([one.run_text for one in parts]),
        np.concatenate([one.value for one in parts]),
        np.concatenate([one.value_text for one in parts]),
    )


def wholes(texts: Sequence[str]) -> U64:
    """One hash per text over all of its words in order, whatever their case and what stands between them."""
    out = np.zeros(len(texts), dtype=np.uint64)
    for first, chunk in _chunks(texts):
        words = _words(chunk)
        begins = np.ones(words.text.size, dtype=bool)
        np.not_equal(words.text[1:], words.text[:-1], out=begins[1:])
        starts = np.flatnonzero(begins)
        if starts.size:
            rank = np.arange(words.text.size) - starts[np.cumsum(begins) - 1]
            placed = _mix(words.hash ^ (rank.view(np.uint64) * _ODD))
            out[first + words.text[starts]] = np.add.reduceat(placed, starts)
    return out


def keyed(hashes: U64, key: bytes, kind: str) -> I64:
    """The fingerprints of hashes under a tenant's key (32 bytes); `kind` keeps their uses apart."""
    secret = blake2b(b"afteraction chains", key=key[:64], digest_size=32).digest()
    blocks = np.empty((hashes.size, 2), dtype="<u8")
    blocks[:, 0] = hashes
    blocks[:, 1] = _KINDS[kind]
    sealed = Cipher(algorithms.AES(secret), modes.ECB()).encryptor().update(blocks.tobytes())  # noqa: S305 - as a PRF on single blocks
    return np.frombuffer(sealed, dtype="<i8").reshape(-1, 2)[:, 0].astype(np.int64)


def _chunks(texts: Sequence[str]) -> Iterator[tuple[int, list[str]]]:
    """Some texts at a time: arrays that fit the processor's cache and are used again."""
    held, size, first = list[str](), 0, 0
    for number, text in enumerate(texts):
        held.append(text[:_TEXT_CHARS])
        size += len(held[-1])
        if size >= _CHUNK_CHARS:
            yield first, held
            held, size, first = [], 0, number + 1
    if held:
        yield first, held


def _words(texts: Sequence[str]) -> _Words:
    raw = _joined(texts)
    codes = np.frombuffer(raw.translate(_FOLD), dtype=np.uint8)
    source = np.frombuffer(raw, dtype=np.uint8)
    if b"\\" in raw:
        codes = _without_escapes(source, codes)
    word = (codes != 0).view(np.uint8)
    edges = np.flatnonzero((word[1:] ^ word[:-1]).view(np.bool_)) + 1
    if word[0]:
        edges = np.concatenate((np.zeros(1, dtype=edges.dtype), edges))
    start, end = edges[0::2], edges[1::2]
    first = np.searchsorted(start, np.flatnonzero(source[:-_BLOCK] == 0))
    count = first.copy()
    count[1:] -= first[:-1]
    size = end - start
    blocks = np.ndarray((codes.size - _BLOCK + 1,), dtype="<u8", buffer=codes, strides=(1,))
    head = blocks[start]
    head &= _MASKS[np.minimum(size, _BLOCK)]
    hashes = _mix(head ^ (size.view(np.uint64) * _ODD))
    owner = np.repeat(np.arange(count.size, dtype=np.int64), count)
    return _Words(hashes, owner, *_telling(blocks, start, end, head, hashes))


def _joined(texts: Sequence[str]) -> bytes:
    joined = "\0".join(texts)
    if joined.count("\0") != len(texts) - 1:
        joined = "\0".join([text.replace("\0", " ") for text in texts])
    return joined.encode("utf-8", "replace") + bytes(_BLOCK + 1)


def _telling(blocks: U64, start: I64, end: I64, head: U64, hashes: U64) -> tuple[I64, U64]:
    """Which words are telling values, and their hashes over every byte."""
    size = end - start
    some = np.flatnonzero((size >= _DIGITS) & (size <= _LONGEST))
    tail = blocks[end[some] - _BLOCK]
    letters = np.bitwise_count(_no_digits(head[some])), np.bitwise_count(_no_digits(tail))
    digit = (letters[0] < _BLOCK) | (letters[1] < _BLOCK)
    letter = (letters[0] > 0) | (letters[1] > 0)
    kept = digit & (~letter | (size[some] >= _MIXED))
    some, tail = some[kept], tail[kept]
    value = _mix(hashes[some] ^ (tail * _ODD))
    rest = np.flatnonzero(size[some] > 2 * _BLOCK)
    at = _BLOCK
    while rest.size:
        inside = np.minimum(start[some[rest]] + at, end[some[rest]] - _BLOCK)
        value[rest] = _mix(value[rest] ^ blocks[inside] * _MIX)
        at += _BLOCK
        rest = rest[size[some[rest]] > at + _BLOCK]
    return some, value


def _no_digits(block: U64) -> U64:
    """One bit for every byte that is no digit, of folded words without a gap."""
    return (block | (block >> np.uint64(1))) & _NOT_DIGIT


def _without_escapes(raw: U8, codes: U8) -> U8:
    """The letters of JSON's escapes of white-space are no words."""
    slash = np.flatnonzero(raw[:-1] == ord("\\"))
    codes = codes.copy()
    codes[slash[_ESCAPES[raw[slash + 1]]] + 1] = 0
    return codes


def _prints(words: _Words, dense: npt.NDArray[np.bool_], first: int) -> Prints:
    run, owner = _runs(words, dense)
    return Prints(run, owner + first, words.value, words.text[words.telling] + first)


def _runs(words: _Words, dense: npt.NDArray[np.bool_]) -> tuple[U64, I64]:
    room = words.hash.size - RUN + 1
    if room <= 0:
        return np.zeros(0, dtype=np.uint64), np.zeros(0, dtype=np.int64)
    value = words.hash[:room].copy()
    for step in range(1, RUN):
        value = value * _ODD + words.hash[step : step + room]
    inside = words.text[:room] == words.text[RUN - 1 :]
    value, owner = _mix(value[inside]), words.text[:room][inside]
    if not dense.any():
        return _winnowed(value, owner)
    counts = np.bincount(owner, minlength=dense.size)
    kept = (dense & (counts <= DENSE))[owner]
    least, whose = _winnowed(value[~kept], owner[~kept])
    return np.concatenate((value[kept], least)), np.concatenate((owner[kept], whose))


def _winnowed(value: U64, owner: I64) -> tuple[U64, I64]:
    """The least hash of every window; texts lie so far apart that no window reaches into the next one."""
    if not value.size:
        return value, owner
    change = np.ones(value.size, dtype=bool)
    np.not_equal(owner[1:], owner[:-1], out=change[1:])
    places = np.arange(value.size, dtype=np.int64)
    places += (np.cumsum(change) - 1) * _GAP
    wide = np.full(int(places[-1]) + 2 * _GAP, _NONE, dtype=np.uint64)
    wide[places] = value
    least = np.minimum(wide[:-1], wide[1:])
    least = np.minimum(least[:-2], least[2:])
    least = np.minimum(least[:-4], least[4:])
    least = np.minimum(least[:-4], least[4:])[places]
    change[1:] |= least[1:] != least[:-1]
    return least[change], owner[change]


def _mix(values: U64) -> U64:
    out = (values ^ (values >> np.uint64(29))) * _MIX
    return out ^ (out >> np.uint64(32))
