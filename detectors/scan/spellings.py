"""How a known value reads in other encodings: base64 at each alignment, hex, URL escapes, backwards."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from urllib.parse import quote, quote_plus

#: Shorter pieces of base64 repeat by chance.
_MIN_CORE = 8
#: Characters of base64 that also spell bytes before and after the value, by the value's alignment.
_LEAD = (0, 2, 3)


def spellings(value: str) -> dict[str, str]:
    """Each text that gives the value away, and the encoding it stands for (none for the value itself).

    Of base64, what every text around the value shares is given; up to one character on each side also
    spells a few bits of the value.
    """
    found = {value: ""}
    for text, encoding in _others(value):
        found.setdefault(text, encoding)
    return found


def _others(value: str) -> Iterator[tuple[str, str]]:
    raw = value.encode("utf-8", "surrogatepass")
    yield raw.hex(), "hex"
    yield raw.hex().upper(), "hex"
    for shift, lead in enumerate(_LEAD):
        text = base64.b64encode(bytes(shift) + raw).decode().rstrip("=")
        core = text[lead : len(text) - ((shift + len(raw)) % 3 > 0)]
        if len(core) >= _MIN_CORE:
            yield core, "base64"
            yield core.replace("+", "-").replace("/", "_"), "base64"
    yield quote(value, safe="", errors="surrogatepass"), "url"
    yield quote_plus(value, safe="", errors="surrogatepass"), "url"
    yield value[::-1], "reversed"
