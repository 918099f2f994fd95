"""The gate: one call in, one logged verdict out; whatever goes wrong on the way ends in deny or ask."""

from __future__ import annotations

import os

from afteraction_hook.decide import Call, decide
from afteraction_hook.decision_log import write_decision
from afteraction_hook.store import LastGood
from afteraction_hook.strictjson import JsonError, canonical
from afteraction_hook.verdict import Reason, Verdict

TYPE_CHECKING = False
if TYPE_CHECKING:
    from afteraction_hook.bundle import Bundle
    from afteraction_hook.config import Config


def failed(config: Config, cause: str, sentence: str) -> Verdict:
    """The verdict for an error: deny, or ask where the owner configured it; never allow."""
    return Verdict(config.on_error, "error", (Reason(f"error:{cause}", sentence),))


class Gate:
    """Judges calls by the published bundle, which is looked at again whenever its file changes."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self._store = LastGood(config.state, config.trusted_keys)
        self._stamp: tuple[tuple[int, ...] | None, tuple[int, ...] | None] | None = None
        self._loaded: tuple[Bundle | None, Bundle | None, tuple[Reason, ...]] = (None, None, ())

    def check(self, call: Call) -> Verdict:
        """The verdict on one call, written to the decision log. Never raises an `Exception`."""
        try:
            verdict = self.judge(call)
        except JsonError as error:
            verdict = failed(self.config, "input", f"The arguments cannot be judged: {error}.")
        except Exception as error:  # noqa: BLE001 -- an error of our own must deny, not let the call run
            verdict = failed(self.config, "own", f"The hook failed with {type(error).__name__}.")
        return self.logged(call, verdict)

    def judge(self, call: Call) -> Verdict:
        """The verdict on one call, not logged; raises `JsonError` on arguments that are not sound."""
        canonical(call.args)
        bundle, trial, notes = self._bundles()
        if bundle is None:
            return self._without(notes)
        verdict = decide(call, bundle, self.config.tenant)
        if trial is not None:
            verdict = self._tried(call, verdict, trial)
        verdict.notes = (*notes, *verdict.notes)
        return verdict

    def _tried(self, call: Call, verdict: Verdict, trial: Bundle) -> Verdict:
        """The verdict by both bundles; an error of the one in rollout leaves the one in force to decide."""
        from afteraction_hook.rollout import judged  # noqa: PLC0415 -- only while something is rolled out

        try:
            return judged(call, verdict, trial, self.config)
        except Exception as error:  # noqa: BLE001 -- whatever the candidate does, the live verdict stands
            said = f"The bundle in rollout failed with {type(error).__name__}."
            verdict.notes = (Reason("rollout:failed", said),)
            return verdict

    def logged(self, call: Call | None, verdict: Verdict) -> Verdict:
        """The same verdict once it is written; a call whose verdict cannot be written is not allowed."""
        try:
            write_decision(call, verdict, self.config)
        except Exception as error:  # noqa: BLE001 -- a full disk must deny, not let the call run unlogged
            return failed(self.config, "log", f"The decision log cannot be written: {type(error).__name__}.")
        return verdict

    def _without(self, notes: tuple[Reason, ...]) -> Verdict:
        """The answer where there is no bundle to judge with."""
        if any(note.reason == "bundle:bad" for note in notes):
            return Verdict(self.config.on_error, "error", notes)
        absent = Reason("bundle:absent", "No policy bundle is published here yet.")
        return Verdict(self.config.no_bundle, "no_bundle", notes or (absent,))

    def _bundles(self) -> tuple[Bundle | None, Bundle | None, tuple[Reason, ...]]:
        """The bundle in force, the one in rollout, and reports of what is wrong with either."""
        path = self.config.bundle
        if path is None:
            return None, None, ()
        current, pointer = _pointers(path)
        stamp = _stamp(current), _stamp(pointer)
        if stamp[0] is None or stamp != self._stamp or self._loaded[0] is None:
            live, notes = self._store.load(path)
            trial, others = self._trial(pointer, live) if stamp[1] is not None else (None, ())
            self._loaded = live, trial, notes + others
            kept_back = any(note.reason != "bundle:not-kept" for note in self._loaded[2])
            self._stamp = None if kept_back else stamp
        return self._loaded

    def _trial(self, pointer: str, live: Bundle | None) -> tuple[Bundle | None, tuple[Reason, ...]]:
        if live is None:
            return None, ()
        from afteraction_hook.rollout import load_trial  # noqa: PLC0415 -- only while something is rolled out

        return load_trial(pointer, live, self.config)


def _pointers(path: str) -> tuple[str, str]:
    """The file that names or is the bundle in force, and the pointer of the rollout beside it."""
    if os.path.isdir(path):
        return os.path.join(path, "current"), os.path.join(path, "rollout")
    return path, os.path.join(os.path.dirname(path), "rollout")


def _stamp(path: str) -> tuple[int, ...] | None:
    """What changes when the file at `path` is replaced; None where there is none."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
