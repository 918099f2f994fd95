"""Where a call points: hosts and addresses among its arguments, and their class by the bundle's lists."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

#: Argument names (the last word of the path) whose value says who or where something goes to.
GOES_TO = frozenset(
    (
        *(
            "to",
            "cc",
            "bcc",
            "recipient",
            "recipients",
            "addressee",
            "address",
            "addresses",
            "email",
            "emails",
        ),
        *("host", "hostname", "domain", "server", "url", "uri", "endpoint", "webhook", "destination", "dest"),
        *("channel", "channels", "participants", "invitees", "attendees"),
    )
)
#: Argument names whose value is a payload: what is named inside it is no destination.
PAYLOAD = frozenset(
    "body content text message description subject title data html notes comment summary".split()  # noqa: SIM905
)
_STOP = frozenset(" \t\r\n\"'`<>()[]{}|\\^,;")
_RANK = ("unknown", "public", "partner", "internal", "local", "none")


def hosts_in(name: str, value: str) -> list[str]:
    """The hosts that one argument value points to, in order; `name` is the argument's own name."""
    word = name.rsplit("_", 1)[-1].lower()
    if word in PAYLOAD:
        return []
    found = [host for host in _url_hosts(value) if host]
    if found or len(value) > 2048:
        return found
    if "@" in value:
        return [host for host in map(_mail_host, value.replace(",", " ").replace(";", " ").split()) if host]
    if word in GOES_TO and "." in value and not any(char in _STOP or char == "/" for char in value):
        return [_clean(value)]
    return []


def classify(host: str, lists: Mapping[str, frozenset[str]]) -> str:
    """The class of one host: the owner's lists first, then what stays on this machine or network."""
    names = parents(host)
    for kind in ("internal", "partner", "public"):
        listed = lists.get(kind)
        if listed and not listed.isdisjoint(names):
            return kind
    if host == "localhost" or host.endswith((".localhost", ".local")) or is_private(host):
        return "local"
    listed = lists.get("paste")
    return "public" if listed and not listed.isdisjoint(names) else "unknown"


def worst(classes: list[str]) -> str:
    """The least trusted of several classes; `none` where there is none."""
    return min(classes, key=_RANK.index) if classes else "none"


def parents(host: str) -> list[str]:
    """The host and every domain above it that still holds a dot, at most 10 (and the host itself)."""
    labels = host.split(".")[-10:]
    return [host, *(".".join(labels[start:]) for start in range(len(labels) - 1))]


def octets(host: str) -> list[int] | None:
    """The four numbers of an IPv4 address, None for a name."""
    parts = host.split(".")
    if len(parts) != 4 or not all(part.isdecimal() and part.isascii() and len(part) <= 3 for part in parts):
        return None
    numbers = [int(part) for part in parts]
    return numbers if max(numbers) < 256 else None


def is_raw_ip(host: str) -> bool:
    """Whether the host is an IP address (or a number that resolvers take for one) and no name."""
    return octets(host) is not None or ":" in host or host.isdecimal() or host.startswith("0x")


def is_private(host: str) -> bool:
    """Whether the host is a loopback, link-local or private-use address (RFC 1918, RFC 4193)."""
    if ":" in host:
        return host in {"::1", "::"} or host.startswith(("fe80:", "fc", "fd"))
    ip = octets(host)
    if ip is None:
        return False
    first, second = ip[:2]
    return (
        first in {10, 127}
        or (first, second) in {(192, 168), (169, 254)}
        or (first == 172 and 16 <= second < 32)
    )


def _url_hosts(value: str) -> list[str]:
    found: list[str] = []
    at = value.find("://")
    while at >= 0 and len(found) < 50:
        scheme = value[max(0, at - 6) : at].lower()
        if not scheme.endswith("file"):
            found.append(_authority(value[at + 3 : at + 300]))
        at = value.find("://", at + 3)
    return found


def _authority(rest: str) -> str:
    end = 0
    while end < len(rest) and rest[end] not in "/?#" and not (rest[end] in _STOP and rest[end] not in "[]"):
        end += 1
    host = rest[:end].rpartition("@")[2]
    if host.startswith("["):
        return host[1:].partition("]")[0].lower()
    return _clean(host.partition(":")[0])


def _mail_host(word: str) -> str:
    local, _, domain = word.strip("<>()[]\"'").rpartition("@")
    return _clean(domain) if local and "." in domain and "/" not in domain else ""


def _clean(host: str) -> str:
    return host.strip().rstrip(".").lower()
