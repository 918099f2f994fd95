"""Packs: what is in them, that they can be opened safely, and that every change shows."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime

import polars as pl
import pytest

from afteraction.compliance import Period, all_controls
from afteraction.compliance.control import TABLES, hour
from afteraction.compliance.evidence import MANIFEST, check_files, cut, safe_cell
from afteraction.compliance.frameworks import FRAMEWORKS
from afteraction.records.quarantine import QUARANTINE

AT = datetime(2026, 11, 23, tzinfo=UTC)


def pack_of(tables, framework="soc2", period=Period(), runs=()):  # noqa: B008  (frozen)
    frames = {name: pl.DataFrame(schema=schema) for name, schema in TABLES.items()}
    example = next(one for one in all_controls() if one.id == "AC-5.1").failing.frames()
    tables.put({**frames, **example, "quarantine": pl.DataFrame(schema=QUARANTINE)})
    return cut(tables.query, framework, period=period, runs=runs, created_at=AT)


def rows(data):
    return list(csv.DictReader(io.StringIO(data.decode())))


def write(folder, files):
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_a_pack_holds_every_control_of_the_framework(tables, framework):
    files = pack_of(tables, framework)
    chosen = [one.id for one in all_controls() if FRAMEWORKS[framework].criteria(one)]
    assert [row["control"] for row in rows(files["summary.csv"])] == chosen
    assert {row["outcome"] for row in rows(files["manual.csv"])} == {"manual evidence required"}
    for one in chosen:
        described = json.loads(files[f"controls/{one}/control.json"])
        assert described["cannot_show"]
        assert "{" not in described["statement"]
        assert files[f"controls/{one}/exceptions.sql"]
        assert f"controls/{one}/population.csv" in files


def test_exceptions_and_population_are_complete(tables):
    files = pack_of(tables, runs=[{"kind": "run", "key": "r1", "read": 7}])
    assert [row["id"] for row in rows(files["controls/AC-5.1/exceptions.csv"])] == [
        "D-1",
        "D-2",
        "D-3",
        "D-4",
        "D-5",
    ]
    assert len(rows(files["controls/AC-5.1/population.csv"])) == 6
    counts = json.loads(files["counts.json"])
    assert counts["rows"] == {"actions": 1, "decisions": 6, "quarantine": 0, "tickets": 1}
    assert counts["runs"][0]["read"] == 7


def test_printed_queries_run_again(tables):
    files = pack_of(tables)
    assert tables.query(files["controls/AC-5.1/exceptions.sql"].decode())["id"].n_unique() == 5
    assert tables.query(files["controls/AC-5.1/population.sql"].decode())["id"].n_unique() == 6


def test_a_period_is_in_the_queries_and_in_the_readme(tables):
    files = pack_of(tables, period=Period(hour(0), hour(1)))
    assert "2026-11-02T12:00:00+00:00" in files["controls/AC-5.1/exceptions.sql"].decode()
    assert "from 2026-11-02T12:00:00+00:00 to 2026-11-02T13:00:00+00:00" in files["README.md"].decode()
    assert json.loads(files[MANIFEST])["period"]["from"] == "2026-11-02T12:00:00+00:00"
    assert json.loads(files["controls/AC-5.1/control.json"])["outcome"] == "not_applicable"


def test_a_control_that_cannot_run_is_an_error_in_the_pack(tables):
    pack_of(tables)
    tables.connection.execute("DROP TABLE grants")
    files = cut(tables.query, "fedramp", period=Period(), runs=(), created_at=AT)
    outcome = {row["control"]: row["outcome"] for row in rows(files["summary.csv"])}
    assert outcome["CM-3.4"] == "error"
    assert outcome["AC-5.1"] == "fail"
    assert "controls/CM-3.4/population.csv" not in files


def test_same_data_gives_the_same_pack(tables):
    assert pack_of(tables) == pack_of(tables)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx"])
def test_no_cell_is_a_formula(text):
    assert safe_cell(text).startswith("'")
    assert safe_cell("T-1") == "T-1"
    assert safe_cell(None) == ""


def test_hostile_ids_do_not_reach_the_pack(tables):
    pack_of(tables)
    tables.connection.execute(
        "UPDATE decisions SET decision_id = '=HYPERLINK(\"http://x.example\")' WHERE decision_id = 'D-1'"
    )
    files = cut(tables.query, "soc2", period=Period(), runs=(), created_at=AT)
    assert not [name for name, data in files.items() if b"HYPERLINK" in data]
    assert len(rows(files["controls/AC-5.1/exceptions.csv"])) == 5


def test_an_untouched_pack_is_clean(tables, tmp_path):
    pack = write(tmp_path, pack_of(tables))
    (pack / "ledger").mkdir()
    (pack / "ledger/checkpoint").touch()
    assert check_files(pack, ["ledger/checkpoint"]) == ()


def change(pack):
    file = pack / "controls/AC-5.1/exceptions.csv"
    file.write_bytes(file.read_bytes().replace(b"D-1\n", b""))


def remove(pack):
    (pack / "summary.csv").unlink()


def add(pack):
    (pack / "controls/AC-5.1/note.txt").write_text("all good")


def link(pack):
    (pack / "summary.csv").rename(pack.parent / "kept.csv")
    (pack / "summary.csv").symlink_to(pack.parent / "kept.csv")


def link_folder(pack):
    (pack / "controls/AC-5.1").rename(pack.parent / "kept")
    (pack / "controls/AC-5.1").symlink_to(pack.parent / "kept")


def escape(pack):
    manifest = json.loads((pack / MANIFEST).read_bytes())
    manifest["files"]["../../etc/passwd"] = {"sha256": "0", "bytes": 0}
    (pack / MANIFEST).write_text(json.dumps(manifest))


def break_manifest(pack):
    (pack / MANIFEST).write_text("[" * 100_000)


def remove_manifest(pack):
    (pack / MANIFEST).unlink()


@pytest.mark.parametrize(
    "tamper", [change, remove, add, link, link_folder, escape, break_manifest, remove_manifest]
)
def test_every_change_shows(tables, tmp_path, tamper):
    pack = write(tmp_path / "pack", pack_of(tables))
    tamper(pack)
    assert check_files(pack, [])
