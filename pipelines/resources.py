"""What assets need from outside: the audit over one home folder.

Add a resource here when assets need another outside thing. Work itself belongs to `afteraction.audit`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import dagster as dg

from afteraction.records.settings import home, load_settings

if TYPE_CHECKING:
    from afteraction.audit import Audit


class Lake(dg.ConfigurableResource):  # type: ignore[type-arg]
    """The home folder with its settings; `at` empty means `$AFTERACTION_HOME`, else `data/`."""

    at: str = ""

    @property
    def home(self) -> Path:
        """The home folder, absolute."""
        return Path(self.at or home()).absolute()

    @property
    def inbox(self) -> Path:
        """Where new logs are dropped; made if missing."""
        inbox = self.home / (load_settings(self.home).inbox or "inbox")
        inbox.mkdir(parents=True, exist_ok=True)
        return inbox

    @property
    def holds_data(self) -> bool:
        """Whether anything was audited here before."""
        return any((self.home / "lake").glob("*"))

    def audit(self) -> Audit:
        """The audit over this home."""
        from afteraction.audit import Audit

        return Audit(self.home)
