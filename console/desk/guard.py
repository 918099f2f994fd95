"""What every request must bring and every answer carries: host, origin, form token, strict headers."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import parse_qs, urlsplit

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from console.desk.identity import is_loopback

COOKIE: Final = "afteraction-desk"
#: A form holds a reason of at most 4,000 characters, each of up to twelve characters when encoded.
MOST_FORM: Final = 64 * 1024
_MOST_FIELDS: Final = 20
#: Without any referrer, browsers send forms with the origin `null`.
HEADERS: Final = {
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
    "cache-control": "no-store",
}


class FormError(ValueError):
    """A form that is not ours or no longer good; the message says what to do."""


@dataclass(frozen=True)
class Forms:
    """Tokens that tie a form to a browser and an account; made anew whenever the desk starts."""

    key: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)

    def token(self, session: str, account: str) -> str:
        """What a form of this browser and account must hold (double submit, signed: OWASP's CSRF sheet)."""
        return hmac.new(self.key, f"{session}\n{account}".encode(), "sha256").hexdigest()

    async def read(self, request: Request, account: str) -> dict[str, str]:
        """The fields of a form that this desk gave to this browser; raises `FormError`."""
        host, origin = request.headers.get("host", ""), request.headers.get("origin")
        if origin is not None and urlsplit(origin).netloc != host:
            raise FormError("this form was sent from another site; open the ticket here and decide again")
        if request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
            raise FormError("this form was sent from another site; open the ticket here and decide again")
        fields = await _fields(request)
        session = request.cookies.get(COOKIE, "")
        given = fields.get("token", "").encode()
        if not session or not hmac.compare_digest(given, self.token(session, account).encode()):
            raise FormError("this form is no longer good (the desk was started again); decide once more")
        return fields


async def _fields(request: Request) -> dict[str, str]:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise FormError(
            f"found content type {kind[:80] or 'none'}, expected application/x-www-form-urlencoded"
        )
    raw = b""
    async for part in request.stream():
        raw += part
        if len(raw) > MOST_FORM:
            raise FormError(f"found a form of more than {MOST_FORM:,} bytes; shorten the reason")
    try:
        found = parse_qs(raw.decode("ascii"), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError as error:
        raise FormError("the form could not be read; decide again") from error
    if any(len(values) > 1 for values in found.values()):
        raise FormError("found a field twice, expected it once; decide again")
    return {name: values[0] for name, values in found.items()}


class Guard:
    """Refuses requests for another host and puts the strict headers on every answer (ASGI middleware)."""

    def __init__(self, app: ASGIApp, hosts: Collection[str] = ()) -> None:
        self._app, self._hosts = app, frozenset(host.lower() for host in hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def sealed(message: Message) -> None:
            if message["type"] == "http.response.start":
                present = {name for name, _ in message["headers"]}
                more = [(name.encode(), value.encode()) for name, value in HEADERS.items()]
                message["headers"] = [*message["headers"], *(one for one in more if one[0] not in present)]
            await send(message)

        if self._known(Request(scope).headers.get("host", "")):
            await self._app(scope, receive, sealed)
        else:
            refused = Response("This desk is not reached under that name; see [desk] hosts.", 421)
            await refused(scope, receive, sealed)

    def _known(self, host: str) -> bool:
        """A name that rebinding DNS could not have chosen: loopback, or one that the owner listed."""
        name = (urlsplit(f"//{host}").hostname or "").lower()
        return is_loopback(name) or name in self._hosts
