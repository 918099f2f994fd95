"""Files that must not hurt: bombs, torn streams, devices, links, and what is no log at all."""

import gzip
import os

import pytest
import zstandard
from hostile_lines import GOOD, SMALL, file, line, read

from afteraction.ingest import SourceError, plan, planning, read_part
from afteraction.records.settings import Limits, Settings

# --- compressed sources


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress])
def test_compression_is_known_by_content_not_by_name(tmp_path, pack):
    actions, quarantined, _ = read(file(tmp_path, pack(GOOD + b"\n" + line("c2") + b"\n"), "misnamed.txt"))
    assert [(action.place.line, action.place.offset) for action in actions] == [(1, 0), (2, len(GOOD) + 1)]
    assert not quarantined


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress])
def test_several_members_are_one_stream(tmp_path, pack):
    actions, *_ = read(file(tmp_path, pack(GOOD + b"\n") + pack(line("c2")) + pack(b"\n" + line("c3"))))
    assert [action.call for action in actions] == ["c1", "c2", "c3"]


def bomb(pack):
    return pack(GOOD + b"\n" + (b" " * 1000 + b"\n") * 100_000)


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress])
def test_a_bomb_is_one_row_and_what_stood_before_it_stays(tmp_path, pack):
    actions, quarantined, _ = read(file(tmp_path, bomb(pack)), SMALL)
    assert [action.call for action in actions] == ["c1"]
    (row,) = quarantined
    assert row.code == "decompression_bomb"
    assert "20 times" in row.reason


def test_a_bomb_of_one_line_is_one_row(tmp_path):
    path = file(tmp_path, gzip.compress(GOOD + b"\n" + b"\x00" * 50_000_000))
    _, quarantined, _ = read(path, SMALL)
    assert [row.code for row in quarantined] == ["decompression_bomb"]


def test_a_file_beyond_the_absolute_limit_is_one_row(tmp_path):
    config = Settings(limits=Limits(max_file_bytes=1_500_000))
    many = b"".join(line(f"c{number}") + b"\n" for number in range(40_000))
    actions, quarantined, _ = read(file(tmp_path, many), config)
    assert [row.code for row in quarantined] == ["file_too_long"]
    assert 0 < len(actions) < 40_000


def test_the_parts_of_a_file_keep_to_the_absolute_limit(tmp_path, monkeypatch):
    monkeypatch.setattr(planning, "PART_BYTES", 100_000)
    monkeypatch.setattr(planning, "BLOCK", 10_000)
    many = b"".join(line(f"c{number}") + b"\n" for number in range(40_000))
    actions, quarantined, _ = read(file(tmp_path, many), Settings(limits=Limits(max_file_bytes=300_000)))
    (row,) = quarantined
    assert row.code == "file_too_long"
    assert row.place.line == len(actions) + 1
    assert many[row.place.offset :].startswith(line(f"c{len(actions)}"))


