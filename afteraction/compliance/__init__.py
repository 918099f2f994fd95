"""Controls over the public tables, one file per control, and their evidence."""

from afteraction.compliance.control import TABLES, Control, Example
from afteraction.compliance.registry import all_controls
from afteraction.compliance.runner import Evaluation, Period, Query, evaluate, parameters_of, run

__all__ = [
    "TABLES",
    "Control",
    "Evaluation",
    "Example",
    "Period",
    "Query",
    "all_controls",
    "evaluate",
    "parameters_of",
    "run",
]
