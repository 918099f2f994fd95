"""A million actions with one planted violation per control: exactly the plants are found."""

from __future__ import annotations

from datetime import timedelta

import polars as pl
import pytest

from afteraction.compliance import TABLES, all_controls, run
from afteraction.compliance.control import hour

ACTIONS, TICKETS, PEOPLE = 1_000_000, 80_000, 400


def clean_tables():
    """Everybody behaves: each ticket is decided within a day by a person apart, live ones used once."""
    number = pl.int_range(pl.len())
    agent, person = (pl.format("agent-{}", number % 500), pl.format("p{}@example.com", number % PEOPLE))
    actions = pl.DataFrame({"n": range(ACTIONS)}).select(
        pl.format("act_{}", number).alias("action_id"),
        agent.alias("agent_id"),
        person.alias("on_behalf_of"),
        pl.lit("acme").alias("tenant"),
        pl.format("ses_{}", number // 10).alias("session_key"),
        pl.when(number < TICKETS).then(pl.lit("pay")).otherwise(pl.lit("read")).alias("operation"),
        pl.lit("ok").alias("status"),
        (pl.lit(hour(0)) + pl.duration(seconds=number)).alias("event_time"),
        pl.format("{}", number).alias("args_sha256"),
    )
    first = actions.head(TICKETS)
    live = number % 4 == 0
    tickets = first.select(
        pl.format("T-{}", number).alias("ticket_id"),
        pl.when(live).then(pl.lit("live")).otherwise(pl.lit("retroactive")).alias("kind"),
        pl.lit("approved").alias("state"),
        "action_id",
        pl.format('["{}"]', "action_id").alias("action_ids"),
        "agent_id",
        "on_behalf_of",
        "tenant",
        "session_key",
        "args_sha256",
        (
            pl.col("event_time") + pl.when(live).then(-timedelta(minutes=9)).otherwise(timedelta(hours=2))
        ).alias("opened_at"),
    )
    decisions = tickets.select(
        pl.format("D-{}", number).alias("decision_id"),
        "ticket_id",
        pl.lit("approved").alias("verdict"),
        pl.format("r{}@example.com", number % 50).alias("reviewer"),
        pl.format("r{}@example.com", number % 50).alias("person"),
        "args_sha256",
        (pl.col("opened_at") + timedelta(minutes=5)).alias("decided_at"),
    )
    grants = decisions.select(
        pl.format("G-{}", number).alias("grant_id"),
        "ticket_id",
        pl.col("decided_at").alias("minted_at"),
        (pl.col("decided_at") + timedelta(minutes=15)).alias("expires_at"),
        (pl.col("decided_at") + timedelta(minutes=1)).alias("consumed_at"),
    )
    agents = [
        {
            "agent_id": f"agent-{n}",
            "owner": f"o{n % 40}@example.com",
            "delegated_by": f"boss{n % 9}",
            "policy_author": "pat@example.com",
        }
        for n in range(500)
    ]
    names = [f"p{n}@example.com" for n in range(PEOPLE)] + [f"r{n}@example.com" for n in range(50)]
    principals = [
        {
            "person": name,
            "account": name,
            "account_key": name,
            "active": True,
            "can_approve": name.startswith("r"),
        }
        for name in names
    ]
    alias = {
        "person": "p8@example.com",
        "account": "p8+x@example.com",
        "account_key": "p8+x@example.com",
        "active": True,
        "can_approve": True,
    }
    delegations = [{"delegate": f"agent-{n}", "delegator": f"boss{n % 9}"} for n in range(500)]
    delegations += [{"delegate": f"boss{n}", "delegator": f"boss{n + 1}"} for n in range(9)]
    return {
        "actions": actions,
        "tickets": tickets,
        "decisions": decisions,
        "grants": grants,
        "agents": pl.DataFrame(agents),
        "principals": pl.DataFrame([*principals, alias]),
        "delegations": pl.DataFrame(delegations),
    }


def plant(tables, statement):
    tables.connection.execute(statement)


@pytest.mark.slow
def test_exactly_the_plants_are_found(tables):
    rows = clean_tables()
    frames = {name: pl.DataFrame(schema=schema) for name, schema in TABLES.items()}
    tables.put(
        {
            name: pl.concat([frame, rows[name]], how="diagonal_relaxed") if name in rows else frame
            for name, frame in frames.items()
        }
    )
    clean = run(tables.query)
    assert clean["exceptions"].to_list() == [0] * len(all_controls()), clean["detail"].to_list()
    assert set(clean["outcome"]) == {"pass"}
    reviewed = "UPDATE decisions SET reviewer = '{0}', person = '{0}' WHERE decision_id = '{1}'"
    for statement in (
        reviewed.format("o7@example.com", "D-7"),
        reviewed.format("p8+x@example.com", "D-8"),
        reviewed.format("stranger@example.net", "D-9"),
        reviewed.format("pat@example.com", "D-10"),
        "UPDATE actions SET event_time = event_time - INTERVAL 1 HOUR WHERE action_id = 'act_12'",
        "UPDATE tickets SET opened_at = opened_at + INTERVAL 3 DAY WHERE ticket_id = 'T-13'",
        "UPDATE tickets SET args_sha256 = 'changed' WHERE ticket_id = 'T-14'",
        "UPDATE grants SET consumed_at = expires_at + INTERVAL 1 SECOND WHERE grant_id = 'G-15'",
        "UPDATE grants SET ticket_id = 'T-17' WHERE grant_id = 'G-18'",
    ):
        plant(tables, statement)
    found = {row["control_id"]: row["exception_ids"] for row in run(tables.query).iter_rows(named=True)}
    assert found == {
        "AC-5.1": '["D-7"]',
        "AC-5.1b": '["D-8"]',
        "AC-5.2": '["D-10", "D-7", "D-9"]',
        "AC-5.3": '["D-10"]',
        "AC-5.4": "[]",
        "CM-3.1": '["act_12"]',
        "CM-3.2": '["T-13"]',
        "CM-3.3": '["D-14"]'.replace("D", "T"),
        "CM-3.4": '["G-15"]',
        "CM-3.5": '["T-17"]',
    }
