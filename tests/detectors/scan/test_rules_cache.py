"""The compiled rules are cached, and a damaged, foreign or missing cache is rebuilt."""

from __future__ import annotations

import threading
from pathlib import Path

import hyperscan
import polars as pl
import pytest

from detectors import registry, scan
from detectors.leakage import public_rule_pack
from detectors.scan.buffer import from_series
from detectors.scan.database import cache_folder, compiles, database, refused
from detectors.scan.engine import Engine, engine
from detectors.scan.rules import compile_re2, gather

TRIGGERS = ["abc+d", r"\d{4}"]


def hits(built, text: bytes) -> list[int]:
    found: list[int] = []
    scratch = hyperscan.Scratch(built)
    built.scan(text, match_event_handler=lambda rule, *_: found.append(rule), scratch=scratch)
    return sorted(set(found))


def test_second_use_reads_the_cache(tmp_path: Path):
    assert hits(database(TRIGGERS, tmp_path), b"abccd 1234") == [0, 1]
    [file] = tmp_path.glob("*.hsdb")
    before = file.stat().st_mtime_ns
    assert hits(database(TRIGGERS, tmp_path), b"abccd 1234") == [0, 1]
    assert file.stat().st_mtime_ns == before


@pytest.mark.parametrize("damage", [b"", b"short", b"\0" * 5000, None])
def test_a_damaged_cache_is_rebuilt(tmp_path: Path, damage: bytes | None):
    database(TRIGGERS, tmp_path)
    [file] = tmp_path.glob("*.hsdb")
    whole = file.read_bytes()
    file.write_bytes(whole[:-1] + b"?" if damage is None else damage)
    assert hits(database(TRIGGERS, tmp_path), b"abcd") == [0]
    assert len(file.read_bytes()) == len(whole)


def test_other_rules_have_another_file(tmp_path: Path):
    database(TRIGGERS, tmp_path)
    database(["xyz"], tmp_path)
    assert len(list(tmp_path.glob("*.hsdb"))) == 2


def test_an_unwritable_cache_is_no_trouble(tmp_path: Path):
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    assert hits(database(TRIGGERS, blocked / "cache"), b"abcd") == [0]


def test_where_the_cache_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "afteraction"
    assert cache_folder(tmp_path / "x") == tmp_path / "x"


def test_every_own_pattern_suits_both_engines():
    for detector in registry():
        for pattern in detector.patterns:
            compile_re2(pattern.regex)
            assert pattern.locate or compiles(pattern.trigger or pattern.regex), pattern.rule


def test_the_pack_counts_what_it_refuses(cache: Path):
    pack = public_rule_pack.load(cache)
    assert len(pack.rules) > 300
    assert public_rule_pack.refused(cache) == dict(pack.refused)
    assert "*" not in pack.refused


def test_threads_share_an_engine(cache: Path):
    rules = gather(cache)
    engine = Engine(rules, database(rules.triggers, cache))
    buffer = from_series(pl.Series(["call +44 20 7946 0958 or ann@example.com"] * 200))
    found: list[int] = []
    threads = [threading.Thread(target=lambda: found.append(len(engine.scan(buffer)))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [400] * 4


def test_refused_expressions_are_found_among_good_ones():
    assert refused(["a+b", "(?=b)c", "x", "y", "(?<!a)b"]) == {1, 4}
    assert refused(["a"]) == set()


def test_warming_leaves_the_rules_for_later_processes(cache: Path):
    scan.warm(cache)
    assert list(cache.glob("rules-*.hsdb"))
    before = engine.cache_info().misses
    engine(cache)
    assert engine.cache_info().misses == before
