"""Reads names, places and words out of the packages that the tagger is built from; for training only."""

from __future__ import annotations

import gzip
import importlib
import itertools
import json
import pkgutil
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from importlib import resources
from pathlib import Path
from typing import Any, Final

from detectors.names.cues import cue_words
from detectors.names.lexicon import name_class
from detectors.names.training_texts import Locale, Sources
from detectors.names.words import MAX_WORD

_LATIN: Final = re.compile(r"^[A-Za-zÀ-ɏ]+(?:[ '\u2019-][A-Za-zÀ-ɏ]+){0,2}$")
_WORD: Final = re.compile(r"[A-Za-zÀ-ɏ]+")
_LANGUAGES: Final = ("en", "de", "es", "fr", "it", "nl", "pt")
#: Ranks in word lists up to which a word is very common, common, known.
_RANKS: Final = ((1500, 3), (7000, 2), (30000, 1))
#: In how many locales a name is listed, from which it counts as spread, and as spread widely.
_SPREAD: Final = (2, 5)
_ENGLISH: Final = 6.0


def locales() -> dict[str, Locale]:
    """Locales that hold first names, last names and places in Latin letters."""
    found: dict[str, Locale] = {}
    for name in sorted({*_faker_locales(), *_mimesis_locales()}):
        first, last, places = (set[str](), set[str](), set[str]())
        for one in (_faker(name), _mimesis(name)):
            first |= _latin(one.first)
            last |= _latin(one.last)
            places |= _latin(one.places)
        if len(first) >= 20 and len(last) >= 20:
            found[name] = Locale(sorted(first), sorted(last), sorted(places))
    return found


def sources(known: dict[str, Locale]) -> Sources:
    """What training texts draw from; locales without places take English ones."""
    english = known["en_US"].places or known["en"].places
    filled = [Locale(one.first, one.last, one.places or english) for one in known.values()]
    weights = [_ENGLISH if name.startswith("en") else 1.0 for name in known]
    person = _mimesis_file("en", "person")
    countries = sorted(_latin(_mimesis_file("en", "address")["country"]["name"]))
    words = ranked("en")
    nouns = [word for word in words[500:12000] if len(word) > 3 and word.isascii()]
    often = [word for word in words[:4000] if word.isalpha()]
    foreign = [word for name in _LANGUAGES[1:] for word in ranked(name)[:4000] if word.isalpha()]
    names = {word for one in known.values() for name in (*one.first, *one.last) for word in _folded(name)}
    doubles = [word for word in words[:30000] if word in names and len(word) > 2]
    shares = list(itertools.accumulate(1 / (rank + 20) for rank in range(len(often))))
    return Sources(filled, weights, countries, person["occupation"], nouns, often, shares, foreign, doubles)


def lexicon_classes(known: dict[str, Locale]) -> dict[str, int]:
    """Every word with its class: names by how many locales list them, words by rank, places, cues."""
    first, last = _spread(known, "first"), _spread(known, "last")
    places = {word for one in known.values() for place in one.places for word in _folded(place, whole=True)}
    places |= {word for name in sources(known).countries for word in _folded(name, whole=True)}
    common = commonness()
    classes = {
        word: name_class(_level(first[word]), _level(last[word]), common.get(word, 0), int(word in places))
        for word in {*first, *last, *places, *common}
    }
    return {**classes, **cue_words()}


def commonness() -> dict[str, int]:
    """Words that are used in lower case, with 1 (known) to 3 (very common)."""
    levels: dict[str, int] = {}
    for language in _LANGUAGES:
        english = language == "en"
        for rank, word in enumerate(ranked(language)[: 30000 if english else 7000]):
            level = next(level for limit, level in _RANKS if rank < limit)
            level = level if english else max(1, level - 1)
            for form in _folded(word, whole=True):
                levels[form] = max(level, levels.get(form, 0))
    return levels


def ranked(language: str) -> list[str]:
    """Words of a language, the most frequent first."""
    file = resources.files("spellchecker").joinpath("resources").joinpath(f"{language}.json.gz")
    counts: dict[str, int] = json.loads(gzip.decompress(file.read_bytes()))
    return sorted(counts, key=lambda word: (-counts[word], word))


def prose(limit: int) -> Iterator[str]:
    """Texts without names: descriptions of installed packages and source code of the standard library."""
    total = 0
    for text in (*_descriptions(), *_standard_library()):
        paragraphs = re.split(r"\n(?=\n)", text)
        for start in range(0, len(paragraphs), 5):
            part = "\n".join(paragraphs[start : start + 5]).strip()
            total += len(part)
            if total > limit:
                return
            yield part


