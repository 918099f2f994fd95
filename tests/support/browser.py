"""A headless Chromium that talks to this machine only."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

_FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium; a missing one is a failure, never a silent skip."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        pytest.fail("found no Chromium; run: make system")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=_FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A page of a fresh profile; at the end no request has left this machine."""
    context = chromium.new_context(viewport={"width": 1600, "height": 1000})
    page = context.new_page()
    hosts: set[str] = set()
    page.on("request", lambda request: hosts.add(request.url.split("/")[2].partition(":")[0]))
    yield page
    context.close()
    assert hosts <= {"127.0.0.1", ""}, f"the page asked {hosts}"


def screenshot(page: Page, name: str, tmp_path: Path) -> Path:
    """A picture of the page in `$AFTERACTION_SCREENSHOTS`, else beside the test."""
    folder = Path(os.environ.get("AFTERACTION_SCREENSHOTS") or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{name}.png"
    page.screenshot(path=target)
    return target
