"""Whole audits onto a real S3 server: twice, killed, two at once, beside a local one, and with faults."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import polars as pl
import pytest
import s3
from pyarrow import fs

from afteraction.audit import Audit
from afteraction.lake import LAKE, Lake, LakeError, QueryError, query
from afteraction.lake import bucket as buckets
from afteraction.records.settings import SettingsError
from afteraction.records.tables import PUBLIC
from console.main import main

ROOT = Path(__file__).parents[2]
COMMAND = str(Path(sys.executable).with_name("afteraction"))
NOW = 1_793_000_000_000_000


def lines(count):
    """A small log with something to find and a date for each session."""
    made = []
    for n in range(count):
        base = {"session_id": f"s{n}", "agent_id": "worker", "time": f"2026-11-0{n % 3 + 1}T10:00:00Z"}
        made.append(json.dumps({**base, "role": "user", "text": "Please send the list on."}))
        made.append(
            json.dumps({**base, "call_id": f"c{n}", "tool": "send_list", "args": {"to": "x.example"}})
        )
    return "\n".join(made) + "\n"


@pytest.fixture
def log(tmp_path):
    file = tmp_path / "a.jsonl"
    file.write_text(lines(6))
    return file


def told(home, url, *words, **more):
    """Exit code, output and error of the command line."""
    env = {**os.environ, "AFTERACTION_HOME": str(home), "AFTERACTION_LAKE": url, "COLUMNS": "200", **more}
    done = subprocess.run([COMMAND, *words], env=env, cwd=ROOT, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


def start(home, url, log, **more):
    env = {**os.environ, "AFTERACTION_HOME": str(home), "AFTERACTION_LAKE": url, **more}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen([COMMAND, "audit", str(log)], env=env, cwd=ROOT, **pipes)


def objects(server):
    """The server's content by another client."""
    key = s3.WRITER
    return fs.S3FileSystem(
        access_key=key["accessKey"],
        secret_key=key["secretKey"],
        endpoint_override=f"127.0.0.1:{server[0]}",
        scheme="http",
        region="us-east-1",
    )


def published(home):
    """Every public table of the published database, in one order."""
    frames = {name: query(home, f"SELECT * FROM {name}") for name in PUBLIC}
    return {name: frame.sort(pl.all()) for name, frame in frames.items()}


def beside(home, other):
    """A home with the keys of `home`, so that fingerprints agree."""
    shutil.copytree(home / "keys", other / "keys")
    return other


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """A home with a local lake and the small log."""
    folder = tmp_path_factory.mktemp("undisturbed")
    (folder / "a.jsonl").write_text(lines(6))
    Audit(folder / "home").run([folder / "a.jsonl"])
    return folder / "home"


TIMES = {"ingested_at", "quarantined_at", "evaluated_at"}
#: Drawn anew in each home.
ALONE = {"tickets", "decisions", "grants", "ledger_checkpoints", "bundles"}


def same(one, other):
    one, other = published(one), published(other)
    assert one["actions"].height > 0
    for name, frame in one.items():
        if name in ALONE:
            assert frame.height == other[name].height, name
        else:
            assert timeless(frame).equals(timeless(other[name])), name


def timeless(frame):
    return frame.drop(TIMES & set(frame.columns))


def test_the_samples_in_a_bucket_are_published_as_from_a_folder_and_twice_changes_nothing(
    bucket, tmp_path, monkeypatch
):
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    shutil.copy(ROOT / "data" / "afteraction.toml", here)
    samples = [ROOT / "data" / "samples"]
    Audit(here, now=lambda: NOW).run(samples)
    beside(here, there)
    shutil.copy(ROOT / "data" / "afteraction.toml", there)
    monkeypatch.setenv("AFTERACTION_LAKE", bucket)
    first = Audit(there, now=lambda: NOW).run(samples)
    same(here, there)
    assert not any(path.name in LAKE for path in (there / "lake").iterdir())
    versions = {name: Lake(there).version(name) for name in LAKE}
    before, copies = published(there), sorted((there / "lake-copies").rglob("*"))
    second = Audit(there, now=lambda: NOW + 1).run(samples)
    assert (second.ingest.accepted, second.ingest.duplicate) == (0, first.ingest.accepted)
    assert second.published.ledger_size == first.published.ledger_size
    assert {name: Lake(there).version(name) for name in LAKE} == versions
    assert sorted((there / "lake-copies").rglob("*")) == copies
    after = published(there)
    changed = [
        name
        for name in before
        if name not in ALONE
        if not timeless(before[name]).equals(timeless(after[name]))
    ]
    assert changed == []


