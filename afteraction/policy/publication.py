"""Publishing: a bundle appears whole or not at all, in order, and an old one comes back under a new number.

`<revision>.json` is durable before the pointer `current` names it; both are written beside and renamed.
Whoever is killed in between leaves the old bundle in force.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from afteraction_hook.bundle import load
from afteraction_hook.files import locked, sync_directory, write_all
from afteraction_hook.store import POINTER_CHARS
from afteraction_hook.strictjson import canonical

from afteraction.policy.candidates import Candidate, again
from afteraction.policy.errors import PolicyError, RefusedError
from afteraction.policy.history import BundleInfo, bundle_files, current, info, stored
from afteraction.policy.limits import beyond_limits

#: Called with the name of each step just taken; tests end the process there.
Step = Callable[[str], None]
ROLLED_BACK = "It was rolled back"


def _no_step(_name: str) -> None:
    """Nothing happens between two steps."""


def publish(
    candidate: Candidate,
    directory: Path,
    *,
    factor: float = 2.0,
    signed_off: bool = False,
    step: Step = _no_step,
) -> BundleInfo:
    """Put the candidate in force and return what is in force; the live content again is no publication.

    Refuses (`RefusedError`, kept in the table with its reasons) what does not follow the live bundle, what
    was rolled back before, and what is beyond the step limits of the anchor. `signed_off` says that a person
    looked: then the two latter do not refuse, and the candidate becomes the anchor.
    """
    directory.mkdir(parents=True, exist_ok=True)
    with locked(str(directory / ".lock")):
        live = current(directory)
        if live is not None and live.digest == candidate.digest:
            return live
        reasons = _out_of_order(candidate, live)
        if not signed_off:
            reasons += _rolled_back(candidate, directory) + _too_far(candidate, directory, factor)
        if reasons:
            refuse(candidate, reasons, directory)
            raise RefusedError(candidate.revision, reasons)
        _enforce(candidate, directory, step)
        if signed_off or live is None:
            _place(directory / "anchor", candidate.revision.encode() + b"\n", step)
    return info(candidate.bundle)


def rollback(directory: Path, revision: str, *, step: Step = _no_step) -> BundleInfo:
    """Put the content of an earlier revision in force again, under a new sequence that hooks accept.

    The content that was live is not published again without a sign-off. Works on a damaged pointer too.
    """
    wanted = stored(directory, revision)
    with locked(str(directory / ".lock")):
        try:
            live = current(directory)
        except PolicyError:
            live = None
        if live is not None and live.digest == wanted.digest:
            return live
        candidate = again(
            wanted.document, live or _newest(directory), f"Rolled back to the content of {revision}."
        )
        if live is not None:
            _note_refusal(live, (f"{ROLLED_BACK} to {revision}.",), directory)
        _enforce(candidate, directory, step)
    return info(candidate.bundle)


def sign_off(directory: Path, revision: str) -> BundleInfo:
    """Make a published revision the anchor that step limits are counted from."""
    found = stored(directory, revision)
    with locked(str(directory / ".lock")):
        _place(directory / "anchor", revision.encode() + b"\n", _no_step)
    return found


def refuse(candidate: Candidate, reasons: tuple[str, ...], directory: Path) -> None:
    """Keep a refused candidate's name, thresholds and reasons, for the table and whoever asks why."""
    _note_refusal(info(candidate.bundle), reasons, directory)


def refused(directory: Path, revision: str) -> BundleInfo:
    """A candidate that was refused, for a person who wants to look at it or sign it off."""
    try:
        raw = canonical(
            json.loads((directory / "refused" / f"{_named(revision)}.json").read_bytes())["candidate"]
        )
        return info(load(raw))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise PolicyError(
            f"there is no refused bundle {revision[:80]!r}; see `afteraction bundle list`"
        ) from error


