"""A bundle in rollout: judged by beside the one in force, and enforced for a share of the agents or for none.

In the stage `shadow` it is only logged. In the stage `canary` it decides for a fixed share of the agents: an
agent stays on its side while the share grows, and another candidate draws other agents. A bundle that cannot
be used is reported, and the one in force decides alone.
"""

from __future__ import annotations

import os

from afteraction_hook import VERSION
from afteraction_hook.bundle import MAX_BYTES, BundleError, load
from afteraction_hook.decide import decide
from afteraction_hook.digest import sha256_hex
from afteraction_hook.files import read_bounded, replace_file
from afteraction_hook.store import POINTER_CHARS
from afteraction_hook.strictjson import JsonError, canonical, parse
from afteraction_hook.verdict import Reason

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from afteraction_hook.bundle import Bundle
    from afteraction_hook.config import Config
    from afteraction_hook.decide import Call
    from afteraction_hook.verdict import Verdict

SEAL = "rollout.seal"


def load_trial(pointer: str, live: Bundle, config: Config) -> tuple[Bundle | None, tuple[Reason, ...]]:
    """The bundle that `pointer` names, if it is there to follow `live`; reports of what is wrong with it."""
    try:
        found = _loaded(pointer, config)
    except FileNotFoundError:
        return None, ()
    except (BundleError, OSError) as error:
        what = str(error) if isinstance(error, BundleError) else f"it cannot be read: {error.strerror}"
        return None, (Reason("rollout:not-used", f"The bundle in rollout is not used: {what}."),)
    follows = found.sequence > live.sequence and found.previous == live.revision
    return found if follows else None, ()


def _loaded(pointer: str, config: Config) -> Bundle:
    """The checked bundle in rollout; raises `BundleError` or `OSError`."""
    named = read_bounded(pointer, 64).decode("ascii", "replace").strip()
    if not POINTER_CHARS.issuperset(named):
        raise BundleError("the pointer does not name a revision")
    raw = read_bounded(os.path.join(os.path.dirname(pointer), named + ".json"), MAX_BYTES)
    digest = sha256_hex(raw)
    sealed = _seal(config) == digest
    found = load(raw, sealed=sealed, trusted=config.trusted_keys)
    if named != found.revision:
        raise BundleError(f"the pointer names {named}, the file beside it holds {found.revision}")
    if found.rollout is None:
        raise BundleError("it says of itself that it is in force for all, and not in rollout")
    if not sealed:
        _keep_seal(config, digest)
    return found


def judged(call: Call, verdict: Verdict, trial: Bundle, config: Config) -> Verdict:
    """The verdict that is enforced, `verdict` (by the bundle in force) or the trial's; it tells of both."""
    assert trial.rollout is not None
    stage, share = trial.rollout
    other = decide(call, trial, config.tenant)
    enforced = stage == "canary" and is_in_share(trial, share, config.tenant, call)
    chosen = other if enforced else verdict
    chosen.rollout = {
        "stage": stage,
        "enforced": "candidate" if enforced else "live",
        "live": _told(verdict),
        "candidate": _told(other),
    }
    return chosen


def is_in_share(trial: Bundle, share: float, tenant: str, call: Call) -> bool:
    """Whether the trial decides for this agent; where the runtime names none, its session stands for it.

    The hash is keyed with the digest of the content, which all stages of one candidate share.
    """
    name = [trial.digest, tenant, call.agent_id, None if call.agent_id else call.session_id]
    safe = canonical([word if word is None else word.encode("utf-8", "replace").decode() for word in name])
    return int(sha256_hex(safe)[:13], 16) < share * 16**13


def _told(verdict: Verdict) -> dict[str, Any]:
    return {
        "bundle_revision": verdict.bundle_revision,
        "decision": verdict.decision,
        "path": verdict.path,
        "points": verdict.points,
    }


def _seal(config: Config) -> str | None:
    """The SHA-256 of the trial's bytes that this version of the hook has checked, by these keys."""
    if config.state is None:
        return None
    try:
        seal = parse(read_bounded(os.path.join(config.state, SEAL), 65536))
    except (OSError, JsonError):
        return None
    if not isinstance(seal, dict) or (seal.get("hook"), seal.get("keys")) != (VERSION, config.trusted_keys):
        return None
    return seal["sha256"] if isinstance(seal.get("sha256"), str) else None


def _keep_seal(config: Config, digest: str) -> None:
    """Without a place for the seal each start checks again: slower, and as sure."""
    if config.state is None:
        return
    seal = canonical({"hook": VERSION, "keys": config.trusted_keys, "sha256": digest})
    try:
        replace_file(os.path.join(config.state, SEAL), seal)
    except OSError:
        return
