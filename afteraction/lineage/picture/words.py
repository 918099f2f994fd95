"""Text that somebody else wrote, made safe for a drawing: nothing hidden or reordered, cut to a width."""

from __future__ import annotations

import re
import unicodedata
from typing import Final
from xml.sax.saxutils import escape

#: Controls, bidi and zero-width formats, surrogates, private and unassigned code points, separators.
_UNSHOWN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_MARKS: Final = frozenset({"Mn", "Me"})
_MOST_MARKS: Final = 2
#: The longest text that is kept for a tooltip.
MOST: Final = 300
#: Widths in em of a broad sans-serif face.
_NARROW: Final = frozenset("iIljtfr.,:;|!'`()[]{}/\\ ")
_BROAD: Final = frozenset("mwMW@%")
_MASK: Final = re.compile(r"\[([A-Z_]+):fp_([0-9a-f]{4})[0-9a-f]+\]")
_QUOTES: Final = {'"': "&quot;", "'": "&#39;"}


def spelled(text: object, most: int = MOST) -> str:
    """One line of at most `most` characters in which whatever cannot be seen is spelled out."""
    shown: list[str] = []
    marks = 0
    for character in str("" if text is None else text)[:most]:
        kind = "" if character.isascii() and character.isprintable() else unicodedata.category(character)
        marks = marks + 1 if kind in _MARKS else 0
        hidden = kind in _UNSHOWN or marks > _MOST_MARKS
        shown.append(f"\\u{{{ord(character):x}}}" if hidden else character)
    line = "".join(shown)
    return line if len(line) <= most and len(str(text or "")) <= most else line[: most - 1] + "…"


def width(text: str, size: float) -> float:
    """About how wide a line is at a font size, in pixels; rather too wide than too narrow."""
    return size * sum(map(_em, text))


def _em(character: str) -> float:
    if character in _NARROW:
        return 0.42
    if character in _BROAD:
        return 1.0
    if character.isascii():
        return 0.72 if character.isupper() else 0.64
    if unicodedata.category(character) in _MARKS:
        return 0.0
    return 1.25 if unicodedata.east_asian_width(character) in {"W", "F"} else 0.85


def cut(text: str, size: float, room: float) -> str:
    """`text`, or as much of it as fits into `room` pixels with `…`."""
    if width(text, size) <= room:
        return text
    kept, used = "", width("…", size)
    for character in text:
        used += width(character, size)
        if used > room:
            break
        kept += character
    return kept.rstrip() + "…"


def lines(text: str, size: float, room: float, most: int = 2) -> list[str]:
    """`text` on at most `most` lines of `room` pixels, broken after blanks and signs where there are any."""
    if width(text, size) <= room or most < 2:
        return [cut(text, size, room)]
    fitting = len(cut(text, size, room)) - 1
    breaks = [at + 1 for at, sign in enumerate(text[:fitting]) if sign in " _-./:]" and at >= fitting // 3]
    at = breaks[-1] if breaks else max(fitting, 1)
    return [text[:at].rstrip(), *lines(text[at:].lstrip(), size, room, most - 1)]


def short(text: str) -> str:
    """`text` with the fingerprints in its masks cut to four digits: `[EMAIL cbd2]`."""
    return _MASK.sub(r"[\1 \2]", text)


def xml(text: str) -> str:
    """`text` for the inside of an element or of an attribute."""
    return escape(text, _QUOTES)
