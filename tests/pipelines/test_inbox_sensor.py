"""What the inbox sensor asks for, evaluated as the daemon would."""

from __future__ import annotations

import json
import os
from pathlib import Path

import dagster as dg
import pytest

from pipelines.definitions import defs
from pipelines.resources import Home
from pipelines.sensors import watch_inbox


@pytest.fixture
def home(tmp_path):
    return Home(at=str(tmp_path))


def drop(home: Home, name: str, text: str = "{}") -> Path:
    path = home.inbox / name
    path.write_text(text)
    os.utime(path, (1_700_000_000, 1_700_000_000))
    return path


def look(home: Home, cursor: str | None = None):
    repository = defs.get_repository_def()
    with dg.instance_for_test() as instance:
        context = dg.build_sensor_context(instance=instance, cursor=cursor, repository_def=repository)
        return watch_inbox.evaluate_tick(context.merge_resources({"home": home}))


def paths(result) -> list[str]:
    config = result.run_requests[0].run_config
    return [Path(path).name for path in config["ops"]["ingest"]["config"]["paths"]]


def test_an_empty_inbox_asks_for_nothing(home):
    first = look(home)
    assert first.run_requests == []
    assert look(home, first.cursor).skip_message == "nothing new in the inbox"


def test_what_the_lake_already_holds_is_shown_once(home):
    (home.folder / "lake" / "actions").mkdir(parents=True)
    first = look(home)
    assert [request.run_key for request in first.run_requests] == ["first-look"]
    assert look(home, first.cursor).run_requests == []


def test_a_dropped_file_asks_for_one_run_over_it(home):
    drop(home, "a.jsonl")
    found = look(home, "[]")
    assert paths(found) == ["a.jsonl"]
    assert look(home, found.cursor).run_requests == []


def test_the_same_files_ask_for_the_same_run(home):
    drop(home, "a.jsonl")
    keys = {look(home, cursor).run_requests[0].run_key for cursor in ("[]", None)}
    assert len(keys) == 1


def test_only_new_and_changed_files_are_read_again(home):
    drop(home, "a.jsonl")
    drop(home, "b.jsonl")
    before = look(home, "[]")
    drop(home, "b.jsonl", "{} {}")
    drop(home, "c.jsonl")
    after = look(home, before.cursor)
    assert paths(after) == ["b.jsonl", "c.jsonl"]
    assert after.run_requests[0].run_key != before.run_requests[0].run_key


def test_a_half_copied_file_waits(home):
    (home.inbox / "now.jsonl").write_text("{")
    assert look(home, "[]").run_requests == []


def test_a_removed_file_asks_for_nothing(home):
    drop(home, "a.jsonl")
    path = drop(home, "b.jsonl")
    before = look(home, "[]")
    path.unlink()
    assert look(home, before.cursor).run_requests == []


@pytest.mark.parametrize("name", ["two\nlines.jsonl", "right\u202eleft.jsonl", os.fsdecode(b"caf\xe9.jsonl")])
def test_a_name_that_no_configuration_should_hold_reads_the_whole_inbox(home, name):
    drop(home, name)
    found = look(home, "[]")
    assert len(found.run_requests) == 1
    assert found.run_requests[0].run_config == {}
    json.dumps(found.cursor).encode()


def test_the_configured_inbox_is_watched(tmp_path):
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "afteraction.toml").write_text(f'inbox = "{tmp_path}/elsewhere"\n')
    home = Home(at=str(tmp_path / "home"))
    drop(home, "a.jsonl")
    assert paths(look(home, "[]")) == ["a.jsonl"]
    assert (tmp_path / "elsewhere" / "a.jsonl").exists()
