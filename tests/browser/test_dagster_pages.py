"""What a person sees in Dagster after a log was dropped into the inbox; also takes the screenshots."""

from __future__ import annotations

from pathlib import Path

import pytest
from browser import screenshot
from playwright.sync_api import Locator, Page, expect
from sample_log import RAW, write_log

pytestmark = pytest.mark.browser

SAMPLES = Path(__file__).parents[2] / "data" / "samples"
_PATIENCE = 60_000  # milliseconds


def test_a_dropped_log_can_be_looked_at_in_dagster(serve, page, tmp_path):
    served = serve()
    served.drop(write_log(tmp_path / "release.jsonl"))
    for sample in sorted(path for path in SAMPLES.iterdir() if path.is_file()):
        served.drop(sample)
    served.wait_for_run("SUCCESS")
    page.set_viewport_size({"width": 1800, "height": 1050})
    page.set_default_timeout(_PATIENCE)
    expect.set_options(timeout=_PATIENCE)
    asset_graph(page, served.url, tmp_path)
    control_check(page, served.url, tmp_path)
    riskiest_actions(page, served.url, tmp_path)
    partitions(page, served.url, tmp_path)


def settle(page: Page) -> None:
    """Dagster's page fills in pieces; wait until it stops asking and drawing."""
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(1500)


def no_secret_on(page: Page) -> None:
    text = page.inner_text("body")
    assert [secret for secret in RAW if secret in text] == []


def asset_graph(page: Page, url: str, tmp_path: Path) -> None:
    layers = ("raw", "core", "review", "policy", "published")
    page.goto(f"{url}/asset-groups?expanded={','.join(f'global@global:{layer}' for layer in layers)}")
    for asset in ("ingested", "action_risk", "tickets", "thresholds", "published_database"):
        expect(page.get_by_text(asset, exact=True).first).to_be_visible()
    page.get_by_text("Hide navigation").click()
    page.get_by_role("button", name="panel_show_right").click()
    page.get_by_role("button", name="refresh").first.wait_for()
    page.reload()
    expect(page.get_by_text("published_database", exact=True).first).to_be_visible()
    settle(page)
    screenshot(page, "asset-graph", tmp_path)


def control_check(page: Page, url: str, tmp_path: Path) -> None:
    page.goto(f"{url}/assets/control_results?view=checks&checkDetail=control_cm_3_1")
    expect(page.get_by_text("control_cm_3_1").first).to_be_visible()
    expect(page.get_by_text("Latest execution")).to_be_visible()
    expect(page.get_by_text("population").first).to_be_visible()
    settle(page)
    no_secret_on(page)
    screenshot(page, "control-check", tmp_path)


def riskiest_actions(page: Page, url: str, tmp_path: Path) -> None:
    page.set_viewport_size({"width": 2300, "height": 1200})  # the table needs room
    page.goto(f"{url}/assets/published_database?view=overview")
    heading = page.get_by_text("riskiest_actions").first
    expect(heading).to_be_visible()
    expect(page.get_by_text("http_post").first).to_be_visible()
    expect(page.get_by_text("[AWS_ACCESS_KEY:fp_", exact=False).first).to_be_visible()
    settle(page)
    no_secret_on(page)
    page.get_by_text("riskiest_actions").first.evaluate("cell => cell.scrollIntoView()")
    screenshot(page, "riskiest-actions", tmp_path)
    expect(page.get_by_text("flow_graph").first).to_be_visible()
    page.set_viewport_size({"width": 1500, "height": 900})
    embedded_picture(page, page.get_by_text("Show Markdown").first, "risk-plot", tmp_path)
    page.goto(f"{url}/assets/published_database?view=overview")
    embedded_picture(page, page.get_by_text("Show Markdown").last, "flow-graph", tmp_path)


def embedded_picture(page: Page, link: Locator, name: str, tmp_path: Path) -> None:
    """Open the markdown of a metadata entry; it is one picture that holds all it needs."""
    link.click()
    picture = page.locator("img[src^='data:image/svg+xml']").first
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.naturalWidth") > 300, "the picture did not load"
    settle(page)
    no_secret_on(page)
    screenshot(page, name, tmp_path)


def partitions(page: Page, url: str, tmp_path: Path) -> None:
    page.goto(f"{url}/assets/action_risk?view=partitions&partition=2026-11-02")
    expect(page.get_by_text("2026-11-02").first).to_be_visible()
    expect(page.get_by_text("dagster/row_count").first).to_be_visible()
    settle(page)
    screenshot(page, "partitions", tmp_path)
