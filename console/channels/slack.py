"""Slack: a message when a ticket waits, changed in place when it is decided (Block Kit)."""

from __future__ import annotations

from typing import Any, Final

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

from afteraction.records.settings_channels import Channel
from console.channels.notice import Notice, NotTakenError, TryLaterError
from console.channels.post import wait

#: Errors that no other try changes (https://docs.slack.dev/reference/methods/chat.postMessage).
_FINAL: Final = frozenset(
    (
        *(
            "invalid_auth",
            "not_authed",
            "account_inactive",
            "token_revoked",
            "token_expired",
            "no_permission",
        ),
        *("missing_scope", "channel_not_found", "not_in_channel", "is_archived", "restricted_action"),
        *("msg_too_long", "invalid_blocks", "invalid_arguments", "no_text"),
    )
)
_SECONDS: Final = 15
_HEADER, _TEXT = 150, 3000


def send(channel: Channel, secret: str, notice: Notice) -> str | None:
    """Post the message, or change it when the ticket is decided; returns its channel and time stamp."""
    options = {"base_url": channel.server} if channel.server else {}
    client = WebClient(token=secret, timeout=_SECONDS, **options)  # type: ignore[arg-type]
    told: dict[str, Any] = {"text": notice.headline[:_TEXT], "blocks": blocks(notice)}
    try:
        if notice.receipt and " " in notice.receipt and not notice.open:
            room, stamp = notice.receipt.split(" ", 1)
            answer = client.chat_update(channel=room, ts=stamp, **told)
        else:
            answer = client.chat_postMessage(
                channel=channel.to, unfurl_links=False, unfurl_media=False, parse="none", **told
            )
    except SlackApiError as error:
        raise _said(error) from None
    except (SlackClientError, OSError) as error:
        raise TryLaterError(f"it could not be reached: {type(error).__name__}") from None
    return f"{answer['channel']} {answer['ts']}"


def blocks(notice: Notice) -> list[dict[str, Any]]:
    """The message in Block Kit; what an agent may have written is `plain_text`, which Slack does not read."""
    lines = "\n".join(f"{name}: {value}" for name, value in notice.facts())
    found: list[dict[str, Any]] = [
        {"type": "header", "text": _plain(notice.headline[:_HEADER])},
        {"type": "section", "text": _plain(lines[:_TEXT] or " ")},
    ]
    if notice.link:
        button = {
            "type": "button",
            "action_id": "open_desk",
            "text": _plain("Review on the desk" if notice.open else "See it on the desk"),
            "url": notice.link,
        }
        found.append({"type": "actions", "elements": [button]})
    return found


def _plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text, "emoji": False}


def _said(error: SlackApiError) -> Exception:
    answer = error.response
    word = str(answer.get("error", "no reason"))[:80]
    if answer.status_code == 429 or word == "ratelimited":
        return TryLaterError("it has too much to do", wait(answer.headers))
    if word in _FINAL:
        return NotTakenError(f"it said {word}")
    return TryLaterError(f"it said {word}")
