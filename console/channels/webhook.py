"""Any program: a signed JSON message by POST."""

from __future__ import annotations

import hashlib
import hmac
import time

import msgspec

from afteraction.records.settings_channels import Channel
from console.channels.notice import Notice
from console.channels.post import post


def send(channel: Channel, secret: str, notice: Notice) -> None:
    """Post the notice; the receiver checks the signature over `TIME.BODY`, and the time against its clock."""
    body = msgspec.json.encode(notice)
    stamp = str(int(time.time()))
    post(
        channel.to,
        body,
        {
            "Content-Type": "application/json",
            "X-Afteraction-Message": str(notice.message_id),
            "X-Afteraction-Timestamp": stamp,
            "X-Afteraction-Signature": "v1=" + signature(secret, stamp, body),
        },
    )


def signature(secret: str, stamp: str, body: bytes) -> str:
    """HMAC-SHA256 (RFC 2104), in hex, of the time stamp, a dot and the body."""
    return hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
