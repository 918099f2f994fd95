"""The order in which the floors do their work; called by the console and by Dagster alike."""

from afteraction.audit.audit import Audit, AuditReport
from afteraction.audit.reports import AnalysisReport, CountsError, IngestReport, PolicyReport, PublishReport

__all__ = [
    "AnalysisReport",
    "Audit",
    "AuditReport",
    "CountsError",
    "IngestReport",
    "PolicyReport",
    "PublishReport",
]
