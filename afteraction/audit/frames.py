"""From a reader's items to frames: ids, digests, one order per session, and `seq`."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

import polars as pl

from afteraction.records.action import ACTIONS_RAW, TIME, UNDATED, Action
from afteraction.records.digests import Digest, action_id_in, session_digest, session_key
from afteraction.records.message import MESSAGES, Message
from afteraction.records.session_batch import SessionBatch

#: What is stored of an action besides `ACTIONS_RAW`: the source's own order, from which `position` comes.
_SOURCE_ORDER: Final[dict[str, pl.DataType]] = {
    "slot": pl.Int64(),
    "source_position": pl.Int64(),
    "source_result_position": pl.Int64(),
    "result_time": TIME,
}
STORED_ACTIONS: Final[dict[str, pl.DataType]] = {
    **{
        name: kind
        for name, kind in ACTIONS_RAW.items()
        if name not in {"seq", "position", "result_position", "event_date", "ingested_at"}
    },
    **_SOURCE_ORDER,
}
STORED_MESSAGES: Final[dict[str, pl.DataType]] = {
    **{name: kind for name, kind in MESSAGES.items() if name != "position"},
    "message_id": pl.String(),
    "slot": pl.Int64(),
    "source_position": pl.Int64(),
}


class Slots:
    """Counts the items of each session in the order in which one source yields them."""

    def __init__(self) -> None:
        self._sessions: dict[tuple[str, str, str], tuple[str, Digest]] = {}
        self._next: dict[tuple[str, str, str], int] = {}

    def take(self, tenant: str, source_system: str, session_id: str) -> tuple[str, Digest, int]:
        """The session's key, its begun digest and the next slot in it."""
        name = (tenant, source_system, session_id)
        if name not in self._sessions:
            self._sessions[name] = session_key(*name), session_digest(*name)
        slot = self._next.get(name, 0)
        self._next[name] = slot + 1
        return *self._sessions[name], slot


def _sha256(text: str | None) -> str | None:
    return None if text is None else hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _call_digest(action: Action, args_sha256: str | None) -> str:
    parts = (action.tool, args_sha256, action.agent_id, action.on_behalf_of)
    return hashlib.sha256(repr(parts).encode("utf-8", "surrogatepass")).hexdigest()


def stored_actions(actions: Iterable[Action], slots: Slots) -> pl.DataFrame:
    """One row per action with its ids and digests (`STORED_ACTIONS`)."""
    rows = [
        _action_row(action, *slots.take(action.tenant, action.source_system, action.session_id))
        for action in actions
    ]
    return _frame(rows, STORED_ACTIONS)


def _frame(rows: list[tuple[object, ...]], schema: dict[str, pl.DataType]) -> pl.DataFrame:
    """Half the cost of letting Polars take rows apart."""
    columns = zip(*rows, strict=True) if rows else ((),) * len(schema)
    return pl.DataFrame(
        [
            pl.Series(name, values, dtype=kind)
            for (name, kind), values in zip(schema.items(), columns, strict=True)
        ]
    )


def _action_row(action: Action, key: str, session: Digest, slot: int) -> tuple[object, ...]:
    args_sha256 = _sha256(action.args)
    return (
        action_id_in(session, action.call),
        action.tenant,
        action.source_system,
        action.session_id,
        key,
        action.event_time,
        action.agent_id,
        action.on_behalf_of,
        action.model,
        action.tool,
        action.args,
        action.result,
        action.status,
        action.approval,
        action.unscorable,
        action.hook_verdict,
        action.place.ref,
        action.place.offset,
        action.place.digest,
        args_sha256,
        _call_digest(action, args_sha256),
        _sha256(action.result),
        slot,
        action.position,
        action.result_position,
        action.result_time,
    )


