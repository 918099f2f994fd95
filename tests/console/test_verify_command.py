"""`afteraction verify` on a real lake and ledger: exit codes and what it says."""

from __future__ import annotations

import shutil
import threading
import time

import polars as pl
import pytest
import typer
from typer.testing import CliRunner

from afteraction.lake.tables import LAKE, Lake
from afteraction.ledger import partition_changes
from console.verify import ledger_of, verify

app = typer.Typer()
app.command()(verify)


def invoke(*words):
    result = CliRunner().invoke(app, [str(word) for word in words])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


def record(home):
    lake = Lake(home)
    ledger, found = ledger_of(home), {table: lake.manifest(table) for table in LAKE}
    versions = {table: lake.version(table) for table in LAKE}
    ledger.append_once(partition_changes(ledger.latest("partition"), found, versions))


def add(home, date):
    rows = pl.DataFrame({"action_id": ["act_1"], "session_key": ["ses_1"], "event_date": [date]})
    blank = [
        pl.lit(None, kind).alias(name) for name, kind in LAKE["findings"].items() if name not in rows.columns
    ]
    Lake(home).append("findings", rows.with_columns(blank))


@pytest.fixture
def home(tmp_path):
    at = tmp_path / "home"
    for date in ("2026-11-01", "2026-11-02"):
        add(at, date)
    record(at)
    return at


def test_honest_data_passes_and_says_what_was_covered(home):
    code, said = invoke("--home", home)
    assert code == 0
    assert "ledger ok: 2 entries (2 partition) up to 20" in said
    assert "data ok" in said
    assert "--against" in said


def test_home_comes_from_the_environment(home, monkeypatch):
    monkeypatch.setenv("AFTERACTION_HOME", str(home))
    assert invoke()[0] == 0


def test_without_a_ledger_there_is_nothing_to_pass(tmp_path):
    code, said = invoke("--home", tmp_path)
    assert code == 1
    assert "no ledger" in said


def test_changed_ledger_fails(home):
    bundle = home / "ledger/tile/entries/000.p/2"
    bundle.write_bytes(bundle.read_bytes().replace(b"2026-11-01", b"2026-10-01"))
    code, said = invoke("--home", home)
    assert code == 1
    assert "TAMPERED" in said


def test_changed_data_fails(home):
    file = next((home / "lake/findings").rglob("event_date=2026-11-02/*.parquet"))
    raw = bytearray(file.read_bytes())
    raw[len(raw) // 2] ^= 1
    shutil.copy(file, file.with_suffix(".kept"))
    file.unlink()
    file.with_name("other.parquet").write_bytes(raw)
    file.with_name("other.parquet").rename(file)
    code, said = invoke("--home", home)
    assert code == 1
    assert "findings/2026-11-02 is not what" in said
    assert "2026-11-01" not in said.split("CHANGED")[1]


def test_missing_file_fails(home):
    next((home / "lake/findings").rglob("*.parquet")).unlink()
    code, said = invoke("--home", home)
    assert code == 1
    assert "findings cannot be read: FileNotFoundError" in said


def test_missing_table_fails(home):
    shutil.rmtree(home / "lake")
    code, said = invoke("--home", home)
    assert code == 1
    assert "in the ledger and not in the data" in said


def test_data_that_is_not_recorded_fails_until_it_is(home):
    add(home, "2026-11-03")
    code, said = invoke("--home", home)
    assert code == 1
    assert "in the data and not in the ledger" in said
    record(home)
    assert invoke("--home", home)[0] == 0


def test_a_running_audit_is_waited_for(home):
    """Data that is not recorded yet is no alarm while the audit that writes it still runs."""
    lake, started = Lake(home), threading.Event()

    def audit():
        with lake.lock():
            add(home, "2026-11-03")
            started.set()
            time.sleep(2)
            record(home)

    running = threading.Thread(target=audit)
    running.start()
    started.wait(30)
    code, said = invoke("--home", home)
    running.join()
    assert code == 0, said
    assert "data ok" in said


def test_pins_are_a_file_or_a_folder_of_them(home, tmp_path):
    pins = tmp_path / "pins"
    pins.mkdir()
    shutil.copy(home / "ledger/checkpoint", pins / "first")
    add(home, "2026-11-03")
    record(home)
    shutil.copy(home / "ledger/checkpoint", pins / "second")
    code, said = invoke("--home", home, "--against", pins / "first")
    assert (code, "1 pinned checkpoint(s), the newest at 2" in said) == (0, True)
    code, said = invoke("--home", home, "--against", pins)
    assert (code, "2 pinned checkpoint(s), the newest at 3" in said) == (0, True)


def test_rollback_to_an_older_state_shows_against_a_pin(home, tmp_path):
    shutil.copytree(home, tmp_path / "older")
    add(home, "2026-11-03")
    record(home)
    pin = home / "ledger/checkpoint"
    assert invoke("--home", tmp_path / "older")[0] == 0
    code, said = invoke("--home", tmp_path / "older", "--against", pin)
    assert code == 1
    assert "rolled back" in said


def test_a_folder_without_pins_is_not_a_pass(home, tmp_path):
    (tmp_path / "none").mkdir()
    assert invoke("--home", home, "--against", tmp_path / "none")[0] == 1
