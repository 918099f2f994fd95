"""All texts of some sessions in one order: messages, results, argument values, and what they hide."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
import polars as pl

from afteraction.lineage.decoding import decoded, hints
from afteraction.lineage.leaves import leaves, text_of
from afteraction.lineage.numbers import spellings
from afteraction.lineage.roles import role_of
from afteraction.lineage.tokens import I64, Tokens, as_i64, tokenize
from afteraction.lineage.verbs import words_of

#: Kinds of text. The first four are origins as in `records.flow.ORIGINS`; `ARGUMENT` is the agent's own.
#: `TOOL` is the words of a tool's name: traced like an argument, and no origin of anything.
USER, SYSTEM, RESULT, ASSISTANT, ARGUMENT, TOOL = range(6)
#: The path of the row that stands for the words of the tool's name.
TOOL_PATH: Final = "#tool"
_KINDS: Final = {"user": USER, "system": SYSTEM, "assistant": ASSISTANT}
#: One text is read up to this many characters, so that a single dump cannot fill the memory.
_MAX_TEXT: Final = 1 << 20


class Leaf(NamedTuple):
    """One argument value of the action in row `row`; `derived` where it was parsed out of other arguments."""

    row: int
    path: str
    role: str
    text: str
    derived: bool = False


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
    leaves: list[Leaf]


def corpus(actions: pl.DataFrame, messages: pl.DataFrame) -> Corpus:
    """The corpus of whole sessions; `actions` are enriched and have their row number as `row`."""
    found = _leaves(actions)
    docs = pl.concat([_messages(messages), _results(actions), _arguments(found, actions)])
    docs = (
        docs.with_columns(pl.col("text").str.replace_all("\0", " ", literal=True))
        .sort("session_key", "avail", "kind", maintain_order=True)
        .with_columns(
            session=pl.col("session_key").rle_id().cast(pl.Int64),
            **hints(pl.col("text")),
        )
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
    return Corpus(tokenize(texts), texts, session, avail, kind, row, leaf, owner, hows, spans, found)


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


def _leaves(actions: pl.DataFrame) -> list[Leaf]:
    found: list[Leaf] = []
    columns = (actions[name].to_list() for name in ("tool", "args", "operation", "destination"))
    for row, (tool, args, operation, destination) in enumerate(zip(*columns, strict=True)):
        named = destination is not None
        for path, value in leaves(args):
            text = value if isinstance(value, str) else text_of(value)
            found.append(Leaf(row, path, role_of(path, value, operation or "other"), text[:_MAX_TEXT]))
            named = named and text != destination
        if named:
            bare = destination.removeprefix("*.").removeprefix("www.")
            found.append(Leaf(row, "#destination", "destination", bare, derived=True))
        found.append(Leaf(row, TOOL_PATH, "setting", " ".join(words_of(tool or "")), derived=True))
    return found


def _arguments(found: list[Leaf], actions: pl.DataFrame) -> pl.DataFrame:
    rows = as_i64([leaf.row for leaf in found])
    return pl.DataFrame(
        {
            "session_key": actions["session_key"].gather(rows),
            "avail": actions["position"].gather(rows),
            "kind": as_i64([TOOL if leaf.path == TOOL_PATH else ARGUMENT for leaf in found]),
            "row": actions["row"].gather(rows),
            "leaf": np.arange(rows.size, dtype=np.int64),
            "text": pl.Series([leaf.text for leaf in found], dtype=pl.String),
        },
        schema=_DOC,
    )


def _hidden(docs: pl.DataFrame, texts: list[str]) -> list[tuple[int, str, str, tuple[int, int]]]:
    """(text it came from, codings, decoded text, place) of what is encoded, and numbers spelt otherwise."""
    hidden: list[tuple[int, str, str, tuple[int, int]]] = []
    some = (pl.col("runs").list.len() > 0) | pl.col("escapes") | pl.col("spaced")
    veiled = docs.with_row_index("doc").filter(some)
    for doc, runs, escapes, spaced in veiled.select("doc", "runs", "escapes", "spaced").iter_rows():
        found = decoded(texts[doc], runs, escapes=escapes, spaced=spaced)
        hidden.extend((doc, inner.how, inner.text, (inner.start, inner.end)) for inner in found)
    numeric = (docs["kind"] == ARGUMENT) & (
        docs["text"].str.contains(r"^[-+$€£¥ ]{0,3}\d[\d.,' ]{1,24}[\s$€£¥%A-Z]{0,4}$")
    )
    for doc in numeric.arg_true().to_list():
        hidden.extend((doc, "number", form, (0, len(texts[doc]))) for form in spellings(texts[doc]))
    return hidden
