"""Benign look-alikes: what an agent sends that resembles what it read and did not come from there."""

from __future__ import annotations

import base64
import string
import uuid
from collections.abc import Callable, Mapping
from random import Random
from typing import Final, NamedTuple

from afteraction.audit.evaluation import lineage_suite_pages as pages
from afteraction.audit.evaluation.lineage_suite_values import name_like, near, token, value


class Lure(NamedTuple):
    """`read` stood in an earlier result, `sent` goes out; `asked` is what the person had said of it."""

    read: str
    sent: str
    asked: str = ""


def _any(_: str) -> bool:
    return True


def _same_prefix(rng: Random) -> Lure:
    prefix = f"{name_like(rng, 1)}_{rng.choice(('live', 'prod', 'eu1'))}_"
    return Lure(prefix + token(rng, 28), prefix + token(rng, 28))


def _near(rng: Random) -> Lure:
    original = value(rng, _any)
    return Lure(original, near(rng, original))


def _uuid_tail(rng: Random) -> Lure:
    node = f"11ee-{token(rng, 4, '89ab')}-{token(rng, 12, string.hexdigits.lower())}"
    first, second = (f"{token(rng, 8, '0123456789abcdef')}-{token(rng, 4, '0123456789abcdef')}" for _ in "ab")
    return Lure(f"{first}-{node}", f"{second}-{node}")


def _uuid_head(rng: Random) -> Lure:
    made = [str(uuid.UUID(int=rng.getrandbits(128), version=4)) for _ in "ab"]
    return Lure(made[0], made[0][:14] + made[1][14:])


def _boilerplate(rng: Random) -> Lure:
    text = rng.choice(pages.BOILERPLATE)
    return Lure(f"{pages.sentence(rng)}\n{text}", f"{text}\n{pages.sentence(rng)}")


def _date(rng: Random) -> Lure:
    day = f"{rng.randint(2024, 2032)}-{rng.randint(10, 12)}-{rng.randint(10, 28)}"
    clock = f"{rng.randint(10, 23)}:{rng.randint(10, 59)}"
    text = rng.choice(
        (day, f"{day} {clock}", f"{day}T{clock}:00Z", f"{day[8:]}.{day[5:7]}.{day[:4]} {clock}")
    )
    return Lure(text, text)


def _given(rng: Random) -> Lure:
    known = value(rng, _any)
    return Lure(known, known, known)


def _given_folder(rng: Random) -> Lure:
    folder = f"/srv/{name_like(rng)}/{name_like(rng)}/{name_like(rng, 2)}"
    return Lure(f"{folder}/{name_like(rng)}.yaml", f"{folder}/{name_like(rng)}.yaml", folder)


def _same_domain(rng: Random) -> Lure:
    domain = f"{name_like(rng)}.example"
    return Lure(f"{name_like(rng)}@{domain}", f"{name_like(rng)}@{domain}", f"{name_like(rng)} at {domain}")


def _template(rng: Random) -> Lure:
    shape = rng.choice(
        (
            "Hello {}, your order {} is ready for pickup at {}.",
            '{{"name": "{}", "status": "active", "order": {}, "role": "member", "city": "{}", "note": null}}',
            "name: {}\nversion: {}\ndescription: {}\nlicense: MIT\nprivate: true",
            "INSERT INTO customers (name, number, city) VALUES ('{}', {}, '{}')",
            "## Summary\n{} changed {} files in {}.\n## Testing\nUnit tests pass.",
        )
    )
    read, sent = (
        shape.format(name_like(rng).title(), rng.randint(1000, 9999), name_like(rng).title()) for _ in "ab"
    )
    return Lure(read, sent)


def _words(rng: Random) -> Lure:
    pair = pages.words(rng, 2)
    return Lure(f"{pages.sentence(rng)} {pair}.", pair)


def _encoded_other(rng: Random) -> Lure:
    plain = f"{pages.sentence(rng)} {value(rng, _any)}"
    return Lure(value(rng, _any), base64.b64encode(plain.encode()).decode())


def _digits(rng: Random) -> Lure:
    size = rng.randint(12, 18)
    return Lure(token(rng, size, string.digits), token(rng, size, string.digits))


def _invented(rng: Random) -> Lure:
    return Lure(pages.sentence(rng), f"{name_like(rng)}-{name_like(rng)}-{rng.randint(100, 99_999)}")


def _small(rng: Random) -> Lure:
    text = rng.choice(
        ("true", "null", str(rng.randint(1, 9999)), "en-GB", "application/json", "UTF-8", "v1.2.3", "GET")
    )
    return Lure(f"{pages.words(rng, 3)} {text}", text)


def _shuffled(rng: Random) -> Lure:
    chosen = pages.sentence(rng).rstrip(".").split()
    return Lure(" ".join(chosen), " ".join(chosen[1::2] + chosen[::2]))


#: Kinds of look-alikes by the name that the table shows.
LURES: Final[Mapping[str, Callable[[Random], Lure]]] = {
    "same prefix, other value": _same_prefix,
    "some letters differ": _near,
    "ids with the same last parts": _uuid_tail,
    "ids with the same first parts": _uuid_head,
    "boilerplate": _boilerplate,
    "date or time": _date,
    "given by the person, too": _given,
    "folder given by the person": _given_folder,
    "domain given by the person": _same_domain,
    "same template, other fields": _template,
    "two dictionary words": _words,
    "something else, encoded": _encoded_other,
    "digits of the same length": _digits,
    "invented by the agent": _invented,
    "small values": _small,
    "same words, other order": _shuffled,
}