_CREDIT: Final = re.compile(
    r"(?i)^.*(?:author|copyright|\(c\)|©|maintain|written by|thanks|contribut|credit|@|\bby [A-Z]).*$",
    re.MULTILINE,
)


def _descriptions() -> Iterator[str]:
    site = Path(json.__file__).parents[1] / "site-packages"
    here = Path(str(resources.files("faker"))).parent
    for folder in sorted({site, here}):
        for file in sorted(folder.glob("*.dist-info/METADATA")):
            _, _, body = file.read_text("utf-8", "replace").partition("\n\n")
            yield _CREDIT.sub("", body)


def _standard_library() -> Iterator[str]:
    for file in sorted(Path(json.__file__).parents[1].glob("*.py"))[::2]:
        yield _CREDIT.sub("", file.read_text("utf-8", "replace"))


def _spread(known: dict[str, Locale], part: str) -> Counter[str]:
    seen: Counter[str] = Counter()
    for one in known.values():
        seen.update({word for name in getattr(one, part) for word in _folded(name)})
    return seen


def _level(count: int) -> int:
    return (count > 0) + sum(count >= limit for limit in _SPREAD)


def _folded(name: str, *, whole: bool = False) -> set[str]:
    """The words of a name as the lexicon spells them, and without accents; `whole`: single words only."""
    words = _WORD.findall(name)
    if whole and len(words) > 1:
        return set()
    kept = {word for word in words if len(word) > 1 and len(word.encode()) < MAX_WORD}
    return {spelled(form) for word in kept for form in (word, plain_letters(word))}


def spelled(word: str) -> str:
    """ASCII capitals folded, as the hashes fold them."""
    return "".join(c.lower() if c.isascii() else c for c in word)


def plain_letters(word: str) -> str:
    """Without accents."""
    return "".join(c for c in unicodedata.normalize("NFKD", word) if not unicodedata.combining(c))


def _latin(names: Iterable[str]) -> set[str]:
    return {name.strip() for name in names if _LATIN.match(name.strip()) and name.strip()[0].isupper()}


def _faker_locales() -> Iterator[str]:
    for package in ("person", "address"):
        path = importlib.import_module(f"faker.providers.{package}").__path__
        yield from (entry.name for entry in pkgutil.iter_modules(path))


def _faker(name: str) -> Locale:
    person, address = _provider("person", name), _provider("address", name)
    first = [value for key, value in person.items() if "first" in key or "given" in key]
    last = [value for key, value in person.items() if "last" in key or "surname" in key or "family" in key]
    places = [
        value
        for key, value in address.items()
        if key in ("cities", "city_names", "states", "provinces", "countries")
    ]
    return Locale(list(_strings(first)), list(_strings(last)), list(_strings(places)))


def _provider(package: str, name: str) -> dict[str, Any]:
    try:
        provider = importlib.import_module(f"faker.providers.{package}.{name}").Provider
    except ModuleNotFoundError:
        return {}
    skipped = ("format", "prefix", "suffix", "romanized_format")
    return {
        key: getattr(provider, key)
        for key in dir(provider)
        if not key.startswith("_")
        and not any(word in key for word in skipped)
        and not callable(getattr(provider, key))
    }


def _mimesis_locales() -> Iterator[str]:
    for entry in resources.files("mimesis").joinpath("datasets").iterdir():
        if entry.joinpath("person.json").is_file():
            yield entry.name.replace("-", "_")


def _mimesis(name: str) -> Locale:
    person, address = (
        _mimesis_file(name.replace("_", "-"), "person"),
        _mimesis_file(name.replace("_", "-"), "address"),
    )
    state = address.get("state", {})
    return Locale(
        list(_strings([person.get("names", {})], values=True)),
        list(_strings([person.get("surnames", [])], values=True)),
        [
            *_strings([address.get("city", [])]),
            *_strings([state.get("name", []) if isinstance(state, dict) else []]),
        ],
    )


def _mimesis_file(name: str, part: str) -> dict[str, Any]:
    file = resources.files("mimesis").joinpath("datasets").joinpath(name).joinpath(f"{part}.json")
    return dict(json.loads(file.read_text("utf-8"))) if file.is_file() else {}


def _strings(held: Iterable[Any], *, values: bool = False) -> Iterator[str]:
    for value in held:
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict):
            yield from _strings(value.values() if values else value.keys(), values=values)
        elif isinstance(value, (list, tuple, set, frozenset)):
            yield from _strings(value, values=values)
