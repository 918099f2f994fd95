"""Publishing: a bundle appears whole or not at all, in order, and an old one comes back under a new number.

`<revision>.json` is durable before the pointer `current` names it; both are written beside and renamed.
Whoever is killed in between leaves the old bundle in force. The pointer `rollout` names a bundle that hooks
try beside the one in force; it counts only while that one is the bundle that it was built to follow.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from afteraction_hook.bundle import load
from afteraction_hook.files import locked, sync_directory, write_all
from afteraction_hook.store import POINTER_CHARS
from afteraction_hook.strictjson import canonical

from afteraction.policy import signing
from afteraction.policy.candidates import Candidate, again
from afteraction.policy.errors import PolicyError, RefusedError
from afteraction.policy.history import (
    ROLLOUT,
    BundleInfo,
    bundle_files,
    current,
    info,
    pointed,
    rolling,
    sequence_of,
    stored,
)
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
    stage: tuple[str, float] | None = None,
    backtest: Mapping[str, Any] | None = None,
    step: Step = _no_step,
) -> BundleInfo:
    """Put the candidate in force for all, or into a rollout at `stage` (its name and the share of agents).

    Returns the published bundle; the live content again is no publication, unless another key signed it.
    Refuses (`RefusedError`, kept in the table with its reasons) what does not follow the live bundle, what
    was rolled back before, and what is beyond the step limits of the anchor. `signed_off` says that a person
    looked: then the two latter do not refuse, and the candidate becomes the anchor. `backtest` is kept for
    the table.
    """
    directory.mkdir(parents=True, exist_ok=True)
    with locked(str(directory / ".lock")):
        live = current(directory)
        if live is not None and live.digest == candidate.digest:
            return live if signing.is_ours(live.document, directory) else _signed_again(live, directory, step)
        reasons = _out_of_order(candidate, live)
        if not signed_off:
            reasons += beyond_reach(candidate, directory, factor)
        if reasons:
            refuse(candidate, reasons, directory, backtest)
            raise RefusedError(candidate.revision, reasons)
        numbered = _numbered(candidate, live, directory, stage)
        if backtest is not None:
            _keep_backtest(numbered.revision, backtest, directory)
        if stage is None or live is None:
            found = _enforce(numbered, directory, step)
        else:
            found = _roll(numbered, directory, step)
        if signed_off or live is None:
            _place(directory / "anchor", found.revision.encode() + b"\n", step)
    return found


def promote(directory: Path, stage: tuple[str, float] | None, *, step: Step = _no_step) -> BundleInfo:
    """Take the bundle in rollout to its next stage, or, where `stage` is None, put it in force for all.

    Raises `PolicyError` where no rollout is under way.
    """
    directory.mkdir(parents=True, exist_ok=True)
    with locked(str(directory / ".lock")):
        live = current(directory)
        found = rolling(directory, live)
        if live is None or found is None:
            raise PolicyError("no rollout is under way; `afteraction bundle list` shows the bundles")
        if stage is None and (reasons := _rolled_back(found, directory)):
            raise RefusedError(found.revision, reasons)
        envelope = None if stage is None else {"stage": stage[0], "share": stage[1]}
        note = found.document.get("note")
        candidate = again(found.document, live, found.sequence + 1, note, envelope)
        return (_enforce if stage is None else _roll)(candidate, directory, step)


def beyond_reach(candidate: Candidate, directory: Path, factor: float = 2.0) -> tuple[str, ...]:
    """Why only a person can publish the candidate: it was rolled back, or is beyond the step limits."""
    return _rolled_back(candidate, directory) + _too_far(candidate, directory, factor)


def following(found: BundleInfo, stages: tuple[tuple[str, float], ...]) -> tuple[str, float] | None:
    """The stage after that of `found` in `stages`; None where it is the last, or not among them any more."""
    later = [] if found.stage is None else [stage for stage in stages if stage[1] > found.stage[1]]
    return later[0] if later else None


def sign_again(directory: Path) -> BundleInfo | None:
    """Publish the live content under the present key where another one signed it; that ends a rollout."""
    with locked(str(directory / ".lock")):
        live = current(directory)
        if live is None or signing.is_ours(live.document, directory):
            return live
        return _signed_again(live, directory, _no_step)


def rollback(directory: Path, revision: str | None = None, *, step: Step = _no_step) -> BundleInfo:
    """Put the content of an earlier revision in force again, under a new sequence that hooks accept.

    Without `revision` this ends the rollout that is under way, else it goes back to the bundle before the
    live one. What was live or in rollout is not published again without a sign-off. Works on a damaged
    pointer, too.
    """
    directory.mkdir(parents=True, exist_ok=True)
    with locked(str(directory / ".lock")):
        live = None
        with suppress(PolicyError):
            live = current(directory)
        trial = rolling(directory, live)
        wanted = stored(directory, revision) if revision is not None else _before(live, trial, directory)
        if live is not None and live.digest == wanted.digest and trial is None:
            return live
        note = f"Rolled back to the content of {wanted.revision}."
        last = live or _newest(directory)
        candidate = again(wanted.document, last, _highest(last, directory) + 1, note)
        for gone in (live, trial):
            if gone is not None and gone.digest != wanted.digest:
                _note_refusal(gone, (f"{ROLLED_BACK} to {wanted.revision}.",), directory)
        return _enforce(candidate, directory, step)


def _before(live: BundleInfo | None, trial: BundleInfo | None, directory: Path) -> BundleInfo:
    """What a rollback without a name goes back to."""
    if live is not None and trial is not None:
        return live
    last = live or _newest(directory)
    if last is None or last.document.get("previous") is None:
        raise PolicyError("there is no earlier bundle; `afteraction bundle list` shows those there are")
    return stored(directory, last.document["previous"])


def _signed_again(live: BundleInfo, directory: Path, step: Step) -> BundleInfo:
    """The live content under the signature of the present key; an older home or another key made that."""
    number = _highest(live, directory) + 1
    return _enforce(again(live.document, live, number, "Signed with the present key."), directory, step)


def sign_off(directory: Path, revision: str) -> BundleInfo:
    """Make a published revision the anchor that step limits are counted from."""
    found = stored(directory, revision)
    with locked(str(directory / ".lock")):
        _place(directory / "anchor", revision.encode() + b"\n", _no_step)
    return found


def refuse(
    candidate: Candidate,
    reasons: tuple[str, ...],
    directory: Path,
    backtest: Mapping[str, Any] | None = None,
) -> None:
    """Keep a refused candidate, the reasons and what the backtest said, for the table and whoever asks."""
    _note_refusal(info(candidate.bundle), reasons, directory, backtest)


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
    live = current(directory)
    number = 1 if live is None else live.sequence + 1
    candidate = again(wanted.document, live, number, f"Signed off after it was refused as {revision}.")
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
        oldest = sorted(bundle_files(directory), key=sequence_of)
        return next((found for file in oldest if (found := _readable(file)) is not None), None)


def _out_of_order(candidate: Candidate, live: BundleInfo | None) -> tuple[str, ...]:
    name = "none" if live is None else live.revision
    if candidate.bundle.previous != (None if live is None else live.revision):
        return (f"It was built to follow {candidate.bundle.previous or 'none'}, but {name} is in force.",)
    return ()


def _numbered(
    candidate: Candidate, live: BundleInfo | None, directory: Path, stage: tuple[str, float] | None
) -> Candidate:
    """The candidate under the number that follows all that hooks may have seen, at its stage."""
    number = _highest(live, directory) + 1
    rollout = {"stage": stage[0], "share": stage[1]} if stage is not None and live is not None else None
    if candidate.bundle.sequence == number and rollout is None:
        return candidate
    return again(candidate.bundle.document, live, number, candidate.bundle.document.get("note"), rollout)


def _highest(live: BundleInfo | None, directory: Path) -> int:
    """The highest sequence that a pointer names or named: a rollout that ended may have been seen."""
    trial = pointed(directory)
    return max(0 if one is None else one.sequence for one in (live, trial))


def _rolled_back(candidate: Candidate | BundleInfo, directory: Path) -> tuple[str, ...]:
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


def _enforce(candidate: Candidate, directory: Path, step: Step) -> BundleInfo:
    """Name it as the one in force; whatever was in rollout is over."""
    found = _stored(candidate, directory, step)
    _place(directory / "current", found.revision.encode() + b"\n", step)
    if (directory / ROLLOUT).exists():
        (directory / ROLLOUT).unlink()
        step(f"{ROLLOUT} removed")
        sync_directory(str(directory))
    return found


def _roll(candidate: Candidate, directory: Path, step: Step) -> BundleInfo:
    """Name it as the one in rollout."""
    found = _stored(candidate, directory, step)
    _place(directory / ROLLOUT, found.revision.encode() + b"\n", step)
    return found


def _stored(candidate: Candidate, directory: Path, step: Step) -> BundleInfo:
    """Sign it and put it beside the others; what a killed process left under its number or above goes."""
    for file in bundle_files(directory):
        if sequence_of(file) >= candidate.bundle.sequence:
            file.unlink()
    signing.show_keys(directory)
    raw = canonical(signing.signed(candidate.bundle.document, directory))
    _place(directory / f"{candidate.revision}.json", raw, step)
    return info(load(raw))


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


def _keep_backtest(revision: str, backtest: Mapping[str, Any], directory: Path) -> None:
    (directory / "backtests").mkdir(parents=True, exist_ok=True)
    _place(directory / "backtests" / f"{revision}.json", canonical(dict(backtest)), _no_step)


def _note_refusal(
    found: BundleInfo,
    reasons: tuple[str, ...],
    directory: Path,
    backtest: Mapping[str, Any] | None = None,
) -> None:
    (directory / "refused").mkdir(parents=True, exist_ok=True)
    path = directory / "refused" / f"{found.revision}.json"
    document = {
        "revision": found.revision,
        "sequence": found.sequence,
        "digest": found.digest,
        "thresholds": found.thresholds,
        "candidate": found.document,
        "reasons": list(reasons),
        "rolled_back": reasons[0].startswith(ROLLED_BACK),
        "backtest": backtest,
    }
    if not _says(path, document):
        at = datetime.now(UTC).isoformat()
        _place(path, json.dumps({**document, "refused_at": at}).encode(), _no_step)


def _says(path: Path, document: Mapping[str, Any]) -> bool:
    """Whether the same was refused for the same reasons before, so that the time of that stands."""
    with suppress(OSError, ValueError, KeyError):
        kept, now = json.loads(path.read_bytes()), json.loads(json.dumps(document))
        return all(kept[name] == value for name, value in now.items() if name != "candidate")
    return False


def _newest(directory: Path) -> BundleInfo | None:
    """The readable bundle of the highest sequence that is or was in force."""
    for file in sorted(bundle_files(directory), key=sequence_of, reverse=True):
        found = _readable(file)
        if found is not None and found.document.get("rollout") is None:
            return found
    return None


def _readable(file: Path) -> BundleInfo | None:
    try:
        return stored(file.parent, file.stem)
    except PolicyError:
        return None
