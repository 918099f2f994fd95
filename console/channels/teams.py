"""Teams: an Adaptive Card through a Workflows webhook, with a link to the desk."""

from __future__ import annotations

import json
from typing import Any, Final

from afteraction.records.settings_channels import Channel
from console.channels.notice import Notice
from console.channels.post import post

_CARD: Final = "application/vnd.microsoft.card.adaptive"
_SCHEMA: Final = "http://adaptivecards.io/schemas/adaptive-card.json"


def send(_channel: Channel, secret: str, notice: Notice) -> None:
    """Post the card to the workflow's URL, which is the secret."""
    body = json.dumps(message(notice)).encode()
    post(secret, body, {"Content-Type": "application/json"})


def message(notice: Notice) -> dict[str, Any]:
    """The card. `RichTextBlock` shows text as it is; `TextBlock` would read Markdown in it."""
    body = [_line(notice.headline, bold=True)]
    body += [_line(f"{name}: {value}") for name, value in notice.facts()]
    card: dict[str, Any] = {"type": "AdaptiveCard", "$schema": _SCHEMA, "version": "1.4", "body": body}
    if notice.link:
        title = "Review on the desk" if notice.open else "See it on the desk"
        card["actions"] = [{"type": "Action.OpenUrl", "title": title, "url": notice.link}]
    return {
        "type": "message",
        "attachments": [{"contentType": _CARD, "contentUrl": None, "content": card}],
    }


def _line(text: str, *, bold: bool = False) -> dict[str, Any]:
    run = {"type": "TextRun", "text": text}
    return {"type": "RichTextBlock", "inlines": [{**run, "weight": "Bolder"} if bold else run]}
