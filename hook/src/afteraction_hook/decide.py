"""The decision on one call: explicit rules first, then the thresholds of the score."""

from __future__ import annotations

from afteraction_hook.features import features
from afteraction_hook.verdict import Reason, Verdict

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from afteraction_hook.bundle import Bundle
    from afteraction_hook.verdict import Decision, Path

SHOWN = 8
#: The severity of a leak that no score weighs: a verified secret on its way to where others can read it.
CERTAIN = "critical"
_CERTAINLY = "It sends a verified secret to a place outside."


class Call:
    """One tool call as the runtime announces it, before it runs."""

    __slots__ = ("agent_id", "args", "session_id", "tool", "tool_use_id")

    def __init__(
        self,
        tool: str,
        args: Any,
        session_id: str,
        agent_id: str | None = None,
        tool_use_id: str | None = None,
    ) -> None:
        self.tool = tool
        self.args = args
        self.session_id = session_id
        self.agent_id = agent_id
        self.tool_use_id = tool_use_id


def decide(call: Call, bundle: Bundle, tenant: str | None = None) -> Verdict:
    """Judge one call with what it shows by itself."""
    row = features(call.tool, call.args, bundle, tenant, call.agent_id)
    return judge(row, call.tool, bundle, tenant=tenant, agent=call.agent_id)


def judge(
    row: Mapping[str, Any], tool: str, bundle: Bundle, *, tenant: str | None = None, agent: str | None = None
) -> Verdict:
    """Judge a row of features; a replay of recorded actions takes the same way.

    The strictest matching rule decides; without one the score is held against the thresholds of the agent,
    and only points below all of them allow. What certainly leaks (`CERTAIN`) asks at least, whatever its
    points are.
    """
    points, raised = bundle.scorecard.score(row)
    missing = tuple([name for name in bundle.scorecard.names if name not in row])
    reasons = tuple(
        [Reason(name, bundle.scorecard.sentence(name, value), given) for name, given, value in raised[:SHOWN]]
    )
    for rule in bundle.rules:
        if rule.matches(tool, row):
            spoken = Reason(f"rule:{rule.id}", rule.sentence())
            return Verdict(
                rule.decision,
                "rule",
                (spoken, *reasons),
                points=points,
                bundle_revision=bundle.revision,
                missing=missing,
            )
    asks = bundle.ask_at(tenant, agent)
    decision, reached = _threshold(points, bundle, asks)
    path: Path = "clear" if reached is None else "threshold"
    if decision == "ask" and bundle.trust is not None:
        lift, level = bundle.trust.lift(tenant, agent, tool, row)
        if points < asks + lift:
            said = f"The score of {points} reaches {asks}, which asks; trust lifts that to {asks + lift}."
            decision, path, reached = "allow", "trust", None
            reasons = (Reason(f"trust:{level}", said), *reasons)
    if reached is None and row.get("leak") == CERTAIN:
        decision, path, reached = "ask", "evidence", Reason("evidence:leak", _CERTAINLY)
    return Verdict(
        decision,
        path,
        reasons if reached is None else (reached, *reasons),
        points=points,
        bundle_revision=bundle.revision,
        missing=missing,
    )


def _threshold(points: int, bundle: Bundle, asks: int) -> tuple[Decision, Reason | None]:
    if bundle.deny is not None and points >= bundle.deny:
        return "deny", Reason("threshold:deny", f"The score of {points} reaches {bundle.deny}, which denies.")
    if points >= asks:
        return "ask", Reason("threshold:ask", f"The score of {points} reaches {asks}, which asks a person.")
    return "allow", None
