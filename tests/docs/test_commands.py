"""Every command that the README shows in a block runs, in order, on the sample logs."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def shown():
    """The `afteraction` commands of the README's blocks."""
    blocks = re.findall(r"```sh\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    lines = [line.split("  #")[0].strip() for block in blocks for line in block.splitlines()]
    return [line for line in lines if line.startswith(".venv/bin/afteraction")]


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A home whose sample logs were audited, as after `make audit`."""
    home = tmp_path_factory.mktemp("home")
    shutil.copy(ROOT / "data" / "afteraction.toml", home)
    run(".venv/bin/afteraction audit data/samples", home)
    return home


def run(command, home):
    env = {**os.environ, "AFTERACTION_HOME": str(home), "COLUMNS": "160"}
    done = subprocess.run(command, shell=True, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def test_there_are_commands():
    assert len(shown()) >= 4


@pytest.mark.parametrize("command", shown())
def test_a_shown_command_does_what_it_was_asked(home, command):
    code, said = run(command, home)
    found = 1 if "--fail-on" in command else 0
    assert code == found, said
    assert "Traceback" not in said


def test_what_the_audit_says_to_type_next_works(home):
    code, said = run(".venv/bin/afteraction audit data/samples", home)
    assert code == 0, said
    after = said.split("\nNext\n")[1]
    typed = [line.strip() for line in after.splitlines() if line.strip().startswith(".venv/bin/afteraction")]
    assert len(typed) == 4
    for command in typed:
        if not command.endswith("serve"):
            code, said = run(command, home)
            assert code == 0, said


def test_an_error_is_one_sentence(home):
    code, said = run(".venv/bin/afteraction audit no/such/file", home)
    assert code == 2
    assert said.startswith("error: ")
    assert "Traceback" not in said
