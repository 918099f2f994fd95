"""AC-5.1b: nobody decides for their delegate, for an agent they control, or from a second account."""

from afteraction.compliance.control import Control, Example
from afteraction.compliance.sql import DECIDERS, DIRECT, PEOPLE, key

_TICKET = {"ticket_id": "T-1", "agent_id": "worker", "on_behalf_of": "alice@example.com"}
_AGENTS = [
    {"agent_id": "worker", "owner": "bob@example.com"},
    {"agent_id": "planner", "owner": "dora@example.com"},
]
_DELEGATIONS = [
    {"delegate": "worker", "delegator": "planner"},
    {"delegate": "planner", "delegator": "gus@example.com"},
    {"delegate": "gus@example.com", "delegator": "worker"},
]
_PRINCIPALS = [
    {"person": "alice@example.com", "account": "alice@example.com", "account_key": "alice@example.com"},
    {"person": "alice@example.com", "account": "U024ALICE", "account_key": "u024alice"},
    {"person": "carol@example.com", "account": "carol@example.com", "account_key": "carol@example.com"},
]

CONTROL = Control(
    id="AC-5.1b",
    title="Separation of duties through delegation and second accounts",
    statement=(
        "No ticket is decided by anybody from whom the agent's powers come through delegation at any depth, "
        "by an owner of an agent on that chain, or by another account of the requester or of any of them."
    ),
    severity="critical",
    frameworks={"nist-800-53": ("AC-5",), "soc2": ("CC6.3",), "owasp-agentic": ("ASI03",)},
    subject="decisions",
    population="decisions",
    population_sql="SELECT decision_id AS id FROM decisions",
    exception_sql=f"""
WITH RECURSIVE {DIRECT},{PEOPLE},{DECIDERS},
links AS (
  SELECT {key("delegate")} AS below, {key("delegator")} AS above FROM delegations
  UNION
  SELECT {key("agent_id")}, {key("unnest([owner, service_account, delegated_by])")} FROM agents
),
edges AS (
  SELECT DISTINCT coalesce(b.person, l.below) AS below, coalesce(a.person, l.above) AS above
  FROM links l LEFT JOIN people b ON b.name = l.below LEFT JOIN people a ON a.name = l.above
  WHERE l.below IS NOT NULL AND l.above IS NOT NULL
),
starts AS (
  SELECT n.ticket_id, coalesce(p.person, n.name) AS name
  FROM direct n LEFT JOIN people p USING (name) WHERE n.name IS NOT NULL
),
reach(origin, name) AS (
  SELECT DISTINCT name, name FROM starts
  UNION
  SELECT r.origin, e.above FROM reach r JOIN edges e ON e.below = r.name
),
same AS (
  SELECT d.decision_id FROM decisions d JOIN direct n USING (ticket_id)
  WHERE n.name IN ({key("d.reviewer")}, {key("d.person")})
)
SELECT DISTINCT d.decision_id AS id
FROM deciders d JOIN starts s USING (ticket_id) JOIN reach r ON r.origin = s.name AND r.name = d.name
WHERE d.decision_id NOT IN (SELECT decision_id FROM same)
""",
    cannot_show=(
        "Only accounts and delegations that were configured are known, as they are now; "
        "who decided under the very name of the requester is AC-5.1."
    ),
    passing=Example(
        {
            "tickets": [_TICKET],
            "agents": _AGENTS,
            "delegations": _DELEGATIONS,
            "principals": _PRINCIPALS,
            "decisions": [
                {"decision_id": "D-1", "ticket_id": "T-1", "reviewer": "carol@example.com"},
                {"decision_id": "D-2", "ticket_id": "T-1", "reviewer": "alice@example.com"},
            ],
        }
    ),
    failing=Example(
        {
            "tickets": [_TICKET],
            "agents": _AGENTS,
            "delegations": _DELEGATIONS,
            "principals": _PRINCIPALS,
            "decisions": [
                {"decision_id": "D-1", "ticket_id": "T-1", "reviewer": "gus@example.com"},
                {"decision_id": "D-2", "ticket_id": "T-1", "reviewer": "u024alice"},
                {"decision_id": "D-3", "ticket_id": "T-1", "reviewer": "dora@example.com"},
                {"decision_id": "D-4", "ticket_id": "T-1", "reviewer": "carol@example.com"},
            ],
        },
        exceptions=("D-1", "D-2", "D-3"),
    ),
)
