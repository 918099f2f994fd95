"""The names under which behaviour is remembered: places, resources, steps; none says who somebody is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import polars as pl

#: A host name or address, with its port or path.
_HOST: Final = r"^(?:[A-Za-z][A-Za-z0-9+.\-]*://)?(?:[^\s/@]*@)?((?:[A-Za-z0-9_\-]+\.)+[A-Za-z0-9\-]+|\[[0-9A-Fa-f:.]+\])\.?(?::\d+)?(?:[/?#].*)?$"
_MAIL: Final = r"@((?:[A-Za-z0-9\-]+\.)+[A-Za-z0-9\-]+)$"
_RESOURCE: Final = 120


def place(destination: pl.Expr) -> pl.Expr:
    """The host, or the domain of a mail address (masked or not), in small letters; null for anything else."""
    short = pl.when(destination.str.len_bytes() <= 400).then(destination)
    return (
        pl.coalesce(short.str.extract(_MAIL), short.str.extract(_HOST))
        .str.strip_chars("[]")
        .str.to_lowercase()
    )


def shown(frame: pl.DataFrame, name: str) -> pl.Series:
    """`destination` or `target` as the public tables hold it, where the frame knows that."""
    return frame[f"{name}_shown" if f"{name}_shown" in frame.columns else name]


def named(texts: pl.Series, rule: Callable[[pl.Expr], pl.Expr]) -> pl.Series:
    """The names that `rule` gives these texts; each distinct one is looked at once."""
    table = texts.alias("text").to_frame()
    known = table.unique().with_columns(name=rule(pl.col("text")))
    return table.join(known, on="text", how="left", nulls_equal=True, maintain_order="left")["name"]


def recipient(destination: pl.Expr) -> pl.Expr:
    """Exactly who something goes to, where that is more than a place."""
    return (
        pl.when(place(destination) != destination.str.to_lowercase())
        .then(destination)
        .when(place(destination).is_null())
        .then(destination)
    )


def resource(target: pl.Expr) -> pl.Expr:
    """What an action works on, coarsely: the folder of a path, a name with its numbers taken out."""
    path = target.str.slice(0, _RESOURCE).str.replace_all(r"\\", "/", literal=True)
    folder = (
        pl.when(path.str.contains("/", literal=True)).then(path.str.replace(r"/[^/]*$", "/")).otherwise(path)
    )
    return folder.str.replace_all(r"\d+", "#")


def step() -> pl.Expr:
    """`before → tool` in sorted rows of whole sessions; `^` stands before the first call of an agent."""
    before = pl.col("tool").shift(1).over("session_key", pl.col("agent_id").fill_null(""))
    return before.fill_null("^") + " → " + pl.col("tool")


def hour(time: pl.Expr) -> pl.Expr:
    """The hour of the day in UTC, as two digits."""
    return time.dt.strftime("%H")
