"""Who vouches for a bundle: the key that signs it, its public half for hooks, and the change to another key.

The key lies in `keys/` beside the folder of bundles; `bundle.pub` in that folder holds the public half, and
that of the next key where there is one. A hook's owner pins it elsewhere: whoever can write bundles can
write `bundle.pub`, too.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from afteraction_hook.files import replace_file, sync_directory
from afteraction_hook.shape import ShapeError
from afteraction_hook.signature import check, key_text, signature_text, signed_text, signer
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from afteraction.policy.errors import PolicyError
from afteraction.records.signing import SigningKeyError, signing_key

NAME: Final = "afteraction-bundles"
PUBLIC: Final = "bundle.pub"


def signed(document: Mapping[str, Any], directory: Path) -> dict[str, Any]:
    """The bundle document with the signature of this home's key, which is made on first use."""
    key = _loaded(_file(directory))
    plain = {name: value for name, value in document.items() if name != "signature"}
    text = signature_text(NAME, key.public_key().public_bytes_raw(), key.sign(signed_text(plain)))
    return {**plain, "signature": text}


def is_ours(document: Mapping[str, Any], directory: Path) -> bool:
    """Whether this home's present key signed the bundle."""
    try:
        check(document, _public(_file(directory)))
    except ShapeError:
        return False
    return True


def signed_by(document: Mapping[str, Any], directory: Path) -> str:
    """`name+id` of the key that signed a bundle, and whether that is one of ours; never a claim alone."""
    claimed = signer(document)
    if claimed is None:
        return "nobody"
    try:
        check(document, " ".join(public_keys(directory)))
    except ShapeError:
        return f"not proven: {claimed}"
    return claimed


def public_keys(directory: Path) -> list[str]:
    """The one-line public keys that hooks should trust: the one that signs, and the next if there is one."""
    files = [_file(directory), _next(directory)]
    return [_public(file) for file in files if file == files[0] or file.exists()]


def show_keys(directory: Path) -> None:
    """Write `bundle.pub` where it is not what it should be."""
    wanted = "".join(line + "\n" for line in public_keys(directory)).encode()
    file = directory / PUBLIC
    if not file.exists() or file.read_bytes() != wanted:
        replace_file(str(file), wanted)
        file.chmod(0o644)


def next_key(directory: Path) -> str:
    """Make the key that will sign next, if it is not there yet; its one-line public key for the hooks."""
    directory.mkdir(parents=True, exist_ok=True)
    line = _public(_next(directory))
    show_keys(directory)
    return line


def switch_key(directory: Path) -> str:
    """Let the next key sign from now on; raises `PolicyError` where none was made. The old one is gone."""
    if not _next(directory).exists():
        raise PolicyError("there is no next key; make it, let every hook trust it, then switch")
    _next(directory).replace(_file(directory))
    sync_directory(str(_file(directory).parent))
    show_keys(directory)
    return _public(_file(directory))


def _file(directory: Path) -> Path:
    return directory.absolute().parent / "keys" / "bundle.ed25519"


def _next(directory: Path) -> Path:
    return _file(directory).with_name("bundle.next.ed25519")


def _public(file: Path) -> str:
    return key_text(NAME, _loaded(file).public_key().public_bytes_raw())


def _loaded(file: Path) -> Ed25519PrivateKey:
    try:
        return signing_key(file)
    except SigningKeyError as error:
        raise PolicyError(str(error)) from error
