"""docs/controls.md is what the control files say."""

from __future__ import annotations

from pathlib import Path

from afteraction.compliance import all_controls
from afteraction.compliance.page import page

DOCS = Path(__file__).parents[2] / "docs"


def test_page_is_current():
    found = (DOCS / "controls.md").read_text(encoding="utf-8")
    assert found == page(), "run: python -m afteraction.compliance.page > docs/controls.md"


def test_every_control_is_on_it():
    for control in all_controls():
        assert f"## {control.id}\n" in page()
        assert control.cannot_show in page()
