"""The chains through one action, hop by hop: for `explain`, pictures and whoever asks from Python."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import polars as pl

from afteraction import lake

#: Every chain that the action `$action` is part of, and those that lead there or go on from there. A hop
#: follows another where what its writer had it from is what the other one's reader read.
CHAINS_OF: Final = """
WITH RECURSIVE walk AS (
  SELECT * FROM chains
  WHERE $action IN (origin_action_id, written_action_id, read_action_id, sent_action_id)
  UNION
  SELECT chains.* FROM chains JOIN walk
  ON chains.read_action_id = walk.origin_action_id OR chains.origin_action_id = walk.read_action_id
)
SELECT * FROM walk ORDER BY written_at, read_at, chain_id
"""


def chains_of(home: Path, action_id: str) -> pl.DataFrame:
    """Rows of `chains`, first hop first; raises `NotPublishedError` before the first audit."""
    return lake.query(home, CHAINS_OF, {"action": action_id})
