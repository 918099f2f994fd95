"""What scoring saw of recorded actions, and in which days it is looked for."""

from __future__ import annotations

import polars as pl
import pytest
from leaky_lines import LEAK, line

from afteraction.audit import Audit
from afteraction.audit.scored_rows import looked_up, newest_days, scored_rows, unpacked
from afteraction.lake import Lake


@pytest.fixture(scope="module")
def lake(tmp_path_factory):
    """Two dated days and an action without a time."""
    home = tmp_path_factory.mktemp("home")
    file = home / "a.jsonl"
    file.write_text("\n".join([*LEAK, line("c9", "read_file", {"path": "x"}, session_id="s9")]))
    Audit(home).run([file])
    return Lake(home)


def test_what_is_undated_comes_last(lake):
    """The newest days were taken by name, and `undated` stands after every date."""
    assert newest_days(lake, "features", 1) == ["2026-11-04"]
    assert newest_days(lake, "features", 100) == ["2026-11-04", "2026-11-03", "undated"]
    assert newest_days(lake, "features", 0) == []


def test_every_action_is_found_with_its_leaks_and_strangers_have_no_row(lake):
    ids = lake.read("action_risk", columns=("action_id", "event_date"))
    wanted = pl.concat([ids.select("action_id"), pl.DataFrame({"action_id": ["act_none"]})])
    found = looked_up(lake, wanted)
    assert found.select("action_id", "event_date").sort("action_id").equals(ids.sort("action_id"))
    assert set(found["leak"].drop_nulls()) == {"critical"}
    assert found["decisive"].drop_nulls().any()
    assert "foreign_payload" in unpacked(found).columns
    again = scored_rows(lake, wanted, newest_days(lake, "features", 100))
    assert again.sort("action_id").equals(found.sort("action_id"))
    assert looked_up(lake, wanted.clear()).is_empty()
