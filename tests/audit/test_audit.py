"""The whole audit on real files: once, twice, grown, broken, killed, and by two processes at once."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import polars as pl
import pytest
from leaky_lines import KEY, LEAK, line

from afteraction.audit import Audit
from afteraction.ingest import SourceError
from afteraction.lake import Lake, VaultError, datafiles, query
from afteraction.policy import resubmit
from afteraction.records.tables import PUBLIC


@pytest.fixture
def log(tmp_path):
    file = tmp_path / "logs" / "a.jsonl"
    file.parent.mkdir()
    file.write_text("\n".join(LEAK) + "\n")
    return file


def tables(home):
    """Every lake table without the times of its making."""
    lake = Lake(home)
    frames = {name: lake.read(name) for name in ("actions", "sessions", "flows", "findings", "action_risk")}
    return {name: f.drop("ingested_at", strict=False).sort(f.columns[:2]) for name, f in frames.items()}


#: Holds fingerprints, and each home has keys of its own.
MASKED = {"finding_id", "flow_id", "args", "result", "evidence", "target", "destination"}


def same(one, other):
    keyed = {"flows": "value_fp", "findings": "value_fp"}
    for name, frame in one.items():
        drop = [column for column in frame.columns if column in {*MASKED, keyed.get(name)}]
        assert frame.drop(drop).sort(pl.all()).equals(other[name].drop(drop).sort(pl.all())), name


def test_a_leak_is_found_scored_ticketed_and_shown_masked(log, tmp_path):
    home = tmp_path / "home"
    report = Audit(home).run([log])
    assert (report.ingest.read, report.ingest.accepted) == (2, 2)
    risk = query(home, "SELECT * FROM action_risk ORDER BY seq")
    assert risk["level"].to_list()[1] == "critical"
    assert risk["ticketed"].to_list() == [False, True]
    shown = query(home, "SELECT * FROM actions ORDER BY seq")
    assert "AWS" in shown["args"][1]
    assert KEY not in shown["args"][1]
    assert shown["approval_state"].to_list() == ["none", "open"]


def test_every_public_table_answers_with_its_columns(log, tmp_path):
    Audit(tmp_path / "home").run([log])
    for name, schema in PUBLIC.items():
        assert query(tmp_path / "home", f"SELECT * FROM {name} LIMIT 0").columns == list(schema), name


def test_twice_in_a_row_changes_nothing(log, tmp_path):
    home = tmp_path / "home"
    first = Audit(home).run([log])
    before = {name: Lake(home).version(name) for name in ("originals", "actions", "findings", "sessions")}
    second = Audit(home).run([log])
    assert second.ingest.accepted == 0
    assert second.ingest.duplicate == first.ingest.accepted
    assert {name: Lake(home).version(name) for name in before} == before
    assert second.tickets.opened == ()
    assert second.policy.revision == first.policy.revision
    assert second.published.ledger_size == first.published.ledger_size


def test_a_copy_of_the_log_elsewhere_is_known_too(log, tmp_path):
    Audit(tmp_path / "home").run([log])
    copy = tmp_path / "copy.jsonl"
    copy.write_bytes(log.read_bytes())
    assert Audit(tmp_path / "home").ingest([copy]).duplicate == 2


def test_a_log_that_grows_ends_like_one_that_was_whole(log, tmp_path):
    log.write_text("\n".join(LEAK[:2]) + "\n")
    grown = tmp_path / "grown"
    Audit(grown).run([log])
    log.write_text("\n".join(LEAK) + "\n")
    report = Audit(grown).run([log])
    assert (report.ingest.accepted, report.ingest.duplicate) == (1, 1)
    Audit(tmp_path / "whole").run([log])
    same(tables(grown), tables(tmp_path / "whole"))


def test_a_result_that_comes_later_completes_its_action(tmp_path):
    file = tmp_path / "a.jsonl"
    file.write_text(line("c1", "read_file", {"path": "x"}) + "\n")
    audit = Audit(tmp_path / "home")
    audit.run([file])
    file.write_text(line("c1", "read_file", {"path": "x"}, result="late") + "\n")
    assert audit.run([file]).ingest.accepted == 1
    shown = query(tmp_path / "home", "SELECT result FROM actions")
    assert shown["result"].to_list() == ["late"]


def test_other_content_under_a_known_id_is_quarantined(log, tmp_path):
    audit = Audit(tmp_path / "home")
    audit.run([log])
    log.write_text(line("c1", "delete_everything", {"path": "/"}, time="2026-11-03T10:00:00Z") + "\n")
    report = audit.run([log])
    assert (report.ingest.accepted, report.ingest.duplicate, report.ingest.quarantined) == (0, 0, 1)
    assert query(tmp_path / "home", "SELECT code FROM quarantine")["code"].to_list() == ["conflict"]
    assert query(tmp_path / "home", "SELECT tool FROM actions ORDER BY seq")["tool"][0] == "read_file"


def test_a_folder_of_nothing_is_an_error_that_says_so(tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(SourceError, match="empty"):
        Audit(tmp_path / "home").run([tmp_path / "empty"])


def test_odd_ids_stay_data_and_never_become_paths(tmp_path):
    odd = [
        "../../etc/passwd",
        "a\nb",
        "x" * 300,
        "\u202egnp.exe",
        "A",
        "a",
        "%2e%2e/",
        "'; DROP TABLE actions; --",
    ]
    file = tmp_path / "odd.jsonl"
    same_name = ("session_id", "tenant", "agent_id", "tool")
    lines = [
        json.dumps({**dict.fromkeys(same_name, name), "args": {"q": name}, "call_id": "1"}) for name in odd
    ]
    file.write_text("\n".join(lines))
    report = Audit(tmp_path / "home").run([file])
    assert report.ingest.accepted == len(odd)
    assert set(query(tmp_path / "home", "SELECT session_id FROM actions")["session_id"]) == set(odd)
    escaped = [path for path in tmp_path.rglob("*") if path.name in {"passwd", "etc"}]
    assert escaped == []


def test_unscorable_is_reported_and_never_clean(tmp_path):
    file = tmp_path / "a.jsonl"
    file.write_text(json.dumps({"session_id": "s", "tool": "transfer", "call_id": "1"}) + "\n")
    report = Audit(tmp_path / "home").run([file])
    assert report.analysis.unscorable == 1
    risk = query(tmp_path / "home", "SELECT level, risk FROM action_risk")
    assert risk.rows() == [("unscorable", None)]


def start(home, log):
    code = (
        "import sys; from pathlib import Path; from afteraction.audit import Audit\n"
        "if __name__ == '__main__':\n    Audit(Path(sys.argv[1])).run([Path(sys.argv[2])])"
    )
    return subprocess.Popen([sys.executable, "-c", code, str(home), str(log)], stderr=subprocess.PIPE)


def test_two_audits_at_once_end_like_one(log, tmp_path):
    home = tmp_path / "home"
    both = [start(home, log) for _ in range(2)]
    for process in both:
        _, said = process.communicate(timeout=240)
        assert process.returncode == 0, said.decode()
    Audit(tmp_path / "alone").run([log])
    same(tables(home), tables(tmp_path / "alone"))
    assert query(home, "SELECT count(*) FROM tickets").item() == 1


@pytest.mark.parametrize("delay", [0.6, 1.2, 1.8, 2.4, 3.2])
def test_killed_at_any_moment_and_run_again_ends_like_an_undisturbed_run(log, tmp_path, delay):
    home = tmp_path / "home"
    process = start(home, log)
    time.sleep(delay)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    Audit(home).run([log])
    Audit(tmp_path / "undisturbed").run([log])
    same(tables(home), tables(tmp_path / "undisturbed"))


def test_the_published_file_answers_plain_duckdb_while_an_audit_runs(log, tmp_path):
    home = tmp_path / "home"
    Audit(home).run([log])
    process = start(home, log)
    asked = 0
    while process.poll() is None:
        with duckdb.connect(str(home / "afteraction.duckdb"), read_only=True) as database:
            assert database.execute("SELECT count(*) FROM actions").fetchone() == (2,)
        asked += 1
    assert process.returncode == 0
    assert asked > 0


def test_keys_are_private(log, tmp_path):
    Audit(tmp_path / "home").run([log])
    for key in (tmp_path / "home" / "keys").rglob("*.key"):
        assert key.stat().st_mode & 0o077 == 0, key


def test_a_lost_key_is_said_and_not_hidden(log, tmp_path):
    home = tmp_path / "home"
    audit = Audit(home)
    audit.ingest([log])
    (home / "keys" / "master.key").unlink()
    with pytest.raises(VaultError, match="master key"):
        Audit(home).analyse()


def test_verify_passes_after_an_audit_and_fails_after_tampering(log, tmp_path):
    home = tmp_path / "home"
    Audit(home).run([log])
    run = [str(Path(sys.executable).with_name("afteraction")), "verify"]
    env = {**os.environ, "AFTERACTION_HOME": str(home)}
    assert subprocess.run(run, env=env, check=False).returncode == 0
    victim = next((home / "lake" / "action_risk").rglob("*.parquet"))
    raw = bytearray(victim.read_bytes())
    raw[len(raw) // 2] ^= 1
    victim.write_bytes(bytes(raw))
    assert subprocess.run(run, env=env, check=False).returncode != 0


def test_the_challenger_compares_ranks_once_there_are_enough_actions(tmp_path):
    file = tmp_path / "a.jsonl"
    asked = json.dumps({"session_id": "s1", "role": "user", "text": "Please send host7.example the list."})
    calls = [line(f"c{n}", f"send{n % 5}", {"to": f"host{n}.example", "n": n}) for n in range(40)]
    file.write_text("\n".join([asked, *calls]))
    audit = Audit(tmp_path / "home")
    assert audit.challenge() is None
    audit.run([file])
    report = audit.challenge()
    assert report.actions == 40
    assert report.top == 4


def test_a_rule_that_asks_opens_a_ticket_where_no_approval_was_given(tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    (home / "afteraction.toml").write_text(
        '[[rules]]\nid = "sharing"\ndecision = "ask"\ntool = "share_*"\nreason = "sharing needs a yes"\n'
    )
    file = tmp_path / "a.jsonl"
    calls = [
        line("c1", "share_file", {"path": "x"}),
        line("c2", "share_file", {"path": "y"}, approval="approved"),
        line("c3", "read_file", {"path": "z"}),
    ]
    file.write_text("\n".join(calls))
    Audit(home).run([file])
    tickets = query(home, "SELECT cause, title, json_array_length(action_ids) AS actions FROM tickets")
    assert tickets.rows() == [("rule:sharing", "share_file: sharing needs a yes", 1)]


def test_a_rule_that_came_later_does_not_judge_what_ran_before(tmp_path):
    home, file = tmp_path / "home", tmp_path / "a.jsonl"
    file.write_text(line("c1", "share_file", {"path": "x"}))
    Audit(home).run([file])
    (home / "afteraction.toml").write_text('[[rules]]\nid = "sharing"\ndecision = "deny"\ntool = "share_*"\n')
    file.write_text(file.read_text() + "\n" + line("c2", "share_link", {"path": "y"}, session_id="s2"))
    Audit(home).run([file])
    assert query(home, "SELECT session_id FROM tickets")["session_id"].to_list() == ["s2"]
    assert query(home, "SELECT count(*) FROM bundles").item() == 2


def test_sessions_that_begin_alike_each_keep_their_messages(tmp_path):
    """Equal messages of other sessions were dropped as duplicates, and with them what the person asked."""
    file = tmp_path / "a.jsonl"
    said = {"role": "user", "content": "Please book a room."}
    call = {"id": "c", "type": "function", "function": {"name": "book", "arguments": "{}"}}
    messages = [said, {"role": "assistant", "tool_calls": [call]}]
    lines = [{"session_id": f"s{n}", "messages": messages} for n in range(3)]
    file.write_text("\n".join(map(json.dumps, lines)))
    Audit(tmp_path / "home").run([file])
    shown = query(tmp_path / "home", "SELECT request FROM sessions")
    assert shown["request"].to_list() == ["Please book a room."] * 3


def plain_sessions(count, first=0):
    asked = {"role": "user", "text": "Please send host7.example the list."}
    lines = []
    for n in range(first, first + count):
        lines.append(json.dumps({"session_id": f"p{n}", **asked}))
        lines.append(line(f"c{n}", "send_list", {"to": f"host{n % 9}.example"}, session_id=f"p{n}"))
    return "\n".join(lines) + "\n"


def test_a_large_step_of_the_threshold_waits_for_a_sign_off(tmp_path):
    home, file = tmp_path / "home", tmp_path / "a.jsonl"
    file.write_text(plain_sessions(200))
    report = Audit(home).run([file]).policy
    assert (report.outcome, report.sessions) == ("refused", 200)
    assert "sign-off" in report.reasons[0]
    wanted = query(home, "SELECT revision FROM bundles WHERE state = 'refused'").item()
    resubmit(home / "bundles", wanted)
    after = Audit(home).run([file]).policy
    assert after.ticket_points < report.ticket_points
    assert "200 seen here" in after.certificate


def test_what_nobody_has_judged_yet_does_not_raise_the_threshold(tmp_path):
    home, file = tmp_path / "home", tmp_path / "a.jsonl"
    home.mkdir()
    file.write_text(plain_sessions(200))
    before = Audit(home).run([file]).policy
    burst = [line.replace('"s1"', f'"leak{n}"') for n in range(30) for line in LEAK]
    file.write_text(file.read_text() + "\n".join(burst))
    after = Audit(home).run([file])
    assert len(after.tickets.opened) == 30
    assert after.policy.ticket_points <= before.ticket_points


def test_many_small_audits_leave_few_files_and_the_same_tables(tmp_path, monkeypatch):
    """What an inbox gets in a day: every run adds a file to each table."""
    monkeypatch.setattr(datafiles, "_CROWD", 5)
    small, whole = Audit(tmp_path / "small"), Audit(tmp_path / "whole")
    files = [tmp_path / f"{number}.jsonl" for number in range(7)]
    for number, file in enumerate(files):
        call = line(
            f"c{number}", "read_file", {"path": "/a"}, time="2026-11-03T10:00:00Z", session_id=file.stem
        )
        file.write_text(call + "\n")
        small.ingest([file])
        assert small.analyse().sessions == 1
    assert small.analyse().sessions == 0
    whole.ingest(files)
    whole.analyse()
    same(tables(small.home), tables(whole.home))
    assert max(len(Lake(small.home).files(name)) for name in ("originals", "actions", "sessions")) < 5
