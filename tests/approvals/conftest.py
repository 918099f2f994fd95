"""A small company: people, agents, and a ticket of the agent `bot` that Alice owns and Ruth asked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl
import pytest

from afteraction.approvals.retroactive import CANDIDATES, concern_of, open_retroactive
from afteraction.casebook import Casebook
from afteraction.records.settings import Agent, Principal, Settings

NOW = 1_800_000_000_000_000


@pytest.fixture
def settings() -> Settings:
    return Settings(
        agents=(
            Agent(
                "bot",
                "alice@example.com",
                service_account="svc-bot@example.com",
                delegated_by="planner",
                policy_author="paula@example.com",
            ),
            Agent("planner", "peter@example.com", delegated_by="dora@example.com"),
            Agent("twin", "tom@example.com", service_account="svc-bot@example.com"),
            Agent("other", "oscar@example.com"),
        ),
        principals=(
            Principal("alice", ("alice@example.com", "U0ALICE"), can_approve=True),
            Principal("ruth", ("ruth@example.com",), can_approve=True),
            Principal("peter", ("peter@example.com",), can_approve=True),
            Principal("dora", ("dora@example.com",), can_approve=True),
            Principal("paula", ("paula@example.com",), can_approve=True),
            Principal("tom", ("tom@example.com",), can_approve=True),
            Principal("oscar", ("oscar@example.com",), can_approve=True),
            Principal("carol", ("carol@example.com", "U0CAROL"), can_approve=True),
            Principal("gone", ("gone@example.com",), active=False, can_approve=True),
            Principal("reader", ("reader@example.com",)),
            Principal("admin", ("admin@example.com",), groups=("administrators",)),
        ),
    )


@pytest.fixture
def candidates() -> Callable[..., pl.DataFrame]:
    """Makes a candidates frame; each row starts from one risky action of `bot` for Ruth."""

    def make(*rows: dict[str, Any]) -> pl.DataFrame:
        base = {
            "action_id": "act_1",
            "tenant": "acme",
            "session_id": "s-1",
            "session_key": "ses_1",
            "seq": 0,
            "risk": 0.9,
            "level": "high",
            "agent_id": "bot",
            "on_behalf_of": "ruth@example.com",
            "tool": "http_post",
            "target": "paste.example",
            "args_sha256": "ab" * 32,
            "cause": "secret-sent",
            "title": "A key was sent to paste.example",
            "bundle_revision": "b1-000000000000",
        }
        return pl.DataFrame([{**base, **row} for row in rows], schema=CANDIDATES)

    return make


@pytest.fixture
def book(casebook_at: str) -> Casebook:
    return Casebook.open(casebook_at)


@pytest.fixture
def waiting(book, settings, candidates) -> str:
    """The id of an open ticket."""
    open_retroactive(book, candidates({}), settings, NOW)
    return concern_of("ses_1", "secret-sent")


@pytest.fixture
def now() -> int:
    return NOW