def test_the_shown_commands_work_show_no_credential_and_publish_a_file_that_needs_no_network(
    bucket, server, tmp_path
):
    (block,) = re.findall(r"```sh\n(.*?)```", (ROOT / "docs" / "storage.md").read_text(), re.DOTALL)
    shown = block.splitlines()
    assert [line.split("=")[0] for line in shown[:2]] == [
        "export AFTERACTION_LAKE",
        "export AWS_ACCESS_KEY_ID",
    ]
    home = tmp_path / "home"
    said = ""
    for line in shown[2:]:
        program, *words = line.split()
        assert program == ".venv/bin/afteraction"
        code, out, err = told(home, bucket, *words)
        assert code == 0, err
        said += out + err
    there = objects(server)
    kept = [file.read_bytes() for file in home.rglob("*") if file.is_file()]
    sent = [
        entry for entry in there.get_file_info(fs.FileSelector(bucket[5:], recursive=True)) if entry.is_file
    ]
    assert len(kept) > 20
    assert len(sent) > 20
    for text in (said.encode(), *kept, *(there.open_input_file(entry.path).read() for entry in sent)):
        for secret in s3.WRITER.values():
            assert secret.encode() not in text
    offline = {"autoinstall_known_extensions": False, "autoload_known_extensions": False}
    with duckdb.connect(str(home / "afteraction.duckdb"), read_only=True, config=offline) as database:
        for name in PUBLIC:
            database.execute(f"SELECT * FROM {name}").fetchall()
        assert database.execute("SELECT count(*) FROM actions").fetchone() > (100,)


@pytest.mark.parametrize("puts", [2, 13])
def test_killed_while_it_puts_objects_and_run_again_ends_like_an_undisturbed_run(  # noqa: PLR0917
    bucket, server, undisturbed, log, tmp_path, monkeypatch, puts
):
    wire = s3.Wire(server[0])
    home, seen = beside(undisturbed, tmp_path / "home"), []

    def watch(request):
        if request[0] == "PUT":
            seen.append(request)
        if len(seen) == puts:
            process.send_signal(signal.SIGKILL)

    wire.watch = watch
    process = start(home, bucket, log, AWS_ENDPOINT_URL=f"http://127.0.0.1:{wire.port}")
    process.communicate(timeout=120)
    wire.close()
    assert process.returncode == -signal.SIGKILL
    monkeypatch.setenv("AFTERACTION_LAKE", bucket)
    Audit(home).run([log])
    same(home, undisturbed)


def test_two_audits_at_once_end_like_one(bucket, undisturbed, log, tmp_path):
    home = beside(undisturbed, tmp_path / "home")
    both = [start(home, bucket, log) for _ in range(2)]
    for process in both:
        _, said = process.communicate(timeout=240)
        assert process.returncode == 0, said.decode()
    same(home, undisturbed)


def test_two_machines_with_the_same_keys_lose_and_double_nothing(
    bucket, undisturbed, log, tmp_path, monkeypatch
):
    """Nothing but the conditional put stands between them: each has a lock of its own."""
    monkeypatch.setenv("AFTERACTION_LAKE", bucket)
    first = beside(undisturbed, tmp_path / "first")
    Lake(first)
    both = [first, beside(first, tmp_path / "second")]
    running = [start(home, bucket, log) for home in both]
    ended = [(process.communicate(timeout=240)[1].decode(), process.returncode) for process in running]
    assert all(code == 0 or "run afteraction audit again" in said for said, code in ended), ended
    assert all("Traceback" not in said for said, _ in ended)
    Audit(first).run([log])
    assert query(first, "SELECT count(*), count(DISTINCT action_id) FROM actions").row(0) == (6, 6)
    assert query(first, "SELECT count(*), count(DISTINCT session_id) FROM sessions").row(0) == (6, 6)
    assert query(first, "SELECT count(*), count(DISTINCT action_id) FROM action_risk").row(0) == (6, 6)


