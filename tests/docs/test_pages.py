"""The documentation is what the code prints, its links lead somewhere, and its words have one meaning."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest

from afteraction.records.tables import PUBLIC
from console.main import app

ROOT = Path(__file__).parents[2]
PAGES = sorted([*(ROOT / "docs").rglob("*.md"), *ROOT.glob("*.md")])


def printed():
    spec = importlib.util.spec_from_file_location("print_pages", ROOT / "docs" / "print_pages.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.pages()


def test_printed_pages_are_current():
    stale = [name for name, text in printed().items() if (ROOT / "docs" / name).read_text() != text]
    assert stale == [], "run make docs"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_to_files(page):
    links = re.findall(r"\]\((?!https?://|#)([^)#\s]+)", page.read_text())
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_every_public_table_is_in_the_readme():
    readme = (ROOT / "README.md").read_text()
    assert [name for name in PUBLIC if f"`{name}`" not in readme] == []


def test_every_command_is_in_the_readme():
    names = [command.name or command.callback.__name__ for command in app.registered_commands]
    names += [group.name for group in app.registered_groups]
    readme = (ROOT / "README.md").read_text()
    assert [name for name in names if f"afteraction {name}" not in readme] == []
