"""Flows: links from a result (or a person's sensitive words) to an argument, too telling to be chance."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np
import polars as pl

from afteraction.lineage.corpus import RESULT, SYSTEM, USER, Corpus
from afteraction.lineage.links import Link
from afteraction.lineage.origins import Traced
from afteraction.lineage.runs import WHOLE
from afteraction.lineage.sensitive import Sensitive
from afteraction.lineage.slices import Slice
from afteraction.records.digests import digest, fingerprint
from afteraction.records.finding import SENSITIVITIES
from afteraction.records.flow import FLOWS, ORIGINS

#: A link is a flow from this many bits (see `runs`) and characters on; sensitive values need fewer bits.
TELLING_BITS: Final = 20.0
SENSITIVE_BITS: Final = 6.0
TELLING_CHARS: Final = 6
_MAX_PER_LEAF: Final = 12
_DATE: Final = re.compile(
    r"\W*(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4})(?:[T ]+\d{1,2}:\d{2}.{0,14})?\W*"
    r"|\W*\d{1,2}:\d{2}(?::\d{2})?\W*"
)


def flows_of(
    traced: Traced, cut: list[Slice], known: Sensitive, actions: pl.DataFrame, keys: Mapping[str, bytes]
) -> pl.DataFrame:
    """FLOWS of one pass: the best link per (action, argument, origin)."""
    grouped: dict[tuple[int, int, int, int], list[Link]] = defaultdict(list)
    for link in (*_piece_links(traced, known), *_slice_links(traced.corpus, cut, known)):
        grouped[_group(link)].append(link)
    for link in known.same_values():
        if all(other.label == "none" for other in grouped.get(_group(link), ())):
            grouped[_group(link)].append(link)
    rows = _rows(traced, actions, keys, grouped)
    return pl.DataFrame(rows, schema=FLOWS, orient="row")


def _group(link: Link) -> tuple[int, int, int, int]:
    return link.leaf, link.kind, link.row, -1 if link.row >= 0 else link.position


def _piece_links(traced: Traced, known: Sensitive) -> Iterator[Link]:
    corpus, found, places = traced.corpus, traced.pieces, traced.places
    tokens = corpus.tokens
    if not places.doc.size:
        return
    shown = np.array([not leaf.derived for leaf in corpus.leaves], dtype=bool)[found.leaf]
    last = found.start + found.count - 1
    long = tokens.end[last] - tokens.start[found.start] >= TELLING_CHARS
    plain = (
        shown & long & (traced.place[RESULT] >= 0) & (traced.origin == RESULT) & (found.bits >= TELLING_BITS)
    )
    for kind in (USER, SYSTEM, RESULT):
        place = traced.place[kind]
        doc = places.doc[place]
        near = shown & long & (place >= 0) & (found.bits >= SENSITIVE_BITS) & known.holds[corpus.parent[doc]]
        chosen = np.flatnonzero(near | plain) if kind == RESULT else np.flatnonzero(near)
        for piece in chosen.tolist():
            at = int(place[piece])
            origin, count = int(places.start[at]), int(found.count[piece])
            span = (int(tokens.start[origin]), int(tokens.end[origin + count - 1]))
            label, value_fp = known.at(int(places.doc[at]), *span)
            if label == "none" and not plain[piece]:
                continue
            if kind != traced.origin[piece] and not (label != "none" and kind == RESULT):
                continue
            start, end = int(tokens.start[found.start[piece]]), int(tokens.end[last[piece]])
            doc_at, arg_doc = int(places.doc[at]), int(found.doc[piece])
            how = _how(corpus, arg_doc, doc_at, int(found.kind[piece]), (start, end), span)
            text = tokens.raw[start:end].tobytes().decode("utf-8", "replace")
            if label == "none" and _DATE.fullmatch(text):
                continue
            yield Link(
                int(found.leaf[piece]),
                kind,
                int(corpus.row[doc_at]),
                int(corpus.avail[doc_at]),
                start,
                end,
                arg_doc,
                how,
                label,
                value_fp,
            )


def _how(
    corpus: Corpus, arg_doc: int, doc: int, kind: int, mine: tuple[int, int], other: tuple[int, int]
) -> str:
    raw = corpus.tokens.raw
    steps = [corpus.how[arg_doc], corpus.how[doc]]
    if kind != WHOLE:
        steps.append("part")
    one, two = raw[slice(*mine)].tobytes(), raw[slice(*other)].tobytes()
    if one != two:
        steps.append("case" if one.lower() == two.lower() else "space")
    return ">".join(step for step in steps if step) or "exact"


def _slice_links(corpus: Corpus, cut: list[Slice], known: Sensitive) -> Iterator[Link]:
    shared: dict[int, set[tuple[int, int]]] = defaultdict(set)
    for one in cut:
        shared[one.word].add((one.leaf, one.start))
    for one in cut:
        kind, size = int(corpus.kind[one.doc]), one.end - one.start
        label, value_fp = known.at(one.doc, one.origin, one.origin + size)
        text = corpus.tokens.raw[one.start : one.end].tobytes().decode("utf-8", "replace")
        if kind not in (USER, SYSTEM, RESULT) or (label == "none" and (kind != RESULT or not _telling(text))):
            continue
        how = "chunk" if len({leaf for leaf, _ in shared[one.word]}) > 1 else "slice"
        steps = [corpus.how[one.arg_doc], corpus.how[one.doc], how]
        yield Link(
            one.leaf,
            kind,
            int(corpus.row[one.doc]),
            int(corpus.avail[one.doc]),
            one.start,
            one.end,
            one.arg_doc,
            ">".join(step for step in steps if step),
            label,
            value_fp,
        )


def _telling(text: str) -> bool:
    """Whether a piece of a word is no word itself: digits among letters, or both cases inside."""
    digits = sum(c.isdigit() for c in text)
    if 0 < digits < len(text):
        return True
    return digits >= 8 or (not digits and len(text) >= 12 and not text[1:].islower() and not text.isupper())


def _rows(
    traced: Traced,
    actions: pl.DataFrame,
    keys: Mapping[str, bytes],
    grouped: Mapping[tuple[int, int, int, int], list[Link]],
) -> list[tuple[Any, ...]]:
    corpus = traced.corpus
    names = (
        "tenant",
        "session_id",
        "session_key",
        "event_date",
        "action_id",
        "seq",
        "destination",
        "destination_class",
    )
    columns = {name: actions[name].to_list() for name in names}
    per_leaf: dict[int, int] = defaultdict(int)
    rows = []
    for (leaf, kind, origin_row, _), links in sorted(
        grouped.items(), key=lambda item: (item[0][0], -_total(item[1]))
    ):
        per_leaf[leaf] += 1
        if per_leaf[leaf] > _MAX_PER_LEAF:
            continue
        row, path = corpus.leaves[leaf].row, corpus.leaves[leaf].path
        best = max(links, key=lambda link: (SENSITIVITIES.index(link.label), link.size))
        kept, chars = _union(links)
        origin_id = columns["action_id"][origin_row] if origin_row >= 0 else None
        this = {name: values[row] for name, values in columns.items()}
        text = corpus.tokens.raw[best.start : best.end].tobytes().decode("utf-8", "replace")
        rows.append(
            (
                "flw_" + digest(this["action_id"], path, ORIGINS[kind], origin_id or str(best.position))[:32],
                *(this[name] for name in names[:6]),
                path,
                ORIGINS[kind],
                origin_id,
                best.position,
                best.how,
                _strength(corpus, leaf, kept),
                chars,
                best.value_fp or fingerprint(keys[this["tenant"]], text),
                best.label,
                this["destination"],
                this["destination_class"],
            )
        )
    return rows


def _total(links: list[Link]) -> int:
    return max(link.size for link in links)


def _union(links: list[Link]) -> tuple[list[Link], int]:
    """The links that do not lie within a longer one, and how many bytes they explain together."""
    kept: list[Link] = []
    for link in sorted(links, key=lambda link: -link.size):
        if not any(o.arg_doc == link.arg_doc and o.start <= link.start and link.end <= o.end for o in kept):
            kept.append(link)
        if len(kept) >= 64:
            break
    return kept, sum(link.size for link in kept)


def _strength(corpus: Corpus, leaf: int, kept: list[Link]) -> float:
    """The share of the argument's bytes that the links explain (through a coding: of its encoded form)."""
    total = 0.0
    whole = max(len(corpus.leaves[leaf].text.encode("utf-8", "replace")), 1)
    for link in kept:
        doc = link.arg_doc
        if corpus.parent[doc] == doc:
            total += link.size / whole
        else:
            begin, end = corpus.span[doc]
            inner = max(len(corpus.texts[doc].encode("utf-8", "replace")), 1)
            total += min(link.size / inner, 1.0) * (end - begin) / whole
    return float(min(total, 1.0))


__all__ = ["flows_of"]
