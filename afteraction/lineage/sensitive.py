"""Where the scan found sensitive values in what a session read and wrote."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
import polars as pl

from afteraction.lineage.corpus import ARGUMENT, RESULT, Corpus
from afteraction.lineage.tokens import I64, Bools
from afteraction.records.finding import SENSITIVITIES

_LABELS: Final = ("internal", "personal", "secret")
_WHERE: Final = ("part", "action_id", "session_key", "position")
_OF_MATCH: Final = ("start", "end", "sensitivity", "value_fp", "label")

_MANY: Final = 1 << 22
Span = tuple[int, int, str, str, str]
Value = tuple[int, str | None]


class Link(NamedTuple):
    """A stretch of the text `arg_doc` of `leaf` and its origin; bytes are counted in the whole corpus.

    `kind` and `row` say whose text it was (`corpus`), `position` when it was read, `how` what was followed,
    `label` the sensitivity and `value_fp` its fingerprint where a match named it. `source` is the text of
    the origin, `origin` to `origin_end` the stretch there; -1 where only the value is known to be the same.
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
    source: int = -1
    origin: int = -1
    origin_end: int = -1

    @property
    def size(self) -> int:
        """How many bytes are explained."""
        return self.end - self.start


@dataclass(frozen=True)
class Sensitive:
    """Matches by text: `holds` says which texts have any; `begin` (one more than there are texts) where each
    text's rows of `spans` (start, end, sensitivity, value_fp, label) begin.

    `origins` are the texts, by session and fingerprint, that hold a value which arguments of the session
    repeat; `written` are those arguments' matches: row, sensitivity, fingerprint, text.
    """

    corpus: Corpus
    holds: Bools
    begin: I64
    spans: pl.DataFrame
    origins: dict[Value, list[int]]
    written: list[tuple[int, str, str, str]]

    def at(self, doc: int, start: int, end: int) -> tuple[str, str]:
        """(sensitivity, fingerprint) of what overlaps these bytes of a text (counted in the whole corpus)."""
        touching = self.touching(doc, start, end)
        if not touching:
            return "none", ""
        _, _, label, value_fp, _ = max(touching, key=lambda span: SENSITIVITIES.index(span[2]))
        return label, value_fp

    def touching(self, doc: int, start: int, end: int) -> list[Span]:
        """The matches that these bytes of a text (counted in the whole corpus) touch by more than chance.

        Their places are counted in characters of the text that `doc` was decoded from.
        """
        parent = int(self.corpus.parent[doc])
        if not self.holds[parent]:
            return []
        spans: list[Span] = self.spans[int(self.begin[parent]) : int(self.begin[parent + 1])].rows()
        low, high = self.corpus.span[doc] if parent != doc else (self.char(doc, start), self.char(doc, end))
        return [s for s in spans if min(s[1], high) - max(s[0], low) >= min(6, s[1] - s[0])]

    def may_touch(self, doc: I64, start: I64, end: I64) -> Bools:
        """Which stretches (in bytes of the whole corpus) may lie over a match: never less than `at` says."""
        corpus, parent = self.corpus, self.corpus.parent[doc]
        some = np.flatnonzero(self.holds[parent])
        touched = np.zeros(doc.size, dtype=bool)
        if not some.size:
            return touched
        base, width = corpus.tokens.offset[parent[some]], corpus.tokens.raw.size + _MANY
        low, high = start[some] - base, end[some] - base
        wide = corpus.tokens.wide[parent[some]] | (parent[some] != doc[some])
        owner = np.repeat(np.arange(self.holds.size), np.diff(self.begin))
        first = owner * width + np.minimum(self.spans["start"].to_numpy(), width - 1)
        reach = np.maximum.accumulate(owner * width + np.minimum(self.spans["end"].to_numpy(), width - 1))
        before = np.searchsorted(first, parent[some] * width + high) - 1
        touched[some] = wide | ((before >= 0) & (reach[before] > parent[some] * width + low))
        return touched

    def char(self, doc: int, byte: int) -> int:
        """The character of a text in which this byte of the whole corpus stands."""
        begin = int(self.corpus.tokens.offset[doc])
        if self.corpus.texts[doc].isascii():
            return byte - begin
        return len(self.corpus.tokens.raw[begin:byte].tobytes().decode("utf-8", "replace"))

    def same_values(self) -> Iterator[Link]:
        """Links between a match in arguments and an earlier match of the same value, whatever its coding."""
        corpus = self.corpus
        if not self.written:
            return
        leaves_of: dict[int, list[int]] = defaultdict(list)
        wanted = np.isin(corpus.row, np.unique([row for row, *_ in self.written]))
        wanted &= (corpus.kind == ARGUMENT) & (corpus.parent == np.arange(corpus.kind.size))
        for argument in np.flatnonzero(wanted).tolist():
            leaves_of[int(corpus.row[argument])].append(argument)
        for row, label, value_fp, text in self.written:
            docs = [doc for doc in leaves_of[row] if text in corpus.texts[doc]] or leaves_of[row][:1]
            if not docs:
                continue
            mine, session = int(corpus.avail[docs[0]]), int(corpus.session[docs[0]])
            origins = [d for d in self.origins.get((session, value_fp), ()) if corpus.avail[d] < mine]
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
    known = (
        matches.filter(pl.col("sensitivity").is_in(_LABELS)).select(*_WHERE, *_OF_MATCH).with_row_index("n")
    )
    laid = _laid(corpus, actions, known)
    count = np.bincount(laid["doc"].to_numpy(), minlength=corpus.kind.size)
    begin = np.concatenate((np.zeros(1, dtype=np.int64), np.cumsum(count)))
    origins, written = _repeated(corpus, actions, laid, known)
    return Sensitive(corpus, count > 0, begin, laid.select(_OF_MATCH), origins, written)


