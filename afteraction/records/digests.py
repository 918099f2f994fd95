"""Digests that name things: action ids, session keys and keyed value fingerprints."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import TypeAlias

Digest: TypeAlias = "hashlib._Hash"  # noqa: SLF001 - the only name that its type has


def _update(state: Digest, parts: tuple[str, ...]) -> Digest:
    raws = [part.encode("utf-8", "surrogatepass") for part in parts]
    state.update(b"".join([b"%d\x1f%b" % (len(raw), raw) for raw in raws]))
    return state


def digest(*parts: str) -> str:
    """SHA-256 (hex) over length-prefixed UTF-8 parts, so that no two lists of parts collide.

    Unpaired surrogates are refused at ingest; `surrogatepass` here only keeps errors out of errors.
    """
    return _update(hashlib.sha256(), parts).hexdigest()


def session_digest(tenant: str, source_system: str, session_id: str) -> Digest:
    """The begun digest of a session, from which `action_id_in` goes on."""
    return _update(hashlib.sha256(), (tenant, source_system, session_id))


def action_id_in(session: Digest, call: str) -> str:
    """The id of an action: (tenant, source system, session, the source's own call id or position)."""
    return "act_" + _update(session.copy(), (call,)).hexdigest()[:32]


def session_key(tenant: str, source_system: str, session_id: str) -> str:
    """The safe, fixed-length key of a session; `session_id` itself may hold anything."""
    return "ses_" + digest(tenant, source_system, session_id)[:24]


def fingerprint(key: bytes, value: str) -> str:
    """A keyed fingerprint (BLAKE2b, RFC 7693) that tells equal values apart without storing them."""
    raw = value.encode("utf-8", "surrogatepass")
    return "fp_" + hashlib.blake2b(raw, key=key[:64], digest_size=6).hexdigest()


def fingerprinter(key: bytes) -> Callable[[str], str]:
    """`fingerprint` under one key, faster for many values."""
    start = hashlib.blake2b(key=key[:64], digest_size=6)

    def made(value: str) -> str:
        state = start.copy()
        state.update(value.encode("utf-8", "surrogatepass"))
        return "fp_" + state.hexdigest()

    return made