def noise(count):
    return b"".join(line(f"c{number}", result=os.urandom(200).hex()) + b"\n" for number in range(count))


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress])
def test_a_stream_that_breaks_off_keeps_what_came_before(tmp_path, pack):
    packed = pack(noise(6000))
    actions, quarantined, _ = read(file(tmp_path, packed[: len(packed) * 2 // 3]))
    assert actions
    assert [row.code for row in quarantined] == ["broken_file"]


@pytest.mark.parametrize(
    "data", [b"\x1f\x8b", b"\x1f\x8bgarbage" * 9, b"\x28\xb5\x2f\xfd", b"\x28\xb5\x2f\xfdgarbage" * 9]
)
def test_garbage_behind_magic_bytes_is_one_row(tmp_path, data):
    actions, quarantined, records = read(file(tmp_path, data))
    assert not actions
    assert len(quarantined) == records == 1


def test_garbage_after_a_gzip_member_is_one_row(tmp_path):
    actions, quarantined, _ = read(file(tmp_path, gzip.compress(GOOD + b"\n") + b"trailing garbage"))
    assert len(actions) == 1
    assert [row.code for row in quarantined] == ["broken_file"]


# --- files that are no logs


def test_an_unknown_format_is_one_row_that_names_the_formats(tmp_path):
    _, quarantined, _ = read(file(tmp_path, b"# Notes\n\nhunter2 is no log\n"))
    (row,) = quarantined
    assert row.code == "unknown_format"
    assert "plain" in row.reason
    assert "hunter2" not in row.reason


def test_utf16_is_one_row_that_says_so(tmp_path):
    _, quarantined, _ = read(file(tmp_path, GOOD.decode().encode("utf-16")))
    assert [row.code for row in quarantined] == ["encoding"]


def test_a_format_can_be_forced(tmp_path):
    actions, quarantined, _ = read(file(tmp_path, b'{"x":1}\n' * 300 + GOOD), format="plain")
    assert len(actions) == 1
    assert len(quarantined) == 300
    with pytest.raises(SourceError, match="expected one of agentdojo"):
        plan([tmp_path], Settings(), "nonsense")


def test_an_empty_file_yields_nothing(tmp_path):
    file(tmp_path, b"", "empty.jsonl")
    file(tmp_path, b"\n\n", "blank.jsonl")
    assert plan([tmp_path], Settings()) == []


def test_a_folder_of_nothing_and_a_missing_path_say_so(tmp_path):
    with pytest.raises(SourceError, match="found no log files"):
        plan([tmp_path], Settings())
    with pytest.raises(SourceError, match="does not exist"):
        plan([tmp_path / "missing.jsonl"], Settings())
    with pytest.raises(SourceError, match="nothing matches"):
        plan([tmp_path / "*.jsonl"], Settings())
    with pytest.raises(SourceError, match="empty list"):
        plan([], Settings())


def test_links_pipes_and_unreadable_files_are_rows(tmp_path):
    outside = file(tmp_path, GOOD, "outside.jsonl")
    folder = tmp_path / "logs"
    folder.mkdir()
    (folder / "link.jsonl").symlink_to(outside)
    (folder / "broken-link").symlink_to(tmp_path / "gone")
    os.mkfifo(folder / "pipe")
    file(folder, GOOD, "good.jsonl")
    file(folder, GOOD, ".hidden")
    actions, quarantined, _ = read(folder)
    assert [action.place.file for action in actions] == ["good.jsonl"]
    assert {(row.place.file, row.code) for row in quarantined} == {
        ("link.jsonl", "symlink"),
        ("broken-link", "symlink"),
        ("pipe", "not_a_file"),
    }


def test_a_device_is_a_row():
    _, quarantined, _ = read("/dev/zero")
    assert [row.code for row in quarantined] == ["not_a_file"]


def test_a_link_named_by_the_user_is_followed(tmp_path):
    target = file(tmp_path, GOOD, "target.jsonl")
    (tmp_path / "link").symlink_to(target)
    actions, quarantined, _ = read(tmp_path / "link")
    assert len(actions) == 1
    assert not quarantined


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_a_row(tmp_path):
    file(tmp_path, GOOD).chmod(0)
    _, quarantined, _ = read(tmp_path)
    assert [row.code for row in quarantined] == ["unreadable"]


def test_a_file_that_vanishes_after_planning_is_a_row(tmp_path):
    path = file(tmp_path, GOOD)
    (part,) = plan([path], Settings())
    path.unlink()
    (chunk,) = read_part(part, Settings())
    assert [row.code for row in chunk.quarantined] == ["unreadable"]


def test_file_names_that_are_no_utf8_are_shown_as_escapes(tmp_path):
    path = os.path.join(os.fsencode(tmp_path), b"b\xffd.jsonl")  # noqa: PTH118  # bytes
    with open(path, "wb") as handle:  # noqa: PTH123  # bytes
        handle.write(GOOD)
    ((action,), *_) = read(tmp_path)
    assert action.place.file == "b\\xffd.jsonl"
