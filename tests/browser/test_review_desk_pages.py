"""The review desk in a real browser: keys, a decision, a phone, light and dark; takes the screenshots."""

from __future__ import annotations

import msgspec
import pytest
from audited_home import KEY
from browser import screenshot
from desk_server import desk
from playwright.sync_api import expect

from afteraction.casebook import Casebook, Entry, now_us

pytestmark = pytest.mark.browser
SEVERAL = """
[[quorums]]
people = 2

[[reviewer_groups]]
name = "security"

[review]
break_glass = "security"
"""


def test_a_person_reads_and_decides(page, sampled, tmp_path):
    said = []
    page.on("console", lambda line: said.append(line.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.set_viewport_size({"width": 1400, "height": 950})
    with desk(sampled, "sofia") as client:
        page.goto(client.url)
        screenshot(page, "desk-queue", tmp_path)
        waiting = page.locator("a.row").count()
        assert waiting > 1
        page.keyboard.press("j")
        page.keyboard.press("j")
        page.keyboard.press("k")
        expect(page.locator("a.row").first).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="What it did")).to_be_visible()
        page.wait_for_load_state("networkidle")
        picture = page.locator("img.flow")
        assert picture.evaluate("image => image.complete && image.naturalWidth") > 300
        assert KEY not in page.content()
        screenshot(page, "desk-ticket", tmp_path)
        page.keyboard.press("r")
        page.keyboard.type("The key is rotated; the upload was not asked for.")
        page.get_by_label("What it came to").select_option("harmful")
        page.get_by_role("button", name="Deny").click()
        expect(page.locator(".decided")).to_contain_text("Denied by sofia (harmful)")
        page.keyboard.press("b")
        expect(page.locator("a.row")).to_have_count(waiting - 1)
        page.goto(f"{client.url}/reviewers")
        expect(page.get_by_role("cell", name="sofia")).to_be_visible()
        page.goto(f"{client.url}/bundles")
        expect(page.locator("td .state.live")).to_be_visible()
    assert said == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_readable_on_a_phone(page, sampled, tmp_path, scheme):
    page.set_viewport_size({"width": 390, "height": 844})
    page.emulate_media(color_scheme=scheme)
    with desk(sampled, "sofia") as client:
        page.goto(client.url)
        for name in ("queue", "ticket"):
            assert page.evaluate("document.documentElement.scrollWidth") <= 390
            shades = page.evaluate(
                "['background-color', 'color'].map(name => getComputedStyle(document.body)"
                ".getPropertyValue(name).match(/[0-9.]+/g).slice(0, 3).reduce((a, b) => a + +b, 0))"
            )
            assert (shades[0] > shades[1]) == (scheme == "light")
            screenshot(page, f"desk-{name}-phone-{scheme}", tmp_path)
            if name == "queue":
                page.locator("a.row").first.click()
                page.wait_for_load_state("networkidle")


def test_several_people_on_a_phone_in_the_dark(page, sampled, tmp_path):
    settings = sampled / "afteraction.toml"
    settings.write_text(settings.read_text() + SEVERAL)
    book = Casebook.open(sampled / "casebook.sqlite")
    one = book.search("open")[0]
    like = [msgspec.structs.replace(one, ticket_id=f"T-{n}", concern=f"T-{n}") for n in range(3)]
    live = msgspec.structs.replace(one, ticket_id="L-1", concern="L-1", kind="live", due_at=now_us() + 10**9)
    with book.writing() as writing:
        writing.open((each, Entry(event="opened", actor="test", at=now_us())) for each in (*like, live))

    def looks(name: str, width: int = 390, at: str = "main") -> None:
        page.set_viewport_size({"width": width, "height": 844 if width == 390 else 950})
        page.emulate_media(color_scheme="dark" if width == 390 else "light")
        page.wait_for_load_state("networkidle")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.locator(at).first.evaluate("part => part.scrollIntoView({block: 'center'})")
        screenshot(page, f"desk-{name}-{width}", tmp_path)

    with desk(sampled, "sofia") as client:
        page.goto(f"{client.url}/tickets/{one.ticket_id}")
        page.get_by_label("Why", exact=False).first.fill("It is the test account.")
        page.get_by_role("button", name="Approve").click()
        expect(page.locator(".votes")).to_contain_text("1 of 2 approvals: sofia")
        expect(page.get_by_role("button", name="Approve")).to_be_disabled()
        looks("quorum", at=".decide")
        page.get_by_role("link", name="more like it").click()
        looks("alike", at=".buttons")
        looks("alike", 1400, at="h1")
        page.goto(f"{client.url}/tickets/L-1")
        page.get_by_text("Break glass").first.click()
        looks("glass", at="#glass")
        page.goto(f"{client.url}/tickets/T-1")
        page.get_by_label("Why", exact=False).first.fill("It leaked.")
        page.get_by_label("rotate").check()
        page.get_by_role("button", name="Deny").click()
        page.get_by_label("What shows it").fill("The key is replaced.")
        looks("remedies", at="#evidence")
        looks("remedies", 1400, at="#evidence")
        page.get_by_role("button", name="Record").click()
        expect(page.locator(".done")).to_have_text("rotate")
