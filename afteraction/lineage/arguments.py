"""The frame of traced arguments, one row per leaf value."""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl

from afteraction.lineage.corpus import ARGUMENT, Corpus
from afteraction.lineage.settling import Settled
from afteraction.lineage.shares import Shares
from afteraction.records.flow import ARGUMENTS, ORIGINS

#: Codings that hide a text from a reader (as against those that every client applies).
_VEILS: Final = ("base64", "base32", "hex", "gzip", "zlib", "reverse")


def arguments_of(corpus: Corpus, settled: Settled, shares: Shares, actions: pl.DataFrame) -> pl.DataFrame:
    """ARGUMENTS of one pass; `origin_action_id` is null unless the origin is a result."""
    leaves = corpus.leaves
    row = leaves.row
    origin_row = pl.Series(settled.row)
    veiled = np.zeros(len(leaves), dtype=bool)
    for doc, how in enumerate(corpus.how):
        if how and corpus.kind[doc] == ARGUMENT and how.startswith(_VEILS):
            veiled[corpus.leaf[doc]] = True
    names = pl.Series(ORIGINS, dtype=pl.String)
    return pl.DataFrame(
        {
            "action_id": actions["action_id"].gather(row),
            "session_key": actions["session_key"].gather(row),
            "arg_path": leaves.path,
            "role": leaves.role,
            "value": leaves.text,
            "origin": names.gather(settled.origin),
            "origin_action_id": actions["action_id"].gather(origin_row.replace(-1, None)),
            "coverage": settled.coverage,
            "user_share": shares.user,
            "result_share": shares.result,
            "told_share": shares.told,
            "encoded": veiled,
            "origin_position": pl.Series(settled.position).replace(-1, None),
        },
        schema=ARGUMENTS,
    )
