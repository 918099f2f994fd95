"""CM-3.1: no privileged action runs without a ticket or before its approval."""

from collections.abc import Mapping

from afteraction.compliance.control import Control, Example, Rows, hour
from afteraction.compliance.sql import TICKET_ACTIONS

_PAID = {"operation": "pay", "status": "ok", "event_time": hour(1)}
_TABLES: Mapping[str, Rows] = {
    "actions": [
        {"action_id": "act_live", **_PAID},
        {"action_id": "act_retro", **_PAID, "operation": "delete"},
        {"action_id": "act_log", **_PAID, "approval": "approved"},
        {"action_id": "act_stopped", **_PAID, "status": "denied"},
        {"action_id": "act_read", **_PAID, "operation": "read"},
    ],
    "tickets": [
        {"ticket_id": "T-live", "kind": "live", "state": "approved", "action_id": "act_live"},
        {"ticket_id": "T-retro", "kind": "retroactive", "state": "open", "action_ids": '["act_retro"]'},
    ],
    "decisions": [
        {"decision_id": "D-1", "ticket_id": "T-live", "verdict": "approved", "decided_at": hour(0.5)},
    ],
}

CONTROL = Control(
    id="CM-3.1",
    title="Privileged actions have a ticket, and live ones an approval before they run",
    statement=(
        "Every action that ran and whose operation is one of {operations} was approved in its own log, "
        "stands in a retroactive ticket, or stands in a live ticket that was approved no later than it ran."
    ),
    severity="high",
    frameworks={
        "nist-800-53": ("CM-3", "AC-3"),
        "soc2": ("CC8.1",),
        "fedramp-20x": ("KSI-CMT-LMC", "KSI-IAM-JIT"),
    },
    subject="actions",
    population="privileged actions that ran",
    population_sql="""
SELECT action_id AS id FROM actions WHERE operation IN {operations} AND status IN ('ok', 'error')
""",
    exception_sql=f"""
WITH {TICKET_ACTIONS},
covered AS (
  SELECT l.action_id, min(CASE WHEN t.kind = 'live' THEN d.decided_at END) AS approved_at,
    bool_or(t.kind = 'retroactive') AS retroactive
  FROM ticket_actions l JOIN tickets t USING (ticket_id)
  LEFT JOIN decisions d ON d.ticket_id = t.ticket_id AND d.verdict = 'approved'
  GROUP BY l.action_id
)
SELECT a.action_id AS id
FROM actions a LEFT JOIN covered c USING (action_id)
WHERE a.operation IN {{operations}} AND a.status IN ('ok', 'error')
  AND a.approval IS DISTINCT FROM 'approved'
  AND NOT coalesce(c.retroactive, false)
  AND NOT coalesce(c.approved_at <= a.event_time, false)
""",
    parameters={"operations": ("pay", "grant", "delete")},
    cannot_show=(
        "Whether an approval that the agent's own log reports was given by a person, "
        "and privileged actions that no log shows."
    ),
    passing=Example(_TABLES),
    failing=Example(
        {
            **_TABLES,
            "actions": [
                *_TABLES["actions"],
                {"action_id": "act_bare", **_PAID, "operation": "grant"},
                {"action_id": "act_early", **_PAID, "event_time": hour(0)},
                {"action_id": "act_unasked", **_PAID, "status": "error"},
                {"action_id": "act_refused", **_PAID, "approval": "denied"},
            ],
            "tickets": [
                *_TABLES["tickets"],
                {"ticket_id": "T-early", "kind": "live", "state": "approved", "action_id": "act_early"},
                {"ticket_id": "T-open", "kind": "live", "state": "open", "action_id": "act_unasked"},
            ],
            "decisions": [
                *_TABLES["decisions"],
                {"decision_id": "D-2", "ticket_id": "T-early", "verdict": "approved", "decided_at": hour(1)},
            ],
        },
        exceptions=("act_bare", "act_early", "act_refused", "act_unasked"),
    ),
)
