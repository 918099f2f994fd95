"""Ed25519: the RFC's own vectors hold, and what is encoded oddly or of small order does not."""

import hashlib

import pytest
from afteraction_hook.ed25519 import _BASE, L, P, _added, _doubled, verify

#: RFC 8032, section 7.1: (public key, message, signature).
VECTORS = {
    "test 1": (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        (
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
            "d25bf5f0595bbe24655141438e7a100b"
        ),
    ),
    "test 2": (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        (
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c"
            "387b2eaeb4302aeeb00d291612bb0c00"
        ),
    ),
    "test 3": (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        (
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc659"
            "4a7c15e9716ed28dc027beceea1ec40a"
        ),
    ),
}
GOOD = [VECTORS[name] for name in ("test 1", "test 2", "test 3")]
BASE = bytes.fromhex("58" + "66" * 31)


@pytest.mark.parametrize(("public", "message", "signature"), GOOD)
def test_the_vectors_of_the_rfc_hold(public, message, signature):
    key, text, signed = (bytes.fromhex(part) for part in (public, message, signature))
    assert verify(key, text, signed)
    assert not verify(key, text + b"x", signed)
    for position in (0, 31, 32, 63):
        changed = bytearray(signed)
        changed[position] ^= 1
        assert not verify(key, text, bytes(changed))
        other = bytearray(key)
        other[position % 32] ^= 1
        assert not verify(bytes(other), text, signed)


def _encoded(point):
    x, y, z, _ = point
    inverse = pow(z, P - 2, P)
    return ((y * inverse % P) | ((x * inverse % P) & 1) << 255).to_bytes(32, "little")


def _times(scalar, point):
    total = (0, 1, 1, 0)
    for bit in f"{scalar:b}":
        total = _doubled(total)
        total = _added(total, point) if bit == "1" else total
    return total


def _signed(scalar, message):
    key, nonce = _encoded(_times(scalar, _BASE)), 12345
    point = _encoded(_times(nonce, _BASE))
    challenge = int.from_bytes(hashlib.sha512(point + key + message).digest(), "little") % L
    return key, point, (nonce + challenge * scalar) % L


def test_a_scalar_beyond_the_order_is_the_same_signature_twice_and_refused():
    key, point, scalar = _signed(777, b"m")
    assert verify(key, b"m", point + scalar.to_bytes(32, "little"))
    assert not verify(key, b"m", point + (scalar + L).to_bytes(32, "little"))


def test_points_that_are_not_canonical_or_of_small_order_are_refused():
    neutral = (1).to_bytes(32, "little")
    nothing = bytes(32)
    for weak in (neutral, nothing, (P - 1).to_bytes(32, "little"), P.to_bytes(32, "little")):
        assert not verify(weak, b"any", neutral + nothing)
        assert not verify(weak, b"any", weak + nothing)
    beyond = (P + 1).to_bytes(32, "little")
    negative_zero = (1 | 1 << 255).to_bytes(32, "little")
    for odd in (beyond, negative_zero):
        assert not verify(odd, b"any", odd + nothing)
    assert not verify(BASE, b"m", neutral + nothing)


def test_odd_lengths_are_no_signature():
    key, point, scalar = _signed(9, b"m")
    whole = point + scalar.to_bytes(32, "little")
    for public, signature in (
        (key[:31], whole),
        (key + b"\0", whole),
        (key, whole[:63]),
        (key, whole + b"\0"),
        (b"", b""),
    ):
        assert not verify(public, b"m", signature)
