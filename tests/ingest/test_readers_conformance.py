"""What every reader owes: its examples hold, only it knows them, and odd records never crash it."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from afteraction.ingest import plan, read_part
from afteraction.ingest.registry import knowing, readers
from afteraction.records.settings import Settings

ALL = [pytest.param(reader, id=reader.format) for reader in readers().values()]
EXAMPLES = [
    pytest.param(reader, example, id=f"{reader.format}-{number}")
    for reader in readers().values()
    for number, example in enumerate(reader.examples)
]
ODD = [
    None,
    True,
    -1,
    2**53,
    1.5,
    "",
    "x" * 300,
    "../\n\u202e",
    [],
    [[]],
    [None],
    {},
    {"x": {}},
    [{"type": []}],
    {"type": {}},
]


def read(path, format=None):  # noqa: A002
    chunks = [chunk for part in plan([path], Settings(), format) for chunk in read_part(part, Settings())]
    return (
        [action for chunk in chunks for action in chunk.actions],
        [message for chunk in chunks for message in chunk.messages],
        [row for chunk in chunks for row in chunk.quarantined],
        sum(chunk.records for chunk in chunks),
    )


def written(tmp_path, lines, name="log.jsonl"):
    path = tmp_path / name
    path.write_text("".join(f"{line}\n" for line in lines))
    return path


def told(actions, messages):
    calls = [
        f"{action.tool} unscorable" if action.unscorable else f"{action.tool} {action.status} {action.args}"
        for action in actions
    ]
    return sorted(calls + [f"{message.role}: {message.text}" for message in messages])


@pytest.mark.parametrize(("reader", "example"), EXAMPLES)
def test_examples_become_what_they_say(tmp_path, reader, example):
    actions, messages, quarantined, records = read(written(tmp_path, example.lines))
    assert told(actions, messages) == sorted(example.becomes)
    assert not quarantined
    assert records >= len(example.lines)
    assert {item.source_system for item in actions + messages} <= {reader.format}


@pytest.mark.parametrize(("reader", "example"), EXAMPLES)
def test_only_its_own_reader_knows_an_example(reader, example):
    for line in example.lines:
        assert knowing(json.loads(line)) == [reader.format]


@pytest.mark.parametrize(("reader", "example"), EXAMPLES)
def test_unknown_members_are_ignored(tmp_path, reader, example):
    lines = [json.dumps({**json.loads(line), "a_member_of_tomorrow": {"x": [1]}}) for line in example.lines]
    actions, messages, quarantined, _ = read(written(tmp_path, lines))
    assert told(actions, messages) == sorted(example.becomes)
    assert not quarantined


@pytest.mark.parametrize(("reader", "example"), EXAMPLES)
def test_reading_again_gives_the_same_items(tmp_path, reader, example):
    path = written(tmp_path, example.lines)
    assert read(path) == read(path)


@pytest.mark.parametrize(("reader", "example"), EXAMPLES)
def test_call_ids_are_unique_in_a_session(tmp_path, reader, example):
    actions, *_ = read(written(tmp_path, example.lines))
    ids = [(action.tenant, action.session_id, action.call) for action in actions]
    assert len(ids) == len(set(ids))


def replaced(value, odd):
    """Every copy of a JSON value with one place in it exchanged for something odd."""
    yield odd
    if isinstance(value, dict):
        for key, inner in value.items():
            for changed in replaced(inner, odd):
                yield {**value, key: changed}
            yield {other: member for other, member in value.items() if other != key}
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            for changed in replaced(inner, odd):
                yield [*value[:index], changed, *value[index + 1 :]]


@pytest.mark.parametrize("reader", ALL)
def test_odd_values_anywhere_are_read_or_quarantined(tmp_path, reader):
    lines = []
    for example in reader.examples:
        for line in example.lines:
            for odd in ODD:
                lines.extend(json.dumps(changed) for changed in replaced(json.loads(line), odd))
    actions, messages, quarantined, records = read(written(tmp_path, lines), reader.format)
    assert records >= len(lines) - sum(line in ("[]", "[[]]") for line in lines)
    for row in quarantined:
        assert row.code in {"unknown_record", "wrong_type", "missing_field"}
        assert row.place.file == "log.jsonl"
        assert row.place.line >= 1
    for item in actions + messages:
        assert isinstance(item.session_id, str)
        assert item.session_id
        assert isinstance(item.position, int)
    for action in actions:
        assert action.tool
        assert isinstance(action.call, str)
        assert action.args is None or isinstance(action.args, str)
        assert action.result is None or isinstance(action.result, str)
        assert action.unscorable or action.args is not None
    assert all(isinstance(message.text, str) for message in messages)


LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", max_size=2), inner, max_size=3)
    ),
    max_leaves=6,
)


def members(reader):
    found = set()
    waiting = [json.loads(line) for example in reader.examples for line in example.lines]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            found |= set(value)
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)
    return sorted(found)


@pytest.mark.parametrize("reader", ALL)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_arbitrary_records_never_raise(tmp_path_factory, reader, data):
    names = st.sampled_from(members(reader))
    record = data.draw(st.dictionaries(names, VALUES | st.dictionaries(names, VALUES), max_size=6))
    path = written(tmp_path_factory.mktemp("odd"), [json.dumps(record)])
    *_, records = read(path, reader.format)
    assert records >= 1 or reader.wrapper in record


def test_every_file_of_the_folder_is_registered_under_its_own_name():
    folder = Path(__file__).parents[2] / "afteraction" / "ingest" / "readers"
    assert sorted(readers()) == sorted(path.stem for path in folder.glob("*.py") if path.stem != "__init__")


@pytest.mark.parametrize("reader", ALL)
def test_a_reader_says_what_it_is(reader):
    assert reader.summary
    assert reader.detected_by
    assert reader.examples
