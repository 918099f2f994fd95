"""Keys and sealed originals: AES-256-GCM with one wrapped key per tenant (envelope encryption)."""

from __future__ import annotations

import base64
import hashlib
import os
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from afteraction.lake.durable import exclusive, write_durably

_NONCE: Final = 12
MASTER_VARIABLE: Final = "AFTERACTION_MASTER_KEY"


class VaultError(RuntimeError):
    """A key is missing, malformed or not the one that sealed the data; never holds key material."""


class Vault:
    """The keys of one home folder.

    The master key comes from `$AFTERACTION_MASTER_KEY` (base64 of 32 bytes) or `keys/master.key`
    (made on first use, mode 0600). It wraps one random key per tenant; what that key seals and
    fingerprints is derived from it (HKDF, RFC 5869). Deleting a tenant's wrapped key makes its
    originals unreadable and its fingerprints unlinkable.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._tenant_keys: dict[str, bytes] = {}
        self._ciphers: dict[str, AESGCM] = {}

    def seal(self, tenant: str, name: str, content: bytes) -> bytes:
        """Encrypt `content`, bound to `name` (associated data): nonce, ciphertext and tag."""
        nonce = os.urandom(_NONCE)
        return nonce + self._cipher(tenant).encrypt(nonce, content, name.encode())

    def open(self, tenant: str, name: str, sealed: bytes) -> bytes:
        """Decrypt what `seal` made; raises `VaultError` if the key or the name is another."""
        try:
            return self._cipher(tenant).decrypt(sealed[:_NONCE], sealed[_NONCE:], name.encode())
        except InvalidTag as error:
            msg = f"cannot open original {name}: sealed with another key, or changed; restore keys/"
            raise VaultError(msg) from error

    def fingerprint_key(self, tenant: str) -> bytes:
        """The tenant's 32-byte key for value fingerprints."""
        return self._derive(tenant, b"afteraction fingerprint")

    def _cipher(self, tenant: str) -> AESGCM:
        if tenant not in self._ciphers:
            self._ciphers[tenant] = AESGCM(self._derive(tenant, b"afteraction originals"))
        return self._ciphers[tenant]

    def _derive(self, tenant: str, use: bytes) -> bytes:
        return HKDF(algorithm=SHA256(), length=32, salt=None, info=use).derive(self._tenant_key(tenant))

    def _tenant_key(self, tenant: str) -> bytes:
        if tenant not in self._tenant_keys:
            self._tenant_keys[tenant] = self._load_or_make(tenant)
        return self._tenant_keys[tenant]

    def _load_or_make(self, tenant: str) -> bytes:
        """Processes that meet a new tenant at once must agree on one key."""
        name = hashlib.sha256(tenant.encode("utf-8", "surrogatepass")).hexdigest()[:32]
        file = self._directory / "tenants" / f"{name}.key"
        master = AESGCM(self._master())
        if not file.exists():
            with exclusive(file.parent):
                if not file.exists():
                    key, nonce = os.urandom(32), os.urandom(_NONCE)
                    wrapped = nonce + master.encrypt(nonce, key, name.encode())
                    write_durably(file, wrapped, mode=0o600)
        wrapped = file.read_bytes()
        try:
            return master.decrypt(wrapped[:_NONCE], wrapped[_NONCE:], name.encode())
        except (InvalidTag, ValueError) as error:
            msg = f"{file}: the master key does not open it; check {MASTER_VARIABLE} or keys/master.key"
            raise VaultError(msg) from error

    def _master(self) -> bytes:
        given = os.environ.get(MASTER_VARIABLE)
        if given:
            return _checked(base64.b64decode(given), MASTER_VARIABLE)
        file = self._directory / "master.key"
        if not file.exists():
            self._directory.mkdir(parents=True, exist_ok=True, mode=0o700)
            with exclusive(self._directory):
                if not file.exists():
                    write_durably(file, base64.b64encode(os.urandom(32)), mode=0o600)
        return _checked(base64.b64decode(file.read_bytes()), str(file))


def _checked(key: bytes, source: str) -> bytes:
    if len(key) != 32:
        msg = f"{source}: found a key of {len(key)} bytes, expected the base64 text of 32"
        raise VaultError(msg)
    return key