def resubmit(directory: Path, revision: str) -> BundleInfo:
    """Publish the content of a refused candidate on a person's word; it becomes the anchor."""
    wanted = refused(directory, revision)
    candidate = again(wanted.document, current(directory), f"Signed off after it was refused as {revision}.")
    return publish(candidate, directory, signed_off=True)


def _named(revision: str) -> str:
    if not POINTER_CHARS.issuperset(revision):
        raise ValueError(f"{revision[:80]!r} is no revision")
    return revision


def anchor(directory: Path) -> BundleInfo | None:
    """The bundle that a person signed off last, else the first one; None where there is none."""
    try:
        return stored(directory, (directory / "anchor").read_text().strip())
    except (OSError, PolicyError, UnicodeDecodeError):
        files = [found for file in bundle_files(directory) if (found := _readable(file)) is not None]
        return min(files, key=lambda found: found.sequence, default=None)


def _out_of_order(candidate: Candidate, live: BundleInfo | None) -> tuple[str, ...]:
    expected = 1 if live is None else live.sequence + 1
    name = "none" if live is None else live.revision
    if candidate.bundle.previous != (None if live is None else live.revision):
        return (f"It was built to follow {candidate.bundle.previous or 'none'}, but {name} is in force.",)
    if candidate.bundle.sequence != expected:
        return (f"It has sequence {candidate.bundle.sequence}, expected {expected}.",)
    return ()


def _rolled_back(candidate: Candidate, directory: Path) -> tuple[str, ...]:
    for file in sorted((directory / "refused").glob("*.json")):
        try:
            found = json.loads(file.read_bytes())
        except (OSError, ValueError):
            continue
        if found.get("digest") == candidate.digest and found.get("rolled_back"):
            return (f"The same content was rolled back as {found.get('revision')}.",)
    return ()


def _too_far(candidate: Candidate, directory: Path, factor: float) -> tuple[str, ...]:
    base = anchor(directory)
    return () if base is None else beyond_limits(candidate.bundle, base.bundle, factor)


def _enforce(candidate: Candidate, directory: Path, step: Step) -> None:
    for file in bundle_files(directory):
        orphan = _readable(file)
        if orphan is not None and orphan.sequence >= candidate.bundle.sequence:
            file.unlink()
    _place(directory / f"{candidate.revision}.json", candidate.raw, step)
    _place(directory / "current", candidate.revision.encode() + b"\n", step)


def _place(path: Path, raw: bytes, step: Step) -> None:
    """Write beside, make durable, rename, make the rename durable."""
    beside = path.with_name(f".{path.name}.tmp")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    try:
        write_all(descriptor, raw[: len(raw) // 2])
        step(f"{path.name} half written")
        write_all(descriptor, raw[len(raw) // 2 :])
        step(f"{path.name} written")
        os.fsync(descriptor)
        step(f"{path.name} synced")
    finally:
        os.close(descriptor)
    beside.replace(path)
    step(f"{path.name} renamed")
    sync_directory(str(path.parent))
    step(f"{path.name} settled")


def _note_refusal(found: BundleInfo, reasons: tuple[str, ...], directory: Path) -> None:
    (directory / "refused").mkdir(parents=True, exist_ok=True)
    document = {
        "revision": found.revision,
        "sequence": found.sequence,
        "digest": found.digest,
        "thresholds": found.thresholds,
        "candidate": found.document,
        "reasons": list(reasons),
        "rolled_back": reasons[0].startswith(ROLLED_BACK),
        "refused_at": datetime.now(UTC).isoformat(),
    }
    _place(directory / "refused" / f"{found.revision}.json", json.dumps(document).encode(), _no_step)


def _newest(directory: Path) -> BundleInfo | None:
    files = [found for file in bundle_files(directory) if (found := _readable(file)) is not None]
    return max(files, key=lambda found: found.sequence, default=None)


def _readable(file: Path) -> BundleInfo | None:
    try:
        return stored(file.parent, file.stem)
    except PolicyError:
        return None
