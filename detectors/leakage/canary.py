"""Finds canaries: values that an owner planted, in whatever coding, as a whole or in pieces."""

from __future__ import annotations

import base64
import gzip
from typing import Final

import polars as pl

from afteraction.records.canary import Canary
from afteraction.records.finding import FOUND
from afteraction.records.session_batch import SessionBatch
from detectors.detector import Detector
from detectors.examples import OUTSIDE as POST
from detectors.examples import UNKNOWN_URL, reads, sends, session
from detectors.exposure import placed

_WHERE: Final = {
    "outside": "goes outside",
    "partner": "goes to a partner",
    "inside": "stands in the arguments of a call",
    "read": "was read",
}


def find(batch: SessionBatch) -> pl.DataFrame:
    """One finding per planted value in arguments or a result: critical, for nobody else has that value."""
    found = placed(batch, DETECTOR.id)
    if found.is_empty():
        return pl.DataFrame(schema=FOUND)
    grouped = found.group_by("action_id", "part", "direction", "rule", "value_fp").agg(
        pl.col("encoding").filter(pl.col("encoding") != "").unique().sort(), pl.col("start").min()
    )
    name = pl.col("rule").str.strip_prefix(f"{DETECTOR.id}:")
    where = pl.col("direction").replace_strict(_WHERE, return_dtype=pl.String)
    return (
        grouped.select(
            "action_id",
            pl.lit("critical").alias("severity"),
            pl.lit("high").alias("confidence"),
            pl.format("The planted value {} {}", name, where).alias("title"),
            "part",
            pl.struct(name.alias("canary"), encodings="encoding", at="start")
            .struct.json_encode()
            .alias("evidence"),
            "value_fp",
        )
        .select(pl.col(column).cast(kind) for column, kind in FOUND.items())
        .sort("action_id", "part", "value_fp")
    )


#: The planted value of the examples.
EXAMPLE: Final = Canary("example-note", "Heron-Ledger-" + "5Kq2Vx9TbW")
_RAW: Final = EXAMPLE.value.encode()
_HALF: Final = len(EXAMPLE.value) // 2

DETECTOR: Final = Detector(
    id="canary",
    summary="A value that its owner planted was read or sent.",
    severity="critical",
    misses="Pieces of fewer than eight characters, ciphers, translations, values not in the settings.",
    standards=("OWASP-ASI01", "OWASP-ASI02", "ATLAS-AML.T0086"),
    find=find,
    firing=(
        reads("read in a file", f"note for the archive: {EXAMPLE.value}"),
        sends("sent as it is", f"the note says {EXAMPLE.value}."),
        sends("sent in capitals", EXAMPLE.value.upper()),
        sends("sent backwards", EXAMPLE.value[::-1]),
        sends("sent in base64, two bytes in", base64.b64encode(b"x:" + _RAW + b"\x00\xff\x01").decode()),
        sends("sent in hex", (b"\x00\x01" + _RAW).hex()),
        sends("sent packed", base64.b64encode(gzip.compress(b"note " + _RAW, mtime=0)).decode()),
        sends("sent as escapes", "".join(f"%{byte:02X}" for byte in _RAW)),
        session(
            "sent in two calls",
            (POST, {"url": UNKNOWN_URL, "body": f"1/2 {EXAMPLE.value[:_HALF]}"}, "ok"),
            (POST, {"url": UNKNOWN_URL, "body": f"2/2 {EXAMPLE.value[_HALF:]}"}, "ok"),
        ),
    ),
    silent=(
        sends("another value of the same form", "Heron-Ledger-" + "8Wd4Jm1QzR"),
        sends("only its beginning", f"the note begins with {EXAMPLE.value[:_HALF]}"),
        reads("talk about canaries", "The canary in the archive is called example-note."),
    ),
)
