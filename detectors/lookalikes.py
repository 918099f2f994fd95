"""Tells real credentials from look-alikes: placeholders, examples, variables, code and plain words."""

from __future__ import annotations

import math
import re
from collections import Counter
from itertools import pairwise
from typing import Final

import re2

from detectors.wording import efficiency

_PLACEHOLDER: Final = re2.compile(
    r"(?i)^(?:"
    r"<.*|[\[{(].*[\])}]|.*[<{][\w .:/-]*[>}].*|"
    r"(?:x{3,}|\*{3,}|\.{3,}|#{3,}|-{3,}|_{3,}|0{6,}|1{6,})[\w*.-]{0,4}|"
    r".*(?:x{6,}|\*{4,}|\.{3,}|0{12,}|…).*|"
    r"(?:my|your|the|some|a|an|our|this|new|old|user|db|test|demo|sample|dummy|fake|mock|example|insert|enter|put|"
    r"add|replace|change|set|use|get|load|read|from|default)[_ -]?.{0,20}"
    r"(?:key|token|secret|password|passwd|pwd|pass|credential|value|here|string|id)s?[_ -]?"
    r"(?:here|value)?\d{0,3}|"
    r"change[_-]?(?:me|this|it).*|replace[_-]?(?:me|this|with).*|redacted.*|removed|masked|hidden|none|null|nil|"
    r"undefined|true|false|todo|tbd|fixme|n/?a|unknown|empty|string|str|int|bool|bytes|object|required|optional|"
    r"password\d{0,4}|passwd|pass|secret|token|apikey|api[_-]?key|placeholder.*|example.*|sample.*|dummy.*|"
    r"(?:foo|bar|baz|qux)+\d{0,4}|abc|test(?:ing|123)?|\[?(?:[A-Z_]+:)?fp_[0-9a-f]{12}\]?"
    r")$"
)
_VARIABLE: Final = re2.compile(
    r"^(?:\$\{?[A-Za-z_][\w.:-]*\}?|%[A-Za-z_]\w*%|\{\{.*\}\}?|\$\(.*\)?|@[A-Za-z_]\w*@|#\{.*\}|"
    r"(?:os\.|process\.|env\.|self\.|this\.|config\.|settings\.|secrets\.|vars?\.|params?\.|args?\.|request\.|data\.|"
    r"System\.|options?\.|ctx\.|context\.|user\.|event\.|app\.|vault:|ssm:|op://|arn:).*|"
    r"[A-Za-z_][\w.]*\(.*|[A-Za-z_]\w*\[.*|[A-Za-z_]\w*(?:->|::)\w+.*|.*\.(?:get|env|getenv)\b.*)$"
)
_INTERPOLATED: Final = re2.compile(r"\$\{|\$\(|\$[A-Z_]{3,}")
_EXAMPLE: Final = re2.compile(
    r"(?i)example|placeholder|changeme|dummy|redacted|notreal|fakekey|your[_-]?(?:api|key|token|secret)"
)
#: Python's own expressions are faster on so few characters.
_NAME: Final = re.compile(
    r"([A-Za-z0-9_.-]+)[\s\"'`\]]{0,10}(?:=>|:=|={1,3}|:{1,2}|>|,|\|\||is|)[\s\"'`(]{0,18}$"
)
_WORDS: Final = re.compile(r"[A-Z]+(?:[a-z]+|\b|[_.\d-])|[a-z]+|[A-Z]+")
#: Words after which a value is a name or a number of something, and words that make a key public.
_PUBLIC: Final = """
id ids name names url uri path file files type size length count version format vault arn alias hash
prefix suffix algorithm alg space code codes field fields column row index idx point points board frame
frames word words map schema bucket public pub publishable csrf xsrf page next prev previous cursor
continuation sync sort primary foreign partition cache object results accessor expiry expires expiration
at date time limit usage max min num number mode policy level role scope method issuer audience chars str
pair store ring
"""
_NOT_SECRET: Final = frozenset(_PUBLIC.split())
_SEPARATORS: Final = re2.compile(r"[-_./:@=+]")
_HEX: Final = re2.compile(r"^[0-9a-fA-F]+$")
#: Letters and digits per piece: values drawn at random stay below (99 of 100), 97 of 100 names in code above.
_WORDY: Final = 1.6


