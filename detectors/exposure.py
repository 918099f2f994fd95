"""From matches to findings: how bad a value is depends on where it stands and where it goes."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

import polars as pl

from afteraction.records.action import ACTIONS_TARGETED
from afteraction.records.finding import FOUND
from afteraction.records.session_batch import SessionBatch

#: Classes of destination outside the owner's reach.
OUTSIDE: Final = ("unknown", "public")
#: (sensitivity, direction) → severity. `outside`: sent to an unknown or public destination; `partner`:
#: to a partner; `inside`: in arguments that go nowhere else; `read`: in a result.
SEVERITY: Final = {
    ("secret", "outside"): "critical",
    ("secret", "partner"): "medium",
    ("secret", "inside"): "low",
    ("secret", "read"): "low",
    ("personal", "outside"): "medium",
    ("personal", "partner"): "low",
    ("personal", "inside"): "info",
    ("personal", "read"): "info",
    ("internal", "outside"): "low",
    ("internal", "partner"): "info",
    ("internal", "inside"): "info",
    ("internal", "read"): "info",
    ("none", "outside"): "low",
    ("none", "partner"): "info",
    ("none", "inside"): "info",
    ("none", "read"): "info",
}
_WHERE: Final = {
    "outside": "in a call that goes outside",
    "partner": "in a call that goes to a partner",
    "inside": "in the arguments of a call",
    "read": "in a result",
}
_LADDER: Final = ("info", "low", "medium", "high", "critical")


def exposed(
    batch: SessionBatch, detector: str, what: str, *, unproven: Collection[str] = (), lower: int = 0
) -> pl.DataFrame:
    """One finding per (action, part, value) for secrets, per (action, part) for the rest.

    `what` names the kind in a few words; rules in `unproven` count with medium confidence; `lower` takes
    that many steps off the severity of what goes outside.
    """
    found = placed(batch, detector)
    if found.is_empty():
        return pl.DataFrame(schema=FOUND)
    names = ["action_id", "part", "direction", "sensitivity"]
    single = pl.when(pl.col("sensitivity") == "secret").then(pl.col("value_fp")).alias("single")
    grouped = found.group_by([*names, single]).agg(
        pl.col("value_fp").unique().sort(),
        _labels(found),
        _encodings(found),
        pl.col("start").min(),
        pl.col("rule").is_in(list(unproven)).all().alias("unproven"),
    )
    steps = {
        key: _LADDER[max(0, _LADDER.index(value) - lower * (key[1] == "outside"))]
        for key, value in SEVERITY.items()
    }
    severity = (pl.col("sensitivity") + "/" + pl.col("direction")).replace_strict(
        {"/".join(key): value for key, value in steps.items()}, return_dtype=pl.String
    )
    count = pl.col("value_fp").list.len()
    return (
        grouped.select(
            "action_id",
            severity.alias("severity"),
            pl.when("unproven").then(pl.lit("medium")).otherwise(pl.lit("high")).alias("confidence"),
            pl.format(
                "{} {}", pl.lit(what), pl.col("direction").replace_strict(_WHERE, return_dtype=pl.String)
            ).alias("title"),
            "part",
            pl.struct(
                pl.col("label").alias("labels"),
                pl.col("value_fp").list.head(5).alias("values"),
                count.alias("distinct"),
                pl.col("encoding").alias("encodings"),
                pl.col("start").alias("at"),
            )
            .struct.json_encode()
            .alias("evidence"),
            pl.col("value_fp").list.first().alias("value_fp"),
        )
        .sort(["action_id", "part", "value_fp"])
        .select(pl.col(name).cast(kind) for name, kind in FOUND.items())
    )


def placed(batch: SessionBatch, detector: str | None = None) -> pl.DataFrame:
    """Matches in actions, with `operation`, `destination_class` and `direction`; addressees left out.

    A personal value or a name that is (part of) the destination says where the call goes, not what it leaks.
    """
    if not _last or _last[0][0] is not batch:
        found = _placed(batch)
        _last[:] = [(batch, found, found.partition_by("detector", as_dict=True))]
    _, found, parts = _last[0]
    return found if detector is None else parts.get((detector,), found.clear())


_last: list[tuple[SessionBatch, pl.DataFrame, dict[tuple[object, ...], pl.DataFrame]]] = []


def _placed(batch: SessionBatch) -> pl.DataFrame:
    found = batch.matches.filter(pl.col("action_id").is_not_null())
    known = targeted(batch.actions).select(
        "action_id", "operation", "destination", "destination_class", "args"
    )
    joined = found.join(known, on="action_id", how="inner").with_row_index("row")
    value = pl.col("args").str.slice(pl.col("start"), pl.col("end") - pl.col("start")).str.to_lowercase()
    addressees = joined.filter(
        (pl.col("part") == "args")
        & pl.col("sensitivity").is_in(["personal", "none"])
        & (pl.col("encoding") == "")
    ).filter(
        (value.str.len_chars() > 0)
        & pl.col("destination").str.to_lowercase().str.contains(value, literal=True)
    )["row"]
    return (
        joined.filter(~pl.col("row").is_in(addressees.implode()))
        .drop("row", "args", "destination")
        .with_columns(_direction().alias("direction"))
    )


def targeted(actions: pl.DataFrame) -> pl.DataFrame:
    """Actions with the columns of lineage, null where it has not run."""
    missing = [
        pl.lit(None, dtype=kind).alias(name)
        for name, kind in ACTIONS_TARGETED.items()
        if name not in actions.columns
    ]
    return actions.with_columns(missing)


def _direction() -> pl.Expr:
    args = pl.col("part") == "args"
    return (
        pl.when(args & pl.col("destination_class").is_in(OUTSIDE))
        .then(pl.lit("outside"))
        .when(args & (pl.col("destination_class") == "partner"))
        .then(pl.lit("partner"))
        .when(args)
        .then(pl.lit("inside"))
        .otherwise(pl.lit("read"))
    )


def _labels(found: pl.DataFrame) -> pl.Expr:
    """The distinct labels of a group, sorted; cheap where `found` has one only."""
    label = pl.col("label")
    return label.head(1) if found["label"].n_unique() == 1 else label.unique().sort()


def _encodings(found: pl.DataFrame) -> pl.Expr:
    """The distinct encodings of a group, sorted; cheap where nothing in `found` was encoded."""
    encoding = pl.col("encoding")
    if (found["encoding"] == "").all(ignore_nulls=False):
        return encoding.head(0)
    return encoding.filter(encoding != "").unique().sort()
