"""The printed page says what the detector files say."""

from __future__ import annotations

from pathlib import Path

from detectors.page import page


def test_the_page_is_current():
    printed = Path(__file__).parents[2] / "docs" / "detectors.md"
    assert printed.read_text(encoding="utf-8") == page() + "\n", (
        "run: python -m detectors.page > docs/detectors.md"
    )
