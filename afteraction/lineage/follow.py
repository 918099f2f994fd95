"""Traces every argument value of every action to where it came from, and the flows that follow from it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import polars as pl

from afteraction.lineage.arguments import arguments_of
from afteraction.lineage.carried import carried_of
from afteraction.lineage.copies import copies
from afteraction.lineage.corpus import corpus
from afteraction.lineage.flows import flows_of
from afteraction.lineage.links import links
from afteraction.lineage.origins import trace
from afteraction.lineage.sensitive import sensitive_places
from afteraction.lineage.settling import settle
from afteraction.lineage.shares import shares
from afteraction.lineage.threads import threads
from afteraction.records.flow import ARGUMENTS, FLOWS
from afteraction.records.match import MATCHES
from afteraction.records.session_batch import SessionBatch

#: Text that one pass holds in memory at a time, in characters; a longer session is a pass of its own.
_PASS: Final = 4 << 20


def follow(batch: SessionBatch) -> SessionBatch:
    """`batch` with `arguments`, `flows` and `carried` filled; `actions` must have been enriched.

    Each leaf argument value, whole and in pieces, is looked for in everything the session could read before
    the action. `flows` has at most one row per (action, argument, origin), and only where the linked text
    is too telling to be shared by chance.
    """
    arguments, flows = [pl.DataFrame(schema=ARGUMENTS)], [pl.DataFrame(schema=FLOWS)]
    carried = [pl.DataFrame(schema=MATCHES)]
    for actions, messages in _passes(batch):
        texts = corpus(actions, messages)
        traced = trace(texts, actions)
        explained, woven = shares(traced), threads(traced, actions)
        arguments.append(arguments_of(texts, settle(traced, explained, woven.found), explained, actions))
        known = sensitive_places(texts, actions, batch.matches)
        linked = list(links(texts, copies(traced), woven, known))
        flows.append(flows_of(texts, linked, known, actions, batch.keys))
        carried.append(carried_of(texts, linked, known, actions))
    return batch.with_(arguments=pl.concat(arguments), flows=pl.concat(flows), carried=pl.concat(carried))


def _passes(batch: SessionBatch) -> Iterator[tuple[pl.DataFrame, pl.DataFrame]]:
    """Whole sessions, a few megabytes of text at a time."""
    actions = batch.actions
    if actions.is_empty():
        return
    size = pl.col("args").str.len_bytes().fill_null(0) + pl.col("result").str.len_bytes().fill_null(0)
    said = batch.messages.group_by("session_key").agg(said=pl.col("text").str.len_bytes().sum())
    sizes = (
        actions.group_by("session_key", maintain_order=True)
        .agg(size=size.sum())
        .join(said, on="session_key", how="left", maintain_order="left")
        .select("session_key", part=((pl.col("size") + pl.col("said").fill_null(0)).cum_sum() // _PASS))
    )
    if sizes["part"].n_unique() == 1:
        yield (
            actions.with_row_index("row").cast({"row": pl.Int64}),
            batch.messages.filter(pl.col("session_key").is_in(sizes["session_key"].implode())),
        )
        return
    for part in sizes.partition_by("part", maintain_order=True):
        inside = pl.col("session_key").is_in(part["session_key"].implode())
        yield (
            actions.filter(inside).with_row_index("row").cast({"row": pl.Int64}),
            batch.messages.filter(inside),
        )
