"""Tables over one batch that several behaviour detectors read: what was asked and what was called."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

import polars as pl

from afteraction.records.session_batch import SessionBatch
from detectors.behaviour import _words as words

_PROPER: Final = r"\b\p{Lu}\p{L}{2,}\b"
_MAX_REQUEST: Final = 20_000
_MAX_VALUE: Final = 2_000
#: Operations that lineage gives to calls whose effect it does not know.
_VAGUE: Final = ("other", "write")
#: Longer contents than this are texts, which name things without acting on them.
_QUOTING: Final = 100
#: Share of a locator's words that the person said, and its least length, for a call to count as theirs.
_SOUGHT: Final = 0.5
_NAMED: Final = 4


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
        """The person's words: `ses`, `tok`, `stem` (hashed), `asked_at` (the first time), `key`."""
        told = self.requests.select("ses", "asked_at", tok=words.tokens(pl.col("text"))).explode("tok")
        told = told.filter(pl.col("tok").is_not_null()).with_columns(word=words.hashed(pl.col("tok")))
        known = words.with_parts(told.select("word", "tok").unique("word"))
        known = known.filter(words.meaningful(pl.col("tok")))
        known = known.with_columns(stem=words.hashed(words.stem(pl.col("tok"))), part=_hashed("tok"))
        spoken = told.select("ses", "asked_at", "word").join(known, on="word")
        return spoken.group_by(key=words.in_session(pl.col("part"), pl.col("ses"))).agg(
            pl.col("ses", "tok", "stem").first(), pl.col("asked_at").min()
        )

    @cached_property
    def asked_stems(self) -> pl.DataFrame:
        """`ses`, `stem` (hashed), `asked_at`, `key`."""
        key = words.in_session(pl.col("stem"), pl.col("ses"))
        return self.asked.group_by(key=key).agg(pl.col("ses", "stem").first(), pl.col("asked_at").min())

    @cached_property
    def asked_operations(self) -> pl.DataFrame:
        """The operations that the person's words name: `ses`, `names`, `asked_at`."""
        named = self.asked_stems.join(words.operation_words().with_columns(_hashed("stem")), on="stem")
        earliest = named.group_by("ses", "names").agg(pl.col("asked_at").min())
        return earliest.with_columns(key=words.in_session(_hashed("names"), pl.col("ses")))

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
        named = pl.concat([proper, telling]).unique().join(self.own_names, on=["ses", "tok"], how="anti")
        tools = self.actions.select("session_key", "tool").unique()
        tools = tools.join(self._split_tools, on="tool").select("session_key", "tok")
        spoken = tools.join(self.sessions, on="session_key").select("ses", "tok").unique()
        return named.join(spoken, on=["ses", "tok"], how="anti")

    @cached_property
    def own_names(self) -> pl.DataFrame:
        """What the system prompt names, such as the person's own name: `ses`, `tok`."""
        told = self.batch.messages.filter(pl.col("role") == "system").join(self.sessions, on="session_key")
        texts = told.select(text=pl.col("text").str.slice(0, _MAX_REQUEST)).unique()
        proper = texts.with_columns(tok=pl.col("text").str.extract_all(_PROPER)).explode("tok")
        proper = proper.with_columns(pl.col("tok").str.to_lowercase())
        telling = texts.with_columns(tok=words.tokens(pl.col("text"))).explode("tok")
        named = pl.concat([proper, telling.filter(words.telling(pl.col("tok")))]).drop_nulls().unique()
        told = told.select("ses", text=pl.col("text").str.slice(0, _MAX_REQUEST))
        return told.join(named, on="text").select("ses", "tok").unique()

    @cached_property
    def delegating(self) -> pl.DataFrame:
        """Sessions in which the person told the agent to do what something else says: `ses`."""
        return self.requests.filter(words.delegates(pl.col("text"))).select("ses").unique()

    @cached_property
    def named_places(self) -> pl.DataFrame:
        """Places and queries of calls that the person named: `act`, `value`."""
        named = self.batch.arguments.filter(
            pl.col("role").is_in(["locator", "destination"])
            & (pl.col("user_share") >= _SOUGHT)
            & (pl.col("value").str.len_bytes() >= _NAMED)
        )
        number = self.actions.select("action_id", "act")
        return named.select("action_id", "value").join(number, on="action_id").select("act", "value")

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
    def origins(self) -> pl.DataFrame:
        """Calls from whose results a decisive action took a value: `act`."""
        used = self.actions.join(self.decisive, on="act", how="semi").select("action_id")
        taken = self.batch.arguments.filter(
            pl.col("origin_action_id").is_not_null() & (pl.col("role") != "setting")
        ).join(used, on="action_id", how="semi")
        names = taken.select(action_id="origin_action_id").unique()
        return self.actions.join(names, on="action_id", how="semi").select("act")

    @cached_property
    def _split_tools(self) -> pl.DataFrame:
        """`tool` and `tok`, one row per word of its name."""
        tools = self.actions.select("tool").unique()
        return tools.with_columns(tok=words.tool_words(pl.col("tool"))).explode("tok")

    @cached_property
    def tool_words(self) -> pl.DataFrame:
        """Words of decisive actions' tools: `act`, `ses`, `position`, `stem` (hashed), `asked`, `key`."""
        split = (
            self._split_tools.filter(pl.col("tok").is_not_null() & words.meaningful(pl.col("tok")))
            .select("tool", stem=words.hashed(words.stem(pl.col("tok"))))
            .unique()
        )
        acts = self.actions.select("act", "tool").join(self.decisive, on="act")
        used = acts.join(split, on="tool").drop("tool")
        key = words.in_session(pl.col("stem"), pl.col("ses"))
        return self._whether_asked(used.with_columns(key=key), self.asked_stems)

    @cached_property
    def tool_operations(self) -> pl.DataFrame:
        """The operations a tool's words may name: `act`, `ses`, `position`, `names`, `asked`, `key`."""
        named = self.tool_words.join(words.operation_words().with_columns(_hashed("stem")), on="stem")
        own = self.actions.select("act", names="operation").filter(~pl.col("names").is_in(_VAGUE))
        own = self.decisive.join(own, on="act").select("act", "ses", "position", "names")
        named = pl.concat([named.select(own.columns), own]).unique()
        key = words.in_session(_hashed("names"), pl.col("ses"))
        return self._whether_asked(named.with_columns(key=key), self.asked_operations)

    @cached_property
    def argument_words(self) -> pl.DataFrame:
        """Words of decisive actions: `act`, `ses`, `position`, `word` (hashed), `telling`, `asked`, `key`.

        Long texts are left out, since they quote what they are about.
        """
        acts = self.actions.select("action_id", "act").join(self.decisive, on="act")
        split = (
            self.batch.arguments.filter(pl.col("role") != "setting")
            .filter((pl.col("role") != "content") | _short())
            .select("action_id", "value")
            .join(acts, on="action_id")
            .select("act", "ses", "position", tok=words.tokens(pl.col("value").str.slice(0, _MAX_VALUE)))
            .explode("tok")
            .filter(pl.col("tok").is_not_null())
            .with_columns(word=_hashed("tok"))
        )
        known = split.select("word", "tok").unique("word")
        kept = known.filter(words.meaningful(pl.col("tok")) | pl.col("tok").str.contains(r"\p{N}"))
        kept = kept.select("word", telling=words.telling(pl.col("tok")))
        once = split.filter(words.in_session(pl.col("word"), pl.col("act")).is_first_distinct())
        told = once.drop("tok").join(kept, on="word")
        key = words.in_session(pl.col("word"), pl.col("ses"))
        return self._whether_asked(told.with_columns(key=key), self.asked)

    def _whether_asked(self, frame: pl.DataFrame, asked: pl.DataFrame) -> pl.DataFrame:
        known = frame.join(asked.select("key", "asked_at"), on="key", how="left")
        before = (pl.col("asked_at") < pl.col("position")).fill_null(value=False)
        return known.with_columns(asked=before).drop("asked_at")


def _hashed(column: str) -> pl.Expr:
    return words.hashed(pl.col(column))


def _short() -> pl.Expr:
    return pl.col("value").str.len_bytes() <= _QUOTING


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