def _laid(corpus: Corpus, actions: pl.DataFrame, wanted: pl.DataFrame) -> pl.DataFrame:
    """The matches in results and messages, each with its `doc` and `session`, text by text."""
    own = corpus.parent == np.arange(corpus.kind.size)
    results = np.flatnonzero(own & (corpus.kind == RESULT))
    said = np.flatnonzero(own & (corpus.row < 0))
    ids = pl.DataFrame({"action_id": actions["action_id"].gather(corpus.row[results]), "doc": results})
    keys = actions.select("session_key", session=_sessions(corpus, actions.height)).unique("session_key")
    places = pl.DataFrame({"session": corpus.session[said], "position": corpus.avail[said], "doc": said})
    found = wanted.filter(pl.col("part") == "result").join(ids, on="action_id")
    heard = (
        wanted.filter(pl.col("part") == "message")
        .join(keys, on="session_key")
        .join(places, on=["session", "position"])
    )
    columns = ("n", "doc", *_OF_MATCH)
    laid = pl.concat([found.select(columns), heard.select(columns)]).sort("doc", "start", "n")
    return laid.with_columns(session=pl.Series(corpus.session[laid["doc"].to_numpy()], dtype=pl.Int64))


def _sessions(corpus: Corpus, rows: int) -> pl.Series:
    """The number of each action's session (every action has at least the text of its tool's name)."""
    session = np.zeros(rows, dtype=np.int64)
    session[corpus.row[corpus.row >= 0]] = corpus.session[corpus.row >= 0]
    return pl.Series(session)


def _repeated(
    corpus: Corpus, actions: pl.DataFrame, laid: pl.DataFrame, wanted: pl.DataFrame
) -> tuple[dict[Value, list[int]], list[tuple[int, str, str, str]]]:
    """(texts by session and value, matches in arguments) of the values that stand in both."""
    value = ["session", "value_fp"]
    args = actions.select("action_id", "row", "args", session=_sessions(corpus, actions.height))
    written = (
        wanted.filter(pl.col("part") == "args")
        .join(args, on="action_id", maintain_order="left")
        .join(laid, on=value, how="semi", nulls_equal=True, maintain_order="left")
    )
    origins: dict[Value, list[int]] = defaultdict(list)
    for session, value_fp, doc in (
        laid.join(written, on=value, how="semi", nulls_equal=True).select(*value, "doc").iter_rows()
    ):
        origins[session, value_fp].append(doc)
    rows = written.select("row", "sensitivity", "value_fp", "args", "start", "end").iter_rows()
    return origins, [(row, label, fp, (text or "")[start:end]) for row, label, fp, text, start, end in rows]
