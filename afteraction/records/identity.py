"""Who is who: registered agents, people, the accounts that are one person, and who delegated to whom."""

from __future__ import annotations

from typing import Final

import polars as pl

#: The public `agents` table. `tools` is a JSON list, null when the owner set no allow-list.
AGENTS: Final[dict[str, pl.DataType]] = {
    "agent_id": pl.String(),
    "owner": pl.String(),
    "service_account": pl.String(),
    "tools": pl.String(),
    "delegated_by": pl.String(),
    "policy_author": pl.String(),
}

#: The public `principals` table: one row per account name; `person` repeats for a person's accounts and
#: is itself one of them. `account_key` is the account as logins are compared (trimmed, case folded).
PRINCIPALS: Final[dict[str, pl.DataType]] = {
    "person": pl.String(),
    "account": pl.String(),
    "account_key": pl.String(),
    "active": pl.Boolean(),
    "can_approve": pl.Boolean(),
    "groups": pl.String(),
}

#: The public `delegations` table: `delegate` acts because `delegator` (an agent or a person) let it.
DELEGATIONS: Final[dict[str, pl.DataType]] = {
    "delegate": pl.String(),
    "delegator": pl.String(),
}
