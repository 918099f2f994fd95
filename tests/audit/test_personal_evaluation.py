"""Figures of personal data: names and addresses have lines of their own, and runs tell what they hold."""

from __future__ import annotations

import gzip
import json

from afteraction.audit.evaluation.report import tables
from afteraction.audit.evaluation.runner import evaluate_folder
from afteraction.audit.evaluation.values import personal
from afteraction.records.settings import Settings

TEXT = "Marianne Hofstetter lives at 48 Willow Creek Road. Mail: marianne@example.com"
NAMES = {
    "PERSON": "Marianne Hofstetter",
    "STREET_ADDRESS": "48 Willow Creek Road",
    "EMAIL_ADDRESS": "marianne@example.com",
}


def spans(text: str) -> list[dict[str, object]]:
    return [
        {
            "entity_type": kind,
            "entity_value": value,
            "start_position": text.index(value),
            "end_position": text.index(value) + len(value),
        }
        for kind, value in NAMES.items()
    ]


def written(file, documents):
    file.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(file, "wt", encoding="utf-8") as out:
        out.writelines(json.dumps(one) + "\n" for one in documents)


def test_each_labelled_type_has_a_line_and_names_and_addresses_one_together(tmp_path):
    documents = [{"full_text": TEXT, "spans": spans(TEXT)}, {"full_text": "Nothing here.", "spans": []}]
    written(tmp_path / "made.jsonl.gz", documents)
    held = {one.kind: one for one in personal(tmp_path / "made.jsonl.gz")}
    assert [*held][:3] == ["EMAIL_ADDRESS", "PERSON", "STREET_ADDRESS"]
    together = held["names and addresses"]
    assert (together.labelled, together.precision, together.recall) == (2, 1.0, 1.0)
    assert held["every labelled type"].labelled == 3


def test_runs_without_labels_tell_how_much_personal_data_they_hold(tmp_path):
    call = {"id": "c1", "type": "function", "function": {"name": "get_customer", "arguments": "{}"}}
    messages = [
        {"role": "user", "content": "Look it up."},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c1", "content": TEXT},
    ]
    written(tmp_path / "benign" / "tau_bench_made.jsonl.gz", [{"traj": messages}])
    results = evaluate_folder(tmp_path, Settings(), suites=False)
    assert {(one.detector, one.read, one.outside) for one in results.rates} == {
        ("person_name", 1000.0, 0.0),
        ("postal_address", 1000.0, 0.0),
    }
    assert "Personal data in agent runs" in [table.title for table in tables(results)]
