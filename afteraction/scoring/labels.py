"""What verdicts teach: one label per action and reviewer, of those alone that stand and may be believed."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

import polars as pl

from afteraction.records.reason_code import REASON_CODES, UNCODED

_c = pl.col
_OPEN: Final = "open"


def standing(reviews: pl.DataFrame, believed: Collection[str]) -> pl.DataFrame:
    """The labels, before anybody's share is capped: `reviews` with `label`, `source` and `base`, sorted.

    `reviews` has one row per action of a ticket: `ticket_id`, `state`, `action_id`, `agent_id`,
    `propensity`, `actions` (how many the ticket has), `person`, `reason_code`, `decided_at`. `believed` are
    the persons who may decide today; what others said teaches nothing any more. An action that waits in a
    ticket, again or for the first time, teaches nothing either. Of the versions of one concern, and of one
    person's verdicts on one action, the latest stands; persons who contradict each other share its weight.
    `base` is that weight: a ticket counts one, spread over its actions.
    """
    waiting = reviews.filter(_c("state") == _OPEN)["action_id"]
    last = _last(reviews.filter(~_c("action_id").is_in(waiting.implode())))
    return _taught(last.filter(_c("person").is_in(list(believed))))


def harms(reviews: pl.DataFrame) -> pl.DataFrame:
    """The labels of harm as `standing` gives them, but of everybody, and those under review again as well.

    What takes trust away holds until a verdict on the same concern replaces it, not until somebody doubts it.
    """
    return _taught(_last(reviews)).filter(_c("label") == "harmful")


def _last(reviews: pl.DataFrame) -> pl.DataFrame:
    """The latest decided version of every concern of an action."""
    decided = reviews.filter(_c("state").is_in(list(UNCODED))).sort("decided_at", "ticket_id")
    concern = decided.with_columns(concern=_c("ticket_id").str.split(".").list.first())
    return concern.unique(["action_id", "concern"], keep="last", maintain_order=True)


def _taught(said: pl.DataFrame) -> pl.DataFrame:
    """One label per action and person, with its weight."""
    said = said.unique(["action_id", "person"], keep="last", maintain_order=True)
    by_code = {one.code: one.teaches for one in REASON_CODES}
    coded = _c("reason_code").replace_strict(by_code, default=None, return_dtype=pl.String)
    uncoded = _c("state").replace_strict(UNCODED, default=None, return_dtype=pl.String)
    taught = said.with_columns(
        label=pl.when(_c("reason_code").is_null()).then(uncoded).otherwise(coded), source=_source()
    ).filter(_c("label").is_not_null())
    base = 1 / (_c("actions") * pl.len().over("action_id"))
    return taught.with_columns(base=base).drop("concern").sort("action_id", "person")


def answered(reviews: pl.DataFrame) -> dict[str, float]:
    """The share of tickets that persons decided (0 to 1), by what opened them."""
    tickets = reviews.unique("ticket_id").filter(_c("state").is_in([_OPEN, *UNCODED]))
    shares = tickets.group_by(source=_source()).agg((_c("state") != _OPEN).mean())
    return {str(name): float(share) for name, share in shares.iter_rows()}


def _source() -> pl.Expr:
    return pl.when(_c("propensity").is_null()).then(pl.lit("ticket")).otherwise(pl.lit("random_audit"))
