"""Where the scan found sensitive values in what a session read and wrote."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from afteraction.lineage.corpus import ARGUMENT, RESULT, Corpus
from afteraction.lineage.tokens import Bools
from afteraction.records.finding import SENSITIVITIES

Span = tuple[int, int, str, str]


class Link(NamedTuple):
    """A stretch of the text `arg_doc` of `leaf` and its origin; bytes are counted in the whole corpus.

    `kind` and `row` say whose text it was (`corpus`), `position` when it was read, `how` what was followed,
    `label` the sensitivity and `value_fp` its fingerprint where a match named it.
    """

    leaf: int
    kind: int
    row: int
    position: int
    arg_doc: int
    start: int
    end: int
    how: str
    label: str
    value_fp: str

    @property
    def size(self) -> int:
        """How many bytes are explained."""
        return self.end - self.start


@dataclass(frozen=True)
class Sensitive:
    """Matches by text: `holds` says which texts have any, `spans` their (start, end, label, fingerprint)."""

    corpus: Corpus
    holds: Bools
    spans: dict[int, list[Span]]
    written: list[tuple[int, str, str, str]]

    def at(self, doc: int, start: int, end: int) -> tuple[str, str]:
        """(sensitivity, fingerprint) of what overlaps these bytes of a text (counted in the whole corpus)."""
        parent = int(self.corpus.parent[doc])
        spans = self.spans.get(parent)
        if not spans:
            return "none", ""
        low, high = self.corpus.span[doc] if parent != doc else (self._char(doc, start), self._char(doc, end))
        touching = [s for s in spans if min(s[1], high) - max(s[0], low) >= min(6, s[1] - s[0])]
        if not touching:
            return "none", ""
        _, _, label, value_fp = max(touching, key=lambda span: SENSITIVITIES.index(span[2]))
        return label, value_fp

    def _char(self, doc: int, byte: int) -> int:
        begin = int(self.corpus.tokens.offset[doc])
        if self.corpus.texts[doc].isascii():
            return byte - begin
        return len(self.corpus.tokens.raw[begin:byte].tobytes().decode("utf-8", "replace"))

    def same_values(self) -> Iterator[Link]:
        """Links between a match in arguments and an earlier match of the same value, whatever its coding."""
        corpus = self.corpus
        if not self.written or not self.spans:
            return
        by_value: dict[tuple[int, str], list[int]] = defaultdict(list)
        for doc, spans in self.spans.items():
            for _, _, _, value_fp in spans:
                by_value[(int(corpus.session[doc]), value_fp)].append(doc)
        leaves_of: dict[int, list[int]] = defaultdict(list)
        for row, *_ in self.written:
            leaves_of[row] = []
        written = (corpus.kind == ARGUMENT) & (corpus.parent == np.arange(corpus.kind.size))
        for argument in np.flatnonzero(written).tolist():
            if int(corpus.row[argument]) in leaves_of:
                leaves_of[int(corpus.row[argument])].append(argument)
        for row, label, value_fp, text in self.written:
            docs = [doc for doc in leaves_of[row] if text in corpus.texts[doc]] or leaves_of[row][:1]
            if not docs:
                continue
            mine, session = int(corpus.avail[docs[0]]), int(corpus.session[docs[0]])
            origins = [d for d in by_value.get((session, value_fp), ()) if corpus.avail[d] < mine]
            if not origins:
                continue
            origin = min(origins, key=lambda d: (int(corpus.kind[d]), int(corpus.avail[d])))
            arg_doc = docs[0]
            at = max(corpus.texts[arg_doc].find(text), 0)
            start = int(corpus.tokens.offset[arg_doc]) + len(
                corpus.texts[arg_doc][:at].encode("utf-8", "replace")
            )
            here = (arg_doc, start, start + len(text.encode("utf-8", "replace")))
            there = (int(corpus.kind[origin]), int(corpus.row[origin]), int(corpus.avail[origin]))
            yield Link(int(corpus.leaf[arg_doc]), *there, *here, "value", label, value_fp)


def sensitive_places(corpus: Corpus, actions: pl.DataFrame, matches: pl.DataFrame) -> Sensitive:
    """The matches of a batch laid over the texts of one pass."""
    spans: dict[int, list[Span]] = defaultdict(list)
    written: list[tuple[int, str, str, str]] = []
    holds = np.zeros(corpus.kind.size, dtype=bool)
    if matches.height and corpus.kind.size:
        _lay(corpus, actions, matches, spans, written)
        holds[list(spans)] = True
    return Sensitive(corpus, holds, dict(spans), written)


def _lay(
    corpus: Corpus,
    actions: pl.DataFrame,
    matches: pl.DataFrame,
    spans: dict[int, list[Span]],
    written: list[tuple[int, str, str, str]],
) -> None:
    rows: dict[str, int] = dict(zip(actions["action_id"].to_list(), actions["row"].to_list(), strict=True))
    keys, args = actions["session_key"].to_list(), actions["args"].to_list()
    session_of = {
        keys[row]: int(corpus.session[doc]) for doc, row in enumerate(corpus.row.tolist()) if row >= 0
    }
    results: dict[int, int] = {}
    said: dict[tuple[int, int], list[int]] = defaultdict(list)
    for doc in np.flatnonzero(corpus.parent == np.arange(corpus.kind.size)).tolist():
        if corpus.kind[doc] == RESULT:
            results[int(corpus.row[doc])] = doc
        elif corpus.row[doc] < 0:
            said[(int(corpus.session[doc]), int(corpus.avail[doc]))].append(doc)
    wanted = matches.filter(pl.col("sensitivity").is_in(["internal", "personal", "secret"]))
    columns = ("action_id", "session_key", "part", "position", "start", "end", "sensitivity", "value_fp")
    for action_id, key, part, position, start, end, label, value_fp in wanted.select(columns).iter_rows():
        span: Any = (start, end, label, value_fp)
        row = rows.get(action_id, -1)
        if part == "result" and row in results:
            spans[results[row]].append(span)
        elif part == "args" and row >= 0:
            written.append((row, label, value_fp, (args[row] or "")[start:end]))
        elif part == "message" and key in session_of:
            for doc in said.get((session_of[key], position), ()):
                spans[doc].append(span)