def entropy(value: str) -> float:
    """Shannon entropy in bits per character."""
    size = len(value)
    return -sum(n / size * math.log2(n / size) for n in Counter(value).values()) if size else 0.0


def is_placeholder(value: str) -> bool:
    """Whether a value stands for a secret instead of being one: `<your-key>`, `xxxx`, `${VAR}`."""
    bare = value.strip("\"'`,;")
    return (
        len(set(bare)) <= 3
        or _PLACEHOLDER.match(bare) is not None
        or _VARIABLE.match(bare) is not None
        or _INTERPOLATED.search(bare) is not None
        or _EXAMPLE.search(bare) is not None
    )


def is_sequence(value: str) -> bool:
    """Whether a value is one short piece over and over."""
    lower = value.lower()
    return any(lower == (lower[:size] * (len(lower) // size + 1))[: len(lower)] for size in range(1, 4))


def is_compound(value: str) -> bool:
    """Whether a value is put together from short words and numbers (`prod-db-2`, `a.b.c:80`)."""
    parts = [part for part in _SEPARATORS.split(value) if part]
    if len(parts) < 2 or max(map(len, parts)) > 15:
        return False
    noisy = sum(_is_noise(part) for part in parts)
    return noisy * 2 < len(parts)


def _is_noise(part: str) -> bool:
    digits = sum(c.isdigit() for c in part)
    return 0 < digits < len(part) and switches(part) > (0.4 if len(part) < 6 else 0.25)


def switches(value: str) -> float:
    """How often neighbouring characters change kind (small, capital, digit), per character."""
    kinds = ["d" if c.isdigit() else "u" if c.isupper() else "l" if c.islower() else "o" for c in value]
    changes = sum(one != two for one, two in pairwise(kinds))
    return changes / max(1, len(kinds) - 1)


def is_stuttering(value: str) -> bool:
    """Whether a value goes on mostly by repeating the character before (`aaaaaaaa1111`)."""
    return sum(one == two for one, two in pairwise(value)) > 0.6 * len(value)


def is_grouped(value: str) -> bool:
    """Whether a value is a key written in groups (`AB12-CD34-EF56`): three or more of four characters."""
    parts = value.split("-")
    digits = sum(map(str.isdigit, value))
    return (
        len(parts) >= 3
        and min(map(len, parts)) >= 4
        and all(part.isalnum() for part in parts)
        and 4 <= digits < len(value) - len(parts) + 1
        and efficiency(value) < _WORDY
    )


def looks_random(value: str) -> bool:
    """Whether a value looks drawn at random: no common letter groups, no repetition, not digits alone."""
    if len(value) < 8 or value.isdigit() or is_stuttering(value) or entropy(value) <= 2.5:
        return False
    if _HEX.match(value):
        return any(map(str.isdigit, value))
    return efficiency(value) < _WORDY


def name_before(value: str, context: str) -> frozenset[str]:
    """The words, in lower case, of the name that stands right before a value (`apiKey = ...`: api, key)."""
    found = _NAME.search(context.partition(value)[0])
    words = _WORDS.findall(found.group(1)) if found else ()
    return frozenset(word.strip("_.-0123456789").lower() for word in words)


def names_no_secret(value: str, context: str) -> bool:
    """Whether the name before a value speaks of something public: an id, a path, a page token."""
    return is_public(name_before(value, context))


def is_public(name: frozenset[str]) -> bool:
    """Whether the words of a name speak of something public."""
    return not _NOT_SECRET.isdisjoint(name)


def is_real(value: str, context: str) -> bool:
    """For values whose shape proves the vendor: not a placeholder, not one character over and over."""
    del context
    body = value[-12:]
    return not is_placeholder(value) and len(set(body)) > 3
