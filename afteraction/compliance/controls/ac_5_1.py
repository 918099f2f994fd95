"""AC-5.1: nobody decides on a ticket about their own action or their own agent's."""

from afteraction.compliance.control import Control, Example
from afteraction.compliance.sql import DIRECT, key

_TICKET = {
    "ticket_id": "T-1",
    "action_id": "act_1",
    "action_ids": '["act_1", "act_2"]',
    "agent_id": "billing-agent",
    "on_behalf_of": "alice@example.com",
}
_AGENT = {"agent_id": "billing-agent", "owner": "bob@example.com", "service_account": "svc-billing"}
_ACTION = {"action_id": "act_2", "agent_id": "billing-agent", "on_behalf_of": "erin@example.com"}

CONTROL = Control(
    id="AC-5.1",
    title="Separation of duties: the decider is not on the action's own side",
    statement=(
        "No ticket is decided by the person the action was done for, by the agent that did it, "
        "by that agent's owner or by its service account."
    ),
    severity="critical",
    frameworks={
        "nist-800-53": ("AC-5",),
        "soc2": ("CC6.3", "CC8.1"),
        "owasp-agentic": ("ASI03",),
    },
    subject="decisions",
    population="decisions",
    population_sql="SELECT decision_id AS id FROM decisions",
    exception_sql=f"""
WITH {DIRECT}
SELECT DISTINCT d.decision_id AS id
FROM decisions d JOIN direct n USING (ticket_id)
WHERE n.name IN ({key("d.reviewer")}, {key("d.person")})
""",
    cannot_show="Two accounts of one person count only where they are spelled the same; AC-5.1b joins them.",
    passing=Example(
        {
            "tickets": [_TICKET],
            "agents": [_AGENT],
            "actions": [_ACTION],
            "decisions": [{"decision_id": "D-1", "ticket_id": "T-1", "reviewer": "carol@example.com"}],
        }
    ),
    failing=Example(
        {
            "tickets": [_TICKET],
            "agents": [_AGENT],
            "actions": [_ACTION],
            "decisions": [
                {"decision_id": "D-1", "ticket_id": "T-1", "reviewer": " Alice@Example.com "},
                {"decision_id": "D-2", "ticket_id": "T-1", "reviewer": "bob@example.com"},
                {"decision_id": "D-3", "ticket_id": "T-1", "reviewer": "svc-billing"},
                {"decision_id": "D-4", "ticket_id": "T-1", "reviewer": "x", "person": "erin@example.com"},
                {"decision_id": "D-5", "ticket_id": "T-1", "reviewer": "billing-agent"},
                {"decision_id": "D-6", "ticket_id": "T-1", "reviewer": "carol@example.com"},
            ],
        },
        exceptions=("D-1", "D-2", "D-3", "D-4", "D-5"),
    ),
)
