"""The command itself, as Claude Code runs it: a process, one JSON in, one JSON out, exit code 0."""

import hashlib
import json
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import afteraction_hook
import pytest

NEEDS_FULL = pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
EVENT = {
    "session_id": "s1",
    "transcript_path": "/srv/u/.claude/projects/p/s1.jsonl",
    "cwd": "/repo",
    "permission_mode": "default",
    "hook_event_name": "PreToolUse",
    "tool_name": "read_page",
    "tool_input": {"id": 7},
    "tool_use_id": "toolu_1",
}


def start(env, **options):
    patient = {"PATH": os.environ["PATH"], "AFTERACTION_HOOK_DEADLINE_MS": "60000"}
    clean = {**patient, **{key: str(value) for key, value in env.items()}}
    command = [sys.executable, "-m", "afteraction_hook.main"]
    return subprocess.Popen(command, stdin=-1, stdout=-1, stderr=-1, env=clean, **options)


def run(raw, env):
    if not isinstance(raw, bytes):
        raw = json.dumps(raw).encode()
    process = start(env)
    out, err = process.communicate(raw, timeout=60)
    assert process.returncode == 0
    assert err == b""
    return json.loads(out)


def decision(answer):
    assert answer["suppressOutput"] is True
    told = answer["hookSpecificOutput"]
    assert set(told) == {"hookEventName", "permissionDecision", "permissionDecisionReason"}
    assert told["hookEventName"] == "PreToolUse"
    assert told["permissionDecisionReason"]
    return told["permissionDecision"]


def lines(home):
    return [json.loads(line) for line in (home / "inbox" / "hook.jsonl").read_text().splitlines() if line]


@pytest.fixture
def home(put, make_document):
    return put(make_document())


def test_allow_ask_and_deny_answer_the_contract_and_are_logged(home):
    env = {"AFTERACTION_HOME": home, "AFTERACTION_HOOK_TENANT": "acme"}
    assert decision(run(EVENT, env)) == "allow"
    delete = {**EVENT, "tool_name": "delete_page", "tool_input": {"text": "x" * 200}, "agent_id": "sub-1"}
    assert decision(run(delete, env)) == "ask"
    assert decision(run({**EVENT, "tool_name": "drop_table"}, env)) == "deny"
    first, second, third = lines(home)
    assert [found["decision"] for found in (first, second, third)] == ["allow", "ask", "deny"]
    assert first["event"] == "afteraction.hook.decision"
    assert first["version"] == 1
    assert first["tenant"] == "acme"
    assert (first["session_id"], first["tool"], first["tool_use_id"]) == ("s1", "read_page", "toolu_1")
    assert first["args"] is None
    assert first["args_sha256"] == hashlib.sha256(b'{"id":7}').hexdigest()
    assert "agent_id" not in first
    assert second["agent_id"] == "sub-1"
    assert second["points"] == 9
    assert second["reasons"][0]["reason"] == "threshold:ask"
    assert second["missing"] == ["history"]
    assert third["path"] == "rule"
    assert len({found["decision_id"] for found in (first, second, third)}) == 3
    assert first["bundle_revision"].startswith("b1-")


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b"NaN",
        b"\xff\xfe",
        b"[" * 200_000,
        b'{"hook_event_name":"PreToolUse","hook_event_name":"PreToolUse"}',
        json.dumps({**EVENT, "hook_event_name": "PostToolUse"}).encode(),
        json.dumps({**EVENT, "tool_input": None}).encode(),
        json.dumps({**EVENT, "tool_input": "text"}).encode(),
        json.dumps({**EVENT, "tool_name": 3}).encode(),
        json.dumps({**EVENT, "tool_name": ""}).encode(),
        json.dumps({key: EVENT[key] for key in EVENT if key != "session_id"}).encode(),
        json.dumps(EVENT).replace("7", "1e999").encode(),
        json.dumps(EVENT).replace("7", "90071992547409921").encode(),
        json.dumps({**EVENT, "tool_input": {"a": "\ud800"}}).encode(),
        json.dumps(EVENT).encode()[:-9],
    ],
)
def test_bad_input_is_denied_and_logged(home, raw):
    assert decision(run(raw, {"AFTERACTION_HOME": home})) == "deny"
    assert decision(run(raw, {"AFTERACTION_HOME": home, "AFTERACTION_HOOK_ON_ERROR": "ask"})) == "ask"
    assert [found["path"] for found in lines(home)] == ["error", "error"]


