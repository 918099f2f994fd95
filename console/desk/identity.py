"""Who sits at the desk: one person on this machine, or whom an authenticating proxy names."""

from __future__ import annotations

import hmac
import os
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Final

from starlette.requests import Request

from afteraction.records.settings import Desk

#: The header in which a proxy proves that it is ours; the account header is believed with it only.
PROOF: Final = "x-afteraction-proxy-secret"
_LEAST: Final = 16


class DeskError(RuntimeError):
    """The desk cannot be opened this way; the message says what was found and what to do."""


@dataclass(frozen=True)
class Sitter:
    """The account that decides; `account` is empty where nobody was named (then nothing can be decided)."""

    account: str
    local: bool


@dataclass(frozen=True)
class Door:
    """How people come in. With `header` (and `secret`) an authenticating proxy names them; else `account`,
    one person, on loopback only.
    """

    account: str = ""
    header: str | None = None
    secret: str = field(default="", repr=False)

    @classmethod
    def of(cls, desk: Desk, host: str, account: str) -> Door:
        """The door that the settings describe; raises `DeskError` for one that would let anybody in."""
        if desk.identity_header is None:
            if not is_loopback(host):
                raise DeskError(
                    f"found address {host}: without sign-in the desk listens on 127.0.0.1 only; "
                    "set [desk] identity_header (docs/desk.md) to put it behind an authenticating proxy"
                )
            return cls(account=account)
        secret = os.environ.get(desk.proxy_secret_env, "")
        if len(secret) < _LEAST:
            raise DeskError(
                f"found no {desk.proxy_secret_env} of {_LEAST} characters or more: "
                "the proxy proves itself with it"
            )
        return cls(header=desk.identity_header.lower(), secret=secret)

    def sitter(self, request: Request) -> Sitter | None:
        """Who asks; None for somebody who did not come through the proxy."""
        if self.header is None:
            return Sitter(self.account, local=True)
        proofs, names = request.headers.getlist(PROOF), request.headers.getlist(self.header)
        if len(proofs) != 1 or len(names) != 1 or not names[0].strip():
            return None
        if not hmac.compare_digest(proofs[0].encode(), self.secret.encode()):
            return None
        return Sitter(names[0].strip(), local=False)


def is_loopback(host: str) -> bool:
    """Whether an address reaches this machine only."""
    if host == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
