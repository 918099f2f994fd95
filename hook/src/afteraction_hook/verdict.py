"""A verdict: allow, ask or deny, with its reasons, points and the way it was reached."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Literal

    Decision = Literal["allow", "ask", "deny"]
    #: How the verdict was reached: an explicit rule; a threshold that the points reached; evidence that no
    #: score weighs; points below every threshold; trust that lifted the edge; no bundle to judge with; an
    #: error of input, bundle, time or our own.
    Path = Literal["rule", "threshold", "evidence", "clear", "trust", "no_bundle", "error"]


class Reason:
    """Why points were given or a rule spoke: an id, its points and a sentence without raw values."""

    __slots__ = ("points", "reason", "text")

    def __init__(self, reason: str, text: str, points: int = 0) -> None:
        self.reason = reason
        self.text = text
        self.points = points

    def as_dict(self) -> dict[str, str | int]:
        """The form that the decision log keeps."""
        return {"reason": self.reason, "points": self.points, "text": self.text}

    def __repr__(self) -> str:
        return f"Reason({self.reason!r}, {self.text!r}, {self.points})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Reason) and self.as_dict() == other.as_dict()

    def __hash__(self) -> int:
        return hash((self.reason, self.text, self.points))


class Verdict:
    """What the hook answers for one call. It is true only when the decision is `allow`.

    `points` is the integer score (0 where none was computed); `missing` names the features of the
    scorecard that one call alone cannot show and that took their `missing` points; `notes` are
    reports that did not decide, such as a bundle that was kept back. `rollout` holds what the bundle in
    force and the one in rollout said, where there is one (see `rollout.judged`).
    """

    __slots__ = ("bundle_revision", "decision", "missing", "notes", "path", "points", "reasons", "rollout")

    def __init__(
        self,
        decision: Decision,
        path: Path,
        reasons: tuple[Reason, ...],
        *,
        points: int = 0,
        bundle_revision: str | None = None,
        missing: tuple[str, ...] = (),
        notes: tuple[Reason, ...] = (),
    ) -> None:
        if decision not in {"allow", "ask", "deny"}:
            raise ValueError(f"found decision {decision!r}, expected allow, ask or deny")
        if decision != "allow" and not reasons:
            raise ValueError(f"a verdict {decision!r} needs at least one reason")
        self.decision: Decision = decision
        self.path: Path = path
        self.reasons = reasons
        self.points = points
        self.bundle_revision = bundle_revision
        self.missing = missing
        self.notes = notes
        self.rollout: dict[str, Any] | None = None

    def __bool__(self) -> bool:
        return self.decision == "allow"

    def __repr__(self) -> str:
        return (
            f"Verdict({self.decision!r}, path={self.path!r}, points={self.points}, "
            f"bundle_revision={self.bundle_revision!r}, reasons={self.reasons!r})"
        )
