"""Finds tokens and webhooks of messaging services: Slack, Discord, Telegram, Teams, SendGrid."""

from __future__ import annotations

from functools import partial
from typing import Final

import polars as pl

from afteraction.records.session_batch import SessionBatch
from detectors.detector import Detector, Pattern
from detectors.examples import reads, sends
from detectors.exposure import exposed
from detectors.lookalikes import entropy, is_placeholder, is_real


def _is_discord(value: str, _context: str) -> bool:
    return entropy(value) > 4 and any(c.isdigit() for c in value) and not is_placeholder(value)


#: Slack's shapes: bot, user, legacy, workspace, configuration and refresh tokens.
_SLACK_SHAPES: Final = (
    r"xoxb-\d{8,14}-(?:\d{8,14}-?)?[A-Za-z0-9-]{16,40}|xox[pe](?:-\d{10,13}){3}-[A-Za-z0-9-]{28,34}|"
    r"xox[ar]-(?:\d-)?[0-9A-Za-z]{8,48}|xox[os]-\d+-\d+-\d+-[a-fA-F\d]+|"
    r"xoxe\.xox[bp]-\d-[A-Za-z0-9]{120,200}|xoxe-\d-[A-Za-z0-9]{100,200}|"
    r"xoxb-[0-9A-F]{6,14}-[0-9A-Fa-f]{8,14}-[0-9A-Za-z]{24,40}"
)
_token = partial(Pattern, sensitivity="secret", group=1, accept=is_real)
_webhook = partial(Pattern, sensitivity="secret", group=1, accept=is_real, label="CHAT_WEBHOOK")

PATTERNS: Final = (
    _token("slack_token", rf"\b({_SLACK_SHAPES})(?:[^\w-]|$)", "SLACK_TOKEN",
           trigger=r"\bxox[abeoprs][.-][A-Za-z0-9-]{10}", reach=320),
    _token("slack_app_token", r"(?i)\b(xapp-\d-[A-Z0-9]+-\d+-[a-z0-9]+)\b", "SLACK_TOKEN",
           trigger=r"(?i)\bxapp-\d-[A-Z0-9]{3}", reach=256),
    _webhook("slack_webhook", r"(hooks\.slack\.com/(?:services|workflows|triggers)/[A-Za-z0-9+/]{40,60})",
             trigger=r"hooks\.slack\.com/[a-z]{8,9}/[A-Za-z0-9+/]{40}", reach=128),
    _webhook("discord_webhook", r"(discord(?:app)?\.com/api/webhooks/\d{17,20}/[\w-]{60,72})",
             trigger=r"discord(?:app)?\.com/api/webhooks/\d{17}", reach=160),
    _webhook("teams_webhook", r"([\w-]+\.webhook\.office\.com/webhookb2/[\w@/-]{60,260})",
             trigger=r"\.webhook\.office\.com/webhookb2/", reach=320),
    _webhook("outlook_webhook",
             r"(outlook\.office(?:365)?\.com/webhook/[\w@-]{36,80}/IncomingWebhook/[\w/-]{32,80})",
             trigger=r"outlook\.office(?:365)?\.com/webhook/", reach=256),
    _webhook("zapier_hook", r"(hooks\.zapier\.com/hooks/catch/[\w/-]{8,60})", reach=128),
    _token("discord_bot_token", r"\b([MNO][A-Za-z\d_-]{23,27}\.[\w-]{6}\.[\w-]{27,38})(?:[^\w-]|$)",
           "DISCORD_TOKEN", accept=_is_discord),
    _token("telegram_bot_token", r"\b(\d{8,10}:AA[\w-]{33})(?:[^\w-]|$)", "TELEGRAM_TOKEN"),
    _token("telegram_named_token",
           r"(?i:telegram|tgram)[\s\w\"':=/.-]{0,24}?\b(\d{8,10}:[\w-]{35})(?:[^\w-]|$)", "TELEGRAM_TOKEN",
           trigger=r"(?i:telegram|tgram)[\s\w\"':=/.-]{0,24}?\b\d{8,10}:[\w-]{8}", reach=160),
    _token("sendgrid_key", r"\b(SG\.[\w-]{20,24}\.[\w-]{39,50})(?:[^\w-]|$)", "SENDGRID_KEY"),
    _token("mailchimp_key", r"\b([0-9a-f]{32}-us\d{1,2})\b", "MAILCHIMP_KEY"),
    _token("mailgun_key", r"\b(key-[0-9a-f]{32})\b", "MAILGUN_KEY"),
    _token("twilio_key", r"\b(SK[0-9a-f]{32})\b", "TWILIO_KEY"),
)  # fmt: skip


def find(batch: SessionBatch) -> pl.DataFrame:
    """Messaging tokens in arguments and results."""
    return exposed(batch, DETECTOR.id, "Messaging token")


_SLACK = "xo" + "xb-2847361950283-4917362850192-Kq8Vw2Zt4Xn6Lb9Hs3Jd5Mf1"

DETECTOR: Final = Detector(
    id="chat_token",
    summary="A token or webhook of a messaging service stands in what an agent sent or read.",
    severity="critical",
    misses="Session cookies of chat services; tokens of self-hosted servers.",
    standards=("OWASP-ASI03", "ATLAS-AML.T0055"),
    find=find,
    patterns=PATTERNS,
    firing=(
        sends("bot token posted outside", f"token={_SLACK}"),
        reads("bot token in a file", "BOT=81" + "72635490:AAHq8Vw2Zt4Xn6Lb9Hs3Jd5Mf1Pc0Yb7Re2"),
    ),
    silent=(
        reads("documentation", "Slack bot tokens start with xoxb- and user tokens with xoxp-."),
        reads("a placeholder", "SLACK_TOKEN=xoxb-xxxxxxxxxxxx-xxxxxxxxxxxx"),
    ),
)
