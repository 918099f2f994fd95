"""The policy bundle's file format: parse it, check every part of it, name it by its content.

A bundle is one JSON object. Its content is `format`, `scorecard`, `thresholds`, `rules`, `lists` and
`golden`; `digest` is the SHA-256 of the content's canonical form (RFC 8785), and `revision` is
`b<sequence>-<first 12 of the digest>`. `sequence`, `created_at`, `previous`, `note`, `rollout` and
`signature` stand outside the digest, so that a rollback publishes old content again under a new sequence;
the signature is over all but itself.
"""

from __future__ import annotations

from afteraction_hook.baseline import Baseline
from afteraction_hook.cells import Cells
from afteraction_hook.digest import sha256_hex
from afteraction_hook.effects import Effects
from afteraction_hook.lexicon import Lexicon
from afteraction_hook.rules import OPERATIONS, parse_rules
from afteraction_hook.scorecard import Scorecard
from afteraction_hook.shape import ShapeError, integer, items, members, numbers, text
from afteraction_hook.strictjson import JsonError, canonical, parse
from afteraction_hook.trust import Trust

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

FORMAT = 1
CONTENT = ("format", "scorecard", "thresholds", "rules", "lists", "golden")
LISTS = ("internal", "partner", "public", "paste", "destinations", "tools")
MAX_BYTES = 64 * 1024 * 1024
MAX_GOLDEN = 1000
STAGES = ("shadow", "canary")


class BundleError(ValueError):
    """The bundle cannot be used; the message names the field, what was found and what was expected."""


class Bundle:
    """A checked bundle, ready to judge with.

    `ticket`, `ask` and `deny` are integer points: a score that reaches one has that consequence
    (`deny` is None where no score denies). `lists` holds only the lists that the bundle has. `rollout` is
    (stage, share of agents) of a bundle that is not in force for all yet.
    """

    __slots__ = (
        "ask",
        "baseline",
        "cells",
        "created_at",
        "deny",
        "digest",
        "document",
        "effects",
        "lexicon",
        "lists",
        "previous",
        "revision",
        "rollout",
        "rules",
        "scorecard",
        "sequence",
        "ticket",
        "trust",
    )

    def __init__(self, document: object) -> None:
        fields = members(document, "bundle", {*CONTENT, *_ENVELOPE}, _OUTSIDE)
        if type(fields["format"]) is not int or fields["format"] != FORMAT:
            raise ShapeError(f"bundle.format: expected {FORMAT}; a newer hook may know this format")
        self.document = fields
        self.sequence = integer(fields["sequence"], "bundle.sequence", 1, 2**53 - 1)
        self.digest = text(fields["digest"], "bundle.digest", 64)
        self.revision = text(fields["revision"], "bundle.revision", 40)
        if self.revision != revision(self.sequence, self.digest):
            raise ShapeError("bundle.revision: expected b<sequence>-<first 12 of the digest>")
        self.created_at = text(fields["created_at"], "bundle.created_at", 40)
        self.previous = _optional(fields, "previous", 40)
        _optional(fields, "note", 2000)
        _optional(fields, "signature", 2000)
        self.rollout = _rollout(fields.get("rollout"))
        self.scorecard = Scorecard(fields["scorecard"])
        self.ticket, self.ask, self.deny = _thresholds(fields["thresholds"])
        self.cells = Cells(fields["thresholds"]["ticket"].get("cells"), "thresholds.ticket.cells")
        self.rules = parse_rules(fields["rules"])
        self.lists, self.lexicon = _lists(fields["lists"])
        known = fields["lists"].get("baseline")
        self.baseline = None if known is None else Baseline(known)
        deeds = fields["lists"].get("effects")
        self.effects = None if deeds is None else Effects(deeds)
        trusted = fields["lists"].get("trust")
        self.trust = None if trusted is None else Trust(trusted)
        if self.lexicon is None and any(rule.operations for rule in self.rules):
            raise ShapeError(
                "rules: a rule names operations, but lists.lexicon, which tells them, is missing"
            )

    def __repr__(self) -> str:
        return f"Bundle({self.revision!r})"

    def ticket_at(self, tenant: str | None, agent: str | None) -> int:
        """The points at which a ticket opens for what `agent` of `tenant` does (None: not known)."""
        own = self.cells.points(tenant, agent) if self.cells else None
        return self.ticket if own is None else own

    def ask_at(self, tenant: str | None, agent: str | None) -> int:
        """The points at which a person is asked; it goes with the ticket threshold where both are one."""
        return self.ticket_at(tenant, agent) if self.ask == self.ticket else self.ask


_ENVELOPE = ("revision", "sequence", "digest", "created_at")
_OUTSIDE = {"previous", "note", "signature", "rollout"}


