"""Flows: links from a result (or a person's sensitive words) to an argument, too telling to be chance."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, Final

import numpy as np
import polars as pl

from afteraction.lineage.corpus import Corpus
from afteraction.lineage.sensitive import Link, Sensitive
from afteraction.records.digests import digest, fingerprint
from afteraction.records.finding import SENSITIVITIES
from afteraction.records.flow import FLOWS, ORIGINS

#: Bound on what one argument may add: links to so many origins.
_MAX_ORIGINS: Final = 12
_OF_ACTION: Final = (
    "tenant",
    "session_id",
    "session_key",
    "event_date",
    "seq",
    "destination",
    "destination_class",
)
_OF_LINK: Final = {
    name: FLOWS[name]
    for name in (
        "flow_id",
        "arg_path",
        "origin",
        "origin_position",
        "how",
        "strength",
        "chars",
        "value_fp",
        "sensitivity",
    )
}

#: (leaf, kind of origin, action row, position where the origin is a message)
Group = tuple[int, int, int, int]


def flows_of(
    corpus: Corpus,
    linked: Iterable[Link],
    known: Sensitive,
    actions: pl.DataFrame,
    keys: Mapping[str, bytes],
) -> pl.DataFrame:
    """FLOWS of one pass: the best link per (action, argument, origin)."""
    grouped: dict[Group, list[Link]] = defaultdict(list)
    for link in linked:
        grouped[_group(link)].append(link)
    for link in known.same_values():
        if all(other.label == "none" for other in grouped.get(_group(link), ())):
            grouped[_group(link)].append(link)
    chosen = _bounded(grouped)
    row = corpus.leaves.row[[group[0] for group in chosen]] if chosen else np.zeros(0, dtype=np.int64)
    owners = actions.select("action_id", *_OF_ACTION)[row]
    origins = actions["action_id"].gather(pl.Series([g[2] for g in chosen], dtype=pl.Int64).replace(-1, None))
    tenants = zip(owners["tenant"], owners["action_id"], origins, chosen, strict=True)
    rows = [_row(corpus, grouped[group], group, ids, keys.get(tenant)) for tenant, *ids, group in tenants]
    told = pl.DataFrame(rows, schema=_OF_LINK, orient="row")
    return owners.hstack(told).with_columns(origins.alias("origin_action_id")).select(*FLOWS)


def _group(link: Link) -> Group:
    return link.leaf, link.kind, link.row, -1 if link.row >= 0 else link.position


def _bounded(grouped: Mapping[Group, list[Link]]) -> list[Group]:
    """The groups in order of their leaves, of each leaf those with the longest links."""
    kept: dict[int, int] = defaultdict(int)
    chosen = []
    for group in sorted(grouped, key=lambda one: (one[0], -max(link.size for link in grouped[one]))):
        kept[group[0]] += 1
        if kept[group[0]] <= _MAX_ORIGINS:
            chosen.append(group)
    return chosen


def _row(
    corpus: Corpus, links: list[Link], group: Group, ids: list[str | None], key: bytes | None
) -> tuple[Any, ...]:
    leaf, kind, _, position = group
    path = corpus.leaves.path[leaf]
    best = max(links, key=_weight)
    explained = _explained(links)
    fingered = best.value_fp or None
    if key and not fingered:
        fingered = fingerprint(
            key, corpus.tokens.raw[best.start : best.end].tobytes().decode("utf-8", "replace")
        )
    return (
        "flw_" + digest(str(ids[0]), path, ORIGINS[kind], ids[1] or str(position))[:32],
        path,
        ORIGINS[kind],
        best.position,
        best.how,
        _strength(corpus, leaf, explained),
        max(explained.values()),
        fingered,
        best.label,
    )


def _weight(link: Link) -> tuple[int, int]:
    return SENSITIVITIES.index(link.label), link.end - link.start


def _explained(links: list[Link]) -> dict[int, int]:
    """By text: how many of its bytes the links explain together, counted once."""
    explained: dict[int, int] = defaultdict(int)
    doc, reached = -1, 0
    for link in sorted(links, key=lambda link: (link.arg_doc, link.start)):
        if link.arg_doc != doc:
            doc, reached = link.arg_doc, link.start
        explained[doc] += max(link.end - max(link.start, reached), 0)
        reached = max(reached, link.end)
    return explained


def _strength(corpus: Corpus, leaf: int, explained: Mapping[int, int]) -> float:
    """The share of the argument's bytes that the links explain (through a coding: of its encoded form)."""
    total, whole = 0.0, _size(corpus.leaves.text[leaf])
    for doc, size in explained.items():
        if corpus.parent[doc] == doc:
            total += size / whole
        else:
            begin, end = corpus.span[doc]
            total += min(size / _size(corpus.texts[doc]), 1.0) * (end - begin) / whole
    return float(min(total, 1.0))


def _size(text: str) -> int:
    return max(len(text) if text.isascii() else len(text.encode("utf-8", "replace")), 1)
