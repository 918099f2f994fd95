"""A candidate bundle: content, golden rows and name, in the hook's own format and checked by its own code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from afteraction_hook.bundle import CONTENT, FORMAT, Bundle, BundleError, content_digest, load, revision
from afteraction_hook.shape import ShapeError
from afteraction_hook.strictjson import JsonError, canonical

from afteraction.policy.errors import PolicyError
from afteraction.policy.golden import golden_rows
from afteraction.policy.history import BundleInfo


@dataclass(frozen=True)
class Candidate:
    """A bundle that hooks would accept, not signed yet. `raw` are its bytes."""

    bundle: Bundle
    raw: bytes = field(repr=False)

    @property
    def revision(self) -> str:
        """The name that it has or would have."""
        return self.bundle.revision

    @property
    def digest(self) -> str:
        """The SHA-256 of its content."""
        return self.bundle.digest


def build(
    scorecard: Mapping[str, Any],
    thresholds: Mapping[str, Any],
    rules: Sequence[Mapping[str, Any]] = (),
    lists: Mapping[str, Any] | None = None,
    previous: BundleInfo | None = None,
    *,
    note: str | None = None,
    now: datetime | None = None,
) -> Candidate:
    """The candidate with this content, named to follow `previous` (the bundle in force).

    The same content as `previous` gives the same revision, and publishing it is no new publication.
    `lists` are `internal`, `partner`, `public`, `paste`, `destinations`, `tools` (names) and `lexicon`.
    Raises `PolicyError` if the hook would refuse it.
    """
    try:
        content = {
            "format": FORMAT,
            "scorecard": dict(scorecard),
            "thresholds": dict(thresholds),
            "rules": [dict(rule) for rule in rules],
            "lists": dict(lists or {}),
            "golden": golden_rows(scorecard),
        }
        return _named(content, previous, note, now)
    except (ShapeError, JsonError, BundleError, KeyError, TypeError) as error:
        raise PolicyError(f"the hook would refuse this bundle: {error}") from error


def again(
    document: Mapping[str, Any],
    previous: BundleInfo | None,
    sequence: int,
    note: str | None,
    rollout: Mapping[str, Any] | None = None,
) -> Candidate:
    """The content of `document` under another sequence, to follow `previous`; `rollout` is its stage."""
    content = {key: document[key] for key in CONTENT}
    envelope = _envelope(previous, note, None)
    return _enveloped(content, sequence, envelope | ({"rollout": dict(rollout)} if rollout else {}))


def _named(
    content: dict[str, Any], previous: BundleInfo | None, note: str | None, now: datetime | None
) -> Candidate:
    sequence = 1
    if previous is not None:
        sequence = previous.sequence + (previous.digest != content_digest(content))
    return _enveloped(content, sequence, _envelope(previous, note, now))


def _envelope(previous: BundleInfo | None, note: str | None, now: datetime | None) -> dict[str, Any]:
    """What stands outside the digest, apart from the name."""
    envelope: dict[str, Any] = {
        "created_at": (now or datetime.now(UTC)).isoformat().replace("+00:00", "Z"),
        "previous": None if previous is None else previous.revision,
    }
    return envelope | {"note": note[:2000]} if note else envelope


def _enveloped(content: dict[str, Any], sequence: int, envelope: dict[str, Any]) -> Candidate:
    digest = content_digest(content)
    name = {"revision": revision(sequence, digest), "sequence": sequence, "digest": digest}
    raw = canonical({**content, **name, **envelope})
    return Candidate(load(raw), raw)