@pytest.mark.parametrize("unsafe", ["", "AWS_S3_ALLOW_UNSAFE_RENAME=true", "AWS_CONDITIONAL_PUT=disabled"])
def test_every_log_entry_is_put_only_if_there_is_none(bucket, server, tmp_path, unsafe):
    code = (
        "import sys, polars; from pathlib import Path; from afteraction.lake import LAKE, Lake\n"
        "rows = polars.DataFrame([['s'], ['2026-11-01'], ['a'], ['{}']], schema=LAKE['features'])\n"
        "for _ in range(2): Lake(Path(sys.argv[1])).append('features', rows)"
    )
    wire = s3.Wire(server[0])
    name, _, value = unsafe.partition("=")
    env = {**os.environ, "AFTERACTION_LAKE": bucket, "AWS_ENDPOINT_URL": f"http://127.0.0.1:{wire.port}"}
    env |= {name: value} if name else {}
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], env=env, cwd=ROOT, check=True, timeout=120)
    wire.close()
    entries = [headers for method, path, headers in wire.requests if method == "PUT" and "_delta_log" in path]
    assert ["if-none-match: *" in headers for headers in entries] == [True, True]


def test_a_home_with_other_keys_is_refused(bucket, log, tmp_path, monkeypatch):
    monkeypatch.setenv("AFTERACTION_LAKE", bucket)
    Audit(tmp_path / "one").ingest([log])
    with pytest.raises(LakeError, match=r"another home.*restore keys/"):
        Audit(tmp_path / "two").ingest([log])


def test_copies_are_got_again_and_go_a_day_after_nobody_needs_them(bucket, log, tmp_path, monkeypatch):
    home = tmp_path / "home"
    monkeypatch.setenv("AFTERACTION_LAKE", bucket)
    Audit(home).run([log])
    before = set((home / "lake-copies").rglob("*.parquet"))
    shutil.rmtree(home / "lake-copies")
    assert query_fails(home)
    Audit(home).publish()
    assert set((home / "lake-copies").rglob("*.parquet")) == before
    log.write_text(lines(7))
    changed = log.read_text().replace('"c0"', '"c90"')
    log.write_text(log.read_text() + changed.splitlines()[1] + "\n")
    Audit(home).run([log])
    present = {Path(file) for name in LAKE for file in Lake(home).files(name)}
    gone = before - present
    assert gone
    assert all(copy.exists() for copy in gone)
    yesterday = time.time() - 25 * 3600
    for mark in (home / "lake-copies").rglob("*.replaced"):
        os.utime(mark, (yesterday, yesterday))
    Audit(home).publish()
    assert not any(copy.exists() for copy in gone)
    assert {copy for copy in (home / "lake-copies").rglob("*") if copy.is_file()} == present


def query_fails(home):
    with pytest.raises(QueryError):
        query(home, "SELECT count(*) FROM sessions")
    return True


