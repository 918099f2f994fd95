"""`afteraction evaluate` as a person types it: Markdown, JSON, and a sentence for what cannot be measured."""

import json

import typer
from typer.testing import CliRunner

from afteraction.ingest import SourceError
from console.evaluate import evaluate

app = typer.Typer()
app.command()(evaluate)


def test_an_empty_folder_prints_an_empty_result(tmp_path):
    done = CliRunner().invoke(app, [str(tmp_path), "--json", "--no-suites"])
    assert done.exit_code == 0
    assert json.loads(done.stdout)["agents"] == []


def test_a_missing_folder_is_told_in_a_sentence(tmp_path):
    done = CliRunner().invoke(app, [str(tmp_path / "absent")])
    assert isinstance(done.exception, SourceError)
    assert "no folder" in str(done.exception)
