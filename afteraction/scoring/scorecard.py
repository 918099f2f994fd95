"""The scorecard: integer points per feature bin, added up, and a step function from points to risk."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
import polars as pl
from numpy.typing import NDArray

DEFAULT: Final = Path(__file__).with_name("default_scorecard.json")
THRESHOLD: Final = DEFAULT.with_name("default_threshold.json")


class ScorecardError(ValueError):
    """A scorecard is not usable; the message names the feature and what was expected."""


class NumberFeature(msgspec.Struct, frozen=True, tag_field="kind", tag="number", forbid_unknown_fields=True):
    """Bin i holds values x with `edges[i-1] <= x < edges[i]`; NULL and NaN get `missing` points."""

    name: str
    edges: tuple[float, ...]
    points: tuple[int, ...]
    missing: int
    reason: str

    def check(self) -> None:
        """Raise `ScorecardError` unless edges rise strictly and there is one point value per bin."""
        if len(self.points) != len(self.edges) + 1:
            raise ScorecardError(
                f"{self.name}: {len(self.points)} points for {len(self.edges)} edges; one more is needed"
            )
        _rising(self.name, self.edges, strictly=True)

    def of(self, column: pl.Series) -> NDArray[np.int64]:
        """The points of every row, exactly."""
        values = column.cast(pl.Float64, strict=False).to_numpy()
        bins = np.searchsorted(np.asarray(self.edges, float), values, side="right")
        points = np.asarray(self.points, np.int64)[bins]
        return np.where(np.isnan(values), np.int64(self.missing), points)

    def most(self) -> int:
        """The most points this feature can give."""
        return max(*self.points, self.missing)


class CategoryFeature(
    msgspec.Struct, frozen=True, tag_field="kind", tag="category", forbid_unknown_fields=True
):
    """Points by exact text; a text not listed gets `other`, NULL gets `missing`."""

    name: str
    points: Mapping[str, int]
    other: int
    missing: int
    reason: str

    def check(self) -> None:
        """Every category table is usable as it is."""

    def of(self, column: pl.Series) -> NDArray[np.int64]:
        """The points of every row, exactly."""
        texts = column.cast(pl.String, strict=False)
        if not self.points:
            found = pl.Series([self.other], dtype=pl.Int64).new_from_index(0, len(texts))
        else:
            found = texts.replace_strict(
                list(self.points), list(self.points.values()), default=self.other, return_dtype=pl.Int64
            )
        known = texts.is_not_null().to_numpy()
        return np.where(known, found.fill_null(self.other).to_numpy(), np.int64(self.missing))

    def most(self) -> int:
        """The most points this feature can give."""
        return max([*self.points.values(), self.other, self.missing])


Feature = NumberFeature | CategoryFeature


class Calibration(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Risk by points: `risk[i]` where `edges[i-1] <= points < edges[i]`; never decreasing, 0 to 1."""

    edges: tuple[float, ...]
    risk: tuple[float, ...]

    def check(self) -> None:
        """Raise `ScorecardError` unless this is a non-decreasing step function into 0 to 1."""
        if len(self.risk) != len(self.edges) + 1:
            raise ScorecardError(f"calibration: {len(self.risk)} risks for {len(self.edges)} edges")
        _rising("calibration edges", self.edges, strictly=True)
        _rising("calibration risk", self.risk, strictly=False)
        if self.risk[0] < 0 or self.risk[-1] > 1:
            raise ScorecardError("calibration: risk lies between 0 and 1")

    def of(self, points: NDArray[np.int64]) -> NDArray[np.float64]:
        """The risk of every row."""
        return np.asarray(self.risk, float)[
            np.searchsorted(np.asarray(self.edges, float), points, side="right")
        ]


class Scorecard(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Features whose points add up, and the calibration of the sum."""

    features: tuple[Feature, ...]
    calibration: Calibration

    def contributions(self, frame: pl.DataFrame) -> Iterator[tuple[Feature, NDArray[np.int64]]]:
        """Each feature with the points it gives every row; a column that is absent counts as NULL."""
        for feature in self.features:
            if feature.name in frame.columns:
                yield feature, feature.of(frame.get_column(feature.name))
            else:
                yield feature, np.full(frame.height, feature.missing, np.int64)

    def points(self, frame: pl.DataFrame) -> NDArray[np.int64]:
        """The points of every row."""
        total = np.zeros(frame.height, np.int64)
        for _, given in self.contributions(frame):
            total += given
        return total


def _rising(name: str, values: tuple[float, ...], *, strictly: bool) -> None:
    for left, right in pairwise(values):
        if not (left < right or (left == right and not strictly)):
            raise ScorecardError(f"{name}: {right} follows {left}; values must rise")


def checked(scorecard: Scorecard) -> Scorecard:
    """The same scorecard if it is sound; raises `ScorecardError` if not."""
    names = [feature.name for feature in scorecard.features]
    if len(set(names)) != len(names):
        raise ScorecardError("a feature stands in the scorecard twice")
    for feature in scorecard.features:
        feature.check()
    scorecard.calibration.check()
    return scorecard


def decode(raw: bytes) -> Scorecard:
    """A scorecard from its JSON; raises `ScorecardError` on anything else."""
    try:
        return checked(msgspec.json.decode(raw, type=Scorecard))
    except msgspec.MsgspecError as error:
        raise ScorecardError(f"not a scorecard: {error}") from error


def encode(scorecard: Scorecard) -> bytes:
    """The JSON of a scorecard, indented for review."""
    return msgspec.json.format(msgspec.json.encode(scorecard), indent=1) + b"\n"


def default_scorecard() -> Scorecard:
    """The scorecard shipped with the library (see `afteraction.audit.evaluation.fit` for how it is made)."""
    return decode(DEFAULT.read_bytes())


class Threshold(msgspec.Struct, frozen=True):
    """The points at which a ticket opens, with what was promised when they were chosen."""

    points: int
    certificate: dict[str, int | float | str] | None = None


def default_threshold() -> Threshold:
    """The ticket threshold shipped with the default scorecard."""
    return msgspec.json.decode(THRESHOLD.read_bytes(), type=Threshold)
