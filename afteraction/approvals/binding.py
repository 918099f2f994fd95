"""What an approval is bound to: digests of the arguments, of the ticket's content and of the exact action."""

from __future__ import annotations

import hashlib
import json
from typing import Any, NoReturn

import msgspec
import rfc8785

from afteraction.casebook import Ticket


class UnboundError(ValueError):
    """Two parsers could read these arguments differently, so nothing can be bound to them."""


class Bound(msgspec.Struct, frozen=True, kw_only=True):
    """The exact action that a grant is good for; `arguments` is their digest."""

    tenant: str
    agent: str | None
    on_behalf_of: str | None
    tool: str | None
    arguments: str | None
    target: str | None
    bundle_revision: str | None


def of_ticket(ticket: Ticket) -> Bound:
    """The action that the ticket put before the reviewer."""
    return Bound(
        tenant=ticket.tenant,
        agent=ticket.agent_id,
        on_behalf_of=ticket.on_behalf_of,
        tool=ticket.tool,
        arguments=ticket.args_sha256,
        target=ticket.target,
        bundle_revision=ticket.bundle_revision,
    )


def grant_digest(bound: Bound, nonce: str, expiry: int) -> str:
    """SHA-256 of the RFC 8785 form of the bound action, the nonce and the expiry (µs, UTC)."""
    return hashlib.sha256(
        rfc8785.dumps({**msgspec.structs.asdict(bound), "nonce": nonce, "expiry": expiry})
    ).hexdigest()


def arguments_digest(args: str | None) -> str | None:
    """SHA-256 of the arguments: of their RFC 8785 form if JSON, else of the text; None for None.

    Numbers that are equal in IEEE 754 are equal here (1 and 1.0). Raises `UnboundError` for duplicate
    keys, NaN, infinities, integers beyond 2^53 and lone surrogates.
    """
    if args is None:
        return None
    try:
        parsed = json.loads(args, object_pairs_hook=_once, parse_constant=_refuse)
    except (json.JSONDecodeError, RecursionError):
        return hashlib.sha256(b"text\0" + _encoded(args)).hexdigest()
    try:
        return hashlib.sha256(rfc8785.dumps(parsed)).hexdigest()
    except (rfc8785.CanonicalizationError, UnicodeEncodeError, RecursionError) as error:
        raise UnboundError(f"arguments: {type(error).__name__}: no canonical form (RFC 8785)") from error


def content_digest(ticket: Ticket) -> str:
    """SHA-256 over everything of a ticket that never changes, so that the ledger can hold it to its word."""
    fixed = msgspec.structs.asdict(msgspec.structs.replace(ticket, state="open", closed_at=None))
    if ticket.propensity is None:
        del fixed["propensity"]  # tickets are older than random audits, and their digests stand in the ledger
    return hashlib.sha256(msgspec.json.encode(fixed, order="sorted")).hexdigest()


def _encoded(args: str) -> bytes:
    try:
        return args.encode("utf-8")
    except UnicodeEncodeError as error:
        raise UnboundError("arguments: found a lone surrogate, expected UTF-8") from error


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise UnboundError("arguments: found a key twice in one object, expected it once")
    return found


def _refuse(constant: str) -> NoReturn:
    raise UnboundError(f"arguments: found {constant}, expected a number that JSON has")
