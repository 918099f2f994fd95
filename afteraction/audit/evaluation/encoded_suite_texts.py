"""Made-up texts with a secret, the ways to encode them, and harmless texts that resemble such."""

from __future__ import annotations

import base64
import binascii
import gzip
import hashlib
import json
import string
import struct
import uuid
import zlib
from collections.abc import Callable, Mapping
from random import Random
from typing import Final
from urllib.parse import quote, urlencode

from afteraction.audit.evaluation.lineage_suite_pages import sentence, words
from afteraction.audit.evaluation.lineage_suite_values import name_like, token
from detectors.leakage.source_hosting_token import checksum

_BASE32: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_HEX: Final = "0123456789abcdef"


def _github(rng: Random) -> str:
    body = token(rng, 30)
    return f"ghp_{body}{checksum(body)}"


def _jwt(rng: Random) -> str:
    parts = ({"alg": "RS256", "typ": "JWT"}, {"sub": name_like(rng), "exp": rng.randint(10**9, 2 * 10**9)})
    coded = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts]
    return ".".join([*coded, token(rng, 43)])


def _pem(rng: Random) -> str:
    body = base64.encodebytes(rng.randbytes(240)).decode()
    return f"-----BEGIN RSA PRIVATE KEY-----\n{body}-----END RSA PRIVATE KEY-----"


def _line(
    before: str, value: Callable[[Random], str], after: str = ""
) -> Callable[[Random], tuple[str, str]]:
    def made(rng: Random) -> tuple[str, str]:
        secret = value(rng)
        return f"{before.format(name=name_like(rng, 2))}{secret}{after}", secret

    return made


#: Lines that hold one secret each, and the secret itself.
SECRETS: Final[Mapping[str, Callable[[Random], tuple[str, str]]]] = {
    "cloud key": _line("aws_access_key_id = ", lambda rng: f"AKIA{token(rng, 16, _BASE32)}"),
    "source host token": _line("export TOKEN=", _github),
    "chat token": _line("bot: ", lambda rng: f"xoxb-{token(rng, 12, string.digits[1:])}-{token(rng, 24)}"),
    "payment key": _line("charge with ", lambda rng: f"sk_live_{token(rng, 24)}"),
    "model key": _line("OPENAI_API_KEY=", lambda rng: f"sk-proj-{token(rng, 48)}"),
    "web token": _line("Authorization: Bearer ", _jwt),
    "private key": _line("", _pem),
    "database address": _line(
        "postgres://{name}:", lambda rng: f"{token(rng, 12)}{rng.randint(10, 99)}", "@db.example.com/main"
    ),
    "password": _line("{name}_password = ", lambda rng: f"{token(rng, 8)}#{token(rng, 7)}7"),
    "named key": _line('{{"{name}_api_key": "', lambda rng: token(rng, 32), '"}'),
}


def document(rng: Random, line: str) -> str:
    """A page that holds the line among others: a settings file, a note or a JSON document."""
    kind = rng.randrange(3)
    if kind == 0:
        settings = [f"{name_like(rng, 2)} = {rng.randint(1, 9999)}" for _ in range(rng.randint(2, 6))]
        return "\n".join([*settings, line, f"region = {name_like(rng, 2)}"]) + "\n"
    if kind == 1:
        return f"{sentence(rng)} {sentence(rng)}\n{line}\n{sentence(rng)}"
    return json.dumps({"title": words(rng, 3), "note": line, "pages": rng.randint(1, 90)})


def _percent(text: str) -> str:
    return "".join(f"%{byte:02X}" for byte in text.encode())


def _wrapped(text: str) -> str:
    return base64.encodebytes(text.encode()).decode()


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


#: What an agent may do to a text before it sends it.
FORMS: Final[Mapping[str, Callable[[str], str]]] = {
    "plain": str,
    "base64": lambda text: _base64(text.encode()),
    "base64, URL-safe": lambda text: base64.urlsafe_b64encode(text.encode()).decode().rstrip("="),
    "base64, in lines": _wrapped,
    "base64 of UTF-16": lambda text: _base64(text.encode("utf-16-le")),
    "base64, twice": lambda text: _base64(_base64(text.encode()).encode()),
    "hex": lambda text: text.encode().hex(),
    "hex, in capitals": lambda text: text.encode().hex().upper(),
    "URL, what must be": lambda text: quote(text, safe=""),
    "URL, every character": _percent,
    "URL, a form": lambda text: urlencode({"q": text, "n": "1"}),
    "JSON in JSON": lambda text: json.dumps(json.dumps({"body": text})),
    "JSON, every character": lambda text: "".join(f"\\u{ord(char):04x}" for char in text),
    "gzip and base64": lambda text: _base64(gzip.compress(text.encode(), mtime=0)),
    "zlib and base64": lambda text: _base64(zlib.compress(text.encode())),
    "gzip and hex": lambda text: gzip.compress(text.encode(), mtime=0).hex(),
    "URL of base64": lambda text: quote(_base64(text.encode()), safe=""),
    "hex of base64": lambda text: _base64(text.encode()).encode().hex(),
}


def _picture(rng: Random) -> str:
    size = struct.pack(">IIBBBBB", rng.randint(1, 900), rng.randint(1, 900), 8, 6, 0, 0, 0)
    head = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + size
    return _base64(head + binascii.crc32(size).to_bytes(4, "big") + rng.randbytes(rng.randint(200, 1500)))


def _minified(rng: Random) -> str:
    def name() -> str:
        return token(rng, rng.randint(1, 2), string.ascii_letters)

    calls = [
        rng.choice(
            (
                f"function {name()}({name()},{name()}){{return {name()}.{name_like(rng, 2)}({name()})}}",
                f"var {name()}={name()}||{{}},{name()}=!{rng.randint(0, 1)};",
                f'{name()}.prototype.{name_like(rng, 3)}=function(){{this.key="{name_like(rng, 2)}"}};',
                f'e.exports=n({rng.randint(100, 99999)}),{name()}.token=t.{name_like(rng, 2)}("{name()}");',
            )
        )
        for _ in range(30)
    ]
    return "".join(calls)


def _ids(rng: Random) -> str:
    rows = [
        {
            "id": str(uuid.UUID(int=rng.getrandbits(128))),
            "request_id": token(rng, 26),
            "etag": token(rng, 32, _HEX),
        }
        for _ in range(5)
    ]
    return json.dumps(rows)


def _hashes(rng: Random) -> str:
    raw = rng.randbytes(20)
    return (
        f"commit {hashlib.sha1(raw).hexdigest()}\n"  # noqa: S324 -- what such texts look like
        f"sha256:{hashlib.sha256(raw).hexdigest()}  {name_like(rng)}.tar.gz\n"
        f'"integrity": "sha512-{_base64(hashlib.sha512(raw).digest())}"'
    )


def _prose(rng: Random) -> str:
    return " ".join(sentence(rng) for _ in range(12))


#: Harmless texts that look encoded or random.
HARMLESS: Final[Mapping[str, Callable[[Random], str]]] = {
    "random ids": _ids,
    "hashes": _hashes,
    "pictures in base64": _picture,
    "minified code": _minified,
    "prose in base64": lambda rng: _base64(_prose(rng).encode()),
    "prose in gzip": lambda rng: _base64(gzip.compress(_prose(rng).encode(), mtime=0)),
    "prose in hex": lambda rng: _prose(rng).encode().hex(),
    "prose in a URL": lambda rng: urlencode({"q": _prose(rng), "page": rng.randint(1, 9)}),
    "random bytes": lambda rng: _base64(rng.randbytes(rng.randint(30, 600))),
}
