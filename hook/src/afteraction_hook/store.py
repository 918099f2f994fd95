"""The bundle on disk and the last good one: a bad, older or torn bundle never replaces what worked.

The state directory keeps the bytes of the newest bundle that passed every check (`last-good.json`) and a
seal with their SHA-256, which spares the next start signature, digest and golden rows of the same bytes. A
seal counts only for the hook's version and the trusted keys that it was made with.
"""

from __future__ import annotations

import os

from afteraction_hook import VERSION
from afteraction_hook.bundle import MAX_BYTES, Bundle, BundleError, load
from afteraction_hook.digest import sha256_hex
from afteraction_hook.files import locked, read_bounded, replace_file
from afteraction_hook.strictjson import JsonError, canonical, parse
from afteraction_hook.verdict import Reason

POINTER_CHARS = frozenset("b0123456789acdef-")


class LastGood:
    """Loads the bundle at a path; `directory` is where the last good one is kept (None: nowhere).

    `trusted` are the public keys of which one must have signed a bundle (None: unsigned ones will do).
    """

    def __init__(self, directory: str | None, trusted: str | None = None) -> None:
        self._directory = directory
        self._trusted = trusted
        self._newest: Bundle | None = None

    def load(self, path: str) -> tuple[Bundle | None, tuple[Reason, ...]]:
        """The bundle to judge with, and reports of what is wrong with the one at `path`."""
        try:
            raw, named = read_published(path)
            known = self._knows(raw)
            found = load(raw, sealed=known, trusted=self._trusted)
            _accept(found, named, self._newest if known else self._kept())
        except (BundleError, OSError) as error:
            kept = self._kept()
            return kept, (_report(error, kept),)
        self._newest = found
        if known or self._directory is None:
            return found, ()
        try:
            self._keep(found, raw)
        except OSError as error:
            what = f"The last good bundle cannot be stored: {_errno(error)}."
            return found, (Reason("bundle:not-kept", what),)
        return found, ()

    def _kept(self) -> Bundle | None:
        """The newest bundle that was good."""
        if self._directory is None:
            return self._newest
        try:
            raw = read_bounded(os.path.join(self._directory, "last-good.json"), MAX_BYTES)
            bundle = load(raw, sealed=self._seal() == sha256_hex(raw), trusted=self._trusted)
        except (OSError, BundleError):
            return self._newest
        newer = self._newest is not None and self._newest.sequence > bundle.sequence
        return self._newest if newer else bundle

    def _knows(self, raw: bytes) -> bool:
        """Whether these bytes were checked before and a copy of them is kept."""
        if self._directory is None or self._seal() != sha256_hex(raw):
            return False
        copy = os.path.join(self._directory, "last-good.json")
        return os.path.exists(copy) and os.path.getsize(copy) == len(raw)

    def _seal(self) -> str | None:
        """The SHA-256 of the bytes that this version of the hook has checked, by these keys, and kept."""
        if self._directory is None:
            return None
        try:
            seal = parse(read_bounded(os.path.join(self._directory, "last-good.seal"), 4096))
        except (OSError, JsonError):
            return None
        if not isinstance(seal, dict) or (seal.get("hook"), seal.get("keys")) != (VERSION, self._trusted):
            return None
        return seal["sha256"] if isinstance(seal.get("sha256"), str) else None

    def _keep(self, bundle: Bundle, raw: bytes) -> None:
        assert self._directory is not None
        os.makedirs(self._directory, mode=0o700, exist_ok=True)
        with locked(os.path.join(self._directory, "lock")):
            kept = self._kept()
            if kept is not None and kept.sequence > bundle.sequence:
                return
            replace_file(os.path.join(self._directory, "last-good.json"), raw)
            seal = canonical(
                {
                    "hook": VERSION,
                    "keys": self._trusted,
                    "revision": bundle.revision,
                    "sha256": sha256_hex(raw),
                }
            )
            replace_file(os.path.join(self._directory, "last-good.seal"), seal)


def read_published(path: str) -> tuple[bytes, str | None]:
    """The bundle's bytes and the revision that the pointer names (None where `path` is the bundle itself).

    `path` is a bundle file, a pointer file whose one line names a revision beside it, or the directory
    that holds the pointer `current`.
    """
    if os.path.isdir(path):
        path = os.path.join(path, "current")
    raw = read_bounded(path, MAX_BYTES)
    if raw[:1] != b"b" or len(raw) > 64:
        return raw, None
    named = raw.decode("ascii", "replace").strip()
    if not POINTER_CHARS.issuperset(named):
        raise BundleError("the pointer does not name a revision")
    return read_bounded(os.path.join(os.path.dirname(path), named + ".json"), MAX_BYTES), named


def _accept(found: Bundle, named: str | None, kept: Bundle | None) -> None:
    if named is not None and named != found.revision:
        raise BundleError(f"the pointer names {named}, the file beside it holds {found.revision}")
    if found.rollout is not None:
        raise BundleError("it is still in rollout, and nobody put it in force for all")
    if kept is None or found.sequence > kept.sequence:
        return
    if found.sequence < kept.sequence:
        raise BundleError(
            f"it has sequence {found.sequence}, older than {kept.sequence}, which was seen before"
        )
    if found.digest != kept.digest:
        raise BundleError(f"it repeats sequence {kept.sequence} with other content")


def _report(error: BundleError | OSError, kept: Bundle | None) -> Reason:
    what = str(error) if isinstance(error, BundleError) else f"it cannot be read: {_errno(error)}"
    if kept is not None:
        return Reason(
            "bundle:kept-last-good", f"The published bundle is not used, {kept.revision} is: {what}."
        )
    kind = "bundle:absent" if isinstance(error, FileNotFoundError) else "bundle:bad"
    return Reason(kind, f"The published bundle is not used and no good one is kept: {what}.")


def _errno(error: OSError) -> str:
    return error.strerror or type(error).__name__
