"""Mail: plain text by SMTP."""

from __future__ import annotations

import smtplib
import ssl
from email.message import EmailMessage
from email.utils import make_msgid
from urllib.parse import urlsplit

from afteraction.records.settings_channels import Channel
from console.channels.notice import Notice, NotTakenError, TryLaterError

_SECONDS = 20


def send(channel: Channel, secret: str, notice: Notice) -> None:
    """Hand the mail to the server; `secret` is `user:password`, or `-` for a server that asks for none."""
    place = urlsplit(channel.server)
    if place.scheme not in {"smtp", "smtp+starttls", "smtps"} or not place.hostname:
        raise NotTakenError("its server is not smtp://, smtp+starttls:// or smtps:// and a host")
    try:
        with _opened(place.scheme, place.hostname, place.port) as server:
            user, _, password = secret.partition(":")
            if password:
                server.login(user, password)
            server.send_message(mail(channel, notice))
    except (
        smtplib.SMTPAuthenticationError,
        smtplib.SMTPRecipientsRefused,
        smtplib.SMTPSenderRefused,
    ) as error:
        raise NotTakenError(f"it refused: {type(error).__name__}") from None
    except smtplib.SMTPResponseException as error:
        kind = NotTakenError if 500 <= error.smtp_code < 600 else TryLaterError
        raise kind(f"it answered {error.smtp_code}") from None
    except (OSError, smtplib.SMTPException) as error:
        raise TryLaterError(f"it could not be reached: {type(error).__name__}") from None


def _opened(scheme: str, host: str, port: int | None) -> smtplib.SMTP:
    if scheme == "smtps":
        return smtplib.SMTP_SSL(host, port or 465, timeout=_SECONDS, context=ssl.create_default_context())
    server = smtplib.SMTP(host, port or (587 if scheme == "smtp+starttls" else 25), timeout=_SECONDS)
    if scheme == "smtp+starttls":
        server.starttls(context=ssl.create_default_context())
    return server


def mail(channel: Channel, notice: Notice) -> EmailMessage:
    """The mail; texts of a notice have no line breaks, so that no header can be added."""
    found = EmailMessage()
    found["From"], found["To"] = channel.sender, channel.to
    found["Subject"] = f"[afteraction] {notice.headline} ({notice.level})"
    found["Message-ID"] = make_msgid(f"outbox-{notice.message_id}", "afteraction.invalid")
    found["Auto-Submitted"] = "auto-generated"
    lines = [f"{notice.headline}.", "", *(f"{name}: {value}" for name, value in notice.facts())]
    found.set_content("\n".join([*lines, "", notice.link or ""]).rstrip() + "\n")
    return found
