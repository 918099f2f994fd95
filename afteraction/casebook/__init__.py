"""The transactional store of tickets, decisions and identities; only here is SQLAlchemy named.

Open it with `Casebook.open(where(home, settings))`. Every change goes through `Casebook.writing()`, whose
methods demand the audit entry and write it in the same transaction. Who may decide belongs to `approvals`.
"""

from afteraction.casebook.casebook import Casebook, where
from afteraction.casebook.errors import CasebookError, Conflict
from afteraction.casebook.rows import Decision, Entry, Event, Grant, Ticket, now_us, storable
from afteraction.casebook.writing import Identities, Writing

__all__ = [
    "Casebook",
    "CasebookError",
    "Conflict",
    "Decision",
    "Entry",
    "Event",
    "Grant",
    "Identities",
    "Ticket",
    "Writing",
    "now_us",
    "storable",
    "where",
]
