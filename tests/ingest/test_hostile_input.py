"""Input that must not hurt: each case ends accepted, unscorable or in quarantine, with its place."""

import gzip
import hashlib
import json

import pytest
from hostile_lines import GOOD, SMALL, file, line, read
from hypothesis import given, settings
from hypothesis import strategies as st

from afteraction.ingest import plan, planning, read_part, reading
from afteraction.records.settings import Settings

BAD_LINES = {
    "broken_json": b'{"session_id":"s1","tool":',
    "invalid_utf8": b'{"session_id":"\xff","tool":"t","args":{}}',
    "duplicate_key": b'{"session_id":"s1","tool":"t","args":{"to":"a","to":"b"}}',
    "not_finite": b'{"session_id":"s1","tool":"t","args":{"n":NaN}}',
    "huge_integer": b'{"session_id":"s1","tool":"t","args":{"n":9007199254740993}}',
    "huge_number": b'{"session_id":"s1","tool":"t","args":{"n":1e400}}',
    "lone_surrogate": b'{"session_id":"s1","tool":"t","args":{"n":"\\ud800"}}',
    "nul_byte": b'{"session_id":"s1","tool":"t","args":{"n":"\x00"}}',
    "too_deep": b'{"session_id":"s1","tool":"t","args":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "wrong_type": b'{"session_id":["s1"],"tool":"t","args":{}}',
    "missing_field": b'{"session_id":"","tool":"t","args":{}}',
    "unknown_record": b'{"weather":"rain"}',
}


@pytest.mark.parametrize("code", BAD_LINES)
def test_a_bad_line_goes_to_quarantine_and_its_neighbours_stay(tmp_path, code):
    bad = BAD_LINES[code]
    actions, quarantined, records = read(file(tmp_path, GOOD + b"\n" + bad + b"\n" + line("c2") + b"\n"))
    assert [action.call for action in actions] == ["c1", "c2"]
    (row,) = quarantined
    assert row.code == code
    assert (row.place.file, row.place.line, row.place.offset) == ("log.jsonl", 2, len(GOOD) + 1)
    assert row.place.digest == hashlib.sha256(bad).hexdigest()
    assert records == 3
    assert row.reason
    assert "rain" not in row.reason


def test_a_torn_last_line_says_so(tmp_path):
    _, quarantined, _ = read(file(tmp_path, GOOD + b"\n" + GOOD[:-9]))
    assert [(row.code, row.place.line) for row in quarantined] == [("torn_line", 2)]


def test_a_whole_last_line_needs_no_line_end(tmp_path):
    actions, quarantined, _ = read(file(tmp_path, line("c0") + b"\n" + GOOD))
    assert len(actions) == 2
    assert not quarantined


def test_byte_order_mark_blank_lines_and_crlf(tmp_path):
    data = b"\xef\xbb\xbf" + GOOD + b"\r\n\r\n  \n\n" + line("c2") + b"\r\n"
    actions, quarantined, records = read(file(tmp_path, data))
    assert [action.place.line for action in actions] == [1, 5]
    assert actions[0].place.digest == hashlib.sha256(GOOD).hexdigest()
    for action in actions:
        at = action.place.offset
        assert data[at:].startswith(GOOD if action.call == "c1" else line("c2"))
    assert not quarantined
    assert records == 2


@pytest.mark.parametrize("ended", [True, False])
def test_a_20_mb_line_is_skipped_without_being_kept(tmp_path, ended):
    long = b'{"session_id":"s1","tool":"t","args":{"x":"' + b"x" * 20_000_000 + b'"}}'
    path = file(tmp_path, GOOD + b"\n" + long + (b"\n" + line("c2") + b"\n" if ended else b""))
    actions, quarantined, records = read(path)
    (row,) = quarantined
    assert (row.code, row.place.line, row.place.offset) == ("line_too_long", 2, len(GOOD) + 1)
    assert row.place.digest == hashlib.sha256(long).hexdigest()
    assert [(action.call, action.place.line) for action in actions] == [("c1", 1), ("c2", 3)][
        : 2 if ended else 1
    ]
    assert records == len(actions) + 1


