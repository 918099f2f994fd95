"""One pass of delivery: what happened is queued, what is due is sent, what fails waits longer each time."""

from __future__ import annotations

import importlib
import os
import random
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec

from afteraction.approvals.duty import quiet_until
from afteraction.approvals.escalation import sweep
from afteraction.casebook import Casebook, Event, Ticket, now_us, where
from afteraction.casebook.outbox import Message
from afteraction.records.settings import Settings
from afteraction.records.settings_channels import Channel
from console.channels.notice import NotTakenError, TryLaterError, notice

SECOND: Final = 1_000_000
#: How long a message is held by whoever sends it; the first wait after a failure, the longest, the last try.
LEASE: Final = 120 * SECOND
_FIRST: Final = 15.0
_LONGEST: Final = 3600.0
ATTEMPTS: Final = 12
_LEVELS: Final = ("none", "low", "medium", "high", "critical")


class Delivered(msgspec.Struct, frozen=True):
    """What one pass did."""

    queued: int = 0
    sent: int = 0
    failed: int = 0
    given_up: int = 0


def deliver(
    home: Path, settings: Settings, environ: Mapping[str, str] = os.environ, clock: Callable[[], int] = now_us
) -> Delivered:
    """Queue and send all that is due to the channels of the settings; no failure ends the pass.

    What the clock does to tickets (expiry, escalation) is done first.
    """
    book = Casebook.open(where(home, settings))
    sweep(book, settings, clock())
    at = clock()
    queued = book.fan_out({one.name: _wants(one, settings, at) for one in settings.channels}, at)
    channels = {one.name: one for one in settings.channels}
    counts = {"sent": 0, "failed": 0, "given_up": 0}
    while (message := book.claim(list(channels), clock(), clock() + LEASE)) is not None:
        counts[_sent(book, channels[message.channel], settings.desk.url, message, environ, clock)] += 1
    return Delivered(queued, **counts)


def _sent(  # noqa: PLR0917
    book: Casebook,
    channel: Channel,
    desk: str | None,
    message: Message,
    environ: Mapping[str, str],
    clock: Callable[[], int],
) -> str:
    """`sent`, `failed` or `given_up`."""
    try:
        module = importlib.import_module(f"console.channels.{channel.kind}")
        receipt = module.send(channel, _secret(channel, environ), notice(message, desk))
    except NotTakenError as error:
        book.failed(message.message_id, str(error), clock(), None)
        return "given_up"
    except TryLaterError as error:
        return _later(book, message, str(error), error.after, clock())
    except Exception as error:  # noqa: BLE001 - whatever a channel does, the others go on
        return _later(book, message, f"our own error: {type(error).__name__}", None, clock())
    book.settled(message.message_id, clock(), receipt)
    return "sent"


def _secret(channel: Channel, environ: Mapping[str, str]) -> str:
    secret = environ.get(channel.secret_env, "")
    if not secret:
        raise TryLaterError(f"found no {channel.secret_env} in the environment")
    return secret


def _later(book: Casebook, message: Message, said: str, after: float | None, at: int) -> str:
    if message.attempts >= ATTEMPTS:
        book.failed(message.message_id, said, at, None)
        return "given_up"
    backoff = min(_LONGEST, _FIRST * 2 ** (message.attempts - 1)) * random.uniform(0.5, 1.0)  # noqa: S311
    seconds = max(backoff, min(after or 0.0, 24 * _LONGEST))
    book.failed(message.message_id, said, at, at + int(seconds * SECOND))
    return "failed"


def _wants(channel: Channel, settings: Settings, at: int) -> Callable[[Event, Ticket], int | None]:
    """From when on the channel is told of an event, by its kind and its ticket's level and tenant.

    Random audits stay silent; within quiet hours what presses little waits for their end.
    """

    def wants(event: Event, ticket: Ticket) -> int | None:
        level = ticket.level if ticket.level in _LEVELS else "none"
        asked = (
            event.event in channel.events
            and _LEVELS.index(level or "none") >= _LEVELS.index(channel.least)
            and (not channel.tenants or ticket.tenant in channel.tenants)
            and ticket.propensity is None
        )
        return (quiet_until(ticket.level, settings, at) or at) if asked else None

    return wants


def undelivered(home: Path, settings: Settings) -> Sequence[tuple[str, str, int, str | None, bool]]:
    """(channel, ticket, attempts, last error, given up) of what no channel took yet."""
    return Casebook.open(where(home, settings)).undelivered()
