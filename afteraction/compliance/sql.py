"""Pieces of SQL that several controls share, so that a name or a link means the same in all of them."""

from __future__ import annotations

from typing import Final


def key(name: str) -> str:
    """An account or agent name in the form in which names are compared: trimmed, composed, lower case."""
    bare = f"regexp_replace({name}, '^[\\p{{Z}}\\p{{Cc}}]+|[\\p{{Z}}\\p{{Cc}}]+$', '', 'g')"
    return f"nullif(lower(nfc_normalize({bare})), '')"


#: `ticket_actions` (ticket_id, action_id): every action that stands in a ticket.
TICKET_ACTIONS: Final = """
ticket_actions AS (
  SELECT ticket_id, unnest(TRY_CAST(TRY_CAST(action_ids AS JSON) AS VARCHAR[])) AS action_id FROM tickets
  UNION
  SELECT ticket_id, action_id FROM tickets WHERE action_id IS NOT NULL
)"""

#: `sides` (ticket_id, agent_id, on_behalf_of): whose actions a ticket is about.
SIDES: Final = f"""{TICKET_ACTIONS},
sides AS (
  SELECT ticket_id, agent_id, on_behalf_of FROM tickets
  UNION
  SELECT l.ticket_id, a.agent_id, a.on_behalf_of FROM ticket_actions l JOIN actions a USING (action_id)
)"""

#: `direct` (ticket_id, name): requester, agent, its owner and its service account, as written.
DIRECT: Final = f"""{SIDES},
direct AS (
  SELECT ticket_id, {key("agent_id")} AS name FROM sides
  UNION
  SELECT ticket_id, {key("on_behalf_of")} FROM sides
  UNION
  SELECT s.ticket_id, {key("g.owner")} FROM sides s JOIN agents g ON {key("g.agent_id")} = {key("s.agent_id")}
  UNION
  SELECT s.ticket_id, {key("g.service_account")}
  FROM sides s JOIN agents g ON {key("g.agent_id")} = {key("s.agent_id")}
)"""

#: `people` (name, person): which person an account name belongs to.
PEOPLE: Final = f"""
people AS (
  SELECT name, min(person) AS person FROM (
    SELECT {key("account_key")} AS name, {key("person")} AS person FROM principals
    UNION
    SELECT {key("account")}, {key("person")} FROM principals
  ) WHERE name IS NOT NULL GROUP BY name
)"""

#: `deciders` (decision_id, ticket_id, verdict, decided_at, name): who decided, as a person where known.
DECIDERS: Final = f"""
deciders AS (
  SELECT d.decision_id, d.ticket_id, d.verdict, d.decided_at, coalesce(p.person, d.name) AS name
  FROM (
    SELECT decision_id, ticket_id, verdict, decided_at, {key("reviewer")} AS name FROM decisions
    UNION
    SELECT decision_id, ticket_id, verdict, decided_at, {key("person")} FROM decisions
  ) d LEFT JOIN people p USING (name)
  WHERE d.name IS NOT NULL
)"""
