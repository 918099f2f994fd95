"""Who signed a bundle: the text that is signed, the form of keys and signatures, and the check.

A key is one line `name+id+base64`, as signed notes have it (C2SP signed-note): the id is the first four
bytes of SHA-256 over name, newline, 0x01 and key; 0x01 and the key are the base64. A bundle's
`signature` is `name` and the base64 of id and Ed25519 signature, with a space between.
"""

from __future__ import annotations

from binascii import Error, a2b_base64, b2a_base64

from afteraction_hook.digest import sha256_hex
from afteraction_hook.shape import ShapeError
from afteraction_hook.strictjson import canonical

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

DOMAIN = b"afteraction policy bundle\n"
_ED25519 = b"\x01"


class SignatureError(ValueError):
    """A key or a signature is not what it must be; the message holds names and ids only."""


def signed_text(document: Mapping[str, Any]) -> bytes:
    """What is signed: all of the bundle but its signature, in canonical form, after a word of our own."""
    return DOMAIN + canonical({key: value for key, value in document.items() if key != "signature"})


def key_id(name: str, key: bytes) -> bytes:
    """The four bytes that tell keys apart."""
    return bytes.fromhex(sha256_hex(name.encode() + b"\n" + _ED25519 + key)[:8])


def key_text(name: str, key: bytes) -> str:
    """The one-line form of a public key of 32 bytes."""
    return f"{name}+{key_id(name, key).hex()}+{_text(_ED25519 + key)}"


def parse_key(line: str) -> tuple[str, bytes]:
    """(name, key) of a one-line public key; raises `SignatureError`."""
    parts = line.split("+", 2)
    raw = _bytes(parts[-1])
    if len(parts) != 3 or not parts[0] or len(raw) != 33 or raw[:1] != _ED25519:
        raise SignatureError("expected public keys as name+id+base64, with spaces between them")
    if key_id(parts[0], raw[1:]).hex() != parts[1]:
        raise SignatureError(
            "a public key has another id than its name and bytes give; was it cut or changed?"
        )
    return parts[0], raw[1:]


def signature_text(name: str, key: bytes, signature: bytes) -> str:
    """The form in which a bundle carries the signature that the private half of `key` made."""
    return f"{name} {_text(key_id(name, key) + signature)}"


def signer(document: Mapping[str, Any]) -> str | None:
    """`name+id` of the key that a bundle claims to be signed by, not checked; None where it is unsigned."""
    if document.get("signature") is None:
        return None
    name, raw = _parts(document["signature"])
    return f"{name}+{raw[:4].hex()}"


def check(document: Mapping[str, Any], trusted: str) -> None:
    """Raise `ShapeError` unless one of the `trusted` keys (one-line forms) signed the bundle."""
    if document.get("signature") is None:
        raise ShapeError("bundle.signature: it is not signed, and only signed bundles are trusted here")
    try:
        name, raw = _parts(document["signature"])
        keys = [parse_key(line) for line in trusted.split()]
    except SignatureError as error:
        raise ShapeError(f"bundle.signature: {error}") from None
    known = [key for own, key in keys if own == name and key_id(own, key) == raw[:4]]
    if not known:
        raise ShapeError("bundle.signature: it was signed with a key that is not trusted here")
    from afteraction_hook.ed25519 import verify  # noqa: PLC0415 -- only new bundles need it

    text = signed_text(document)
    if not any(verify(key, text, raw[4:]) for key in known):
        raise ShapeError("bundle.signature: it does not hold; the bundle was changed after it was signed")


def _parts(signature: str) -> tuple[str, bytes]:
    """(name, id and signature) of a bundle's signature; raises `SignatureError`."""
    name, _, encoded = signature.partition(" ")
    raw = _bytes(encoded)
    if not name or len(raw) != 68:
        raise SignatureError("expected a name and the base64 of id and Ed25519 signature")
    return name, raw


def _text(raw: bytes) -> str:
    return b2a_base64(raw, newline=False).decode()


def _bytes(text: str) -> bytes:
    """The bytes of canonical base64, else none."""
    try:
        raw = a2b_base64(text.encode("ascii"))
    except (Error, UnicodeEncodeError):
        return b""
    return raw if _text(raw) == text else b""
