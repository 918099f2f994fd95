"""Digests that name things: action ids, session keys and keyed value fingerprints."""

from __future__ import annotations

import hashlib

_SEPARATOR = b"\x1f"


def digest(*parts: str) -> str:
    """SHA-256 (hex) over length-prefixed UTF-8 parts, so that no two lists of parts collide.

    Unpaired surrogates are refused at ingest; `surrogatepass` here only keeps errors out of errors.
    """
    state = hashlib.sha256()
    for part in parts:
        raw = part.encode("utf-8", "surrogatepass")
        state.update(str(len(raw)).encode() + _SEPARATOR + raw)
    return state.hexdigest()


def action_id(tenant: str, source_system: str, session_id: str, call: str) -> str:
    """The id of an action: (tenant, source system, session, the source's own call id or position)."""
    return "act_" + digest(tenant, source_system, session_id, call)[:32]


def session_key(tenant: str, source_system: str, session_id: str) -> str:
    """The safe, fixed-length key of a session; `session_id` itself may hold anything."""
    return "ses_" + digest(tenant, source_system, session_id)[:24]


def fingerprint(key: bytes, value: str) -> str:
    """A keyed fingerprint (BLAKE2b, RFC 7693) that tells equal values apart without storing them."""
    raw = value.encode("utf-8", "surrogatepass")
    return "fp_" + hashlib.blake2b(raw, key=key[:64], digest_size=6).hexdigest()