def test_deep_arguments_are_denied(home):
    deep = b'{"a":' * 5000 + b"1" + b"}" * 5000
    raw = (
        json.dumps({**EVENT, "tool_input": {}})
        .encode()
        .replace(b'"tool_input": {}', b'"tool_input": ' + deep)
    )
    assert decision(run(raw, {"AFTERACTION_HOME": home})) == "deny"


def test_more_input_than_allowed_is_denied(home):
    env = {"AFTERACTION_HOME": home, "AFTERACTION_HOOK_MAX_INPUT_BYTES": "2000"}
    answer = run({**EVENT, "tool_input": {"text": "x" * 3000}}, env)
    assert decision(answer) == "deny"
    assert "max_input_bytes" in answer["hookSpecificOutput"]["permissionDecisionReason"]


def test_a_large_input_is_judged(home):
    assert (
        decision(run({**EVENT, "tool_input": {"text": "x y " * 500_000}}, {"AFTERACTION_HOME": home}))
        == "allow"
    )


def test_without_a_bundle_a_person_is_asked_or_it_is_denied(tmp_path):
    env = {"AFTERACTION_HOME": tmp_path}
    assert decision(run(EVENT, env)) == "ask"
    assert decision(run(EVENT, {**env, "AFTERACTION_HOOK_NO_BUNDLE": "deny"})) == "deny"
    assert decision(run(EVENT, {})) == "ask"


def test_a_bad_bundle_denies_until_one_was_good(home):
    env = {"AFTERACTION_HOME": home}
    file = next((home / "bundles").glob("b1-*.json"))
    sound = file.read_bytes()
    file.write_bytes(sound[:500])
    assert decision(run(EVENT, env)) == "deny"
    file.write_bytes(sound)
    assert decision(run(EVENT, env)) == "allow"
    file.write_bytes(sound[:500])
    assert decision(run(EVENT, env)) == "allow"
    last = lines(home)[-1]
    assert last["notes"][0]["reason"] == "bundle:kept-last-good"
    assert last["bundle_revision"] == json.loads(sound)["revision"]


@pytest.mark.parametrize(
    "env",
    [
        {"AFTERACTION_HOOK_ON_ERROR": "allow"},
        {"AFTERACTION_HOOK_NO_BUNDLE": "allow"},
        {"AFTERACTION_HOOK_DEADLINE_MS": "soon"},
        {"AFTERACTION_HOOK_LOG_ARGS": "maybe"},
        {"AFTERACTION_HOOK_CONFIG": "/nowhere/config.json"},
    ],
)
def test_a_wrong_configuration_is_denied(home, env):
    answer = run(EVENT, {"AFTERACTION_HOME": home, **env})
    assert decision(answer) == "deny"
    assert "configuration" in answer["hookSpecificOutput"]["permissionDecisionReason"]


def test_the_configuration_file_is_read_and_checked(home, tmp_path):
    config = tmp_path / "hook.json"
    env = {"AFTERACTION_HOME": home, "AFTERACTION_HOOK_CONFIG": config}
    config.write_text(json.dumps({"log": str(tmp_path / "own.jsonl"), "log_args": True, "fsync": True}))
    assert decision(run(EVENT, env)) == "allow"
    assert json.loads((tmp_path / "own.jsonl").read_text())["args"] == {"id": 7}
    config.write_text(json.dumps({"lgo": "x"}))
    assert decision(run(EVENT, env)) == "deny"


def test_allow_can_leave_the_call_to_the_runtimes_own_rules(home):
    env = {"AFTERACTION_HOME": home, "AFTERACTION_HOOK_ON_ALLOW": "pass"}
    assert run(EVENT, env) == {"suppressOutput": True}
    assert lines(home)[0]["decision"] == "allow"
    assert decision(run({**EVENT, "tool_name": "drop_it"}, env)) == "deny"


def test_a_missed_deadline_answers_in_time_and_is_logged(home):
    process = start({"AFTERACTION_HOME": home, "AFTERACTION_HOOK_DEADLINE_MS": "300"})
    process.stdin.write(b'{"session_id"')
    process.stdin.flush()
    begun = time.monotonic()
    assert decision(json.loads(process.stdout.readline())) == "deny"
    assert process.wait(timeout=30) == 0
    assert time.monotonic() - begun < 25
    assert lines(home)[0]["reasons"][0]["reason"] == "error:time"
    process.stdin.close()


def test_a_bundle_that_blocks_is_cut_off_by_the_deadline(home):
    current = home / "bundles" / "current"
    current.unlink()
    os.mkfifo(current)
    assert decision(run(EVENT, {"AFTERACTION_HOME": home, "AFTERACTION_HOOK_DEADLINE_MS": "300"})) == "deny"


