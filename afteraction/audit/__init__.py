"""The order in which the floors do their work; called by the console and by Dagster alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from afteraction.audit.reports import AnalysisReport, CountsError, IngestReport, PolicyReport, PublishReport

if TYPE_CHECKING:
    from afteraction.audit.audit import Audit, AuditReport

__all__ = [
    "AnalysisReport",
    "Audit",
    "AuditReport",
    "CountsError",
    "IngestReport",
    "PolicyReport",
    "PublishReport",
]


def __getattr__(name: str) -> Any:
    """Load `Audit` when it is asked for: worker processes run single steps and never need the casebook."""
    if name not in __all__:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    from afteraction.audit import audit  # noqa: PLC0415

    return getattr(audit, name)
