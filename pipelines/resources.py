"""What assets need from outside: the home folder and the audit over it.

Add a resource here when assets need another outside thing. Work itself belongs to `afteraction.audit`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import dagster as dg
import polars as pl

from afteraction.records.settings import home, load_settings

if TYPE_CHECKING:
    from afteraction.audit import Audit


class Home(dg.ConfigurableResource):  # type: ignore[type-arg]
    """The home folder with its settings; `at` empty means `$AFTERACTION_HOME`, else `data/`."""

    at: str = ""

    @property
    def folder(self) -> Path:
        """The home folder, absolute."""
        return Path(self.at or home()).absolute()

    @property
    def inbox(self) -> Path:
        """Where new logs are dropped; made if missing."""
        inbox = self.folder / (load_settings(self.folder).inbox or "inbox")
        inbox.mkdir(parents=True, exist_ok=True)
        return inbox

    @property
    def holds_data(self) -> bool:
        """Whether anything was audited here before."""
        return any((self.folder / "lake").glob("*"))

    def audit(self) -> Audit:
        """The audit over this home."""
        from afteraction.audit import Audit

        return Audit(self.folder)

    def table(self, name: str) -> pl.DataFrame:
        """One public table, masked."""
        from afteraction.lake import read_table

        return read_table(self.folder, name)

    def small(self, name: str) -> pl.DataFrame | None:
        """A small table that an audit left beside the lake; None before the first."""
        from afteraction.lake import read_small

        return read_small(self.folder, name)

    def decisions(self) -> int:
        """How many decisions people made; 0 before the first audit."""
        from afteraction.casebook import Casebook, where

        at = where(self.folder, load_settings(self.folder))
        return 0 if isinstance(at, Path) and not at.exists() else Casebook.open(at).decided()

    def query(self, sql: str) -> pl.DataFrame:
        """SQL of our own on the published database."""
        from afteraction.lake import query

        return query(self.folder, sql)
