"""docs/formats.md is what the readers print."""

from pathlib import Path

from afteraction.ingest.describe import page
from afteraction.ingest.readers.plain import MEMBERS, _Line
from afteraction.ingest.registry import readers

ROOT = Path(__file__).parents[2]


def test_the_committed_page_is_the_printed_one():
    committed = (ROOT / "docs" / "formats.md").read_text()
    assert committed == page(), "run `python -m afteraction.ingest.describe > docs/formats.md`"


def test_every_format_has_its_section():
    assert all(f"\n## {name}\n" in page() for name in readers())


def test_the_page_names_every_member_of_a_plain_line():
    assert set(MEMBERS) == set(_Line.__struct_fields__)
