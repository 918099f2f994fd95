"""The committed samples: small, synthetic, in many formats, and read as they were meant."""

from collections import Counter
from pathlib import Path

from afteraction.ingest import plan, read_part
from afteraction.records.settings import Settings

SAMPLES = Path(__file__).parents[2] / "data" / "samples"


def chunks():
    return [chunk for part in plan([SAMPLES], Settings()) for chunk in read_part(part, Settings())]


def test_samples_are_small_and_of_many_formats():
    assert sum(path.stat().st_size for path in SAMPLES.rglob("*") if path.is_file()) < 150_000
    parts = plan([SAMPLES], Settings())
    assert len({part.format for part in parts}) >= 8
    assert {part.compression for part in parts} == {"plain", "gzip", "zstd"}
    assert not [part.name for part in parts if part.problem]


def test_only_the_lines_meant_for_quarantine_get_there():
    rows = [row for chunk in chunks() for row in chunk.quarantined]
    assert {row.place.file for row in rows} == {"kiosk-with-bad-lines.jsonl"}
    assert Counter(row.code for row in rows) == {
        "broken_json": 1,
        "duplicate_key": 1,
        "not_finite": 1,
        "huge_integer": 1,
        "unknown_record": 1,
        "torn_line": 1,
    }


def test_samples_hold_sessions_of_several_agents_over_three_days():
    actions = [action for chunk in chunks() for action in chunk.actions]
    assert len(actions) > 200
    assert len({action.agent_id for action in actions}) >= 8
    assert sum(action.unscorable is not None for action in actions) == 5
    assert 0 < sum(action.event_time is None for action in actions) < 20
    days = {action.event_time // 86_400_000_000 for action in actions if action.event_time}
    assert len(days) == 3
    ids = [(action.tenant, action.source_system, action.session_id, action.call) for action in actions]
    assert len(ids) == len(set(ids))
