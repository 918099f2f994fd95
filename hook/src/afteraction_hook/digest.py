"""SHA-256 from the interpreter's own module where there is one: loading OpenSSL costs milliseconds."""

from __future__ import annotations

try:
    from _sha2 import sha256  # type: ignore[import-not-found,unused-ignore]
except ImportError:
    try:
        from _sha256 import sha256  # type: ignore[import-not-found,unused-ignore]
    except ImportError:
        from hashlib import sha256


def sha256_hex(raw: bytes) -> str:
    """The SHA-256 of `raw` in lower-case hexadecimal."""
    return str(sha256(raw).hexdigest())
