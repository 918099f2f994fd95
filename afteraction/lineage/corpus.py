"""All texts of some sessions in one order: messages, results, argument values, and what they hide."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np
import polars as pl

from afteraction.lineage.decoding import decoded, hidden, hints
from afteraction.lineage.numbers import spellings
from afteraction.lineage.roles import arguments
from afteraction.lineage.tokens import I64, Bools, Tokens, as_i64, tokenize
from afteraction.lineage.verbs import OPERATIONS, words_of

#: Kinds of text. The first four are origins as in `records.flow.ORIGINS`; `ARGUMENT` is the agent's own.
#: `TOOL` is the words of a tool's name: traced like an argument, and no origin of anything.
USER, SYSTEM, RESULT, ASSISTANT, ARGUMENT, TOOL = range(6)
#: The paths of what stands for the place parsed out of a URL or command, the tool's name, its operation.
PLACE_PATH: Final = "#destination"
TOOL_PATH: Final = "#tool"
OPERATION_PATH: Final = "#operation"
_NAMING: Final = (TOOL_PATH, OPERATION_PATH)
_KINDS: Final = {"user": USER, "system": SYSTEM, "assistant": ASSISTANT}
_NUMERIC: Final = r"^[-+$€£¥ ]{0,3}\d[\d.,' ]{1,24}[\s$€£¥%A-Z]{0,4}$"
#: One text is read up to this many characters, so that a single dump cannot fill the memory.
_MAX_TEXT: Final = 1 << 20


@dataclass(frozen=True)
class Leaves:
    """Argument values, one entry each: `row` of the action, JSON pointer, role, text; `derived` where it was
    parsed out of other arguments or stands for the tool's name.
    """

    row: I64
    path: list[str]
    role: list[str]
    text: list[str]
    derived: Bools

    def __len__(self) -> int:
        return len(self.path)


@dataclass(frozen=True)
class Corpus:
    """Texts in the order (session, when they could be read), decoded ones at the end.

    `session`, `avail` (the position from which on the text could be read), `kind`, `row` (the action, -1 for
    messages) and `leaf` (-1 for other than arguments) have one entry per text; `parent` is the text that
    a decoded text came out of (itself otherwise), `how` the codings, `span` its characters in the parent.
    """

    tokens: Tokens
    texts: list[str]
    session: I64
    avail: I64
    kind: I64
    row: I64
    leaf: I64
    parent: I64
    how: list[str]
    span: list[tuple[int, int]]
    leaves: Leaves


def corpus(actions: pl.DataFrame, messages: pl.DataFrame) -> Corpus:
    """The corpus of whole sessions; `actions` are enriched and have their row number as `row`."""
    found = _leaves(actions)
    docs = pl.concat([_messages(messages), _results(actions), _arguments(found, actions)])
    if docs["text"].str.contains("\0", literal=True).any():
        docs = docs.with_columns(pl.col("text").str.replace_all("\0", " ", literal=True))
    docs = docs.sort("session_key", "avail", "kind", maintain_order=True).with_columns(
        session=pl.col("session_key").rle_id().cast(pl.Int64)
    )
    texts: list[str] = docs["text"].to_list()
    parent, hows, spans = list(range(len(texts))), [""] * len(texts), [(0, 0)] * len(texts)
    for doc, how, text, span in _hidden(docs, texts):
        parent.append(doc)
        hows.append(how)
        spans.append(span)
        texts.append(text.replace("\0", " "))
    owner = as_i64(parent)
    session, avail, kind, row, leaf = (
        docs[name].to_numpy()[owner] for name in ("session", "avail", "kind", "row", "leaf")
    )
    whole: list[bytes] = docs["text"].str.join("\0").cast(pl.Binary).to_list() if docs.height else []
    tokens = tokenize(texts[docs.height :], whole, docs.height)
    return Corpus(tokens, texts, session, avail, kind, row, leaf, owner, hows, spans, found)


_DOC: Final[dict[str, Any]] = {
    "session_key": pl.String(),
    "avail": pl.Int64(),
    "kind": pl.Int64(),
    "row": pl.Int64(),
    "leaf": pl.Int64(),
    "text": pl.String(),
}


def _messages(messages: pl.DataFrame) -> pl.DataFrame:
    return messages.filter(pl.col("text").is_not_null()).select(
        "session_key",
        avail=pl.col("position"),
        kind=pl.col("role").replace_strict(_KINDS, default=ASSISTANT, return_dtype=pl.Int64),
        row=pl.lit(-1, pl.Int64),
        leaf=pl.lit(-1, pl.Int64),
        text=pl.col("text").str.slice(0, _MAX_TEXT),
    )


def _results(actions: pl.DataFrame) -> pl.DataFrame:
    return actions.filter(pl.col("result").is_not_null() & (pl.col("result") != "")).select(
        "session_key",
        avail=pl.coalesce("result_position", "position"),
        kind=pl.lit(RESULT, pl.Int64),
        row=pl.col("row"),
        leaf=pl.lit(-1, pl.Int64),
        text=pl.col("result").str.slice(0, _MAX_TEXT),
    )


def _leaves(actions: pl.DataFrame) -> Leaves:
    counts: list[int] = []
    paths: list[str] = []
    roles: list[str] = []
    texts: list[str] = []
    size = 0
    columns = (actions[name].to_list() for name in ("tool", "args", "operation", "destination"))
    for tool, args, operation, destination in zip(*columns, strict=True):
        found = arguments(args, operation or "other")
        paths.extend(found.paths)
        roles.extend(found.roles)
        texts.extend(found.texts)
        if destination is not None and destination not in found.texts:
            paths.append(PLACE_PATH)
            roles.append("destination")
            texts.append(destination.removeprefix("*.").removeprefix("www."))
        paths.append(TOOL_PATH)
        roles.append("setting")
        texts.append(_named(tool or ""))
        if operation in OPERATIONS:
            paths.append(OPERATION_PATH)
            roles.append("setting")
            texts.append(operation)
        counts.append(len(paths) - size)
        size = len(paths)
    rows = np.repeat(np.arange(len(counts), dtype=np.int64), as_i64(counts))
    derived = pl.Series(paths, dtype=pl.String).str.starts_with("#").to_numpy()
    return Leaves(rows, paths, roles, texts, derived)


@lru_cache(maxsize=65536)
def _named(tool: str) -> str:
    return " ".join(words_of(tool))


def _arguments(found: Leaves, actions: pl.DataFrame) -> pl.DataFrame:
    naming = pl.Series(found.path, dtype=pl.String).is_in(_NAMING).to_numpy()
    return pl.DataFrame(
        {
            "session_key": actions["session_key"].gather(found.row),
            "avail": actions["position"].gather(found.row),
            "kind": np.where(naming, TOOL, ARGUMENT),
            "row": actions["row"].gather(found.row),
            "leaf": np.arange(len(found), dtype=np.int64),
            "text": pl.Series(found.text, dtype=pl.String).str.slice(0, _MAX_TEXT),
        },
        schema=_DOC,
    )


def _hidden(docs: pl.DataFrame, texts: list[str]) -> list[tuple[int, str, str, tuple[int, int]]]:
    """(text it came from, codings, decoded text, place) of what is encoded, and numbers spelt otherwise."""
    inside: list[tuple[int, str, str, tuple[int, int]]] = []
    likely = docs.select("text").with_row_index("doc").filter(hidden(pl.col("text")))
    veiled = likely.with_columns(**hints(pl.col("text")))
    some = (pl.col("runs").list.len() > 0) | pl.col("escapes") | pl.col("spaced")
    columns = veiled.filter(some).select("doc", "runs", "escapes", "spaced")
    for doc, runs, escapes, spaced in columns.iter_rows():
        found = decoded(texts[doc], runs, escapes=escapes, spaced=spaced)
        inside.extend((doc, inner.how, inner.text, (inner.start, inner.end)) for inner in found)
    written = docs.select("text", "kind").with_row_index("doc").filter(pl.col("kind") == ARGUMENT)
    numeric = written.filter(pl.col("text").str.contains(_NUMERIC))
    for doc in numeric["doc"].to_list():
        inside.extend((doc, "number", form, (0, len(texts[doc]))) for form in spellings(texts[doc]))
    return inside
