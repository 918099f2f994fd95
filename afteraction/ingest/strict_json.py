"""Strict JSON: refuses whatever two parsers could read as two different values."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from typing import Any, Final, NoReturn, TypeAlias

import msgspec
import numpy as np
from numpy.typing import NDArray

Counts: TypeAlias = NDArray[np.intp]
LARGEST_INTEGER: Final = 2**53
_NEWLINE: Final = 10

_decode: Final = msgspec.json.Decoder().decode
_encode: Final = msgspec.json.Encoder().encode
_encode_lines: Final = msgspec.json.Encoder().encode_lines
_DIGITS: Final = bytes(ord("0") if chr(byte).isdecimal() and byte < 128 else byte for byte in range(256))
_LONG_NUMBER: Final = b"0" * len(str(LARGEST_INTEGER))
_CONTROL: Final = re.compile(rb"[\x01-\x08\x0b\x0c\x0e-\x1f]")


class Refused(ValueError):  # noqa: N818  # a refusal is an outcome with a reason, not a fault
    """Input that is not accepted: a stable `code` and a `reason` that never quotes the input."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


def parse(text: bytes, max_depth: int) -> Any:
    """The value of one JSON text; raises `Refused`.

    Refused are duplicate keys, NaN and infinities, integers beyond 2^53, numbers beyond a double,
    unpaired surrogates, invalid UTF-8, NUL bytes and nesting deeper than `max_depth`.
    """
    try:
        value = _decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        _explain(text, error)
    if text.count(b"{") + text.count(b"[") > max_depth and _is_deeper([value], max_depth):
        raise Refused("too_deep", f"nested deeper than {max_depth} levels")
    if _may_hide_members(text, value) or _LONG_NUMBER in text.translate(_DIGITS):
        _check_slowly(text)
    return _without_nul(value) if b"\\u0000" in text else value


def parse_many(texts: Sequence[bytes], max_depth: int, decode: Callable[[bytes], Any]) -> list[Any]:
    """The values of many JSON texts by `decode`, `None` for each of which only `parse` can judge.

    Those are all that it refuses and some more: what is rare is looked for in all texts at once. `decode` is
    that of a msgspec decoder, for anything or for a struct that omits its defaults, all `None` or `False`;
    a text with members that the struct does not know is left to `parse`.
    """
    counted = _Counted(b"\n".join(texts), np.cumsum([len(text) + 1 for text in texts]) - 1)
    certain = (counted.brackets() <= max_depth) & (counted.long_numbers() == 0)
    values = [
        _decoded(text, decode) if sure else None for text, sure in zip(texts, certain.tolist(), strict=True)
    ]
    if b"\\u00" in counted.text:
        values = [
            None if b"\\u0000" in text or b"\\u003" in text else value
            for text, value in zip(texts, values, strict=True)
        ]
    again = _encode_lines(values)
    kept = _Counted(again, np.flatnonzero(np.frombuffer(again, np.uint8) == _NEWLINE)).colons()
    whole = (kept == counted.colons()).tolist()
    return [value if is_whole else None for value, is_whole in zip(values, whole, strict=True)]


def _decoded(text: bytes, decode: Callable[[bytes], Any]) -> Any:
    try:
        return decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


class _Counted:
    """What each of many texts holds, which end at `ends`."""

    def __init__(self, text: bytes, ends: Counts) -> None:
        self.text = text
        self._bytes = np.frombuffer(text, np.uint8)
        self._ends = ends

    def colons(self) -> Counts:
        return self._each(self._bytes == ord(":"))

    def brackets(self) -> Counts:
        """Opening ones, round which nothing else has the same bits but one."""
        return self._each((self._bytes | 0x20) == ord("{"))

    def long_numbers(self) -> Counts:
        """Runs of as many digits as the largest integer has."""
        digits = (self._bytes - ord("0")) < 10
        for step in (1, 2, 4, 8):
            digits = digits[:-step] & digits[step:]
        return self._each(digits)

    def _each(self, found: NDArray[np.bool_]) -> Counts:
        return np.diff(np.searchsorted(np.flatnonzero(found), self._ends), prepend=0)


def _may_hide_members(text: bytes, value: Any) -> bool:
    """Whether a member may have been dropped: each takes a colon with it, and an escaped colon hides one."""
    return text.count(b":") != _encode(value).count(b":") or (b"\\" in text and b"\\u003" in text)


def _is_deeper(value: Any, limit: int) -> bool:
    level = [value]
    for _ in range(limit + 1):
        below = []
        for parent in level:
            for child in parent.values() if type(parent) is dict else parent:
                if type(child) is dict or type(child) is list:
                    below.append(child)  # noqa: PERF401  # a comprehension is a third slower here
        if not below:
            return False
        level = below
    return True


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise Refused("duplicate_key", "an object holds the same key twice")
    return members


def _integer(digits: str) -> int:
    value = int(digits) if len(digits) <= 17 else LARGEST_INTEGER + 1
    if abs(value) > LARGEST_INTEGER:
        raise Refused("huge_integer", "an integer lies beyond 2^53, where parsers disagree")
    return value


def _constant(_: str) -> NoReturn:
    raise Refused("not_finite", "NaN or an infinity is not JSON")


def _check_slowly(text: bytes) -> Any:
    return json.loads(text, object_pairs_hook=_pairs, parse_int=_integer, parse_constant=_constant)


def _explain(text: bytes, error: Exception) -> NoReturn:
    """Raise the most telling refusal for a text that the fast parser did not take."""
    if isinstance(error, RecursionError):
        raise Refused("too_deep", "nested deeper than any log needs") from None
    if b"\x00" in text:
        raise Refused("nul_byte", f"a NUL byte at byte {text.index(0)} of the line") from None
    try:
        text.decode()
    except UnicodeDecodeError as invalid:
        raise Refused("invalid_utf8", f"invalid UTF-8 at byte {invalid.start} of the line") from None
    if isinstance(error, msgspec.ValidationError):
        raise Refused("huge_number", "a number lies beyond the range of a double") from None
    _explain_syntax(text, error)


def _explain_syntax(text: bytes, error: Exception) -> NoReturn:
    try:
        _check_slowly(text)
    except Refused as refused:
        raise refused from None
    except RecursionError:
        raise Refused("too_deep", "nested deeper than any log needs") from None
    except ValueError:
        raise Refused("broken_json", f"not valid JSON: {error}") from None
    if _CONTROL.search(text):
        raise Refused("broken_json", "a raw control character inside a string") from None
    raise Refused("lone_surrogate", "an escaped surrogate without its other half") from None


def _without_nul(value: Any) -> Any:
    """The value with every NUL character replaced by U+FFFD: stores cut or refuse text at a NUL."""
    if isinstance(value, str):
        return value.replace("\x00", "\ufffd")
    if isinstance(value, list):
        return [_without_nul(item) for item in value]
    if isinstance(value, dict):
        return {_without_nul(key): _without_nul(item) for key, item in value.items()}
    return value
