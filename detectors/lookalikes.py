"""Tells real credentials from look-alikes: placeholders, examples, variables, code and plain words."""

from __future__ import annotations

import math
from collections import Counter
from itertools import pairwise
from typing import Final

import re2

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
_NAME: Final = re2.compile(
    r"([A-Za-z0-9_.-]+)[\s\"'`\]]{0,10}(?:=>|:=|={1,3}|:{1,2}|>|,|\|\||is|)[\s\"'`(]{0,18}$"
)
_WORDS: Final = re2.compile(r"[A-Z]+(?:[a-z]+|\b|[_.\d-])|[a-z]+|[A-Z]+")
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
_PAIRS: Final = """
th he in er an re on at en nd ti es or te of ed is it al ar st to nt ng se ha as ou io le ve co me de hi ri ro
ic ne ea ra ce li ch ll be ma si om ur ca el ta la ns di fo ho pe ec pr no ct us ac ot il tr ly nc et ut ss so
rs un lo wa ge ie wh ee wi em ad ol rt po we na ul ni ts mo ow pa im mi ai sh ir su id os iv ia am fi ci vi pl
ig tu ev ld ry mp fe bl ab gh ty op wo sa ay ex ke ui fr oo ag ys ap bo sp do cr ck du ue pt up qu au um da ba
fa gi go gr br cl dr fl ft iz ub ug ud ip ef eg ei if ob od og oi ok ov rd rm rn rr lt ls nk nn pp ff tt cc mm
dd lu bu mu pu ru hu sc sk sl sm sn sw tw wn ye yo ks lf ds dy by my ny ky gy
"""
_COMMON_PAIRS: Final = frozenset(_PAIRS.split())


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


def wordiness(value: str) -> float:
    """The share of neighbouring letters that common words are made of: about 0.9 for words, 0.4 for noise.

    A cheap stand-in for how well a byte-pair tokenizer compresses the value.
    """
    lower = value.lower()
    pairs = [lower[at : at + 2] for at in range(len(lower) - 1) if lower[at : at + 2].isalpha()]
    return sum(pair in _COMMON_PAIRS for pair in pairs) / len(pairs) if pairs else 0.0


def switches(value: str) -> float:
    """How often neighbouring characters change kind (small, capital, digit), per character."""
    kinds = ["d" if c.isdigit() else "u" if c.isupper() else "l" if c.islower() else "o" for c in value]
    changes = sum(one != two for one, two in pairwise(kinds))
    return changes / max(1, len(kinds) - 1)


def looks_random(value: str) -> bool:
    """Whether a value looks drawn at random: few word-like letter pairs, many switches of kind."""
    if len(value) < 8:
        return False
    digits = sum(c.isdigit() for c in value)
    if digits == len(value):
        return False
    if digits == 0 and switches(value) < 0.2:
        return wordiness(value) < 0.5 and entropy(value) > 2.8
    return entropy(value) > 2.5 and (wordiness(value) < 0.75 or switches(value) > 0.3)


def name_before(value: str, context: str) -> frozenset[str]:
    """The words, in lower case, of the name that stands right before a value (`apiKey = ...`: api, key)."""
    found = _NAME.search(context.partition(value)[0])
    words = _WORDS.findall(found.group(1)) if found else ()
    return frozenset(word.strip("_.-0123456789").lower() for word in words)


def names_no_secret(value: str, context: str) -> bool:
    """Whether the name before a value speaks of something public: an id, a path, a page token."""
    return not _NOT_SECRET.isdisjoint(name_before(value, context))


def is_real(value: str, context: str) -> bool:
    """For values whose shape proves the vendor: not a placeholder, not one character over and over."""
    del context
    body = value[-12:]
    return not is_placeholder(value) and len(set(body)) > 3
