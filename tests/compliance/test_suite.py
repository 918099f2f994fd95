"""Great Expectations over control results: verdicts, errors told apart, nothing hostile in, no network."""

from __future__ import annotations

import importlib
import subprocess
import sys
from datetime import UTC, datetime

import polars as pl
import pytest

from afteraction.compliance import suite
from afteraction.compliance.suite import SuiteResult, validate
from afteraction.records.control_result import CONTROL_RESULTS

HOSTILE = "<script>alert(1)</script>{{ x }}$PARAM"


def results(*outcomes, **texts):
    rows = [
        {
            "control_id": f"X-{number}",
            "title": "t",
            "outcome": outcome,
            "population": 5 if outcome in {"pass", "fail"} else 0,
            "exceptions": {"fail": 3}.get(outcome, 0),
            "exception_ids": "[]",
            "frameworks": "{}",
            "severity": "high",
            "query": "SELECT 1",
            "query_sha256": "0",
            "detail": "d",
            "evaluated_at": datetime(2026, 11, 1, tzinfo=UTC),
            **texts,
        }
        for number, outcome in enumerate(outcomes)
    ]
    return pl.DataFrame(rows, schema=CONTROL_RESULTS)


def test_every_outcome_has_its_verdict():
    found = validate(results("pass", "fail", "not_applicable", "error", "manual", "fail"))
    assert [(one.outcome, one.success, one.errored) for one in found] == [
        ("pass", True, False),
        ("fail", False, False),
        ("not_applicable", True, False),
        ("error", False, True),
        ("manual", False, False),
        ("fail", False, False),
    ]
    assert found[1] == SuiteResult(
        "X-1", success=False, errored=False, severity="high", outcome="fail", population=5, exceptions=3
    )


def test_an_advisory_with_exceptions_passes():
    frame = results("pass").with_columns(pl.lit(7).cast(pl.Int64).alias("exceptions"))
    assert validate(frame)[0].success


def test_a_failure_without_a_count_is_still_a_failure():
    frame = results("fail").with_columns(pl.lit(None, pl.Int64).alias("exceptions"))
    assert not validate(frame)[0].success


def test_only_errors_and_nothing():
    assert [one.errored for one in validate(results("error", "error"))] == [True, True]
    assert validate(results()) == []


@pytest.mark.parametrize(
    "field", ["control_id", "title", "exception_ids", "detail", "query", "severity", "frameworks"]
)
def test_nothing_hostile_reaches_great_expectations(field, monkeypatch):
    suite._load()
    interfaces = importlib.import_module("great_expectations.datasource.fluent.interfaces")
    seen, real = [], interfaces.Batch.validate

    def record(self, expect, **options):
        outcome = real(self, expect, **options)
        seen.append(str(expect.to_json_dict()) + str(outcome.to_json_dict()) + self.data.dataframe.to_csv())
        return outcome

    monkeypatch.setattr(interfaces.Batch, "validate", record)
    found = validate(results("pass", "fail", "error", **{field: HOSTILE}))
    assert len(found) == 3
    assert len(seen) == 1
    assert "script" not in seen[0]
    assert "PARAM" not in seen[0]
    assert "{{" not in seen[0]


SILENT = """
import sys, time
tried = []
sys.addaudithook(lambda event, args: tried.append((event, str(args[:2]))) if event in (
    "socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto", "http.client.connect",
    "urllib.Request") else None)
import polars as pl
from afteraction.compliance.suite import validate
assert "great_expectations" not in sys.modules, "imported before it is needed"
found = validate(pl.read_json(sys.argv[1]))
time.sleep(1)
print(len(found), tried)
"""


def test_no_network_is_tried_and_the_import_is_lazy(tmp_path):
    results("pass", "fail", "error").drop("evaluated_at").write_json(tmp_path / "rows.json")
    said = subprocess.run(
        [sys.executable, "-c", SILENT, tmp_path / "rows.json"], capture_output=True, text=True, check=True,
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}, cwd=".",
    )  # fmt: skip
    assert said.stdout.strip() == "3 []", said.stdout + said.stderr
    assert "Calculating" not in said.stderr
