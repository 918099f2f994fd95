"""The same rows score the same, bit for bit: in Polars, in DuckDB and in the hook's standard library."""

import math
import random

import duckdb
import msgspec
import numpy as np
import polars as pl
import pytest
from afteraction_hook.scorecard import Scorecard

from afteraction.scoring.scorecard import decode

#: Ten parts make a million rows; the first alone is checked each time, the others by `make test-all`.
ROWS = 100_000
PARTS = [0, *(pytest.param(part, marks=pytest.mark.slow) for part in range(1, 10))]


def _number(rng, edges):
    kind = rng.random()
    if kind < 0.1:
        return None
    if kind < 0.15:
        return math.nan
    if kind < 0.2:
        return rng.choice((math.inf, -math.inf, -0.0, 0.0, 5e-324, 1.7e308, 2.0**53 + 2))
    if kind < 0.5:
        edge = rng.choice(edges)
        return rng.choice((edge, math.nextafter(edge, math.inf), math.nextafter(edge, -math.inf)))
    return rng.uniform(-2, 2) * 10 ** rng.randint(-10, 18)


def _word(rng, listed):
    unseen = ("never seen", "SEND", " send", "send\n", "e\u0301", "\u202esend", "x" * 300, "\0", "null")
    kind = rng.random()
    return None if kind < 0.15 else rng.choice(unseen) if kind < 0.4 else rng.choice(listed)


def _rows(card, count, seed):
    rng = random.Random(seed)
    rows = []
    for _ in range(count):
        row = {}
        for feature in card["features"]:
            if feature["kind"] == "number":
                row[feature["name"]] = _number(rng, [float(edge) for edge in feature["edges"]])
            else:
                row[feature["name"]] = _word(rng, sorted(feature["points"]))
        rows.append(row)
    return rows


def _frame(card, rows):
    kinds = {"number": pl.Float64, "category": pl.String}
    return pl.DataFrame(rows, schema={f["name"]: kinds[f["kind"]] for f in card["features"]}, orient="row")


def _sql(card):
    """The scorecard as one DuckDB expression."""
    terms = []
    for feature in card["features"]:
        name = f'"{feature["name"]}"'
        if feature["kind"] == "number":
            pairs = list(zip(feature["edges"], feature["points"][1:], strict=True))
            cases = " ".join(
                f"WHEN {name} >= {edge!r}::DOUBLE THEN {points}" for edge, points in reversed(pairs)
            )
            unknown = f"{name} IS NULL OR isnan({name})"
            terms.append(
                f"CASE WHEN {unknown} THEN {feature['missing']} {cases} ELSE {feature['points'][0]} END"
            )
        else:
            cases = " ".join(
                f"WHEN {name} = '{word}' THEN {points}" for word, points in feature["points"].items()
            )
            missing = f"WHEN {name} IS NULL THEN {feature['missing']}"
            terms.append(f"CASE {missing} {cases} ELSE {feature['other']} END")
    return " + ".join(terms)


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("which", ["card", "default_card"])
def test_a_hundred_thousand_rows_score_alike(which, part, request):
    card = request.getfixturevalue(which)
    seed = random.randrange(2**32)
    rows = _rows(card, ROWS, seed)
    hook = Scorecard(card)
    alone = np.array([hook.points(row) for row in rows])
    told = np.array([hook.score(row)[0] for row in rows])
    frame = _frame(card, rows)
    polars = decode(msgspec.json.encode(card)).points(frame)
    assert (alone == told).all(), seed
    assert (alone == polars).all(), seed
    duck = duckdb.sql(f"SELECT {_sql(card)} AS points FROM frame").fetchnumpy()["points"]
    assert (alone == np.asarray(duck)).all(), seed


def test_risk_is_alike(card, default_card):
    for document in (card, default_card):
        points = np.arange(-50, 200)
        hook = Scorecard(document)
        polars = decode(msgspec.json.encode(document)).calibration.of(points)
        assert [hook.risk(int(p)) for p in points] == polars.tolist()


def test_a_feature_that_is_not_there_is_missing(card):
    empty = _frame(card, [{}]).drop("history")
    assert Scorecard(card).points({}) == decode(msgspec.json.encode(card)).points(empty)[0] == 3


def test_odd_python_values_score_as_their_polars_columns_do(card):
    hook = Scorecard(card)
    polars = decode(msgspec.json.encode(card))
    for value in (True, False, 3, -7, 10**30, 2**53 + 1):
        frame = pl.DataFrame({"args_chars": [float(value)]})
        assert hook.points({"args_chars": value}) == polars.points(frame)[0]