def test_what_was_changed_in_the_bucket_shows(bucket, server, log, tmp_path, monkeypatch):
    home = tmp_path / "home"
    monkeypatch.setenv("AFTERACTION_LAKE", bucket)
    Audit(home).run([log])
    there = objects(server)
    found = there.get_file_info(fs.FileSelector(f"{bucket[5:]}/action_risk", recursive=True))
    victim = next(entry.path for entry in found if entry.path.endswith(".parquet"))
    raw = bytearray(there.open_input_file(victim).read())
    raw[len(raw) // 2] ^= 1
    with there.open_output_stream(victim) as out:
        out.write(bytes(raw))
    code, _, said = told(home, bucket, "verify")
    assert code == 1
    assert "action_risk" in said
    with there.open_output_stream(victim) as out:
        out.write(bytes(raw[:-1]))
    shutil.rmtree(home / "lake-copies")
    with pytest.raises(LakeError, match="it was changed"):
        Audit(home).run([log])


FAULTS = {
    "no bucket": ({"AFTERACTION_LAKE": "s3://no-such-bucket/x"}, "no such bucket"),
    "unknown key": ({"AWS_ACCESS_KEY_ID": "somebody-else"}, "check AWS_ACCESS_KEY_ID"),
    "wrong secret": ({"AWS_SECRET_ACCESS_KEY": "wrong-secret-of-the-lake"}, "check AWS_ACCESS_KEY_ID"),
    "may only read": (
        {"AWS_ACCESS_KEY_ID": s3.READER["accessKey"], "AWS_SECRET_ACCESS_KEY": s3.READER["secretKey"]},
        "may not do this",
    ),
    "nobody there": ({"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}, "check AWS_ENDPOINT_URL"),
    "no TLS": ({"AWS_ALLOW_HTTP": "false"}, "AWS_ALLOW_HTTP=true"),
    "no endpoint": ({"AWS_ENDPOINT_URL": "not-a-url"}, "expected https://HOST"),
    "user in endpoint": ({"AWS_ENDPOINT_URL": "http://me:wrong-secret-of-the-lake@127.0.0.1:9"}, "no user"),
    "not S3": ({"AFTERACTION_LAKE": "https://wrong-secret-of-the-lake.example/x"}, "expected s3://BUCKET"),
    "user in URL": (
        {"AFTERACTION_LAKE": "s3://me:wrong-secret-of-the-lake@bucket/x"},
        "expected s3://BUCKET",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_one_quick_sentence_without_a_credential(bucket, log, tmp_path, monkeypatch, fault):
    changed, expected = FAULTS[fault]
    monkeypatch.setenv("AFTERACTION_LAKE", bucket)
    for name, value in changed.items():
        monkeypatch.setenv(name, value)
    began = time.monotonic()
    with pytest.raises(LakeError, match=expected) as said:
        Audit(tmp_path / "home").run([log])
    assert time.monotonic() - began < 30
    for secret in ("secret-of-the-lake", s3.WRITER["secretKey"], s3.READER["secretKey"], "<Error>"):
        assert secret not in str(said.value)
    assert said.value.__suppress_context__ or said.value.__context__ is None


def test_the_command_line_says_it_without_a_traceback(log, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("AFTERACTION_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("AFTERACTION_LAKE", "s3://x-y-z/below")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "not-a-url")
    monkeypatch.setattr(sys, "argv", ["afteraction", "audit", str(log)])
    with pytest.raises(SystemExit) as ended:
        main()
    said = capsys.readouterr().err
    assert ended.value.code == 2
    assert said.splitlines()[-1].startswith("error: found ")
    assert "Traceback" not in said


def test_a_server_that_never_answers_is_given_up(bucket, log, tmp_path, monkeypatch):
    monkeypatch.setitem(buckets._OPTIONS, "timeout", "1s")
    monkeypatch.setitem(buckets._OPTIONS, "retry_timeout", "1s")
    monkeypatch.setenv("AFTERACTION_LAKE", bucket)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{silent.getsockname()[1]}")
        with pytest.raises(LakeError, match="no answer in time"):
            Audit(tmp_path / "home").run([log])


def test_what_people_decide_does_not_wait_for_the_lake(bucket, log, tmp_path, monkeypatch):
    monkeypatch.setenv("AFTERACTION_LAKE", bucket)
    home = tmp_path / "home"
    Audit(home).run([log])
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    before = (home / "afteraction.duckdb").stat().st_mtime_ns
    Audit(home).record_decisions()
    assert (home / "afteraction.duckdb").stat().st_mtime_ns == before


def test_the_settings_file_names_the_lake_and_the_environment_goes_before_it(bucket, tmp_path, monkeypatch):
    home = tmp_path / "home"
    home.mkdir()
    (home / "afteraction.toml").write_text(f'lake = "{bucket}"\n')
    assert Lake(home)._storage.url == bucket
    monkeypatch.setenv("AFTERACTION_LAKE", f"{bucket}/deeper/")
    assert Lake(home)._storage.url == f"{bucket}/deeper"
    monkeypatch.delenv("AFTERACTION_LAKE")
    (home / "afteraction.toml").write_text("lake = 3\n")
    with pytest.raises(SettingsError, match="lake"):
        Lake(home)


def test_a_lake_that_is_moved_into_a_bucket_goes_on(  # noqa: PLR0917
    bucket, server, undisturbed, log, tmp_path, monkeypatch
):
    home = tmp_path / "home"
    shutil.copytree(undisturbed, home)
    fs.copy_files(str(home / "lake"), bucket[5:], destination_filesystem=objects(server))
    monkeypatch.setenv("AFTERACTION_LAKE", bucket)
    report = Audit(home).run([log])
    assert (report.ingest.accepted, report.ingest.duplicate) == (0, 6)
    same(home, undisturbed)
