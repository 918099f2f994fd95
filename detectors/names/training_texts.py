"""Texts of our own making with names in them, and without: what the tagger is trained on."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from detectors.names.training_templates import (
    ADJS,
    DAYS,
    HOTELS,
    MONTHS,
    NOBODY,
    ORGS,
    PERSONS,
    PRODUCTS,
    STREETS,
    THINGS,
    TITLES,
)

_FIELD: Final = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Locale:
    """Names and places of one country, as the packages list them."""

    first: Sequence[str]
    last: Sequence[str]
    places: Sequence[str]


@dataclass(frozen=True)
class Sample:
    """A text with the character spans of its names, and the kind of template it came from."""

    text: str
    names: tuple[tuple[int, int], ...]
    kind: str


@dataclass(frozen=True)
class Sources:
    """What fields are drawn from."""

    locales: Sequence[Locale]
    weights: Sequence[float]
    countries: Sequence[str]
    jobs: Sequence[str]
    nouns: Sequence[str]
    words: Sequence[str]
    shares: Sequence[float]
    foreign: Sequence[str]
    doubles: Sequence[str]


def samples(sources: Sources, count: int, seed: int) -> list[Sample]:
    """`count` texts, two of three with names; a sample's kind is the group of templates that it came from."""
    draw = random.Random(seed)  # noqa: S311  # texts, not keys
    made = []
    for _ in range(count):
        table, mark = (PERSONS, "with") if draw.random() < 0.6 else (NOBODY, "without")
        group = draw.choices(list(table), [len(table[name]) for name in table])[0]
        template = draw.choice(table[group])
        made.append(fill(template, sources, draw, f"{mark}/{group}/{table[group].index(template)}"))
    return made


def fill(template: str, sources: Sources, draw: random.Random, kind: str) -> Sample:
    """One text from a template."""
    locale = draw.choices(sources.locales, sources.weights)[0]
    shout = draw.random() < 0.03
    parts: list[str] = []
    names: list[tuple[int, int]] = []
    at = 0
    for place, piece in enumerate(_FIELD.split(template.replace("{{", "\x01").replace("}}", "\x02"))):
        if place % 2 == 0:
            value = piece.replace("\x01", "{").replace("\x02", "}")
        else:
            value = _value(piece, sources, locale, draw)
            if piece in _NAMES:
                value = value.upper() if shout else value
                names.append((at, at + len(value)))
        parts.append(value)
        at += len(value)
    return Sample("".join(parts), tuple(names), kind)


_NAMES: Final = frozenset("pfln")


def _value(field: str, sources: Sources, locale: Locale, draw: random.Random) -> str:
    if field in _NAMES:
        return _name(field, locale, draw)
    if field == "org":
        return _pieces(draw.choice(ORGS), sources, draw)
    if field == "cap":
        field = draw.choice(_CAPITALISED)
    simple: dict[str, Callable[[], str]] = {
        "w": lambda: draw.choices(sources.words, cum_weights=sources.shares)[0],
        "W": lambda: draw.choices(sources.words, cum_weights=sources.shares)[0].capitalize(),  # noqa: PLW0108  # draws anew
        "A": lambda: draw.choice(sources.doubles).capitalize(),
        "v": lambda: draw.choice(sources.foreign),
        "V": lambda: draw.choice(sources.foreign).capitalize(),
        "ABC": lambda: _shouted(sources, draw),
        "thing": lambda: draw.choice(THINGS),
        "Thing": lambda: draw.choice(THINGS).capitalize(),
        "adj": lambda: draw.choice(ADJS),
        "Adj": lambda: draw.choice(ADJS).capitalize(),
        "city": lambda: draw.choice(locale.places),
        "City": lambda: draw.choice(locale.places),
        "country": lambda: draw.choice(sources.countries),
        "day": lambda: draw.choice(DAYS),
        "month": lambda: draw.choice(MONTHS),
        "title": lambda: draw.choice(TITLES),
        "job": lambda: draw.choice(sources.jobs),
        "num": lambda: str(draw.randrange(1, 10 ** draw.randrange(1, 6))),
        "phone": lambda: (
            f"+{draw.randrange(1, 99)} {draw.randrange(100, 999)} {draw.randrange(10**5, 10**7)}"
        ),
        "email": lambda: f"{draw.choice(THINGS)}{draw.randrange(99)}@example.com",
        "tool": lambda: f"{draw.choice(['get', 'list', 'send', 'search'])}_{draw.choice(THINGS)}",
        "hotel": lambda: _pieces(draw.choice(HOTELS), sources, draw),
        "product": lambda: _pieces(draw.choice(PRODUCTS), sources, draw),
        "street": lambda: _pieces(draw.choice(STREETS), sources, draw),
        "Org": lambda: _pieces(draw.choice(ORGS), sources, draw),
    }
    return simple[field]()


_CAPITALISED: Final = (
    "city",
    "city",
    "country",
    "Org",
    "product",
    "day",
    "month",
    "ABC",
    "hotel",
    "street",
    "Thing",
)


def _shouted(sources: Sources, draw: random.Random) -> str:
    """A word or an abbreviation in capitals."""
    if draw.random() < 0.5:
        return draw.choice(sources.nouns).upper()
    return "".join(draw.choices("ABCDEFGHIKLMNOPRSTUVW", k=draw.randrange(2, 6)))


def _name(field: str, locale: Locale, draw: random.Random) -> str:
    """A first name, a last name or a whole one, in one of the ways that they are written."""
    kind = field if field != "n" else draw.choice("ppfl")
    first, last = draw.choice(locale.first), draw.choice(locale.last)
    if kind in "fl":
        return first if kind == "f" else last
    link = draw.choice(["van", "de", "von", "da", "van der", "al", "di"])
    forms = {
        f"{first} {last}": 72,
        f"{first} {chr(draw.randrange(65, 91))}{draw.choice(['.', ''])} {last}": 12,
        f"{first} {draw.choice(locale.first)} {last}": 6,
        f"{first} {last}-{draw.choice(locale.last)}": 4,
        f"{first[0]}. {last}": 3,
        f"{first} {link} {last}": 3,
    }
    return draw.choices(list(forms), list(forms.values()))[0]


def _pieces(form: str, sources: Sources, draw: random.Random) -> str:
    other = draw.choices(sources.locales, sources.weights)[0]
    chosen = {
        "l": lambda: draw.choice(other.last),
        "f": lambda: draw.choice(other.first),
        "c": lambda: draw.choice(other.places),
        "y": lambda: draw.choice(sources.nouns).capitalize(),
        "x": lambda: draw.choice(
            [draw.choice(other.places), draw.choice(sources.nouns).capitalize(), draw.choice(other.last)]
        ),
        "n": lambda: str(draw.randrange(1, 999)),
    }
    return re.sub(r"\{(\w)\}", lambda found: chosen[found[1]](), form)
