"""The ways in which one number is written: with and without thousands separators and trailing zeros."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

_NUMBER: Final = re.compile(
    r"[-+]?[$€£¥]?\s?(\d{1,15}|\d{1,3}(?:[,' ]\d{3})+)(?:\.(\d{1,8}))?\s?(?:[$€£¥%]|[A-Z]{3})?"
)
_MAX_SIZE: Final = 32
_GERMAN: Final = re.compile(r"[-+]?(\d{1,3}(?:\.\d{3})+)(?:,(\d{1,8}))?|[-+]?(\d{1,15}),(\d{1,2})")


def spellings(text: str) -> tuple[str, ...]:
    """Other spellings of a number of three digits or more: `1000` is `1,000`, `1000.00` and so on."""
    return _spellings(text) if len(text) <= _MAX_SIZE else ()


@lru_cache(maxsize=16384)
def _spellings(text: str) -> tuple[str, ...]:
    if not any(c.isdigit() for c in text):
        return ()
    found = _NUMBER.fullmatch(text)
    if found is not None:
        whole, part = re.sub(r"[,' ]", "", found.group(1)), found.group(2) or ""
    else:
        german = _GERMAN.fullmatch(text)
        if german is None:
            return ()
        whole = (german.group(1) or german.group(3)).replace(".", "")
        part = german.group(2) or german.group(4) or ""
    whole, part = whole.lstrip("0") or "0", part.rstrip("0")
    if len(whole) + len(part) < 3:
        return ()
    grouped = f"{int(whole):,}"
    parts = {part, part.ljust(2, "0")} if part else {"", "0", "00"}
    forms = {f"{body}.{tail}" if tail else body for body in {whole, grouped} for tail in parts}
    return tuple(sorted(forms - {text}))