def _message_id(message: Message, key: str) -> str:
    parts = (key, message.role, message.position, message.agent_id, message.text)
    return hashlib.sha256(repr(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def stored_messages(messages: Iterable[Message], slots: Slots) -> pl.DataFrame:
    """One row per message (`STORED_MESSAGES`)."""
    rows = [
        _message_row(message, *slots.take(message.tenant, message.source_system, message.session_id))
        for message in messages
    ]
    return _frame(rows, STORED_MESSAGES)


def _message_row(message: Message, key: str, _session: Digest, slot: int) -> tuple[object, ...]:
    return (
        message.tenant,
        message.source_system,
        message.session_id,
        key,
        message.role,
        message.text,
        message.event_time,
        message.agent_id,
        message.place.ref,
        _message_id(message, key),
        slot,
        message.position,
    )


def order_sessions(actions: pl.DataFrame, messages: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Give whole sessions one order: dense `position`, `result_position`, and `seq` per agent.

    A session in which every item has a time is ordered by (time, source position), any other by the
    source's own position. What shares a place in the source (parallel calls of one message) shares a
    `position`; a result stands after its call. Returns frames with `ACTIONS_RAW` (but `ingested_at`)
    and `MESSAGES` columns.
    """
    calls = actions.with_row_index("row")
    if "ingested_at" not in calls.columns:
        calls = calls.with_columns(pl.lit(None, TIME).alias("ingested_at"))
    said = messages.with_row_index("row")
    items = _dense(pl.concat([_call_items(calls), _result_items(calls), _message_items(said)]))
    call_rank, result_rank, message_rank = (_ranks(items, kind, into) for kind, into in _KINDS)
    ordered = (
        calls.join(call_rank, on="row", how="left")
        .join(result_rank, on="row", how="left")
        .sort("session_key", "position", "source_position", "slot", maintain_order=True)
        .with_columns(_sequence(), _event_date())
        .select(*ACTIONS_RAW)
    )
    told = (
        said.join(message_rank, on="row", how="left")
        .sort("session_key", "position", "slot", maintain_order=True)
        .select(*MESSAGES)
    )
    return ordered, told


_KINDS: Final = ((0, "position"), (1, "result_position"), (2, "position"))


def _sequence() -> pl.Expr:
    return pl.int_range(pl.len()).over("session_key", pl.col("agent_id").fill_null("")).alias("seq")


def _event_date() -> pl.Expr:
    return pl.col("event_time").dt.strftime("%Y-%m-%d").fill_null(UNDATED).alias("event_date")


def _items(frame: pl.DataFrame, kind: int, time: str | pl.Expr, position: str | pl.Expr) -> pl.DataFrame:
    return frame.select(
        pl.lit(kind, pl.Int8).alias("kind"),
        "row",
        "session_key",
        (pl.col(time) if isinstance(time, str) else time).dt.epoch("us").alias("time"),
        (pl.col(position) if isinstance(position, str) else position).alias("place"),
        pl.lit(1 if kind == 1 else 0, pl.Int8).alias("phase"),
    )


def _call_items(calls: pl.DataFrame) -> pl.DataFrame:
    return _items(calls, 0, "event_time", "source_position")


def _result_items(calls: pl.DataFrame) -> pl.DataFrame:
    known = calls.filter(pl.col("result").is_not_null() | pl.col("source_result_position").is_not_null())
    time = pl.coalesce("result_time", "event_time")
    return _items(known, 1, time, pl.coalesce("source_result_position", "source_position"))


def _message_items(said: pl.DataFrame) -> pl.DataFrame:
    return _items(said, 2, "event_time", "source_position")


def _dense(items: pl.DataFrame) -> pl.DataFrame:
    timed = (pl.col("time").null_count() == 0).over("session_key")
    order = ("time", "place", "phase")
    changed = pl.any_horizontal(pl.col(name) != pl.col(name).shift(1) for name in order).fill_null(
        value=False
    )
    return (
        items.with_columns(time=pl.when(timed).then("time").otherwise(0))
        .sort("session_key", *order, maintain_order=True)
        .with_columns(changed.over("session_key").alias("changed"))
        .with_columns(pl.col("changed").cast(pl.Int64).cum_sum().over("session_key").alias("rank"))
    )


def _ranks(items: pl.DataFrame, kind: int, into: str) -> pl.DataFrame:
    return items.filter(pl.col("kind") == kind).select("row", pl.col("rank").alias(into))


def session_batch(
    actions: Sequence[Action],
    messages: Sequence[Message],
    keys: Mapping[str, bytes] | Callable[[str], bytes] | None = None,
) -> SessionBatch:
    """One batch from a reader's items; without `keys` each tenant gets a fixed key (tests, evaluation)."""
    slots = Slots()
    ordered, told = order_sessions(stored_actions(actions, slots), stored_messages(messages, slots))
    tenants = sorted(set(ordered["tenant"]) | set(told["tenant"]))
    chosen = (
        {tenant: hashlib.sha256(tenant.encode()).digest() for tenant in tenants}
        if keys is None
        else {tenant: keys(tenant) if callable(keys) else keys[tenant] for tenant in tenants}
    )
    stamped = ordered.select(*ACTIONS_RAW)
    return SessionBatch(actions=stamped, messages=told, keys=chosen)
