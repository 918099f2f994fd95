"""The printed pages hold every detector's facts, and nothing that a push scanner takes for a secret."""

from __future__ import annotations

import json
import subprocess
import sysconfig
from pathlib import Path

import polars as pl
import pytest

from detectors import registry, scan
from detectors.behaviour import all_detectors
from detectors.page import Call, Outcome, pages
from detectors.standards import NAMES

PRINTED = Path(__file__).parents[2] / "docs" / "detectors"
IDS = sorted({one.id for one in (*registry(), *all_detectors())})


def test_each_detector_has_a_page_and_no_page_is_left_over():
    assert sorted(file.name for file in PRINTED.iterdir()) == sorted(["README.md", *(f"{i}.md" for i in IDS)])


@pytest.mark.parametrize("detector", registry(), ids=lambda one: one.id)
def test_a_page_says_what_the_file_says(detector):
    page = pages({})[f"{detector.id}.md"]
    told = [detector.summary, detector.misses, *detector.standards]
    told += [example.name for example in (*detector.firing, *detector.silent)]
    told += [pattern.rule for pattern in detector.patterns if detector.supply is None]
    assert [fact for fact in told if fact not in page] == []


def test_the_index_links_to_every_page():
    index = pages({})["README.md"]
    assert [name for name in IDS if f"[{name}]({name}.md)" not in index] == []


def test_every_standard_has_a_name():
    used = {standard for one in (*registry(), *all_detectors()) for standard in one.standards}
    assert sorted(used - NAMES.keys()) == []


def test_a_long_run_and_a_fence_in_an_example_are_cut():
    detector = registry()[0]
    run = "A1" * 40
    call = Call("http_post", json.dumps({"body": run}), "```\n# heading")
    page = pages({(detector.id, detector.firing[0].name): Outcome((call,))})[f"{detector.id}.md"]
    assert run not in page
    assert "A1A1A1A1…(72 more)" in page
    assert page.count("```") == 2


def test_the_printed_pages_hold_no_value_that_our_own_rules_know():
    texts = pl.Series([file.read_text(encoding="utf-8") for file in sorted(PRINTED.iterdir())])
    found = scan.scan_texts(texts).filter(pl.col("sensitivity") == "secret")
    assert found.select("row", "rule", "start").rows() == []


def scanned(folder: Path, at: Path) -> list[object]:
    program = Path(sysconfig.get_path("scripts")) / "kingfisher"
    command = [program, "scan", folder, "--no-validate", "--format", "json", "--no-update-check"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=at, check=False, timeout=120)
    return json.loads(done.stdout.splitlines()[0])["findings"]


def test_no_push_scanner_trips_over_the_printed_pages(tmp_path):
    assert scanned(PRINTED, tmp_path) == []


def test_the_push_scanner_would_trip_over_an_example_in_the_clear(tmp_path):
    detector = next(one for one in registry() if one.id == "source_hosting_token")
    (tmp_path / "page.md").write_text(json.dumps([example.messages for example in detector.firing]))
    assert scanned(tmp_path, tmp_path) != []
