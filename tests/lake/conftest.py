"""A lake on disk and a lake in a bucket of a real S3 server."""

from __future__ import annotations

import pytest
import s3


@pytest.fixture(scope="session")
def server():
    """The S3 port, and a function that makes buckets."""
    with s3.seaweed() as running:
        yield running


@pytest.fixture
def bucket(server, monkeypatch):
    """The URL of an empty prefix; the environment names the server and credentials, not the lake."""
    port, new = server
    for name, value in s3.environment(port).items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AFTERACTION_LAKE", raising=False)
    return new()


@pytest.fixture(params=["disk", "bucket"])
def home(request, tmp_path, monkeypatch):
    """An empty home whose lake is on disk, then in a bucket."""
    monkeypatch.delenv("AFTERACTION_LAKE", raising=False)
    if request.param == "bucket":
        monkeypatch.setenv("AFTERACTION_LAKE", request.getfixturevalue("bucket"))
    return tmp_path / "home"
