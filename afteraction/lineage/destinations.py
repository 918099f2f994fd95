"""Whom an address belongs to: hosts, e-mail domains, buckets and paths, classed as the owner configured."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from functools import cache, lru_cache
from typing import Final

from publicsuffixlist import PublicSuffixList

from afteraction.lineage.bags import bag
from afteraction.lineage.public_sites import FREE_MAIL, PUBLIC_SITES
from afteraction.records.settings import Destinations

EMAIL: Final = re.compile(r"[A-Za-z0-9._%+'-]{1,64}@((?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,24})\b")
URL: Final = re.compile(r"\b([A-Za-z][A-Za-z0-9+.-]{1,20})://([^\s/?#'\"<>\\|)\]}]+)")
HOST: Final = re.compile(
    r"^(?:[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,62})\.)+([A-Za-z][A-Za-z0-9-]{1,62})\.?(?::\d{1,5})?(?:[/?#].*)?$"
)
IBAN: Final = re.compile(r"^[A-Z]{2}\d{2}(?: ?[A-Z0-9]){10,30}$")
PATH: Final = re.compile(
    r"^(?:/|\./|\.\./|~/|[A-Za-z]:[\\/]|file://|[\w.-]+/(?:[\w. -]+/)*[\w. -]+\.\w{1,8}$)"
)
BUCKET: Final = re.compile(r"^(?:s3|gs|r2|b2|wasbs?|abfss?|az)://", re.IGNORECASE)
#: File endings that a bare `name.ending` more likely is than a host.
_FILES: Final = bag(
    "txt md csv json jsonl yaml yml toml xml html htm pdf doc docx xls xlsx ppt pptx png jpg "
    "jpeg gif svg zip gz tar py js ts go rs java c h cpp rb php sh log ini cfg conf env sql "
    "db sqlite parquet lock bak tmp ipynb css scss tsx jsx"
)
_HOME_NAMES: Final = (
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

#: Loopback, link-local, RFC 1918, RFC 6598 and RFC 4193 (the documentation ranges stay outside).
_PRIVATE: Final = tuple(
    ipaddress.ip_network(net)
    for net in [
        "127.0.0.0/8",
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "169.254.0.0/16",
        "100.64.0.0/10",
        "0.0.0.0/32",
        "::1/128",
        "fe80::/10",
        "fc00::/7",
    ]
)
#: A label this long in a host name more likely carries data than a name.
_DATA_LABEL: Final = 24
#: Labels in base16 or base32; so many of them in one name are a message in pieces.
_CODED_LABEL: Final = re.compile(r"^(?:[0-9a-f]{8,}|[a-z2-7]{10,})$", re.IGNORECASE)
_MOST_CODED: Final = 2
#: A registered name of several words, however long, is a name: each message would need a domain of its own.
_WORDED: Final = re.compile(r"^[a-z]{2,15}(?:[-_][a-z]{2,15})+$", re.IGNORECASE)

#: From harmless to telling: of several destinations the last in this order is the one reported.
CLASSES: Final = ("none", "local", "internal", "partner", "unknown", "public")
_suffixes = PublicSuffixList()


class Directory:
    """The owner's domains as one lookup; `classify` answers for an address of any kind."""

    def __init__(self, settings: Destinations) -> None:
        self._known = {
            name.lower().strip().lstrip("*.").strip("."): label
            for label, names in (
                ("public", settings.public),
                ("partner", settings.partner),
                ("internal", settings.internal),
            )
            for name in names
        }
        self._hosts: dict[str, str] = {}

    def host(self, host: str, own: str | None = None) -> str:
        """The class of a host name or address; `own` is the domain of the person the agent works for."""
        host = host.lower().rstrip(".")
        if own is not None and host not in self._known and (host == own or host.endswith("." + own)):
            return "internal"
        known = self._hosts.get(host)
        if known is None:
            known = self._hosts[host] = self._classed(host)
            if len(self._hosts) > 200_000:
                self._hosts.clear()
        return known

    def classify(self, destination: str, own: str | None = None) -> str:
        """The class of a destination: URL, host, e-mail, bucket, path, account or name."""
        mail = EMAIL.fullmatch(destination)
        if mail is not None:
            exact = self._known.get(destination.lower())
            return exact or self.host(mail.group(1), own)
        url = URL.match(destination)
        if url is not None and url.group(1).lower() != "file":
            if BUCKET.match(destination):
                return self._known.get(destination.lower()) or self._known.get(
                    url.group(2).lower(), "unknown"
                )
            return self.host(bare_host(url.group(2)), own)
        if is_host(destination):
            return self.host(bare_host(destination), own)
        if PATH.match(destination):
            return "local"
        return self._known.get(destination.lower(), "unknown")

    def _classed(self, host: str) -> str:
        for name in _parents(host):
            if name in self._known:
                return self._known[name]
        if is_address(host):
            return "internal" if _is_private(host) else "unknown"
        if "." not in host or host.endswith(_HOME_NAMES):
            return "internal"
        return "public" if any(name in PUBLIC_SITES for name in _parents(host)) else "unknown"


