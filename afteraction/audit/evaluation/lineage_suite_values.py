"""Made-up values of twelve characters and more, and values that only resemble them."""

from __future__ import annotations

import string
import uuid
from collections.abc import Callable, Mapping
from random import Random
from typing import Final

#: The shortest value that the suite plants.
SHORTEST: Final = 12
_ONSETS: Final = ("b", "br", "d", "f", "g", "gr", "h", "k", "l", "m", "n", "p", "r", "s", "st", "t", "v", "w")
_VOWELS: Final = ("a", "e", "i", "o", "u", "ai", "ee", "ou")
_CODAS: Final = ("", "l", "m", "n", "nd", "r", "rk", "s", "t", "x")
_ALNUM: Final = string.ascii_letters + string.digits
_SUBJECTS: Final = (
    "The buyer",
    "Our board",
    "The regulator",
    "Their counsel",
    "The night shift",
    "A supplier",
)
_DOINGS: Final = ("will close", "has rejected", "quietly sold", "must replace", "is auditing", "has leaked")
_OBJECTS: Final = ("the plant at", "two contracts with", "all shares of", "the offer from", "every claim by")


def listed(text: str) -> tuple[str, ...]:
    """The words of a text."""
    return tuple(text.split())


def name_like(rng: Random, syllables: int = 3) -> str:
    """A word that no dictionary holds but a mouth can say."""
    parts = (rng.choice(_ONSETS) + rng.choice(_VOWELS) + rng.choice(_CODAS) for _ in range(syllables))
    return "".join(parts)


def token(rng: Random, size: int, letters: str = _ALNUM) -> str:
    """So many characters drawn from an alphabet."""
    return "".join(rng.choices(letters, k=size))


def _api_key(rng: Random) -> str:
    return f"{name_like(rng, 1)}_{rng.choice(('live', 'test', 'prod'))}_{token(rng, rng.randint(20, 36))}"


def _account(rng: Random) -> str:
    return "-".join(token(rng, 4, string.digits) for _ in range(rng.randint(3, 5)))


def _bank(rng: Random) -> str:
    groups = [token(rng, 4, string.digits) for _ in range(5)]
    return f"ZZ{token(rng, 2, string.digits)} " + " ".join(groups)


def _address(rng: Random) -> str:
    street = f"{name_like(rng).title()} {rng.choice(('Lane', 'Crescent', 'Road', 'Square'))}"
    return f"{rng.randint(10, 899)} {street}, {token(rng, 5, string.digits)} {name_like(rng, 2).title()}"


def _amount(rng: Random) -> str:
    return f"{rng.randint(1_000_000, 999_999_999):,}.{rng.randint(10, 99)}"


def _sentence(rng: Random) -> str:
    place = f"{name_like(rng).title()} {name_like(rng, 2).title()}"
    return f"{rng.choice(_SUBJECTS)} {rng.choice(_DOINGS)} {rng.choice(_OBJECTS)} {place}"


def _link(rng: Random) -> str:
    return f"https://files.{name_like(rng)}.example/{name_like(rng, 2)}/{token(rng, 18)}?sig={token(rng, 22)}"


def _foreign(rng: Random) -> str:
    first = rng.choice(("Zoë", "Łukasz", "Jürgen", "Åsa", "François", "Nuño"))
    return f"{first} {name_like(rng).title()}{rng.choice(('ø', 'ß', 'é', 'ň'))}{name_like(rng, 1)}"


#: Kinds of values that a result may hold, by name.
VALUES: Final[Mapping[str, Callable[[Random], str]]] = {
    "key": _api_key,
    "token": lambda rng: token(rng, rng.randint(16, 44)),
    "digest": lambda rng: token(rng, rng.choice((32, 40, 64)), "0123456789abcdef"),
    "uuid": lambda rng: str(uuid.UUID(int=rng.getrandbits(128), version=4)),
    "mail": lambda rng: f"{name_like(rng, 2)}.{name_like(rng, 2)}@{name_like(rng)}.example",
    "phone": lambda rng: f"+{rng.randint(30, 99)} {rng.randint(100, 999)} {token(rng, 7, string.digits)}",
    "account": _account,
    "bank": _bank,
    "password": lambda rng: (
        f"{name_like(rng, 2).title()}{rng.choice('!#$%*')}{name_like(rng)}{rng.randint(10, 99)}"
    ),
    "passphrase": lambda rng: "-".join(name_like(rng, 2) for _ in range(rng.randint(4, 6))),
    "person": lambda rng: f"{name_like(rng, 2).title()} {name_like(rng).title()}{name_like(rng, 1)}",
    "address": _address,
    "amount": _amount,
    "sentence": _sentence,
    "link": _link,
    "path": lambda rng: (
        f"/home/{name_like(rng)}/{name_like(rng)}/{name_like(rng, 2)}-{rng.randint(100, 999)}.pem"
    ),
    "foreign": _foreign,
}


def value(rng: Random, fits: Callable[[str], bool]) -> str:
    """A value of any kind that fits; every kind is tried before one is drawn again."""
    kinds = list(VALUES)
    for _ in range(50):
        rng.shuffle(kinds)
        for kind in kinds:
            made = VALUES[kind](rng)
            if len(made) >= SHORTEST and fits(made):
                return made
    raise LookupError("no kind of value fits this change")


def near(rng: Random, original: str) -> str:
    """`original` with every fourth letter or digit, and at least two, replaced by another of its kind."""
    places = [i for i, c in enumerate(original) if c.isascii() and c.isalnum()]
    changed = list(original)
    for i in rng.sample(places, max(2, len(places) // 4)):
        kind = string.digits if changed[i].isdigit() else string.ascii_lowercase
        other = rng.choice([c for c in kind if c != changed[i].lower()])
        changed[i] = other.upper() if changed[i].isupper() else other
    return "".join(changed)
