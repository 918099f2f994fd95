"""CM-3.4: an approval is not used after its time."""

from afteraction.compliance.control import Control, Example, hour
from afteraction.compliance.sql import TICKET_ACTIONS

_LIVE = {"ticket_id": "T-1", "kind": "live", "state": "approved", "action_id": "act_1"}
_RAN = {"action_id": "act_1", "status": "ok", "event_time": hour(1)}

CONTROL = Control(
    id="CM-3.4",
    title="Approvals are used before they expire",
    statement="No grant was used, and no action of a live ticket ran, after the grant's time was over.",
    severity="high",
    frameworks={"nist-800-53": ("CM-3", "AC-2(3)")},
    subject="grants",
    population="used grants",
    population_sql=f"""
WITH {TICKET_ACTIONS}
SELECT g.grant_id AS id
FROM grants g LEFT JOIN tickets t ON t.ticket_id = g.ticket_id AND t.kind = 'live'
LEFT JOIN ticket_actions l ON l.ticket_id = t.ticket_id
LEFT JOIN actions a ON a.action_id = l.action_id AND a.status IN ('ok', 'error')
WHERE g.consumed_at IS NOT NULL OR a.action_id IS NOT NULL
""",
    exception_sql=f"""
WITH {TICKET_ACTIONS},
ran AS (
  SELECT l.ticket_id, max(a.event_time) AS ran_at
  FROM tickets t JOIN ticket_actions l USING (ticket_id) JOIN actions a ON a.action_id = l.action_id
  WHERE t.kind = 'live' AND a.status IN ('ok', 'error')
  GROUP BY l.ticket_id
)
SELECT g.grant_id AS id
FROM grants g LEFT JOIN ran r USING (ticket_id)
WHERE greatest(g.consumed_at, r.ran_at) > g.expires_at
""",
    cannot_show="Times are those of the machines that wrote them; without one in the log the grant's counts.",
    passing=Example(
        {
            "grants": [
                {"grant_id": "G-1", "ticket_id": "T-1", "consumed_at": hour(1), "expires_at": hour(1)}
            ],
            "tickets": [_LIVE],
            "actions": [_RAN],
        }
    ),
    failing=Example(
        {
            "grants": [
                {"grant_id": "G-1", "ticket_id": "T-1", "expires_at": hour(0.9)},
                {"grant_id": "G-2", "ticket_id": "T-2", "consumed_at": hour(2), "expires_at": hour(1)},
                {"grant_id": "G-3", "ticket_id": "T-3", "consumed_at": hour(1), "expires_at": hour(2)},
                {"grant_id": "G-4", "ticket_id": "T-4", "expires_at": hour(-5)},
            ],
            "tickets": [_LIVE, {"ticket_id": "T-4", "kind": "retroactive", "action_id": "act_1"}],
            "actions": [_RAN],
        },
        exceptions=("G-1", "G-2"),
    ),
)