def _parents(host: str) -> Iterable[str]:
    yield host
    while "." in host:
        host = host.split(".", 1)[1]
        yield host


@lru_cache(maxsize=65536)
def registrable(host: str) -> str:
    """The registrable domain of a host by the public suffix list, or the host itself where it has none."""
    if is_address(host):
        return host
    return _suffixes.privatesuffix(host.lower()) or host.lower()


@lru_cache(maxsize=65536)
def own_domain(on_behalf_of: str | None, agent_id: str | None) -> str | None:
    """The registrable e-mail domain of the person or the agent; none where anybody can join it."""
    for name in (on_behalf_of, agent_id):
        mail = EMAIL.search(name) if name else None
        if mail is not None:
            domain = registrable(mail.group(1))
            return None if domain in FREE_MAIL else domain
    return None


def bare_host(authority: str) -> str:
    """The host of a URL's authority or of `host:port/path`: no user, port or path."""
    host = re.split(r"[/?#]", authority, maxsplit=1)[0].rsplit("@", 1)[-1]
    if host.startswith("["):
        return host[1:].split("]", 1)[0].lower()
    return (host.rsplit(":", 1)[0] if host.count(":") == 1 else host).lower()


def is_host(text: str) -> bool:
    """Whether a text is a host name or an IP address (with port or path), not a file or a word."""
    if len(text) > 2000 or " " in text or text[:1] == "/":
        return False
    found = HOST.match(text)
    if found is not None:
        return found.group(1).lower() not in _FILES or "/" in text
    return is_address(bare_host(text))


def is_address(host: str) -> bool:
    """Whether `host` is an IP address, also in the decimal and hexadecimal forms that browsers accept."""
    return _address(host) is not None


@lru_cache(maxsize=65536)
def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        if re.fullmatch(r"0x[0-9a-fA-F]{8}|[1-9]\d{8,9}", host):
            return ipaddress.IPv4Address(int(host, 0))
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _is_private(host: str) -> bool:
    address = _address(host)
    return address is not None and any(address in net for net in _PRIVATE if net.version == address.version)


@lru_cache(maxsize=16384)
def tidy(place: str) -> str:
    """A place as tables show it: a URL as its host, without user, path or query; long data labels as `*`."""
    if EMAIL.fullmatch(place) or BUCKET.match(place):
        return place
    url = URL.match(place)
    if url is not None and url.group(1).lower() != "file":
        place = bare_host(url.group(2))
    elif is_host(place):
        place = bare_host(place)
    else:
        return place[:200]
    return _without_data(place)


@lru_cache(maxsize=4096)
def _is_hosted(home: str) -> bool:
    """Whether a provider's customer chose the name (a bucket, an app), and made it before it was used."""
    suffix = _registries().publicsuffix(home)
    return suffix is not None and home.count(".") > suffix.count(".") + 1


@cache
def _registries() -> PublicSuffixList:
    """Suffixes under which registries sell names, without those of providers."""
    return PublicSuffixList(only_icann=True)


def _without_data(host: str) -> str:
    """A host whose labels carry data as `*` and its registrable domain: that is where the data goes."""
    labels = host.split(".")
    if len(host) < _DATA_LABEL or is_address(host):
        return host
    coded = [label for label in labels[:-1] if _CODED_LABEL.match(label) and not label.isalpha()]
    home = registrable(host)
    below = labels[: len(labels) - home.count(".") - 1]
    long = [
        label
        for label in labels
        if len(label) >= _DATA_LABEL and (label in below or not (_WORDED.match(label) or _is_hosted(home)))
    ]
    if len(coded) < _MOST_CODED and not long:
        return host
    return home if home == host and len(labels[0]) < _DATA_LABEL else f"*.{home}"
