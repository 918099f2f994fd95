"""Text that somebody else wrote, made safe to show in a terminal."""

from __future__ import annotations

import unicodedata
from typing import Final

from rich.cells import cell_len, set_cell_size
from rich.markup import escape

#: Controls (ANSI escapes start with one), bidi and zero-width formats, surrogates, private and unassigned
#: code points, line and paragraph separators: all that can move, hide or reorder what a reader sees.
_UNSHOWN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_MARKS: Final = frozenset({"Mn", "Me"})
_MOST_MARKS: Final = 2
_SLACK: Final = 4
_UNBOUNDED: Final = 1_000_000


def visible(text: object, width: int | None = None) -> str:
    """The text on one line, whatever cannot be seen spelled out, cut to `width` terminal cells with `…`.

    For `print` and `rich.text.Text`; markup is left as it is. None is shown as `-`.
    """
    if text is None:
        return "-"
    limit = _UNBOUNDED if width is None else width
    shown = "".join(_spelled(str(text)[: limit * _SLACK]))
    if cell_len(shown) <= limit:
        return shown
    return set_cell_size(shown, max(limit - 1, 0)).rstrip() + "…"


def plain(text: object, width: int | None = None) -> str:
    """`visible`, and rich markup in it stays text: for cells and lines that rich renders."""
    return escape(visible(text, width))


def _spelled(text: str) -> list[str]:
    shown: list[str] = []
    marks = 0
    for character in text:
        kind = "" if character.isascii() and character.isprintable() else unicodedata.category(character)
        marks = marks + 1 if kind in _MARKS else 0
        hidden = kind in _UNSHOWN or marks > _MOST_MARKS
        shown.append(_name(character) if hidden else character)
    return shown


def _name(character: str) -> str:
    short = {"\n": "\\n", "\r": "\\r", "\t": "\\t", "\x1b": "\\e", "\0": "\\0"}
    return short.get(character) or f"\\u{{{ord(character):x}}}"
