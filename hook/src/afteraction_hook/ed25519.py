"""Ed25519 verification (RFC 8032, section 5.1.7) in plain Python, stricter than the RFC asks.

Refused besides wrong signatures: S of the group order or more, points that are not encoded canonically,
and keys or points R of small order, with which one signature would hold for many messages. About 5 ms;
a hook pays it once for each new bundle. Nothing here is secret, so nothing needs constant time.
"""

from __future__ import annotations

try:
    from _sha2 import sha512  # type: ignore[import-not-found,unused-ignore]
except ImportError:
    try:
        from _sha512 import sha512  # type: ignore[import-not-found,unused-ignore]
    except ImportError:
        from hashlib import sha512

TYPE_CHECKING = False
if TYPE_CHECKING:
    #: Extended homogeneous coordinates (X, Y, Z, T) with x = X/Z, y = Y/Z, x*y = T/Z.
    Point = tuple[int, int, int, int]

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
_ROOT = pow(2, (P - 1) // 4, P)
_NEUTRAL = (0, 1, 1, 0)


def verify(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether `signature` (64 bytes) is that of the key `public` (32 bytes) for `message`."""
    if len(public) != 32 or len(signature) != 64:
        return False
    key, point = _decoded(public), _decoded(signature[:32])
    scalar = int.from_bytes(signature[32:], "little")
    if key is None or point is None or scalar >= L or _is_small(key) or _is_small(point):
        return False
    digest = sha512(signature[:32] + public + message).digest()
    challenge = int.from_bytes(digest, "little") % L
    return _is_same(_sum_of_products(scalar, _BASE, challenge, _negative(key)), point)


def _decoded(raw: bytes) -> Point | None:
    """The point (RFC 8032, section 5.1.3); None unless `raw` is its one canonical encoding."""
    bits = int.from_bytes(raw, "little")
    sign, y = bits >> 255, bits & (2**255 - 1)
    if y >= P:
        return None
    x = _root((y * y - 1) * pow(D * y * y + 1, P - 2, P) % P)
    if x is None or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = P - x
    return x, y, 1, x * y % P


def _root(square: int) -> int | None:
    """A square root modulo P; None where there is none."""
    root = pow(square, (P + 3) // 8, P)
    if (root * root - square) % P:
        root = root * _ROOT % P
    return None if (root * root - square) % P else root


def _added(one: Point, other: Point) -> Point:
    a = (one[1] - one[0]) * (other[1] - other[0]) % P
    b = (one[1] + one[0]) * (other[1] + other[0]) % P
    c = 2 * one[3] * other[3] * D % P
    d = 2 * one[2] * other[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def _doubled(one: Point) -> Point:
    a, b = one[0] * one[0] % P, one[1] * one[1] % P
    c = 2 * one[2] * one[2]
    h = a + b
    e = h - (one[0] + one[1]) * (one[0] + one[1])
    g = a - b
    f = c + g
    return e * f % P, g * h % P, f * g % P, e * h % P


def _negative(one: Point) -> Point:
    return P - one[0], one[1], one[2], P - one[3]


def _sum_of_products(first: int, one: Point, second: int, other: Point) -> Point:
    """`first` times `one` plus `second` times `other`, bit by bit of both at once."""
    table = (_NEUTRAL, one, other, _added(one, other))
    total: Point = _NEUTRAL
    for bit in range(max(first.bit_length(), second.bit_length()) - 1, -1, -1):
        total = _doubled(total)
        chosen = (first >> bit & 1) | (second >> bit & 1) << 1
        if chosen:
            total = _added(total, table[chosen])
    return total


def _is_same(one: Point, other: Point) -> bool:
    return not ((one[0] * other[2] - other[0] * one[2]) % P or (one[1] * other[2] - other[1] * one[2]) % P)


def _is_small(one: Point) -> bool:
    """Whether eight times the point is the neutral element."""
    return _is_same(_doubled(_doubled(_doubled(one))), _NEUTRAL)


def _base() -> Point:
    found = _decoded((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))
    assert found is not None
    return found


_BASE = _base()
