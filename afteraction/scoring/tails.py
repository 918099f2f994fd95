"""Tables that know only what is usual: integer points for what the past hardly reached, from no labels.

The offline champion over behaviour features. It is made of a scorecard's own features, so that it scores
bit by bit the same in Polars and in the standard library, says its reasons, and scores each row by itself: a
burst cannot hide behind its own size, as it can where a row is scored together with its batch.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from afteraction.scoring.scorecard import CategoryFeature, Feature, NumberFeature

#: What is odd: `high` values only; values `far` out on either side; or `rare` ones wherever they lie.
Side = Literal["high", "far", "rare"]
#: Points for one bit of surprise.
PER_BIT: Final = 4
_BINS: Final = 16
#: Shares of the past beyond which all values are alike.
_ENDS: Final = (0.005, 0.995)
_REASON: Final = "{value} is {side} for its {name}"
_Floats = NDArray[np.float64]


def fit_tails(past: pl.DataFrame, sides: Mapping[str, Side]) -> tuple[Feature, ...]:
    """One table for each column of `sides` that varies in `past`; NULL and NaN give no points.

    A bin's points are -log2 of the share of the past that lies at least so far out (`high`, `far`), or in
    the same bin (`rare`), one row more counted in each. Words are `rare` or not, whatever their side.
    """
    made = (
        _words(past[name]) if past[name].dtype == pl.String else _numbers(past[name], side)
        for name, side in sides.items()
    )
    return tuple(table for table in made if table is not None and table.most() > 0)


def _numbers(column: pl.Series, side: Side) -> NumberFeature | None:
    values = column.cast(pl.Float64).fill_nan(None).drop_nulls().to_numpy()
    if not values.size:
        return None
    edges = _steps(values) if side == "high" else _even(values)
    counts = np.bincount(np.searchsorted(edges, values, side="right"), minlength=len(edges) + 1)
    points = tuple(int(point) for point in np.rint(PER_BIT * _surprise(counts, side, len(column))))
    return NumberFeature(
        name=column.name,
        edges=tuple(float(edge) for edge in edges),
        points=points,
        missing=0,
        reason=_REASON.replace("{name}", column.name).replace("{side}", side),
    )


def _steps(values: _Floats) -> _Floats:
    """Where values begin, at most some sixteen of them, and one step above all."""
    found = np.unique(values)
    if len(found) > _BINS:
        found = np.unique(np.quantile(found, np.linspace(0, 1, _BINS), method="lower"))
    return np.append(found[1:], np.nextafter(found[-1], np.inf))


def _even(values: _Floats) -> _Floats:
    low, high = np.quantile(values, _ENDS)
    if low == high:
        low, high = values.min(), values.max()
    return (
        np.unique(np.linspace(low, high, _BINS + 1)) if low < high else np.array([np.nextafter(high, np.inf)])
    )


def _surprise(counts: NDArray[np.int64], side: Side, rows: int) -> _Floats:
    """Bits by bin; the lowest bin of `high` is where nothing is odd."""
    if side == "rare":
        return np.asarray(-np.log2((counts + 1) / (counts.sum() + len(counts))))
    above = -np.log2((np.cumsum(counts[::-1])[::-1] + 1) / (rows + 1))
    if side == "high":
        above[0] = 0.0
        return np.asarray(above)
    return np.asarray(np.maximum(above, -np.log2((np.cumsum(counts) + 1) / (rows + 1))))


def _words(column: pl.Series) -> CategoryFeature | None:
    counts = column.drop_nulls().value_counts(sort=True).head(1_000)
    if counts.is_empty():
        return None
    total = int(column.len() - column.null_count()) + 1
    points = {name: round(-PER_BIT * float(np.log2((seen + 1) / total))) for name, seen in counts.iter_rows()}
    return CategoryFeature(
        name=column.name,
        points={name: max(0, given) for name, given in points.items()},
        other=max(0, round(PER_BIT * float(np.log2(total)))),
        missing=0,
        reason=_REASON.replace("{name}", column.name).replace("{side}", "rare"),
    )
