"""How far an agent or a tool is trusted, and how each action came to run."""

from __future__ import annotations

from typing import Final

import polars as pl

from afteraction.records.action import TIME

#: The public `trust` table: one row per agent or tool (`kind`) of a tenant that people have judged. `level`
#: is 0 (none), 1 or 2; `since` when it came to it, `because` why, in words. `reviewed` counts verdicts since
#: the last confirmed harm, after nobody's share is too large; `harm_rate_at_most` (0 to 1) is what the rate
#: of harm is at most, with the confidence of the settings, however often one looks; `harmed_at` is the time
#: of the last harm.
TRUST: Final[dict[str, pl.DataType]] = {
    "tenant": pl.String(),
    "kind": pl.String(),
    "name": pl.String(),
    "level": pl.Int64(),
    "since": TIME,
    "because": pl.String(),
    "reviewed": pl.Float64(),
    "harm_rate_at_most": pl.Float64(),
    "harmed_at": TIME,
}

#: The public `ran_how` table: one row per action. `how` is `did_not_run` (denied), `approved` (by a person or
#: the runtime's own question), `low_risk_reversible` and `low_risk` (a gate judged it and nothing spoke
#: against it), `trusted` (trust lifted the edge), `by_rule` (an owner's rule lets it), `gate_open` (the gate
#: had no bundle or erred, and let it pass) or `no_gate` (nothing judged it before it ran). `reversible` goes
#: by the kind of operation.
RAN_HOW: Final[dict[str, pl.DataType]] = {
    "action_id": pl.String(),
    "tenant": pl.String(),
    "event_date": pl.String(),
    "agent_id": pl.String(),
    "tool": pl.String(),
    "operation": pl.String(),
    "reversible": pl.Boolean(),
    "how": pl.String(),
}
