"""AC-5.4: two people who keep approving for each other are shown to somebody else."""

from typing import Any

from afteraction.compliance.control import Control, Example, hour
from afteraction.compliance.sql import DECIDERS, PEOPLE, key

_SIX = range(6)


def _approved(
    requester: str, approver: str, number: int, *, day: int
) -> tuple[dict[str, Any], dict[str, Any]]:
    name = f"{approver[0]}{number}-{day}"
    ticket = {"ticket_id": f"T-{name}", "on_behalf_of": requester}
    decision = {
        "decision_id": f"D-{name}",
        "ticket_id": f"T-{name}",
        "verdict": "approved",
        "reviewer": approver,
        "decided_at": hour(24 * day + number),
    }
    return ticket, decision


def _example(pairs: list[tuple[dict[str, Any], dict[str, Any]]], exceptions: tuple[str, ...] = ()) -> Example:
    tables = {"tickets": [ticket for ticket, _ in pairs], "decisions": [decision for _, decision in pairs]}
    return Example(tables, exceptions)


_ANN_FOR_BEN = [_approved("ben@example.com", "ann@example.com", number, day=3) for number in _SIX]
_BEN_FOR_ANN = [_approved("ann@example.com", "ben@example.com", number, day=1) for number in _SIX]
_BEN_MUCH_LATER = [_approved("ann@example.com", "ben@example.com", number, day=60) for number in _SIX]

CONTROL = Control(
    id="AC-5.4",
    title="Mutual approvals between two people",
    statement=(
        "No two people approved more than {most} of each other's requests within {days} days. The decision "
        "with which both passed that number is shown; it is a reason to look, not a violation."
    ),
    severity="low",
    frameworks={"nist-800-53": ("AC-5",)},
    subject="decisions",
    population="approvals",
    population_sql="SELECT decision_id AS id FROM decisions WHERE verdict = 'approved'",
    exception_sql=f"""
WITH {PEOPLE},{DECIDERS},
approvals AS (
  SELECT d.decision_id, d.decided_at, d.name AS approver,
    coalesce(p.person, {key("t.on_behalf_of")}) AS requester
  FROM deciders d JOIN tickets t USING (ticket_id) LEFT JOIN people p ON p.name = {key("t.on_behalf_of")}
  WHERE d.verdict = 'approved'
),
counted AS (
  SELECT decision_id, least(approver, requester) AS one, greatest(approver, requester) AS other, decided_at,
    count(*) FILTER (approver < requester) OVER recent AS forth,
    count(*) FILTER (approver > requester) OVER recent AS back
  FROM approvals WHERE approver <> requester
  WINDOW recent AS (
    PARTITION BY least(approver, requester), greatest(approver, requester) ORDER BY decided_at
    RANGE BETWEEN INTERVAL '{{days}} days' PRECEDING AND CURRENT ROW
  )
)
SELECT min_by(decision_id, (decided_at, decision_id)) AS id
FROM counted WHERE forth > {{most}} AND back > {{most}}
GROUP BY one, other
""",
    parameters={"most": 5, "days": 30},
    advisory=True,
    cannot_show="Rings of three and more people, and approvals outside this system.",
    passing=_example(_ANN_FOR_BEN + _BEN_MUCH_LATER),
    failing=_example(_ANN_FOR_BEN + _BEN_FOR_ANN, ("D-a5-3",)),
)
