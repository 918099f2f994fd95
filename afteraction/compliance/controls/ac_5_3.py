"""AC-5.3: who wrote the policy that scored an action does not decide on it."""

from afteraction.compliance.control import Control, Example
from afteraction.compliance.sql import DECIDERS, PEOPLE, SIDES, key

_TICKET = {"ticket_id": "T-1", "action_id": "act_1", "agent_id": "worker"}
_AGENTS = [{"agent_id": "worker", "owner": "bob@example.com", "policy_author": "pat@example.com"}]
_PEOPLE = [{"person": "pat@example.com", "account": "U0PAT", "account_key": "u0pat"}]

CONTROL = Control(
    id="AC-5.3",
    title="Separation of duties: policy authors do not decide under their own policy",
    statement="No ticket is decided by the author of the policy that governs the agent whose action it is.",
    severity="high",
    frameworks={"nist-800-53": ("AC-5", "CM-5")},
    subject="decisions",
    population="decisions",
    population_sql="SELECT decision_id AS id FROM decisions",
    exception_sql=f"""
WITH {SIDES},{PEOPLE},{DECIDERS},
authors AS (
  SELECT DISTINCT s.ticket_id, coalesce(p.person, {key("g.policy_author")}) AS name
  FROM sides s JOIN agents g ON {key("g.agent_id")} = {key("s.agent_id")}
  LEFT JOIN people p ON p.name = {key("g.policy_author")}
)
SELECT DISTINCT d.decision_id AS id FROM deciders d JOIN authors a USING (ticket_id, name)
""",
    cannot_show="Authors are those configured per agent; who wrote a single bundle revision is not recorded.",
    passing=Example(
        {
            "tickets": [_TICKET],
            "agents": _AGENTS,
            "principals": _PEOPLE,
            "decisions": [{"decision_id": "D-1", "ticket_id": "T-1", "reviewer": "carol@example.com"}],
        }
    ),
    failing=Example(
        {
            "tickets": [_TICKET],
            "agents": _AGENTS,
            "principals": _PEOPLE,
            "decisions": [
                {"decision_id": "D-1", "ticket_id": "T-1", "reviewer": "pat@example.com"},
                {"decision_id": "D-2", "ticket_id": "T-1", "reviewer": "U0PAT"},
                {"decision_id": "D-3", "ticket_id": "T-1", "reviewer": "carol@example.com"},
                {"decision_id": "D-4", "ticket_id": "T-9", "reviewer": "pat@example.com"},
            ],
        },
        exceptions=("D-1", "D-2"),
    ),
)
