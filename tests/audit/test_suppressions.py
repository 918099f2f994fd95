"""Suppressions: what they hold back stays visible and counts nothing; what expires or goes counts again."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, date, datetime, timedelta

import pytest
from sample_log import ACCESS_KEY, write_log

from afteraction.audit import Audit
from afteraction.lake import query
from afteraction.records.settings import Settings, SettingsError, Suppression, load_settings

DAY = date(2026, 11, 20)


def clock(day=DAY):
    return lambda: int(datetime(day.year, day.month, day.day, 12, tzinfo=UTC).timestamp() * 1_000_000)


def suppression(**given):
    base = {"id": "drop-box", "owner": "casey", "reason": "the key of a test account", "expires": DAY}
    return Suppression(**{**base, **given})


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    """A home that was audited without suppressions, and its log."""
    at = tmp_path_factory.mktemp("base")
    log = write_log(at / "release.jsonl", sessions=2)
    Audit(at / "home", Settings(), now=clock()).run([log])
    return at


@pytest.fixture
def log(base):
    return base / "release.jsonl"


@pytest.fixture
def audit(tmp_path, base, log):
    home = tmp_path / "home"
    shutil.copytree(base / "home", home)

    def run(*suppressions, day=DAY):
        if suppressions or (home / "lake" / "small" / "suppressions-applied.parquet").exists():
            Audit(home, Settings(suppressions=suppressions), now=clock(day)).run([log])
        return home

    return run


def value(home):
    sql = "SELECT DISTINCT value_fp FROM findings WHERE detector = 'cloud_credential' AND part = 'args'"
    return query(home, sql).item()


def sent(home):
    """Level, points and ticket of the calls that send the key."""
    sql = """SELECT level, points, ticketed FROM action_risk JOIN actions USING (action_id)
             WHERE tool = 'http_post'"""
    return query(home, sql).rows()


def test_a_suppressed_value_stays_in_findings_and_counts_nothing(audit):
    home = audit()
    assert {level for level, _, _ in sent(home)} == {"critical"}
    before = query(home, "SELECT count(*) FROM findings").item()
    points = sent(home)[0][1]
    home = audit(suppression(value_fp=value(home)))
    assert query(home, "SELECT count(*) FROM findings").item() == before
    held = query(home, "SELECT DISTINCT suppressed_reason FROM findings WHERE suppressed_by = 'drop-box'")
    assert held["suppressed_reason"].to_list() == ["the key of a test account"]
    assert "critical" not in {level for level, _, _ in sent(home)}
    assert sent(home)[0][1] < points


def test_no_ticket_opens_for_what_is_held_back(tmp_path, log, audit):
    finder = audit()
    fp = value(finder)
    key = finder / "keys"
    fresh = tmp_path / "fresh"
    fresh.mkdir()
    key.rename(fresh / "keys")
    with_email = [
        suppression(value_fp=fp),
        suppression(id="mail", detector="email_address", tool="http_post"),
        suppression(id="place", detector="external_destination", tool="http_post"),
        suppression(id="flow", detector="sensitive_flow", tool="http_*"),
    ]
    Audit(fresh, Settings(suppressions=tuple(with_email)), now=clock()).run([log])
    assert not any(ticketed for _, _, ticketed in sent(fresh))


def test_uses_are_counted_in_a_public_table(audit):
    fp = value(audit())
    home = audit(suppression(value_fp=fp), suppression(id="idle", detector="payment_card", tool="nothing"))
    rows = {row["suppression_id"]: row for row in query(home, "SELECT * FROM suppressions").to_dicts()}
    counted = query(home, "SELECT count(*) FROM findings WHERE suppressed_by = 'drop-box'").item()
    assert rows["drop-box"]["uses"] == counted > 0
    assert rows["drop-box"]["sessions"] == 2
    assert rows["drop-box"]["last_used"] == "2026-11-02"
    assert rows["drop-box"]["expires"] == DAY
    assert (rows["idle"]["uses"], rows["idle"]["state"]) == (0, "in_force")


def test_after_its_last_day_everything_counts_again(audit):
    fp = value(audit())
    audit(suppression(value_fp=fp))
    home = audit(suppression(value_fp=fp), day=DAY + timedelta(days=1))
    assert {level for level, _, _ in sent(home)} == {"critical"}
    assert query(home, "SELECT state, uses FROM suppressions").rows() == [("expired", 0)]


def test_a_removed_suppression_counts_again_and_the_ledger_knows_all(audit):
    fp = value(audit())
    audit(suppression(value_fp=fp))
    home = audit()
    assert {level for level, _, _ in sent(home)} == {"critical"}
    ledger = Audit(home, Settings()).ledger
    said = [json.loads(raw) for raw in ledger.entries()]
    states = [entry["state"] for entry in said if entry["kind"] == "suppression"]
    assert states == ["in_force", "removed"]
    assert ledger.verify().ok


def test_a_suppression_that_one_date_alone_knows_is_taken_back_too(audit, log):
    home = audit()
    held = Settings(suppressions=(suppression(value_fp=value(home)),))
    Audit(home, held, now=clock()).analyse(["2026-11-02"])
    Audit(home, Settings(), now=clock()).run([log])
    assert {level for level, _, _ in sent(home)} == {"critical"}
    assert query(home, "SELECT count(*) FROM findings WHERE suppressed_by IS NOT NULL").item() == 0


def test_the_same_suppressions_again_change_nothing(audit):
    fp = value(audit())
    home = audit(suppression(value_fp=fp))
    size = Audit(home, Settings()).ledger.head().size
    lake = {name: Audit(home, Settings())._lake.version(name) for name in ("findings", "action_risk")}
    audit(suppression(value_fp=fp))
    assert Audit(home, Settings()).ledger.head().size == size
    assert {name: Audit(home, Settings())._lake.version(name) for name in lake} == lake


@pytest.mark.parametrize(
    ("given", "holds"),
    [
        ({"detector": "cloud_credential", "tool": "http_*"}, True),
        ({"detector": "cloud_credential", "tool": "ftp_*"}, False),
        ({"detector": "cloud_credential", "agent": "release-?elper"}, True),
        ({"detector": "cloud_credential", "agent": "release"}, False),
        ({"detector": "cloud_credential", "destination": "drop.*.example"}, True),
        ({"detector": "cloud_credential", "destination": "*.example.com"}, False),
        ({"detector": "cloud_credential", "path": "/body"}, True),
        ({"detector": "cloud_credential", "path": "/b*"}, True),
        ({"detector": "cloud_credential", "path": "/url"}, False),
        ({"detector": "payment_card", "tool": "http_post"}, False),
    ],
)
def test_every_condition_must_hold(audit, given, holds):
    home = audit(suppression(**given))
    sql = """SELECT count(*) FROM findings WHERE suppressed_by IS NOT NULL AND part = 'args'
             AND detector = 'cloud_credential'"""
    assert (query(home, sql).item() > 0) is holds


def test_nothing_raw_comes_with_it(audit):
    home = audit(suppression(detector="cloud_credential", path="/body"))
    shown = query(home, "SELECT * FROM findings").write_ndjson()
    assert ACCESS_KEY not in shown


@pytest.mark.parametrize(
    "given",
    [
        {"owner": " "},
        {"reason": ""},
        {"id": "../x"},
        {"id": "a" * 65},
        {"detector": "cloud_credential", "value_fp": None},
        {"value_fp": None},
    ],
)
def test_a_suppression_without_owner_reason_or_bounds_is_refused(given):
    with pytest.raises(ValueError, match=r"suppression|id"):
        suppression(**{"value_fp": "fp_0123456789ab", **given})


def write(home, text):
    (home / "afteraction.toml").write_text(text)
    return home


BLOCK = """
[[suppressions]]
id = "x"
owner = "casey"
reason = "known"
value_fp = "fp_0123456789ab"
"""


def test_expiry_is_mandatory_and_bounded(tmp_path):
    today = datetime.now(UTC).date()
    with pytest.raises(SettingsError, match="expires"):
        load_settings(write(tmp_path, BLOCK))
    with pytest.raises(SettingsError, match="latest"):
        load_settings(write(tmp_path, f"{BLOCK}expires = {today + timedelta(days=500)}\n"))
    with pytest.raises(SettingsError, match="twice"):
        load_settings(write(tmp_path, f"{BLOCK}expires = {today}\n{BLOCK}expires = {today}\n"))
    (one,) = load_settings(write(tmp_path, f"{BLOCK}expires = {today}\n")).suppressions
    assert one.expires == today
