"""Finds large encoded content in calls that go outside: it may carry what no rule can read."""

from __future__ import annotations

from typing import Final

import polars as pl

from afteraction.records.finding import FOUND
from afteraction.records.session_batch import SessionBatch
from detectors.detector import Detector
from detectors.examples import OUTSIDE as POST
from detectors.examples import UNKNOWN_URL, session
from detectors.exposure import OUTSIDE, targeted

_MIN_CHARS: Final = 256
_RUN: Final = rf"[A-Za-z0-9+/_-]{{{_MIN_CHARS},}}={{0,2}}"
_ESCAPES: Final = r"(?:%[0-9A-Fa-f]{2}){48,}"
#: Content that is openly binary (pictures, documents) is no riddle.
_OPEN: Final = r"data:(?:image|audio|video|font)/|iVBORw0KGgo|/9j/4AAQ|R0lGOD|JVBERi0"


def find(batch: SessionBatch) -> pl.DataFrame:
    """One finding per outgoing call whose arguments hold a long base64, hex or URL-encoded run."""
    outgoing = targeted(batch.actions).filter(
        pl.col("destination_class").is_in(OUTSIDE) & (pl.col("args").str.len_bytes() >= _MIN_CHARS // 2)
    )
    run = pl.coalesce(pl.col("args").str.extract(f"({_RUN})"), pl.col("args").str.extract(f"({_ESCAPES})"))
    found = (
        outgoing.with_columns(run.alias("run"))
        .filter(pl.col("run").is_not_null() & ~pl.col("args").str.contains(_OPEN))
        .filter(
            pl.col("run").str.contains("[A-Z]") & pl.col("run").str.contains("[0-9]") | _is_hex(pl.col("run"))
        )
    )
    return found.select(
        "action_id",
        pl.lit("medium").alias("severity"),
        pl.lit("medium").alias("confidence"),
        pl.lit("Large encoded content in a call that goes outside").alias("title"),
        pl.lit("args").alias("part"),
        pl.struct(pl.col("run").str.len_chars().alias("chars"), "destination_class")
        .struct.json_encode()
        .alias("evidence"),
        pl.lit(None, dtype=pl.String).alias("value_fp"),
    ).select(pl.col(name).cast(kind) for name, kind in FOUND.items())


def _is_hex(run: pl.Expr) -> pl.Expr:
    return run.str.contains(r"^(?:[0-9a-fA-F]+|(?:%[0-9A-Fa-f]{2})+)$")


DETECTOR: Final = Detector(
    id="encoded_payload",
    summary="A call that goes outside carries large encoded content.",
    severity="medium",
    misses="Content cut into many small calls, ciphers that look like text, pictures with hidden data.",
    standards=("OWASP-ASI02", "ATLAS-AML.T0086", "ATLAS-AML.T0068"),
    find=find,
    firing=(session("hex posted outside", (POST, {"url": UNKNOWN_URL, "body": "4a6f7921" * 64}, "ok")),),
    silent=(
        session(
            "a picture",
            (POST, {"url": UNKNOWN_URL, "body": "data:image/png;base64," + "iVBORw0KGgo" * 40}, "ok"),
        ),
        session("prose", (POST, {"url": UNKNOWN_URL, "body": "a long letter with words " * 40}, "ok")),
        session("kept inside", ("write_file", {"path": "a.b64", "content": "4a6f7921" * 64}, "ok")),
    ),
)
