"""Where a call points: hosts and addresses among its arguments, and their class by the bundle's lists."""

from __future__ import annotations

from afteraction_hook.lexicon import argument_words

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

#: Words of an argument's name whose value says who or where something goes to, whatever the operation.
GOES_TO = frozenset(
    (
        *(
            "to",
            "cc",
            "bcc",
            "recipient",
            "recipients",
            "receiver",
            "payee",
            "beneficiary",
            "invitee",
            "invitees",
        ),
        *(
            "attendee",
            "attendees",
            "participant",
            "participants",
            "webhook",
            "endpoint",
            "destination",
            "dest",
        ),
        *("url", "uri", "link", "href", "host", "hostname", "domain", "remote", "bucket", "collaborators"),
    )
)
#: Words that do so only where the call carries something outwards.
MAY_GO_TO = frozenset(
    (
        *("email", "emails", "mail", "user", "users", "member", "members", "account", "repo", "repository"),
        *("channel", "channels", "server", "owner", "contact", "target", "address", "addresses", "assignee"),
    )
)
COMMANDS = frozenset(("command", "cmd", "commands", "script", "bash", "shell"))
#: Words of a payload's name: what is named inside it is no destination.
PAYLOAD = frozenset(
    (
        *("body", "content", "contents", "text", "message", "msg", "description", "subject", "title", "data"),
        *("html", "markdown", "code", "notes", "note", "comment", "summary", "payload", "caption", "sql"),
    )
)
#: Operations that carry something outwards or change who may.
OUTGOING = frozenset(("write", "send", "execute", "pay", "grant"))
#: From harmless to telling; the last of several classes in this order is the call's.
RANK = ("none", "local", "internal", "partner", "unknown", "public")
_HOME_NAMES = (
    ".local",
    ".internal",
    ".lan",
    ".corp",
    ".home.arpa",
    ".localhost",
    ".intranet",
    ".private",
    ".svc",
)
_STOP = frozenset(" \t\r\n\"'`<>()[]{}|\\^,;")
_LONG = 4000


def places_in(name: str, value: str, *, outgoing: bool) -> list[tuple[str, str]]:
    """(place, host) pairs that one argument value points to; `name` is the argument's own name.

    The place of an e-mail is the whole address, that of a URL its host.
    """
    words = argument_words(name)
    if not words.isdisjoint(COMMANDS):
        return _urls(value[:_LONG]) + _addresses(value[:_LONG])
    named = not words.isdisjoint(GOES_TO)
    if not named and not words.isdisjoint(PAYLOAD):
        return []
    named = named or (outgoing and not words.isdisjoint(MAY_GO_TO))
    start = value.find("://", 0, _LONG)
    if start >= 0 and (named or value[:start].isalnum()):
        return _urls(value[:_LONG])
    if len(value) > 2048 or not (named or (outgoing and " " not in value)):
        return []
    found = _addresses(value)
    if found or not named or "." not in value or any(char in _STOP or char == "/" for char in value):
        return found
    host = _clean(value.partition(":")[0])
    return [(host, host)]


def classify(place: str, host: str, lists: Mapping[str, frozenset[str]]) -> str:
    """The class of one place: the owner's lists first, then the own network, then paste sites."""
    names = [place, *parents(host)]
    for kind in ("public", "partner", "internal"):
        listed = lists.get(kind)
        if listed and not listed.isdisjoint(names):
            return kind
    if is_private(host) or ("." not in host and ":" not in host) or host.endswith(_HOME_NAMES):
        return "internal"
    listed = lists.get("paste")
    return "public" if listed and not listed.isdisjoint(names) else "unknown"


def worst(classes: list[str]) -> str:
    """The most telling of several classes; `none` where there is none."""
    return max(classes, key=RANK.index, default="none")


def parents(host: str) -> list[str]:
    """The host and every domain above it, at most ten of them."""
    labels = host.split(".")
    above = range(max(1, len(labels) - 9), len(labels))
    return [host, *(".".join(labels[start:]) for start in above)]


def is_raw_ip(host: str) -> bool:
    """Whether the host is an IP address (or a number that resolvers take for one) and no name."""
    return _octets(host) is not None or ":" in host or host.isdecimal() or host.startswith("0x")


def is_private(host: str) -> bool:
    """Whether the host is a loopback, link-local or private-use address (RFC 1918, 6598, 4193)."""
    if ":" in host:
        return host in {"::1", "::"} or host.startswith(("fe80:", "fc", "fd"))
    ip = _octets(host)
    if ip is None:
        return False
    first, second = ip[:2]
    if first in {10, 127} or (first, second) in {(192, 168), (169, 254)}:
        return True
    return (first == 172 and 16 <= second < 32) or (first == 100 and 64 <= second < 128)


def _octets(host: str) -> list[int] | None:
    parts = host.split(".")
    if len(parts) != 4 or not all(part.isdecimal() and part.isascii() and len(part) <= 3 for part in parts):
        return None
    numbers = [int(part) for part in parts]
    return numbers if max(numbers) < 256 else None


def _urls(value: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    at = value.find("://")
    while at >= 0 and len(found) < 50:
        host = _authority(value[at + 3 : at + 300])
        if host and not value[max(0, at - 6) : at].lower().endswith("file"):
            found.append((host, host))
        at = value.find("://", at + 3)
    return found


def _authority(rest: str) -> str:
    end = 0
    while end < len(rest) and rest[end] not in "/?#" and (rest[end] in "[]" or rest[end] not in _STOP):
        end += 1
    host = rest[:end].rpartition("@")[2]
    if host.startswith("["):
        return host[1:].partition("]")[0].lower()
    return _clean(host.partition(":")[0])


def _addresses(value: str) -> list[tuple[str, str]]:
    """E-mail addresses and `user@host:path` places."""
    if "@" not in value:
        return []
    found: list[tuple[str, str]] = []
    for word in value.replace(",", " ").replace(";", " ").split():
        local, mark, domain = word.strip("<>()[]\"'").rpartition("@")
        host = _clean(domain.partition(":")[0])
        if mark and local and "." in host and "/" not in host and "://" not in word:
            found.append((f"{local}@{host}".lower(), host))
    return found[:50]


def _clean(host: str) -> str:
    return host.strip().rstrip(".").lower()
