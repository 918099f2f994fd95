"""PagerDuty: an incident for a ticket that waits, resolved when it is decided (Events API v2)."""

from __future__ import annotations

import json
from typing import Any, Final

from afteraction.records.settings_channels import Channel
from console.channels.notice import Notice
from console.channels.post import post

_URL: Final = "https://events.pagerduty.com"
_SEVERITY: Final = {"critical": "critical", "high": "error", "medium": "warning"}


def send(channel: Channel, secret: str, notice: Notice) -> None:
    """Enqueue the event; `secret` is the integration's routing key."""
    url = (channel.server or _URL).rstrip("/") + "/v2/enqueue"
    post(url, json.dumps(event(notice, secret)).encode(), {"Content-Type": "application/json"})


def event(notice: Notice, key: str) -> dict[str, Any]:
    """The event: all versions of one concern are one incident."""
    found: dict[str, Any] = {
        "routing_key": key,
        "event_action": "trigger" if notice.open else "resolve",
        "dedup_key": f"afteraction/{notice.concern}"[:255],
        "payload": {
            "summary": f"{notice.headline}: {notice.title}"[:1024],
            "source": notice.agent or "afteraction",
            "severity": _SEVERITY.get(notice.level, "info"),
            "custom_details": dict(notice.facts()),
        },
    }
    if notice.link:
        found["links"] = [{"href": notice.link, "text": "The review desk"}]
    return found
