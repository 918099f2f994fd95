"""Where people are told of tickets: chat rooms, mail, pagers, other programs."""

from __future__ import annotations

import re
from typing import Literal

import msgspec

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
Level = Literal["none", "low", "medium", "high", "critical"]
Kind = Literal["slack", "teams", "webhook", "mail", "pagerduty"]
#: What channels are told of unless they name it: a ticket's beginning and end, and what presses.
TOLD = ("opened", "reopened", "escalated", "approved", "denied", "expired", "broke_glass")


class Channel(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A place where people are told of tickets. Nothing is decided there: messages link to the desk."""

    name: str
    """Its name in tables: letters, digits, `.`, `_` and `-`."""
    kind: Kind
    """What it is."""
    secret_env: str
    """The environment variable with its token, webhook URL, signing secret, `user:password` or key."""
    to: str = ""
    """Slack: the channel's id; webhook: the URL; mail: the recipients, parted by commas."""
    sender: str = ""
    """Mail: who it comes from."""
    server: str = ""
    """Mail: `smtp://`, `smtp+starttls://` or `smtps://` and the host; Slack, PagerDuty: another base URL."""
    least: Level = "medium"
    """The least level of tickets that it is told of."""
    tenants: tuple[str, ...] = ()
    """Tenants whose tickets it is told of; left out: all."""
    events: tuple[str, ...] = TOLD
    """What it is told of (docs/tickets.md)."""

    def __post_init__(self) -> None:
        """Refuse a channel that nothing can be sent to."""
        if not _NAME.fullmatch(self.name):
            raise ValueError(f"channel: found name {self.name[:80]!r}, expected up to 64 letters and digits")
        needed = {"slack": ("to",), "webhook": ("to",), "mail": ("to", "sender", "server")}.get(self.kind, ())
        if lost := [name for name in needed if not getattr(self, name)]:
            raise ValueError(f"channel {self.name}: {self.kind} needs {', '.join(lost)}")
