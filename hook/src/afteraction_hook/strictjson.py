"""Strict JSON in and canonical JSON (RFC 8785) out, without the import cost of the `json` package.

Two parsers must never see two different documents: duplicate keys, NaN, infinities, integers beyond 2^53
and lone surrogates are refused both ways.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

LARGEST = 2**53 - 1
MAX_DEPTH = 200
_SPACE = " \t\n\r"


class JsonError(ValueError):
    """The text is not JSON that every parser reads alike; the message never holds its content."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise JsonError("found a key twice in one object, expected each key once")
    return found


def _integer(text: str) -> int:
    if len(text) > 17 or not -LARGEST <= (value := int(text)) <= LARGEST:
        raise JsonError("found an integer beyond 2^53, expected one that a double holds exactly")
    return value


def _real(text: str) -> float:
    value = float(text)
    if value - value != 0:
        raise JsonError("found a number beyond the range of a double")
    return value


def _constant(text: str) -> float:
    raise JsonError(f"found {text}, expected a JSON value")


class _Strict:
    """The attributes that the interpreter's JSON scanner reads."""

    strict = True
    object_hook = None
    object_pairs_hook: Callable[[list[tuple[str, Any]]], object] | None = staticmethod(_object)
    parse_float: Callable[[str], float] = staticmethod(_real)
    parse_int: Callable[[str], int] = staticmethod(_integer)
    parse_constant = staticmethod(_constant)
    memo: dict[str, str] = {}  # noqa: RUF012 -- read by the scanner as an attribute


class _Known(_Strict):
    """For bytes that were parsed strictly before: no Python call for every object and number."""

    object_pairs_hook = None
    parse_float = float
    parse_int = int


def _scanner(rules: type[_Strict]) -> Callable[[str, int], tuple[Any, int]]:
    """The C scanner itself where there is one: `import json` would cost more than the whole decision."""
    try:
        from _json import make_scanner  # noqa: PLC0415
    except ImportError:
        from json.decoder import JSONDecoder  # noqa: PLC0415

        return JSONDecoder(
            object_pairs_hook=rules.object_pairs_hook,
            parse_float=rules.parse_float,
            parse_int=rules.parse_int,
            parse_constant=rules.parse_constant,
        ).raw_decode
    return make_scanner(rules)  # type: ignore[arg-type]  # it reads attributes of any object


def _quoter() -> Callable[[str], str]:
    try:
        from _json import encode_basestring  # noqa: PLC0415
    except ImportError:
        from json.encoder import encode_basestring  # noqa: PLC0415

    return encode_basestring


_scan = _scanner(_Strict)
_scan_known = _scanner(_Known)
_quote = _quoter()


def parse(raw: bytes, *, known: bool = False) -> Any:
    """The one value in `raw` (UTF-8, a byte order mark is read over); raises `JsonError`.

    `known` says that these exact bytes were parsed before, so that keys and numbers need no checks.
    """
    try:
        text = raw.decode("utf-8-sig").strip(_SPACE)
        value, end = (_scan_known if known else _scan)(text, 0)
    except JsonError:
        raise
    except UnicodeDecodeError:
        raise JsonError("found bytes that are not UTF-8") from None
    except RecursionError:
        raise JsonError("found JSON nested too deeply") from None
    except Exception:  # noqa: BLE001 -- without json.decoder the C scanner reports errors as SystemError
        raise JsonError("found text that is not JSON, or JSON that breaks off") from None
    if end != len(text):
        raise JsonError("found text after the JSON value")
    return value


def canonical(value: object) -> bytes:
    """The canonical form of RFC 8785 (JCS) of objects, arrays, strings, numbers, booleans and null."""
    parts: list[str] = []
    _write(value, parts, 0)
    try:
        return "".join(parts).encode()
    except UnicodeEncodeError:
        raise JsonError("found a lone surrogate, expected Unicode text") from None


def _write(value: object, parts: list[str], depth: int) -> None:
    if isinstance(value, str):
        parts.append(_quote(value))
    elif value is None:
        parts.append("null")
    elif value is True or value is False:
        parts.append("true" if value else "false")
    elif isinstance(value, (int, float)):
        parts.append(_number(value))
    elif depth >= MAX_DEPTH:
        raise JsonError(f"found JSON nested more than {MAX_DEPTH} deep")
    elif isinstance(value, dict):
        _write_object(value, parts, depth + 1)
    elif isinstance(value, (list, tuple)):
        opening = "["
        for item in value:
            parts.append(opening)
            _write(item, parts, depth + 1)
            opening = ","
        parts.append("]" if value else "[]")
    else:
        raise JsonError(f"found a {type(value).__name__}, expected a JSON value")


def _write_object(value: dict[Any, object], parts: list[str], depth: int) -> None:
    opening = "{"
    for key in _sorted_keys(value):
        parts.append(opening + _quote(key) + ":")
        _write(value[key], parts, depth)
        opening = ","
    parts.append("}" if value else "{}")


def _sorted_keys(value: dict[Any, object]) -> list[str]:
    if not all(isinstance(key, str) for key in value):
        raise JsonError("found an object key that is not text")
    try:
        return sorted(value, key=lambda key: key.encode("utf-16-be"))
    except UnicodeEncodeError:
        raise JsonError("found a lone surrogate in a key, expected Unicode text") from None


def _number(value: float) -> str:
    """ECMAScript's Number::toString, which RFC 8785 asks for."""
    if isinstance(value, int):
        if not -LARGEST <= value <= LARGEST:
            raise JsonError("found an integer beyond 2^53, expected one that a double holds exactly")
        return int.__repr__(value)
    if value - value != 0:
        raise JsonError("found NaN or an infinity, expected a finite number")
    mantissa, mark, exponent = float.__repr__(value).partition("e")
    if mark:
        return _power(mantissa, int(exponent))
    return "0" if value == 0 else mantissa.removesuffix(".0")


def _power(mantissa: str, power: int) -> str:
    """A number that Python writes with an exponent; ECMAScript does so only outside 1e-6 to 1e21."""
    if power >= 21:
        return f"{mantissa}e+{power}"
    if power < -6:
        return f"{mantissa}e{power}"
    sign = "-" if mantissa.startswith("-") else ""
    digits = mantissa.lstrip("-").replace(".", "")
    return sign + (digits.ljust(power + 1, "0") if power > 0 else "0." + "0" * (-power - 1) + digits)