def content_digest(document: dict[str, Any]) -> str:
    """The SHA-256 (hex) of the canonical form of a bundle document's content."""
    return sha256_hex(canonical({key: document[key] for key in CONTENT}))


def revision(sequence: int, digest: str) -> str:
    """The name of a bundle: its place in the sequence and what its content is."""
    return f"b{sequence}-{digest[:12]}"


def load(raw: bytes, *, sealed: bool = False, trusted: str | None = None) -> Bundle:
    """The bundle in `raw`; raises `BundleError`.

    `trusted` are the keys (`signature.parse_key`) of which one must have signed it; None: any bundle will
    do. `sealed` says that these exact bytes have been checked before, by the same keys, so that signature,
    digest and golden rows need not be computed again; the shape is checked always.
    """
    if len(raw) > MAX_BYTES:
        raise BundleError(f"found {len(raw)} bytes, expected at most {MAX_BYTES}")
    try:
        bundle = Bundle(parse(raw, known=sealed))
        if not sealed:
            _prove(bundle)
            if trusted is not None:
                from afteraction_hook.signature import check  # noqa: PLC0415 -- only new bundles need it

                check(bundle.document, trusted)
    except (ShapeError, JsonError) as error:
        raise BundleError(str(error)) from None
    except RecursionError:
        raise BundleError("found JSON nested too deeply") from None
    return bundle


def _prove(bundle: Bundle) -> None:
    """Refuse a bundle whose content is not what its digest says or that does not score as its maker did."""
    if content_digest(bundle.document) != bundle.digest:
        raise ShapeError("bundle.digest: the content has another digest; it was changed after it was built")
    if bundle.effects is not None:
        bundle.effects.check()
    golden = items(bundle.document["golden"], "golden")
    if not 0 < len(golden) <= MAX_GOLDEN:
        raise ShapeError(f"golden: found {len(golden)} rows, expected 1 to {MAX_GOLDEN}")
    for index, item in enumerate(golden):
        where = f"golden[{index}]"
        fields = members(item, where, {"row", "points"})
        row = members(fields["row"], f"{where}.row", set(), set(bundle.scorecard.names))
        expected = integer(fields["points"], f"{where}.points", -(2**53), 2**53)
        found = bundle.scorecard.points(row)
        if found != expected:
            raise ShapeError(f"{where}: scored {found}, expected {expected}; hook and maker do not agree")


def _thresholds(document: object) -> tuple[int, int, int | None]:
    """The points at which a ticket opens, a person is asked and the call is denied."""
    fields = members(document, "thresholds", {"ticket", "ask"}, {"deny"})
    ticket = _threshold(fields["ticket"], "thresholds.ticket", {"cells"})
    ask = _threshold(fields["ask"], "thresholds.ask")
    if fields.get("deny") is None:
        return ticket, ask, None
    deny = _threshold(fields["deny"], "thresholds.deny")
    if deny < ask:
        raise ShapeError(f"thresholds.deny: found {deny}, expected at least thresholds.ask, {ask}")
    return ticket, ask, deny


def _threshold(document: object, where: str, more: frozenset[str] | set[str] = frozenset()) -> int:
    fields = members(document, where, {"points"}, {"certificate", *more})
    if fields.get("certificate") is not None and not isinstance(fields["certificate"], dict):
        raise ShapeError(f"{where}.certificate: expected an object or null")
    return integer(fields["points"], f"{where}.points", -(10**9), 10**9)


def _lists(document: object) -> tuple[dict[str, frozenset[str]], Lexicon | None]:
    """The lists of names, and the words that say what a tool does."""
    fields = members(document, "lists", set(), {*LISTS, "lexicon", "baseline", "effects", "trust"})
    found: dict[str, frozenset[str]] = {}
    for name in LISTS:
        if name in fields:
            words = items(fields[name], f"lists.{name}")
            if not all(isinstance(word, str) for word in words):
                raise ShapeError(f"lists.{name}: expected texts only")
            found[name] = frozenset(words)
    return found, Lexicon(fields["lexicon"], OPERATIONS) if "lexicon" in fields else None


def _rollout(document: object) -> tuple[str, float] | None:
    """(stage, share of agents) of a bundle that is not in force for all."""
    if document is None:
        return None
    fields = members(document, "bundle.rollout", {"stage", "share"})
    if fields["stage"] not in STAGES:
        raise ShapeError(f"bundle.rollout.stage: expected {' or '.join(STAGES)}")
    share = numbers([fields["share"]], "bundle.rollout.share")[0]
    if not 0 <= share <= 1:
        raise ShapeError("bundle.rollout.share: expected 0 to 1")
    return fields["stage"], share


def _optional(fields: dict[str, Any], key: str, limit: int) -> str | None:
    return None if fields.get(key) is None else text(fields[key], f"bundle.{key}", limit)
