"""CM-3.3: what was approved is what ran."""

from afteraction.compliance.control import Control, Example

_ACTION = {
    "action_id": "act_1",
    "tenant": "acme",
    "session_key": "ses_1",
    "agent_id": "worker",
    "on_behalf_of": "alice@example.com",
    "args_sha256": "aa",
}
_TICKET = {"ticket_id": "T-1", "bundle_revision": "b1", **_ACTION}
_DECISION = {"decision_id": "D-1", "ticket_id": "T-1", "args_sha256": "aa"}


def _ticket(name: str, **other: str | None) -> dict[str, str | None]:
    return {**_TICKET, "ticket_id": name, **other}


CONTROL = Control(
    id="CM-3.3",
    title="The action that ran is the one that was put before the reviewer",
    statement=(
        "The arguments, agent, requester, session and tenant that a ticket names are those of its action, "
        "and each decision was made on the arguments that the ticket names."
    ),
    severity="critical",
    frameworks={"nist-800-53": ("CM-3", "SI-7"), "owasp-agentic": ("ASI02",)},
    subject="tickets",
    population="tickets whose action is in the log",
    population_sql="SELECT t.ticket_id AS id FROM tickets t JOIN actions a USING (action_id)",
    exception_sql="""
WITH decided AS (SELECT ticket_id, args_sha256 AS seen FROM decisions)
SELECT t.ticket_id AS id
FROM tickets t JOIN actions a USING (action_id) LEFT JOIN decided d USING (ticket_id)
WHERE t.tenant IS DISTINCT FROM a.tenant
  OR t.session_key IS DISTINCT FROM a.session_key
  OR t.agent_id IS DISTINCT FROM a.agent_id
  OR t.on_behalf_of IS DISTINCT FROM a.on_behalf_of
  OR d.seen <> t.args_sha256
  OR a.args_sha256 <> t.args_sha256
""",
    cannot_show=(
        "Arguments are compared where both sides carry their digest. Files, branches or environment "
        "that they point to may have changed in between."
    ),
    passing=Example({"actions": [_ACTION], "tickets": [_TICKET], "decisions": [_DECISION]}),
    failing=Example(
        {
            "actions": [_ACTION],
            "tickets": [
                _TICKET,
                _ticket("T-2", agent_id="other"),
                _ticket("T-3", args_sha256="bb"),
                _ticket("T-4", tenant=None),
                _ticket("T-5", on_behalf_of="bob@example.com"),
                _ticket("T-6", session_key="ses_2"),
                _ticket("T-7"),
            ],
            "decisions": [_DECISION, {"decision_id": "D-7", "ticket_id": "T-7", "args_sha256": "cc"}],
        },
        exceptions=("T-2", "T-3", "T-4", "T-5", "T-6", "T-7"),
    ),
)
