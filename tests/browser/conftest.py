"""Fixtures of this room."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from audited_home import DATA
from browser import chromium, page  # noqa: F401 - pytest finds them here
from served import serve  # noqa: F401 - and this one

from afteraction.audit import Audit


@pytest.fixture
def sampled(tmp_path) -> Path:
    """A home in which the sample logs were audited."""
    home = tmp_path / "home"
    home.mkdir()
    shutil.copy(DATA / "afteraction.toml", home)
    Audit(home).run([DATA / "samples"])
    return home
