"""Why each action ran: low risk is told apart from an open gate."""

from __future__ import annotations

from pathlib import Path

from leaky_lines import line

from afteraction.audit import Audit
from afteraction.lake import query

SAMPLE = Path(__file__).parents[2] / "data" / "samples" / "hook-decisions.jsonl.zst"


def test_the_samples_say_how_each_action_came_to_run(tmp_path):
    """The hook's own sample log through the view, and a log that no hook saw."""
    home, plain = tmp_path / "home", tmp_path / "plain.jsonl"
    lines = line("c1", "read_file", {"path": "x"}), line("c2", "pay", {"to": "x"}, status="denied")
    plain.write_text("\n".join(lines))
    Audit(home).run([plain, SAMPLE])
    told = dict(query(home, "SELECT how, count(*) FROM ran_how GROUP BY 1").rows())
    assert told == {"no_gate": 1, "did_not_run": 2, "approved": 1, "low_risk_reversible": 3, "low_risk": 1}
    assert sum(told.values()) == query(home, "SELECT count(*) FROM actions").item()