def test_a_log_that_cannot_be_written_denies(home):
    (home / "inbox").write_text("a file where the folder should be")
    answer = run(EVENT, {"AFTERACTION_HOME": home})
    assert decision(answer) == "deny"
    assert "log" in answer["hookSpecificOutput"]["permissionDecisionReason"]


@NEEDS_FULL
def test_a_full_disk_denies(home):
    assert decision(run(EVENT, {"AFTERACTION_HOME": home, "AFTERACTION_HOOK_LOG": "/dev/full"})) == "deny"


@NEEDS_FULL
def test_an_answer_that_cannot_be_given_blocks_with_code_2(home):
    with Path("/dev/full").open("wb") as full:
        clean = {
            "PATH": os.environ["PATH"],
            "AFTERACTION_HOME": str(home),
            "AFTERACTION_HOOK_DEADLINE_MS": "60000",
        }
        command = [sys.executable, "-m", "afteraction_hook.main"]
        done = subprocess.run(command, input=json.dumps(EVENT).encode(), stdout=full, env=clean, check=False)
    assert done.returncode == 2


def test_a_broken_installation_still_denies(home, tmp_path):
    copy = tmp_path / "copy" / "afteraction_hook"
    copy.mkdir(parents=True)
    for file in Path(afteraction_hook.__file__).parent.glob("*.py"):
        (copy / file.name).write_text("def (" if file.name == "features.py" else file.read_text())
    answer = run(EVENT, {"AFTERACTION_HOME": home, "PYTHONPATH": tmp_path / "copy"})
    assert decision(answer) == "deny"
    assert "failed before" in answer["hookSpecificOutput"]["permissionDecisionReason"]


def test_no_argument_is_printed_or_logged(home):
    secret = "AKIA" + "Q7" * 8
    for event in (
        {**EVENT, "tool_name": "send_x", "tool_input": {"to": f"{secret}@x.example", "body": secret * 100}},
        {**EVENT, "tool_input": [secret]},
        {**EVENT, secret: secret},
    ):
        process = start({"AFTERACTION_HOME": home})
        out, err = process.communicate(json.dumps(event).encode(), timeout=60)
        assert process.returncode == 0
        assert secret.encode() not in out + err
    assert secret not in (home / "inbox" / "hook.jsonl").read_text()


def test_many_at_once_write_whole_lines(home):
    (home / "inbox").mkdir()
    (home / "inbox" / "hook.jsonl").write_text('{"torn": ')
    env = {"AFTERACTION_HOME": home, "AFTERACTION_HOOK_LOG_ARGS": "true"}
    events = [{**EVENT, "session_id": f"s{n}\n\u202e", "tool_input": {"t": "x" * 20_000}} for n in range(24)]
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda event: run(event, env), events))
    assert {decision(answer) for answer in answers} == {"allow"}
    torn, *rest = [line for line in (home / "inbox" / "hook.jsonl").read_text().split("\n") if line]
    assert torn == '{"torn": '
    assert {json.loads(line)["session_id"] for line in rest} == {event["session_id"] for event in events}


def test_the_installed_command_is_this_one(home):
    command = Path(sys.executable).with_name("afteraction-hook")
    if not command.exists():
        pytest.skip("the command is not installed beside this interpreter")
    clean = {
        "PATH": os.environ["PATH"],
        "AFTERACTION_HOME": str(home),
        "AFTERACTION_HOOK_DEADLINE_MS": "60000",
    }
    done = subprocess.run([command], input=json.dumps(EVENT).encode(), stdout=-1, env=clean, check=True)
    assert decision(json.loads(done.stdout)) == "allow"


HEAVY = {
    "json",
    "re",
    "logging",
    "asyncio",
    "typing",
    "dataclasses",
    "subprocess",
    "urllib",
    "pathlib",
    "hashlib",
}


def test_the_import_tariff(home):
    """Start-up is the price of every call: none of the heavy modules may come in with the hook."""
    code = (
        "import sys; before = set(sys.modules); from afteraction_hook import main; main.main();"
        "sys.stderr.write(' '.join(set(sys.modules) - before))"
    )
    clean = {
        "PATH": os.environ["PATH"],
        "AFTERACTION_HOME": str(home),
        "AFTERACTION_HOOK_DEADLINE_MS": "60000",
    }
    done = subprocess.run(
        [sys.executable, "-c", code],
        input=json.dumps(EVENT).encode(),
        capture_output=True,
        env=clean,
        check=True,
    )
    loaded = set(done.stderr.decode().split())
    assert not loaded & HEAVY, loaded & HEAVY
    assert decision(json.loads(done.stdout)) == "allow"