def test_a_file_that_begins_with_a_20_mb_line_is_still_known(tmp_path):
    long = b'{"session_id":"s1","tool":"t","args":{"x":"' + b"x" * 20_000_000 + b'"}}'
    actions, quarantined, _ = read(file(tmp_path, long + b"\n" + GOOD + b"\n"))
    assert [action.place.line for action in actions] == [2]
    assert [(row.code, row.place.line) for row in quarantined] == [("line_too_long", 1)]


def test_a_file_that_begins_with_bad_lines_is_still_known(tmp_path):
    actions, quarantined, _ = read(file(tmp_path, b"# a comment\n" * 150 + GOOD + b"\n"))
    assert len(actions) == 1
    assert len(quarantined) == 150


def test_lines_at_the_limit_are_read_and_beyond_are_not(tmp_path):
    def sized(length):
        return line("c1", result="x" * (length - len(line("c1", result=""))))

    limit = SMALL.limits.max_line_bytes
    actions, quarantined, _ = read(file(tmp_path, sized(limit) + b"\n" + sized(limit + 1) + b"\n"), SMALL)
    assert len(actions) == 1
    assert [row.code for row in quarantined] == ["line_too_long"]


@pytest.mark.parametrize("given", [b'{"to":"a@exam', b'{"to":"a","to":"b"}', b'{"n":NaN}'])
def test_cut_or_ambiguous_arguments_in_a_string_are_unscorable(tmp_path, given):
    ((action,), quarantined, _) = read(file(tmp_path, line("c1", args=given.decode())))
    assert action.unscorable
    assert action.args == given.decode()
    assert not quarantined


def test_missing_arguments_are_unscorable(tmp_path):
    absent = b'{"session_id":"s","tool":"t","call_id":"1"}'
    data = absent + b"\n" + line("2", args=None)
    actions, _, _ = read(file(tmp_path, data))
    assert all(action.unscorable and action.args is None for action in actions)
    assert len(actions) == 2


def test_empty_arguments_are_not_missing(tmp_path):
    ((action,), *_) = read(file(tmp_path, line("c1", args={})))
    assert action.args == "{}"
    assert action.unscorable is None


@pytest.mark.parametrize(
    "odd", ["../../etc/passwd", "a\nb\r\n", "\u202egnp.exe", "x" * 300, "'; drop table x; --", "\x1b[31m"]
)
def test_odd_ids_are_kept_verbatim(tmp_path, odd):
    ((action,), quarantined, _) = read(file(tmp_path, line(odd, session_id=odd, agent_id=odd, tool=odd)))
    assert (action.session_id, action.call, action.agent_id, action.tool) == (odd, odd, odd, odd)
    assert not quarantined


def test_control_characters_that_stores_refuse_are_replaced(tmp_path):
    ((action,), *_) = read(file(tmp_path, line("c1", session_id="a\x00b")))
    assert action.session_id == "a\ufffdb"


# --- documents


def test_an_array_of_records_has_places(tmp_path):
    data = b" [\n  " + GOOD + b",\n  17,\n  " + line("c2") + b"\n]\n"
    actions, quarantined, records = read(file(tmp_path, data, "doc.json"))
    assert [(action.call, action.place.line) for action in actions] == [("c1", 1), ("c2", 3)]
    for action, raw in zip(actions, (GOOD, line("c2")), strict=True):
        assert data[action.place.offset :].startswith(raw)
        assert action.place.digest == hashlib.sha256(raw).hexdigest()
    assert [(row.code, row.place.line) for row in quarantined] == [("unknown_record", 2)]
    assert records == 3


def cloudtrail(count):
    event = {
        "eventVersion": "1.11",
        "eventSource": "s3.amazonaws.com",
        "eventName": "GetObject",
        "requestParameters": {},
    }
    return {
        "Records": [
            {**event, "eventID": f"e{number}", "userIdentity": {"principalId": "p"}}
            for number in range(count)
        ]
    }


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_wrapped_document_on_one_line_or_many(tmp_path, indent, pack):
    data = json.dumps(cloudtrail(3), indent=indent).encode()
    actions, quarantined, records = read(file(tmp_path, pack(data), "trail.json"))
    assert [action.call for action in actions] == ["e0", "e1", "e2"]
    assert not quarantined
    assert records == 3


