"""Checkpoints as C2SP signed notes: written, read and checked with Ed25519."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from afteraction.ledger.errors import NoteError
from afteraction.ledger.merkle import HASH_BYTES

_ED25519: Final = b"\x01"
_MAX_NOTE_BYTES: Final = 64 * 1024
_SIGNED_AT: Final = "signed-at "
_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")
_NAME = re.compile(r"[^\s+]+")


@dataclass(frozen=True)
class Checkpoint:
    """A signed tree head. `note` is the verbatim signed note; `signed_at` stands in its extension line."""

    origin: str
    size: int
    root: bytes
    signed_at: datetime
    note: bytes


@dataclass(frozen=True)
class PublicKey:
    """A key that checkpoints are checked with, and the name it signs under."""

    name: str
    raw: bytes

    @property
    def key_id(self) -> bytes:
        """The first four bytes of SHA-256 over name, newline, algorithm and key."""
        return hashlib.sha256(self.name.encode() + b"\n" + _ED25519 + self.raw).digest()[:4]

    @property
    def text(self) -> str:
        """The one-line form `name+id+base64`, as other tools for signed notes read it."""
        encoded = base64.b64encode(_ED25519 + self.raw).decode()
        return f"{self.name}+{self.key_id.hex()}+{encoded}"

    @staticmethod
    def parse(text: str) -> PublicKey:
        """Read the one-line form; raises `NoteError`."""
        try:
            name, key_id, encoded = text.strip().split("+", 2)
            raw = base64.b64decode(encoded, validate=True)
        except (ValueError, binascii.Error) as error:
            raise NoteError("expected a public key as name+id+base64") from error
        key = PublicKey(name, raw[1:])
        if raw[:1] != _ED25519 or len(key.raw) != HASH_BYTES or key.key_id.hex() != key_id:
            raise NoteError("the public key is not an Ed25519 key with a matching id")
        return key


def check_name(name: str) -> str:
    """An origin and key name: not empty, without spaces and `+`; raises `NoteError`."""
    if not _NAME.fullmatch(name) or not name.isprintable():
        raise NoteError(f"found origin {name!r}, expected a name without spaces and '+'")
    return name


def sign(
    key: Ed25519PrivateKey, public: PublicKey, *, size: int, root: bytes, signed_at: datetime
) -> Checkpoint:
    """Sign a tree head; the key's name is the origin."""
    stamp = signed_at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    body = f"{public.name}\n{size}\n{base64.b64encode(root).decode()}\n{_SIGNED_AT}{stamp}\n"
    signature = base64.b64encode(public.key_id + key.sign(body.encode())).decode()
    return parse(f"{body}\n\u2014 {public.name} {signature}\n".encode())


def parse(note: bytes) -> Checkpoint:
    """Read a checkpoint without checking its signature; raises `NoteError`."""
    text, _ = _split(note)
    lines = text.rstrip("\n").split("\n")
    if len(lines) < 4 or not _SIZE.fullmatch(lines[1]) or not lines[3].startswith(_SIGNED_AT):
        raise NoteError("a checkpoint needs an origin, a size, a root and the line signed-at")
    try:
        root = base64.b64decode(lines[2], validate=True)
        signed_at = datetime.fromisoformat(lines[3].removeprefix(_SIGNED_AT))
    except ValueError as error:
        raise NoteError("the root or the time of the checkpoint is not readable") from error
    if len(root) != HASH_BYTES or signed_at.tzinfo is None:
        raise NoteError("the root or the time of the checkpoint is incomplete")
    return Checkpoint(lines[0], int(lines[1]), root, signed_at, note)


def check(note: bytes, public: PublicKey) -> Checkpoint:
    """Read a checkpoint that `public` signed under its own origin; raises `NoteError`."""
    checkpoint = parse(note)
    if checkpoint.origin != public.name:
        raise NoteError(f"found origin {checkpoint.origin!r}, expected {public.name!r}")
    text, signatures = _split(note)
    verifier = Ed25519PublicKey.from_public_bytes(public.raw)
    known = [raw[4:] for name, raw in signatures if name == public.name and raw[:4] == public.key_id]
    if not known:
        raise NoteError("the checkpoint carries no signature of the ledger's key")
    try:
        for signature in known:
            verifier.verify(signature, text.encode())
    except InvalidSignature as error:
        raise NoteError("the signature does not hold for this checkpoint") from error
    return checkpoint


def _split(note: bytes) -> tuple[str, list[tuple[str, bytes]]]:
    """The signed text (with its last newline) and the signatures as (name, key id and signature)."""
    if len(note) > _MAX_NOTE_BYTES:
        raise NoteError("the checkpoint is longer than 64 KiB")
    try:
        text, blank, rest = note.decode("utf-8").rpartition("\n\n")
        lines = rest.split("\n")
        if not blank or not rest.endswith("\n") or lines.pop():
            raise NoteError("the checkpoint is empty, torn or carries no signature")
        return text + "\n", [_signature(line) for line in lines]
    except UnicodeDecodeError as error:
        raise NoteError("the checkpoint is not UTF-8") from error


def _signature(line: str) -> tuple[str, bytes]:
    dash, _, rest = line.partition(" ")
    name, _, encoded = rest.partition(" ")
    try:
        raw = base64.b64decode(encoded, validate=True)
    except binascii.Error as error:
        raise NoteError("a signature line is not base64") from error
    if dash != "\u2014" or not name or len(raw) <= 4:
        raise NoteError("a signature line is not well formed")
    return name, raw
