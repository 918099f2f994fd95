"""A Zstandard file is whole only with its last byte."""

import io
import os

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from afteraction.ingest.zstd_frames import is_whole

DATA = os.urandom(300_000) + b"a" * 300_000


def packed(**options):
    return zstandard.ZstdCompressor(**options).compress(DATA)


@pytest.mark.parametrize(
    "options", [{}, {"write_checksum": True}, {"write_content_size": False}, {"level": 19}]
)
def test_whole_and_cut_frames(options):
    frame = packed(**options)
    skippable = b"\x50\x2a\x4d\x18\x03\x00\x00\x00abc"
    assert is_whole(io.BytesIO(frame))
    assert is_whole(io.BytesIO(frame + skippable + frame))
    assert not is_whole(io.BytesIO(frame[:-1]))
    assert not is_whole(io.BytesIO(frame + b"x"))
    assert not is_whole(io.BytesIO(frame + frame[: len(frame) // 2]))


def test_small_frames_with_a_single_segment():
    assert is_whole(io.BytesIO(zstandard.compress(b"abc")))
    assert is_whole(io.BytesIO(zstandard.compress(b"")))


@given(st.binary(max_size=40))
def test_any_bytes_are_answered(tail):
    is_whole(io.BytesIO(tail))
    is_whole(io.BytesIO(b"\x28\xb5\x2f\xfd" + tail))
