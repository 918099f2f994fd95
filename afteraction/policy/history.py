"""What was published: the bundle in force and the table of all that were published or refused."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
from afteraction_hook.bundle import Bundle, BundleError, load
from afteraction_hook.store import read_published

from afteraction.policy.errors import PolicyError
from afteraction.records.tables import BUNDLES


@dataclass(frozen=True)
class BundleInfo:
    """A published bundle. `document` is all of it, as JSON values."""

    revision: str
    sequence: int
    digest: str
    document: dict[str, Any] = field(repr=False, compare=False)

    @property
    def thresholds(self) -> dict[str, Any]:
        """The points at which a ticket opens, a person is asked and a call is denied."""
        found: dict[str, Any] = self.document["thresholds"]
        return found

    @property
    def bundle(self) -> Bundle:
        """The bundle as hooks judge with it."""
        return Bundle(self.document)


def info(bundle: Bundle) -> BundleInfo:
    """What the tables and the next candidate need of a checked bundle."""
    return BundleInfo(bundle.revision, bundle.sequence, bundle.digest, bundle.document)


def current(directory: Path) -> BundleInfo | None:
    """The bundle in force; None where none was published. Raises `PolicyError` if it was damaged."""
    try:
        raw, named = read_published(str(directory))
        bundle = load(raw)
    except FileNotFoundError as error:
        if not (directory / "current").exists():
            return None
        raise PolicyError(f"{directory / 'current'} names a bundle that is not there; {_CURE}") from error
    except (OSError, BundleError) as error:
        raise PolicyError(f"the bundle in force is damaged: {error}; {_CURE}") from error
    if named is not None and named != bundle.revision:
        raise PolicyError(f"the pointer names {named}, the file holds {bundle.revision}; {_CURE}")
    return info(bundle)


def stored(directory: Path, revision: str) -> BundleInfo:
    """The published bundle of this revision; raises `PolicyError` if it is not there or damaged."""
    if revision not in {file.stem for file in bundle_files(directory)}:
        raise PolicyError(
            f"there is no bundle {revision[:80]!r}; `afteraction bundle list` shows those there are"
        )
    try:
        bundle = load((directory / f"{revision}.json").read_bytes())
    except (OSError, BundleError) as error:
        raise PolicyError(f"the bundle {revision} is damaged: {error}") from error
    if bundle.revision != revision:
        raise PolicyError(f"the file of {revision} holds {bundle.revision}")
    return info(bundle)


def bundle_files(directory: Path) -> list[Path]:
    """The files of bundles, finished ones only."""
    return sorted(file for file in directory.glob("b*-*.json") if file.is_file())


def list_bundles(directory: Path) -> pl.DataFrame:
    """The public `bundles` table: published, superseded, refused and damaged ones, by sequence.

    `state` is `live`, `superseded`, `refused`, `damaged`, or `unpublished` for what a killed process left.
    """
    try:
        live = current(directory)
    except PolicyError:
        live = None
    rows = [_row(file, live) for file in bundle_files(directory)]
    rows += [_refused_row(file) for file in sorted((directory / "refused").glob("*.json"))]
    frame = pl.DataFrame(rows, schema=BUNDLES, orient="row")
    return frame.sort("sequence", "published_at", "state", nulls_last=True)


def _row(file: Path, live: BundleInfo | None) -> dict[str, Any]:
    try:
        found = stored(file.parent, file.stem)
    except PolicyError as error:
        return {"revision": file.stem, "state": "damaged", "notes": str(error)}
    state = "superseded"
    if live is None or found.sequence > live.sequence:
        state = "unpublished"
    elif found.revision == live.revision:
        state = "live"
    return {
        "revision": found.revision,
        "sequence": found.sequence,
        "digest": found.digest,
        "state": state,
        "published_at": _time(found.document["created_at"]),
        "thresholds": _text(found.thresholds),
        "notes": found.document.get("note"),
    }


def _refused_row(file: Path) -> dict[str, Any]:
    try:
        found = json.loads(file.read_bytes())
        return {
            "revision": str(found["revision"]),
            "sequence": int(found["sequence"]),
            "digest": str(found["digest"]),
            "state": "refused",
            "published_at": _time(found["refused_at"]),
            "thresholds": _text(found["thresholds"]),
            "notes": " ".join(map(str, found["reasons"])),
        }
    except (OSError, ValueError, KeyError, TypeError) as error:
        return {"revision": file.stem, "state": "damaged", "notes": f"not readable: {type(error).__name__}"}


def _time(value: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return None
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


def _text(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


_CURE = "roll back with `afteraction bundle rollback REVISION`"
