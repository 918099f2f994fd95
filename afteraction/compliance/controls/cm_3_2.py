"""CM-3.2: what ran without approval is noticed and decided on in time."""

from afteraction.compliance.control import Control, Example, hour
from afteraction.compliance.sql import TICKET_ACTIONS

CONTROL = Control(
    id="CM-3.2",
    title="Retroactive reviews are opened and decided in time",
    statement=(
        "Every retroactive ticket was opened within {detect_hours} hours after its first action ran, and, "
        "where it is decided, decided within {decide_hours} hours after that action ran."
    ),
    severity="medium",
    frameworks={"nist-800-53": ("CM-3",), "soc2": ("CC8.1", "CC7.4")},
    subject="tickets",
    population="retroactive tickets",
    population_sql="SELECT ticket_id AS id FROM tickets WHERE kind = 'retroactive'",
    exception_sql=f"""
WITH {TICKET_ACTIONS},
ran AS (
  SELECT l.ticket_id, min(coalesce(a.event_time, a.ingested_at)) AS ran_at
  FROM ticket_actions l JOIN actions a USING (action_id) GROUP BY l.ticket_id
),
decided AS (SELECT ticket_id, min(decided_at) AS decided_at FROM decisions GROUP BY ticket_id)
SELECT t.ticket_id AS id
FROM tickets t JOIN ran r USING (ticket_id) LEFT JOIN decided d USING (ticket_id)
WHERE t.kind = 'retroactive' AND (
  t.opened_at > r.ran_at + INTERVAL '{{detect_hours}} hours'
  OR d.decided_at > r.ran_at + INTERVAL '{{decide_hours}} hours'
)
""",
    parameters={"detect_hours": 24, "decide_hours": 72},
    cannot_show=(
        "Logs that arrive late, such as a history that is audited for the first time, count as noticed late. "
        "Tickets that still wait are not judged here; where the log has no time, the time of arrival counts."
    ),
    passing=Example(
        {
            "actions": [
                {"action_id": "act_1", "event_time": hour(0)},
                {"action_id": "act_2", "ingested_at": hour(0)},
            ],
            "tickets": [
                {"ticket_id": "T-1", "kind": "retroactive", "action_id": "act_1", "opened_at": hour(24)},
                {"ticket_id": "T-2", "kind": "retroactive", "action_id": "act_2", "opened_at": hour(1)},
            ],
            "decisions": [{"decision_id": "D-1", "ticket_id": "T-1", "decided_at": hour(72)}],
        }
    ),
    failing=Example(
        {
            "actions": [
                {"action_id": "act_1", "event_time": hour(0)},
                {"action_id": "act_2", "event_time": hour(0)},
                {"action_id": "act_3", "event_time": hour(3)},
            ],
            "tickets": [
                {"ticket_id": "T-1", "kind": "retroactive", "action_id": "act_1", "opened_at": hour(24.1)},
                {"ticket_id": "T-2", "kind": "retroactive", "action_id": "act_2", "opened_at": hour(1)},
                {
                    "ticket_id": "T-3",
                    "kind": "retroactive",
                    "action_id": "act_3",
                    "action_ids": '["act_1", "act_3"]',
                    "opened_at": hour(26),
                },
                {"ticket_id": "T-4", "kind": "live", "action_id": "act_1", "opened_at": hour(99)},
            ],
            "decisions": [{"decision_id": "D-2", "ticket_id": "T-2", "decided_at": hour(72.1)}],
        },
        exceptions=("T-1", "T-2", "T-3"),
    ),
)
