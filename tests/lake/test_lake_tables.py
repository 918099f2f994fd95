"""Tables on disk and in a bucket: append, replace, late data, versions, and writers that meet."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import duckdb
import polars as pl
import pytest
from deltalake import DeltaTable

from afteraction.lake import LAKE, Lake, LakeError, tables


def features(*rows):
    """Rows of `features` from (session, date, action)."""
    made = [
        {"session_key": session, "event_date": date, "action_id": action, "row": f'{{"n":"{action}"}}'}
        for session, date, action in rows
    ]
    return pl.DataFrame(made, schema=LAKE["features"])


def held(home):
    return Lake(home).read("features").sort("action_id")["action_id"].to_list()


def keys(*names):
    return pl.Series(names, dtype=pl.String)


def test_what_is_appended_is_read(home):
    lake = Lake(home)
    rows = features(("s1", "2026-11-01", "a1"), ("s2", "2026-11-02", "a2"), ("s3", "undated", "a3"))
    assert lake.version("features") == -1
    lake.append("features", rows)
    assert Lake(home).read("features").sort("action_id").select(rows.columns).equals(rows)
    assert lake.dates("features") == ["2026-11-01", "2026-11-02", "undated"]
    assert lake.read("features", dates=["2026-11-02"])["action_id"].to_list() == ["a2"]
    assert lake.rows_per_partition("features") == dict.fromkeys(lake.dates("features"), 1)
    assert lake.version("features") == 0


def test_an_absent_table_is_empty_with_its_columns(home):
    lake = Lake(home)
    assert lake.read("actions").schema == pl.Schema(LAKE["actions"])
    assert (lake.files("actions"), lake.manifest("actions"), lake.rows_per_partition("actions")) == (
        [],
        {},
        {},
    )


def test_nothing_to_append_is_no_version(home):
    Lake(home).append("features", features())
    assert Lake(home).version("features") == -1


def test_quarantine_has_no_partitions(home):
    lake = Lake(home)
    row = dict.fromkeys(LAKE["quarantine"]) | {"quarantine_id": "q1"}
    lake.append("quarantine", pl.DataFrame([row], schema=LAKE["quarantine"]))
    assert lake.read("quarantine")["quarantine_id"].to_list() == ["q1"]
    assert lake.rows_per_partition("quarantine") == {"all": 1}
    assert lake.dates("quarantine") == []
    assert list(lake.manifest("quarantine")) == ["all"]


def test_late_data_makes_a_new_version_and_touches_only_the_files_of_its_sessions(home):
    lake = Lake(home)
    lake.append("features", features(("s1", "2026-11-01", "a1"), ("s2", "2026-11-02", "a2")))
    lake.append("features", features(("s3", "2026-11-02", "a3")))
    before, manifest = set(lake.files("features")), lake.manifest("features")
    fresh = features(("s3", "2026-11-02", "a3"), ("s3", "2026-11-02", "a4"), ("s3", "2026-11-03", "a5"))
    lake.replace_sessions("features", fresh, keys("s3"))
    assert held(home) == ["a1", "a2", "a3", "a4", "a5"]
    assert lake.version("features") == 2
    assert len(before & set(lake.files("features"))) == 2
    after = lake.manifest("features")
    assert {date for date in after if after[date] != manifest.get(date)} == {"2026-11-02", "2026-11-03"}


def test_replacing_keeps_the_other_sessions_of_a_file_and_may_leave_nothing(home):
    lake = Lake(home)
    lake.append("features", features(("s1", "2026-11-01", "a1"), ("s2", "2026-11-01", "a2")))
    lake.replace_sessions("features", features(), keys("s1"))
    assert held(home) == ["a2"]
    lake.replace_sessions("features", features(), keys("s2"))
    assert (held(home), lake.dates("features")) == ([], [])


def test_replacing_the_same_again_gives_the_same_table(home):
    rows = features(("s1", "2026-11-01", "a1"), ("s1", "2026-11-02", "a2"))
    for _ in range(2):
        Lake(home).replace_sessions("features", rows, keys("s1"))
    assert held(home) == ["a1", "a2"]


def test_under_the_lock_a_writer_sees_its_own_commits(home):
    lake = Lake(home)
    with lake.lock():
        for number in range(3):
            lake.append("features", features((f"s{number}", "2026-11-01", f"a{number}")))
            assert lake.version("features") == number
            assert lake.read("features").height == number + 1


def test_many_commits_are_folded_into_a_checkpoint(home, monkeypatch):
    monkeypatch.setattr(tables, "_CHECKPOINT", 3)
    lake = Lake(home)
    with lake.lock():
        for number in range(5):
            lake.append("features", features((f"s{number}", "2026-11-01", f"a{number}")))
    assert held(home) == [f"a{number}" for number in range(5)]
    assert Lake(home).version("features") == 4


def test_a_column_that_a_later_version_adds_is_null_in_older_rows(home, monkeypatch):
    wide = dict(LAKE["features"])
    monkeypatch.setitem(tables.LAKE, "features", {k: v for k, v in wide.items() if k != "row"})
    Lake(home).append("features", features(("s1", "2026-11-01", "a1")))
    monkeypatch.setitem(tables.LAKE, "features", wide)
    assert Lake(home).columns("features") == {"session_key", "event_date", "action_id"}
    Lake(home).append("features", features(("s2", "2026-11-01", "a2")))
    assert Lake(home).columns("features") == set(wide)
    read = Lake(home).read("features").sort("action_id")
    assert read["row"].to_list() == [None, '{"n":"a2"}']


def test_a_commit_goes_only_on_top_of_what_its_writer_read(home):
    """A blind append after somebody else's would keep both, and with them the same sessions twice."""
    Lake(home).append("features", features(("s0", "2026-11-01", "a0")))
    slow = Lake(home)
    with slow.lock():
        assert slow.read("features").height == 1
        Lake(home).append("features", features(("s1", "2026-11-01", "a1")))
        with pytest.raises(LakeError, match="run afteraction audit again"):
            slow.append("features", features(("s1", "2026-11-01", "a1")))
        with pytest.raises(LakeError, match="another audit committed"):
            slow.replace_sessions("features", features(("s0", "2026-11-01", "a9")), keys("s0"))
    assert held(home) == ["a0", "a1"]


