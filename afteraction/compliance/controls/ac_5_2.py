"""AC-5.2: whoever decides is an active person with the right to approve."""

from afteraction.compliance.control import Control, Example
from afteraction.compliance.sql import key

_PEOPLE = [
    {"person": "carol@example.com", "account_key": "carol@example.com", "active": True, "can_approve": True},
    {"person": "dan@example.com", "account_key": "dan@example.com", "active": True, "can_approve": False},
    {"person": "eve@example.com", "account_key": "eve@example.com", "active": False, "can_approve": True},
    {"person": "bot", "account_key": "worker", "active": True, "can_approve": True},
]
_AGENTS = [{"agent_id": "worker", "owner": "bob@example.com", "service_account": "svc-worker"}]

CONTROL = Control(
    id="AC-5.2",
    title="Only active people with the right to approve decide",
    statement="Every decision came from an account of an active person who may approve, never from an agent.",
    severity="critical",
    frameworks={"nist-800-53": ("AC-5",), "eu-ai-act": ("14(4)",), "aiuc-1": ("C007",)},
    subject="decisions",
    population="decisions",
    population_sql="SELECT decision_id AS id FROM decisions",
    exception_sql=f"""
WITH entitled AS (
  SELECT {key("account_key")} AS name FROM principals WHERE active AND can_approve
  UNION
  SELECT {key("account")} FROM principals WHERE active AND can_approve
), machines AS (
  SELECT {key("agent_id")} AS name FROM agents
  UNION
  SELECT {key("service_account")} FROM agents
)
SELECT decision_id AS id
FROM decisions d LEFT JOIN entitled e ON e.name = {key("d.reviewer")}
WHERE e.name IS NULL
UNION
SELECT decision_id FROM decisions d JOIN machines m ON m.name = {key("d.reviewer")}
UNION
SELECT decision_id FROM decisions d JOIN machines m ON m.name = {key("d.person")}
""",
    cannot_show="Rights are compared as configured now, not as they were at the time of the decision.",
    passing=Example(
        {
            "principals": _PEOPLE,
            "agents": _AGENTS,
            "decisions": [{"decision_id": "D-1", "reviewer": "Carol@example.com"}],
        }
    ),
    failing=Example(
        {
            "principals": _PEOPLE,
            "agents": _AGENTS,
            "decisions": [
                {"decision_id": "D-1", "reviewer": "carol@example.com"},
                {"decision_id": "D-2", "reviewer": "dan@example.com"},
                {"decision_id": "D-3", "reviewer": "eve@example.com"},
                {"decision_id": "D-4", "reviewer": "worker"},
                {"decision_id": "D-5", "reviewer": "mallory@example.net"},
                {"decision_id": "D-6", "reviewer": None},
            ],
        },
        exceptions=("D-2", "D-3", "D-4", "D-5", "D-6"),
    ),
)
