"""Tables over one batch that several behaviour detectors read: what was asked and what was called."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

import polars as pl

from afteraction.records.session_batch import SessionBatch
from detectors.behaviour import _words as words

_PROPER: Final = r"\p{Lu}\p{L}{2,}"
_MAX_REQUEST: Final = 20_000
_MAX_VALUE: Final = 2_000


@dataclass(frozen=True)
class Context:
    """One batch with derived tables; each is computed when first read.

    `act` numbers the rows of `batch.actions`; `ses` numbers sessions. Words are 64-bit hashes.
    """

    batch: SessionBatch
    #: What a detector computed of this batch and wants again, by name.
    memo: dict[str, pl.DataFrame] = field(default_factory=dict, compare=False)

    @cached_property
    def actions(self) -> pl.DataFrame:
        """One row per action: `act`, `ses`, `position`, `operation`, `destination_class`, `tool`."""
        frame = self.batch.actions
        return frame.select(
            "action_id",
            "session_key",
            "position",
            "operation",
            "destination_class",
            "tool",
            "result_position",
        ).with_row_index("act")

    @cached_property
    def sessions(self) -> pl.DataFrame:
        """`session_key` and `ses`."""
        keys = pl.concat([self.batch.actions["session_key"], self.batch.messages["session_key"]])
        return keys.unique(maintain_order=True).to_frame().with_row_index("ses")

    @cached_property
    def requests(self) -> pl.DataFrame:
        """What the person said: `ses`, `asked_at` (its position), `text`."""
        said = self.batch.messages.filter(pl.col("role") == "user").join(self.sessions, on="session_key")
        return said.select("ses", asked_at="position", text=pl.col("text").str.slice(0, _MAX_REQUEST))

    @cached_property
    def asked(self) -> pl.DataFrame:
        """The person's words: `ses`, `word`, `stem`, `asked_at` (the first time)."""
        told = self.requests.select("ses", "asked_at", tok=words.tokens(pl.col("text"))).explode("tok")
        split = words.with_parts(told.filter(pl.col("tok").is_not_null()))
        return (
            split.filter(words.meaningful(pl.col("tok")))
            .group_by("ses", "tok")
            .agg(pl.col("asked_at").min())
            .with_columns(stem=words.stem(pl.col("tok")))
        )

    @cached_property
    def asked_stems(self) -> pl.DataFrame:
        """`ses`, `stem`, `asked_at`."""
        return self.asked.group_by("ses", "stem").agg(pl.col("asked_at").min())

    @cached_property
    def asked_operations(self) -> pl.DataFrame:
        """The operations that the person's words name: `ses`, `names`, `asked_at`."""
        named = self.asked_stems.join(words.operation_words(), on="stem")
        return named.group_by("ses", "names").agg(pl.col("asked_at").min())

    @cached_property
    def names(self) -> pl.DataFrame:
        """Whom and what the person named (capitalised words, identifiers): `ses`, `tok`."""
        ordinary = tuple(words.ordinary_words())
        proper = (
            self.requests.select("ses", tok=pl.col("text").str.extract_all(_PROPER))
            .explode("tok")
            .select("ses", pl.col("tok").str.to_lowercase())
            .filter(pl.col("tok").is_not_null() & ~pl.col("tok").is_in(ordinary))
        )
        telling = self.asked.filter(words.telling(pl.col("tok"))).select("ses", "tok")
        named = pl.concat([proper, telling]).unique()
        tools = (
            self.actions.select("session_key", tok=words.tool_words(pl.col("tool"))).unique().explode("tok")
        )
        spoken = tools.join(self.sessions, on="session_key").select("ses", "tok").unique()
        return named.join(spoken, on=["ses", "tok"], how="anti")

    @cached_property
    def delegating(self) -> pl.DataFrame:
        """Sessions in which the person told the agent to do what something else says: `ses`."""
        return self.requests.filter(words.delegates(pl.col("text"))).select("ses").unique()

    @cached_property
    def placed(self) -> pl.DataFrame:
        """`act`, `ses`, `position` of every action."""
        return self.actions.join(self.sessions, on="session_key", how="left").select("act", "ses", "position")

    @cached_property
    def decisive(self) -> pl.DataFrame:
        """`placed` of the actions that matter: those that reach out, and those whose results they use."""
        reaching = self.actions.filter(reaches()).select("act", "action_id")
        used = (
            self.batch.arguments.filter(pl.col("origin") == "result")
            .join(reaching, on="action_id", how="semi")
            .select(action_id="origin_action_id")
            .unique()
        )
        sources = self.actions.join(used, on="action_id", how="semi").select("act")
        acts = pl.concat([reaching.select("act"), sources]).unique()
        return self.placed.join(acts, on="act", how="semi", maintain_order="left")

    @cached_property
    def tool_words(self) -> pl.DataFrame:
        """Words of decisive actions' tools: `act`, `ses`, `position`, `stem`, `asked` (by the person)."""
        tools = self.actions.select("tool").unique()
        split = (
            tools.with_columns(tok=words.tool_words(pl.col("tool")))
            .explode("tok")
            .filter(pl.col("tok").is_not_null() & words.meaningful(pl.col("tok")))
            .select("tool", stem=words.stem(pl.col("tok")))
            .unique()
        )
        acts = self.actions.select("act", "tool").join(self.decisive, on="act")
        used = acts.join(split, on="tool").drop("tool")
        return self._whether_asked(used, self.asked_stems, "stem")

    @cached_property
    def tool_operations(self) -> pl.DataFrame:
        """The operations a tool's words may name: `act`, `ses`, `position`, `names`, `asked`."""
        named = (
            self.tool_words.join(words.operation_words(), on="stem")
            .select("act", "ses", "position", "names")
            .unique()
        )
        return self._whether_asked(named, self.asked_operations, "names")

    @cached_property
    def argument_words(self) -> pl.DataFrame:
        """Words of decisive actions' values: `act`, `ses`, `position`, `tok`, `telling`, `asked`."""
        acts = self.actions.select("action_id", "act").join(self.decisive, on="act")
        split = (
            self.batch.arguments.filter(pl.col("role") != "setting")
            .join(acts, on="action_id")
            .select("act", "ses", "position", tok=words.tokens(pl.col("value").str.slice(0, _MAX_VALUE)))
            .explode("tok")
            .filter(pl.col("tok").is_not_null())
            .unique()
        )
        kept = split.filter(words.meaningful(pl.col("tok")) | pl.col("tok").str.contains(r"\p{N}"))
        told = kept.with_columns(telling=words.telling(pl.col("tok")))
        return self._whether_asked(told, self.asked.drop("stem"), "tok")

    def _whether_asked(self, frame: pl.DataFrame, asked: pl.DataFrame, key: str) -> pl.DataFrame:
        known = frame.join(asked, on=["ses", key], how="left")
        before = (pl.col("asked_at") < pl.col("position")).fill_null(value=False)
        return known.with_columns(asked=before).drop("asked_at")


def reaches() -> pl.Expr:
    """Whether an action has an effect: it is no read or search, or it reads from an outside place."""
    reads = pl.col("operation").is_in(["read", "search"]).fill_null(value=False)
    outside = pl.col("destination_class").is_in(["unknown", "public", "partner"]).fill_null(value=False)
    return ~reads | outside


_last: list[Context] = []


def context_of(batch: SessionBatch) -> Context:
    """The context of a batch; the last one is kept, so that detectors that run in turn share its tables."""
    if not _last or _last[0].batch is not batch:
        _last[:] = [Context(batch)]
    return _last[0]
