"""Values out of loose JSON: text, arguments, times and ids, the same way for every reader."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

import msgspec

from afteraction.ingest.strict_json import Refused, parse

_encode: Final = msgspec.json.Encoder().encode
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
#: Years 2001 to 2286 in seconds; larger numbers are milli-, micro- or nanoseconds.
_SECONDS: Final = 10**10
_LATEST: Final = _SECONDS * 10**6

NO_ARGUMENTS: Final = "the log holds no arguments for this call"
CUT_ARGUMENTS: Final = "the arguments are cut off or broken JSON"


class Arguments(NamedTuple):
    """The arguments of a call as JSON or plain text, and why they cannot be scored (if so)."""

    text: str | None
    unscorable: str | None


def json_text(value: Any) -> str:
    """Compact JSON text of a value: the same members in the same order, no needless escapes."""
    return _encode(value).decode()


def arguments(value: Any, max_depth: int) -> Arguments:
    """Arguments given as an object, a JSON string or plain text; `None` is unscorable."""
    if isinstance(value, dict):
        return Arguments(_encode(value).decode(), None)
    if value is None:
        return Arguments(None, NO_ARGUMENTS)
    if not isinstance(value, str):
        return Arguments(json_text(value), None)
    if value.lstrip()[:1] not in {"{", "["}:
        return Arguments(value, None) if value else Arguments(None, NO_ARGUMENTS)
    try:
        return Arguments(json_text(parse(value.encode(), max_depth)), None)
    except Refused as refused:
        cut = CUT_ARGUMENTS if refused.code == "broken_json" else f"the arguments hold {refused.reason}"
        return Arguments(value, cut)


def text(value: Any) -> str | None:
    """A result or content as text: strings verbatim, text blocks joined, anything else as JSON."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, list) and value and all(map(_is_text_block, value)):
        return "\n".join(_block_text(block) for block in value)
    return json_text(value)


def _is_text_block(block: Any) -> bool:
    return isinstance(block, str) or (isinstance(block, dict) and isinstance(_block_body(block), str))


def _block_body(block: dict[str, Any]) -> Any:
    return block.get("text", block.get("content"))


def _block_text(block: Any) -> str:
    return block if isinstance(block, str) else str(_block_body(block))


def spoken(value: Any) -> str | None:
    """Only the words of a message's content: blocks that hold no text are left out."""
    if isinstance(value, list):
        words = [_block_text(block) for block in value if _is_text_block(block)]
        return "\n".join(words) or None
    return value if isinstance(value, str) and value else None


def micros(value: Any) -> int | None:
    """Microseconds since the epoch from RFC 3339 text or a number of s, ms, µs or ns; else `None`."""
    if isinstance(value, str):
        return _digits_micros(value) if value.isdecimal() else _text_micros(value)
    if value is None or isinstance(value, bool):
        return None
    return _number_micros(value) if isinstance(value, (int, float)) else None


def _text_micros(value: str) -> int | None:
    try:
        moment = datetime.fromisoformat(value)
        since = (_in_utc(moment) - _EPOCH) // _MICROSECOND
    except (ValueError, OverflowError):
        return None
    return since if 0 <= since < _LATEST else None


def _in_utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


def _digits_micros(value: str) -> int | None:
    return _number_micros(int(value)) if len(value) <= 20 else None


def _number_micros(value: float) -> int | None:
    if value < 0:
        return None
    for unit in (10**6, 10**3, 1):
        if value < _SECONDS * 10**6 / unit:
            return int(value * unit)
    return int(value) // 1000 if value < _LATEST * 1000 else None


def name(value: Any) -> str | None:
    """An id or a name: text or a number as text; anything else, and the empty string, is `None`."""
    if isinstance(value, str):
        return value or None
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else None


def required(record: dict[str, Any], member: str) -> str:
    """A member that must be a non-empty id or name; raises `Refused`."""
    found = name(record.get(member))
    if found is None:
        raise Refused(
            "missing_field" if record.get(member) in (None, "") else "wrong_type",
            f"`{member}` must be a non-empty string",
        )
    return found


class Calls:
    """Gives every call of a session its own id: a repeated id gets a suffix that counts."""

    def __init__(self) -> None:
        self._seen: dict[str, int] = {}

    def take(self, call: str | None, position: str) -> str:
        """The call's own id, or its position; the second use of an id becomes `id#2`."""
        wanted = call or f"@{position}"
        count = self._seen.get(wanted, 0) + 1
        self._seen[wanted] = count
        return wanted if count == 1 else self.take(f"{wanted}#{count}", position)
