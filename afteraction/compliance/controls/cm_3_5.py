"""CM-3.5: one approval lets one action run, once."""

from afteraction.compliance.control import Control, Example, hour
from afteraction.compliance.sql import TICKET_ACTIONS

_USES = f"""
WITH {TICKET_ACTIONS},
granted AS (
  SELECT ticket_id, count(consumed_at) AS grants_used FROM grants GROUP BY ticket_id
),
events AS (
  SELECT ticket_id, count(*) AS uses FROM ticket_events WHERE event = 'consumed' GROUP BY ticket_id
),
ran AS (
  SELECT l.ticket_id, count(DISTINCT a.action_id) AS runs
  FROM tickets t JOIN ticket_actions l USING (ticket_id) JOIN actions a ON a.action_id = l.action_id
  WHERE t.kind = 'live' AND a.status IN ('ok', 'error')
  GROUP BY l.ticket_id
),
used AS (
  SELECT g.ticket_id, greatest(g.grants_used, e.uses, r.runs) AS uses
  FROM granted g LEFT JOIN events e USING (ticket_id) LEFT JOIN ran r USING (ticket_id)
)
"""
_LIVE = {"kind": "live", "state": "approved"}

CONTROL = Control(
    id="CM-3.5",
    title="An approval is used exactly once",
    statement="No approval let more than one action run. Unused approvals are counted, not failed.",
    severity="critical",
    frameworks={"nist-800-53": ("AC-3", "IA-2(8)")},
    subject="tickets",
    population="approvals with a grant",
    population_sql="SELECT ticket_id AS id FROM grants",
    exception_sql=f"{_USES}SELECT ticket_id AS id FROM used WHERE uses > 1",
    note="{count} approved and never used.",
    note_sql=f"{_USES}SELECT count(*) FROM used WHERE uses = 0",
    cannot_show="A second run that no log shows and that did not ask for the grant.",
    passing=Example(
        {
            "grants": [
                {"grant_id": "G-1", "ticket_id": "T-1", "consumed_at": hour(1)},
                {"grant_id": "G-2", "ticket_id": "T-2"},
                {"grant_id": "G-3", "ticket_id": "T-3", "consumed_at": hour(1)},
            ],
            "ticket_events": [{"event_id": 1, "ticket_id": "T-1", "event": "consumed"}],
            "tickets": [
                {"ticket_id": "T-1", **_LIVE, "action_id": "act_1"},
                {"ticket_id": "T-3", "kind": "retroactive", "action_ids": '["act_1", "act_2"]'},
            ],
            "actions": [{"action_id": "act_1", "status": "ok"}, {"action_id": "act_2", "status": "ok"}],
        }
    ),
    failing=Example(
        {
            "grants": [
                {"grant_id": "G-1", "ticket_id": "T-1", "consumed_at": hour(1)},
                {"grant_id": "G-2", "ticket_id": "T-2", "consumed_at": hour(1)},
                {"grant_id": "G-3", "ticket_id": "T-2", "consumed_at": hour(2)},
                {"grant_id": "G-4", "ticket_id": "T-4", "consumed_at": hour(1)},
                {"grant_id": "G-5", "ticket_id": "T-5", "consumed_at": hour(1)},
            ],
            "ticket_events": [
                {"event_id": 1, "ticket_id": "T-1", "event": "consumed"},
                {"event_id": 2, "ticket_id": "T-1", "event": "consumed"},
                {"event_id": 3, "ticket_id": "T-5", "event": "consumed"},
            ],
            "tickets": [{"ticket_id": "T-4", **_LIVE, "action_ids": '["act_1", "act_2", "act_3"]'}],
            "actions": [
                {"action_id": "act_1", "status": "ok"},
                {"action_id": "act_2", "status": "error"},
                {"action_id": "act_3", "status": "denied"},
            ],
        },
        exceptions=("T-1", "T-2", "T-4"),
    ),
)
