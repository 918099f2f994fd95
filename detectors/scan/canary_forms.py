"""The spellings of a planted value: as it is, reversed, base64 and base32 at every alignment, escapes."""

from __future__ import annotations

import base64
import string
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

#: Bits of a character, and how many bytes make a whole group, by coding.
_CODINGS: Final = {"base64": (6, 3, base64.b64encode), "base32": (5, 5, base64.b32encode)}
_SMALL: Final = {ord(capital): capital.lower() for capital in string.ascii_uppercase}
_URL_SAFE: Final = bytes.maketrans(b"+/", b"-_")


@dataclass(frozen=True)
class Form:
    """One spelling: `how` it was reached (empty: as it is); `exact` says that capitals matter."""

    how: str
    text: str
    exact: bool = False


def forms(value: str) -> tuple[Form, ...]:
    """Every spelling that is looked for, none twice; what codings of codings hold is found layer by layer."""
    found: dict[tuple[str, bool], Form] = {}
    for how, variant in _variants(value):
        for form in _spelled(how, variant):
            key = (form.text if form.exact else form.text.translate(_SMALL), form.exact)
            found.setdefault(key, form)
    return tuple(found.values())


def _variants(value: str) -> Iterator[tuple[str, str]]:
    yield "", value
    yield "reversed", value[::-1]
    for how, changed in (("case", value.lower()), ("case", value.upper())):
        if changed != value:
            yield how, changed


def _spelled(how: str, variant: str) -> Iterator[Form]:
    raw = variant.encode("utf-8", "replace")
    yield Form(how, variant)
    yield Form(_joined(how, "hex"), raw.hex())
    yield Form(_joined(how, "url"), "".join(f"%{byte:02x}" for byte in raw))
    yield Form(_joined(how, "json"), "".join(f"\\u{ord(char) & 0xFFFF:04x}" for char in variant))
    yield Form(_joined(how, "html"), "".join(f"&#{ord(char)};" for char in variant))
    for coding in _CODINGS:
        for text in aligned(raw, coding):
            yield Form(_joined(how, coding), text, exact=coding == "base64")
            yield Form(_joined(how, coding, "reversed"), text[::-1], exact=coding == "base64")


def _joined(*parts: str) -> str:
    """A decoding path, outermost first, as matches show it."""
    return ">".join(part for part in reversed(parts) if part)


def aligned(raw: bytes, coding: str) -> Iterator[str]:
    """The characters that `raw` alone decides, wherever it stands in an encoded text; both alphabets."""
    bits, group, encode = _CODINGS[coding]
    for offset in range(group):
        text = encode(bytes(offset) + raw)
        first, last = -(-offset * 8 // bits), (offset + len(raw)) * 8 // bits
        kept = text[first:last]
        yield kept.decode()
        if coding == "base64" and kept.translate(_URL_SAFE) != kept:
            yield kept.translate(_URL_SAFE).decode()


#: The fewest characters of a form that tell by themselves whose piece they are.
PIECE: Final = 8


def pieces(value: str) -> Iterator[tuple[Form, tuple[str, ...]]]:
    """Of the commonest spellings, every run of `PIECE` characters by its place."""
    for form in forms(value):
        if form.how in {"", "reversed", "base64", "hex"} and len(form.text) >= 2 * PIECE:
            yield form, tuple(form.text[at : at + PIECE] for at in range(len(form.text) - PIECE + 1))
