"""The walk-through does what it tells: every command of docs/walkthrough.md, in order."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_story_is_true():
    page = (ROOT / "docs" / "walkthrough.md").read_text()
    blocks = re.findall(r"```sh\n(.*?)```", page, re.DOTALL)
    commands = [line for block in blocks for line in block.splitlines()]
    script = "\n".join(f"{command}\necho '=== {number}'" for number, command in enumerate(commands))
    ran = subprocess.run(["bash", "-e", "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    said = dict(zip(commands, re.split(r"=== \d+\n", ran.stdout), strict=False))

    def of(word):
        return next(text for command, text in said.items() if word in command)

    assert "1 opened now, 1 wait for a person" in of(" audit ")
    assert "May decide: priya" in of("tickets show")
    assert "customer.example" not in of("tickets show")
    assert not re.search(r"DE\d{20}", ran.stdout)
    assert json.loads(of("afteraction-hook"))["hookSpecificOutput"]["permissionDecision"] == "deny"
    assert "ledger ok" in of(" verify")
    assert "harmful" in of(" sql ")
