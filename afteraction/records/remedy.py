"""Remedies: what is done about an action that was denied after it ran. One table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, get_args

Remedy = Literal["revoke", "rotate", "notify", "rollback", "other"]
REMEDIES: Final[tuple[Remedy, ...]] = get_args(Remedy)
#: What each of them means to a reader.
MEANING: Final[Mapping[Remedy, str]] = {
    "revoke": "take back the access, share or session that it got or gave",
    "rotate": "replace the secret that was seen",
    "notify": "tell those whose data it was, and who has to know by law",
    "rollback": "undo what it changed",
    "other": "whatever else, in words",
}