@pytest.mark.parametrize("made", [False, True])
def test_of_writers_at_one_moment_one_wins_each_version_and_nothing_is_lost(home, made):
    if made:
        Lake(home).append("features", features(("s", "2026-11-01", "first")))
    writers, rounds = 4, 3

    def write(number):
        won = []
        for turn in range(rounds):
            lake = Lake(home)
            barrier.wait(timeout=60)
            try:
                lake.append("features", features(("s", "2026-11-01", f"{number}-{turn}")))
                won.append(f"{number}-{turn}")
            except LakeError:
                pass
        return won

    barrier = Barrier(writers)
    with ThreadPoolExecutor(writers) as threads:
        won = [one for some in threads.map(write, range(writers)) for one in some]
    assert len(won) >= rounds
    assert sorted([*won, *(["first"] if made else [])]) == held(home)
    assert Lake(home).version("features") == len(held(home)) - 1


def test_other_readers_of_delta_read_it(home):
    lake = Lake(home)
    rows = features(("s1", "2026-11-01", "a1"), ("s2", "2026-11-02", "a2"))
    lake.append("features", rows)
    lake.replace_sessions("features", features(("s2", "2026-11-02", "a3")), keys("s2"))
    table = DeltaTable(lake._storage.table("features"), storage_options=dict(lake._storage.options))
    assert table.to_pyarrow_table().num_rows == 2
    assert table.load_as_version(0) is None
    assert table.to_pyarrow_table().num_rows == 2


def test_files_are_zstd_parquet_without_the_partition_column(home):
    lake = Lake(home)
    lake.append("features", features(("s1", "2026-11-01", "a1")))
    (file,) = lake.files("features")
    asked = "SELECT DISTINCT path_in_schema, compression FROM parquet_metadata(?)"
    found = dict(duckdb.execute(asked, [file]).fetchall())
    assert found == dict.fromkeys(["session_key", "action_id", "row"], "ZSTD")


def test_a_crowd_of_small_files_becomes_one_and_every_row_stays(home):
    lake = Lake(home)
    with lake.lock():
        for number in range(40):
            lake.append("features", features((f"s{number}", "2026-11-01", f"a{number:02}")))
        lake.append("features", features(("t", "2026-11-02", "b")))
        before = lake.files("features")
        assert len(before) == 41
        assert lake.tidy() == ["features"]
        assert lake.tidy() == []
    assert len(Lake(home).files("features")) == 2
    assert held(home) == [*(f"a{number:02}" for number in range(40)), "b"]
    assert pl.scan_parquet(before).select(pl.len()).collect().item() == 41


def test_replaced_files_are_deleted_when_nobody_reads_them_any_more(home, monkeypatch):
    lake = Lake(home)
    with lake.lock():
        for number in range(32):
            lake.append("features", features((f"s{number}", "2026-11-01", f"a{number:02}")))
        replaced = "features/" + lake.files("features")[0].partition("/features/")[2]
        lake.tidy()
        assert len(stored(lake, replaced)) == 64
        monkeypatch.setattr(tables, "_KEPT_HOURS", 0)
        for number in range(32):
            lake.append("features", features((f"t{number}", "2026-11-01", f"b{number:02}")))
        lake.tidy()
    with pytest.raises((LakeError, FileNotFoundError)):
        stored(lake, replaced)
    assert len(held(home)) == 64


def stored(lake, path):
    """The digest of a data file where the lake keeps it."""
    return lake._storage.digest(path)
