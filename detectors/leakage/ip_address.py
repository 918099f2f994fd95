"""Finds network addresses of machines and persons: IPv4 and IPv6."""

from __future__ import annotations

import ipaddress
import socket
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from afteraction.records.session_batch import SessionBatch
from detectors.detector import Detector, Pattern
from detectors.examples import reads, sends
from detectors.exposure import exposed

_MIN_IPV6: Final = 7
Bytes = npt.NDArray[np.uint8]
Offsets = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


def _is_address(value: str, context: str) -> bool:
    """A valid address that is neither loopback nor unspecified, and no version number."""
    before, _, after = context.rpartition(value)
    if before[-1:] in _JOINED:
        return False
    if (after[:1] == "." and after[1:2].isalnum()) or "version" in before[-_BEFORE:].lower():
        return False
    if ":" in value and len(value) < _MIN_IPV6:
        return False
    return _is_routable_ipv6(value) if ":" in value else _is_routable_ipv4(value)


_JOINED: Final = frozenset(".-_v")
#: The longest run of characters before an address that is looked at.
_BEFORE: Final = 16


def _surely_ipv4(data: Bytes, start: Offsets, end: Offsets) -> Flags:
    """Matches of the expression that `_is_address` accepts anyway: no `v` near, no odd first digits."""
    first, second = data[start], data[start + 1]
    local = (
        (first == ord("0"))
        | ((first == ord("1")) & (second == ord("2")))
        | ((first == ord("2")) & ((second == ord("2")) | (second == ord("3"))))
    )
    joined = _JOINED_BYTES[data[start - 1]] | (data[end] == ord("."))
    near = data[np.maximum(start[:, None] - np.arange(1, _BEFORE + 1), 0)] | 0x20
    sure: Flags = ~(local | joined | (near == ord("v")).any(axis=1))
    return sure


_JOINED_BYTES: Final = np.zeros(256, dtype=np.bool_)
_JOINED_BYTES[[ord(char) for char in _JOINED]] = True


def _is_routable_ipv4(value: str) -> bool:
    try:
        packed = socket.inet_pton(socket.AF_INET, value)
    except OSError:
        return False
    return packed[0] not in _NOBODYS and packed != bytes(4)


#: The first bytes of loopback and multicast addresses (RFC 1122, RFC 5771).
_NOBODYS: Final = frozenset([127, *range(224, 240)])


def _is_routable_ipv6(value: str) -> bool:
    try:
        address = ipaddress.IPv6Address(value)
    except ValueError:
        return False
    return not (address.is_loopback or address.is_unspecified or address.is_multicast)


PATTERNS: Final = (
    Pattern(
        rule="ipv4_address",
        regex=r"\b(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)\b",
        label="IP_ADDRESS",
        sensitivity="internal",
        trigger=r"\b\d{1,3}\.\d{1,3}\.\d{1,3}\.\d",
        reach=32,
        rank=1,
        accept=_is_address,
        context=(_BEFORE, 2),
        sure=_surely_ipv4,
    ),
    Pattern(
        rule="ipv6_address",
        regex=r"(?i)\b(?:[0-9a-f]{1,4}:){7}[0-9a-f]{1,4}\b|\b(?:[0-9a-f]{1,4}:){1,6}(?::[0-9a-f]{1,4}){1,6}\b",
        label="IP_ADDRESS",
        sensitivity="internal",
        trigger=r"(?i)[0-9a-f]:[0-9a-f]{1,4}:[0-9a-f]{1,4}:[0-9a-f]|::[0-9a-f]",
        reach=64,
        rank=1,
        accept=_is_address,
        context=(_BEFORE, 2),
    ),
)


def find(batch: SessionBatch) -> pl.DataFrame:
    """Addresses in arguments and results; where a call goes to is `external_destination`'s business."""
    return exposed(batch, DETECTOR.id, "Network address")


DETECTOR: Final = Detector(
    id="ip_address",
    summary="A network address stands in what an agent sent or read.",
    severity="low",
    misses="Addresses written as one number, in octal or hex, and host names.",
    standards=("OWASP-ASI02",),
    find=find,
    patterns=PATTERNS,
    firing=(
        sends("inner address posted outside", "the database runs on 10.20.30.41 port 5432"),
        reads("IPv6", "peer 2001:db8:85a3::8a2e:370:7334 joined"),
    ),
    silent=(
        reads("version", "version 1.2.3.4 and 10.0.0.1.2"),
        reads("loopback", "listening on 127.0.0.1 and ::1"),
        reads("time of day", "12:30:45:12, a::b and std::vector in C++"),
    ),
)
