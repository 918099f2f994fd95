"""docs/tickets.md is what the tables print, and the sample company can decide on its samples."""

from __future__ import annotations

from pathlib import Path

import pytest

from afteraction.approvals.describe import page
from afteraction.approvals.directory import Directory
from afteraction.approvals.separation import may_decide
from afteraction.casebook import Ticket
from afteraction.records.settings import decode_settings, load_settings

ROOT = Path(__file__).parents[2]
SAMPLES = load_settings(ROOT / "data")


def test_the_committed_page_is_the_printed_one():
    committed = (ROOT / "docs" / "tickets.md").read_text(encoding="utf-8")
    assert committed == page(), "run `python -m afteraction.approvals.describe > docs/tickets.md`"


def test_the_example_on_the_page_is_valid():
    people = "".join(f'[[principals]]\nperson = "{one}"\n' for one in ("sofia", "tomas"))
    example = page().split("```toml")[1].split("```")[0]
    settings = decode_settings((people + example).encode(), "example")
    assert [one.name for one in settings.reviewer_groups] == ["security", "on-call"]
    assert settings.review.quiet_hours


@pytest.mark.parametrize("agent", [one.id for one in SAMPLES.agents] + ["kiosk-agent"])
def test_somebody_apart_can_decide_on_every_sample_agent(agent):
    ticket = Ticket(
        ticket_id="T-1",
        concern="T-1",
        version=1,
        kind="retroactive",
        tenant="northwind",
        session_id="s",
        session_key="ses",
        action_id="act_1",
        action_ids=("act_1",),
        cause="c",
        title="t",
        opened_at=1,
        due_at=2,
        agents=(agent,),
    )
    assert "sofia" in may_decide(ticket, Directory.of(SAMPLES))