def test_a_wrapper_that_is_there_twice_is_refused(tmp_path):
    inner = json.dumps(cloudtrail(1))[1:-1]
    _, quarantined, _ = read(file(tmp_path, ("{\n" + inner + ",\n" + inner + "\n}").encode()))
    assert [row.code for row in quarantined] == ["duplicate_key"]


def test_a_broken_document_is_one_row(tmp_path):
    data = json.dumps(cloudtrail(3), indent=2).encode()
    _, quarantined, _ = read(file(tmp_path, data[:-9]))
    assert len(quarantined) == 1


def test_a_document_beyond_its_limit_is_one_row(tmp_path):
    _, quarantined, _ = read(file(tmp_path, json.dumps(cloudtrail(900), indent=2).encode()), SMALL)
    assert [row.code for row in quarantined] == ["document_too_long"]


# --- parts and chunks


def test_a_large_file_is_read_in_parts_with_the_same_places(tmp_path, monkeypatch):
    lines = [line(f"c{number}", result="x" * (number % 700)) for number in range(3000)]
    lines[1500] = b'{"broken'
    path = file(tmp_path, b"\n".join(lines) + b"\n")
    whole = read(path)
    monkeypatch.setattr(planning, "PART_BYTES", 100_000)
    monkeypatch.setattr(planning, "BLOCK", 7_000)
    parts = plan([path], Settings())
    assert len(parts) > 5
    assert [part.end for part in parts[:-1]] == [part.start for part in parts[1:]]
    assert read(path) == whole
    assert [action.place.line for action in whole[0]] == [n for n in range(1, 3001) if n != 1501]


def test_formats_that_pair_lines_are_never_cut(tmp_path, monkeypatch):
    monkeypatch.setattr(planning, "PART_BYTES", 100)
    rpc = [
        {"jsonrpc": "2.0", "id": n, "method": "tools/call", "params": {"name": "t", "arguments": {}}}
        for n in range(99)
    ]
    path = file(tmp_path, b"".join(json.dumps(one).encode() + b"\n" for one in rpc))
    assert len(plan([path], Settings())) == 1


def test_chunks_are_bounded(tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "CHUNK_ITEMS", 10)
    path = file(tmp_path, b"".join(line(f"c{number}") + b"\n" for number in range(95)))
    (part,) = plan([path], Settings())
    assert [len(chunk.actions) for chunk in read_part(part, Settings())] == [10] * 9 + [5]


def test_names_are_stable_between_machines(tmp_path):
    folder = tmp_path / "a" / "b"
    folder.mkdir(parents=True)
    file(folder, GOOD)
    assert [part.name for part in plan([tmp_path], Settings())] == ["a/b/log.jsonl"]
    assert [part.name for part in plan([folder / "log.jsonl"], Settings())] == ["log.jsonl"]
    assert [part.name for part in plan([tmp_path / "a" / "*" / "*.jsonl"], Settings())] == ["log.jsonl"]


def test_a_file_named_twice_is_read_once(tmp_path):
    path = file(tmp_path, GOOD)
    assert len(plan([tmp_path, path, tmp_path / "*.jsonl"], Settings())) == 1


PIECES = st.lists(
    st.sampled_from(
        [
            GOOD,
            b"\n",
            b"\r\n",
            b"\xef\xbb\xbf",
            b"{",
            b"[",
            b'"',
            b"\x00",
            b"\xff",
            b"\x1f\x8b",
            b"\x28\xb5\x2f\xfd",
            *BAD_LINES.values(),
        ]
    )
    | st.binary(max_size=60),
    max_size=12,
)


@settings(max_examples=150, deadline=None)
@given(PIECES)
def test_arbitrary_bytes_never_raise(tmp_path_factory, pieces):
    path = file(tmp_path_factory.mktemp("bytes"), b"".join(pieces))
    actions, quarantined, records = read(path, SMALL)
    assert records >= len(quarantined)
    assert records - len(quarantined) == len(actions)
