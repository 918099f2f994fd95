"""What was published: the bundle in force and the table of all that were published or refused."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import polars as pl
from afteraction_hook.bundle import Bundle, BundleError, load
from afteraction_hook.store import read_published

from afteraction.policy.errors import PolicyError
from afteraction.policy.signing import signed_by
from afteraction.records.tables import BUNDLES

#: The pointer to the bundle that hooks try beside the one in force.
ROLLOUT: Final = "rollout"
_NAME: Final = re.compile(r"b([1-9][0-9]{0,15})-[0-9a-f]{12}")


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
    def stage(self) -> tuple[str, float] | None:
        """(stage, share of agents) while it is in rollout; None where it is or was in force for all."""
        found = self.document.get("rollout")
        return None if found is None else (found["stage"], found["share"])

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


def rolling(directory: Path, live: BundleInfo | None) -> BundleInfo | None:
    """The bundle that is rolled out to follow `live`; None where none is, or where its time is over."""
    found = pointed(directory)
    if found is None or live is None or found.document.get("rollout") is None:
        return None
    follows = found.document["previous"] == live.revision and found.sequence > live.sequence
    return found if follows else None


def pointed(directory: Path) -> BundleInfo | None:
    """What the pointer of the rollout names, its time over or not; None where that is not there."""
    try:
        return stored(directory, (directory / ROLLOUT).read_text().strip())
    except (OSError, UnicodeDecodeError, PolicyError):
        return None


def stored(directory: Path, revision: str) -> BundleInfo:
    """The published bundle of this revision; raises `PolicyError` if it is not there or damaged."""
    file = directory / f"{revision}.json"
    if not _NAME.fullmatch(revision) or not file.is_file():
        raise PolicyError(
            f"there is no bundle {revision[:80]!r}; `afteraction bundle list` shows those there are"
        )
    try:
        found = file.stat()
        bundle = _loaded(file, (found.st_mtime_ns, found.st_size, found.st_ino))
    except (OSError, BundleError) as error:
        raise PolicyError(f"the bundle {revision} is damaged: {error}") from error
    if bundle.revision != revision:
        raise PolicyError(f"the file of {revision} holds {bundle.revision}")
    return info(bundle)


@lru_cache(maxsize=1024)
def _loaded(file: Path, _stamp: tuple[int, ...]) -> Bundle:
    """An audit asks for the same bundles several times."""
    return load(file.read_bytes())


def bundle_files(directory: Path) -> list[Path]:
    """The files of bundles, finished ones only."""
    return sorted(
        file for file in directory.glob("b*-*.json") if _NAME.fullmatch(file.stem) and file.is_file()
    )


def sequence_of(file: Path) -> int:
    """The sequence in the name of a bundle's file."""
    found = _NAME.fullmatch(file.stem)
    assert found is not None
    return int(found[1])


def list_bundles(directory: Path) -> pl.DataFrame:
    """The public `bundles` table: published, superseded, refused and damaged ones, by sequence.

    `state` is `live`, `shadow` or `canary` (in rollout), `superseded`, `refused`, `damaged`, or
    `unpublished` for what a killed process left. `share` is the share of agents of a rollout's stage.
    """
    try:
        live = current(directory)
    except PolicyError:
        live = None
    trial = rolling(directory, live)
    rows = [_row(file, live, trial) for file in bundle_files(directory)]
    rows += [_refused_row(file) for file in sorted((directory / "refused").glob("*.json"))]
    frame = pl.DataFrame(rows, schema=BUNDLES, orient="row")
    return frame.sort("sequence", "published_at", "state", nulls_last=True)


def _row(file: Path, live: BundleInfo | None, trial: BundleInfo | None) -> dict[str, Any]:
    try:
        found = stored(file.parent, file.stem)
    except PolicyError as error:
        return {"revision": file.stem, "state": "damaged", "notes": str(error)}
    rollout = found.document.get("rollout") or {}
    return {
        "revision": found.revision,
        "sequence": found.sequence,
        "digest": found.digest,
        "state": _state(found, live, trial),
        "published_at": _time(found.document["created_at"]),
        "thresholds": _text(found.thresholds),
        "notes": found.document.get("note"),
        "share": rollout.get("share"),
        "signed_by": signed_by(found.document, file.parent),
        "backtest": _backtest(file),
    }


def _state(found: BundleInfo, live: BundleInfo | None, trial: BundleInfo | None) -> str:
    if live is not None and found.revision == live.revision:
        return "live"
    if trial is not None and found.revision == trial.revision:
        return str(found.document["rollout"]["stage"])
    seen = max(0 if one is None else one.sequence for one in (live, trial))
    return "unpublished" if live is None or found.sequence > seen else "superseded"


def _backtest(file: Path) -> str | None:
    """What the backtest said before publication, as JSON text."""
    report = file.parent / "backtests" / file.name
    return report.read_text() if report.is_file() else None


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
            "backtest": None if found.get("backtest") is None else _text(found["backtest"]),
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
