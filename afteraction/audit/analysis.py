"""Steps 2 to 5: whole sessions through lineage, detectors and scoring, masked for everybody to read."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import msgspec
import polars as pl

from afteraction import lineage
from afteraction.audit import suppression_step
from afteraction.audit.frames import STORED_ACTIONS, STORED_MESSAGES, order_sessions
from afteraction.audit.history_step import History
from afteraction.lake import Vault
from afteraction.lake.originals import open_parts
from afteraction.lineage import chains
from afteraction.records.action import ACTIONS
from afteraction.records.canary import Canary
from afteraction.records.chain import INHERITED
from afteraction.records.finding import SENSITIVITIES
from afteraction.records.session_batch import SessionBatch
from afteraction.records.settings import Destinations, Source, Suppression
from afteraction.records.tables import SESSIONS
from afteraction.scoring.risk import score
from afteraction.scoring.scorecard import decode

#: Raise it when the same originals would now give other rows: every session is then analysed again.
VERSION: Final = 5
_REQUEST_CHARS: Final = 500
#: Free text of an action, besides `args` and `result`, that may hold what must be masked.
_NAMING: Final = ("target", "destination")


@dataclass(frozen=True, kw_only=True)
class Task:
    """Sealed parts of whole sessions and all that a worker process needs to analyse them."""

    parts: pl.DataFrame
    keys: Path
    destinations: Destinations
    scorecard: bytes
    revision: str
    baselines: Mapping[str, pl.DataFrame]
    sources: tuple[Source, ...] = ()
    history: History = field(default_factory=History)
    inherited: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=INHERITED))
    suppressions: tuple[Suppression, ...] = ()
    canaries: tuple[Canary, ...] = ()
    mask_names: bool = True


@dataclass(frozen=True, kw_only=True)
class Analysed:
    """The derived rows of some whole sessions, masked."""

    actions: pl.DataFrame
    sessions: pl.DataFrame
    flows: pl.DataFrame
    findings: pl.DataFrame
    action_risk: pl.DataFrame
    features: pl.DataFrame
    touches: pl.DataFrame


def warm() -> None:
    """Load in this process what `analyse` needs."""
    from detectors import scan  # noqa: PLC0415 - loads the scan engine, which a process that only reads does not need

    scan.warm()


def analyse(task: Task) -> Analysed:
    """Open, order, follow, detect, score and mask; runs in any process."""
    import detectors  # noqa: PLC0415 - loads the scan engine, which a process that only reads does not need
    from detectors import behaviour, scan  # noqa: PLC0415

    batch = _batch(task)
    past = task.history
    batch = batch.with_(
        actions=lineage.enrich(
            batch.actions, task.destinations, task.sources, learned=past.sources, familiar=past.familiar
        )
    )
    batch = lineage.follow(batch.with_(matches=scan.matches(batch)))
    shown = scan.with_carried(batch)
    masked = _masked_names(scan.mask_actions(shown, names=task.mask_names), shown, names=task.mask_names)
    flows, touched = chains.inherit(batch.flows, chains.touches(batch, masked), task.inherited)
    batch = _as_published(batch.with_(flows=flows), masked)
    findings = suppression_step.held_back(detectors.run(batch), batch, masked, task.suppressions)
    told = suppression_step.without_values(batch, findings)
    features = behaviour.features(told, task.baselines)
    features = suppression_step.without_features(features, findings)
    counted = suppression_step.counted(findings)
    risk = score(batch, counted, features, decode(task.scorecard), revision=task.revision)
    return Analysed(
        actions=_public(masked, batch.matches),
        sessions=_sessions(shown, risk, task),
        flows=_masked_flows(batch.flows, masked),
        findings=findings,
        action_risk=risk,
        features=_recorded(batch.actions, features),
        touches=touched,
    )


def _batch(task: Task) -> SessionBatch:
    vault = Vault(task.keys)
    actions, messages = open_parts(
        task.parts.sort("ingested_at", "part_id"), vault, STORED_ACTIONS, STORED_MESSAGES
    )
    actions = actions.unique("action_id", keep="last", maintain_order=True)
    messages = messages.unique(["session_key", "message_id"], keep="first", maintain_order=True)
    ordered, told = order_sessions(actions, messages)
    keys = {tenant: vault.fingerprint_key(tenant) for tenant in task.parts["tenant"].unique().sort()}
    return SessionBatch(actions=ordered, messages=told, keys=keys, canaries=task.canaries)


def _masked_names(actions: pl.DataFrame, batch: SessionBatch, *, names: bool) -> pl.DataFrame:
    """Targets and destinations come out of arguments, so they are masked like them."""
    texts = pl.concat([actions.select("session_key", "tenant", text=name) for name in _NAMING])
    hidden = _hidden(texts, batch, names=names)
    for place, name in enumerate(_NAMING):
        own = hidden.slice(place * actions.height, actions.height).alias("hidden")
        actions = actions.with_columns(own).with_columns(_with_domain(name).alias(name))
    return actions.drop("hidden")


def _as_published(batch: SessionBatch, masked: pl.DataFrame) -> SessionBatch:
    """With `target_shown` and `destination_shown`, the names under which baselines remember them."""
    shown = masked.select(pl.col(name).alias(f"{name}_shown") for name in _NAMING)
    return batch.with_(actions=batch.actions.hstack(shown))


def _hidden(texts: pl.DataFrame, batch: SessionBatch, *, names: bool) -> pl.Series:
    """`text` masked, each distinct one once; `session_key` and `tenant` say whose secrets and keys count."""
    from detectors import scan  # noqa: PLC0415

    known = texts.with_columns(scan.mask_known(texts["text"], texts["session_key"], batch).alias("text"))
    distinct = known.select("tenant", "text").drop_nulls("text").unique(maintain_order=True)
    keys = distinct["tenant"].replace_strict(batch.keys, return_dtype=pl.Binary)
    masked = scan.mask_texts(distinct["text"], keys, canaries=batch.canaries, names=names)
    found = distinct.with_columns(masked.alias("hidden"))
    return known.join(found, on=["tenant", "text"], how="left", maintain_order="left")["hidden"]


def _masked_flows(flows: pl.DataFrame, masked: pl.DataFrame) -> pl.DataFrame:
    """Flows name a destination as their action does."""
    shown = masked.select("action_id", "destination")
    return flows.drop("destination").join(shown, on="action_id", how="left", maintain_order="left")


def _with_domain(name: str) -> pl.Expr:
    """A masked mail address still says at which domain it is: that is where the data went."""
    domain = pl.col(name).str.extract(r"^[^\s@,;]+(@[A-Za-z0-9.\-]+)$")
    masked = pl.col("hidden").str.contains(r"^\[[A-Z_]+:fp_[0-9a-f]+\]$")
    masked &= ~pl.col("hidden").str.starts_with("[CANARY:")
    return pl.when(masked & domain.is_not_null()).then(pl.col("hidden") + domain).otherwise("hidden")


def _public(masked: pl.DataFrame, matches: pl.DataFrame) -> pl.DataFrame:
    ranks = {name: rank for rank, name in enumerate(SENSITIVITIES)}
    rank = pl.col("sensitivity").replace_strict(ranks, default=0, return_dtype=pl.Int64)
    worst = matches.drop_nulls("action_id").group_by("action_id").agg(rank.max().alias("worst"))
    named = {rank: name for name, rank in ranks.items()}
    return (
        masked.join(worst, on="action_id", how="left", maintain_order="left")
        .with_columns(
            pl.col("worst").fill_null(0).replace_strict(named, return_dtype=pl.String).alias("sensitivity"),
            pl.col("approval").fill_null("none").alias("approval_state"),
        )
        .select(*ACTIONS)
    )


def _recorded(actions: pl.DataFrame, features: pl.DataFrame) -> pl.DataFrame:
    known = [name for name in features.columns if name != "action_id"]
    rows = features.select("action_id", pl.struct(known).struct.json_encode().alias("row"))
    return actions.select("session_key", "event_date", "action_id").join(rows, on="action_id", how="left")


def _sessions(batch: SessionBatch, risk: pl.DataFrame, task: Task) -> pl.DataFrame:
    acted = batch.actions.group_by("session_key").agg(
        pl.len().cast(pl.Int64).alias("actions"),
        pl.col("unscorable").is_not_null().sum().cast(pl.Int64).alias("unscorable"),
        pl.col("agent_id").drop_nulls().unique().sort().alias("agents"),
        pl.col("event_time").min().alias("acted_from"),
        pl.col("event_time").max().alias("acted_to"),
    )
    said = batch.messages.group_by("session_key").agg(
        pl.len().cast(pl.Int64).alias("messages"),
        pl.col("text").filter(pl.col("role") == "user").first().alias("request"),
        pl.col("event_time").min().alias("said_from"),
        pl.col("event_time").max().alias("said_to"),
    )
    worst = risk.group_by("session_key").agg(pl.col("risk").max().alias("max_risk"))
    names = ("session_key", "session_id", "tenant", "source_system")
    known = pl.concat([batch.actions.select(names), batch.messages.select(names)]).unique("session_key")
    rows = known
    for part in (acted, said, worst, session_digests(task.parts)):
        rows = rows.join(part, on="session_key", how="left")
    rows = rows.with_columns(
        pl.min_horizontal("acted_from", "said_from").alias("started_at"),
        pl.max_horizontal("acted_to", "said_to").alias("ended_at"),
        pl.col("actions", "messages", "unscorable").fill_null(0),
        pl.col("agents").map_elements(_json_list, return_dtype=pl.String),
        _requests(rows, batch, names=task.mask_names),
    )
    date = pl.col("started_at").dt.strftime("%Y-%m-%d").fill_null("undated").alias("event_date")
    return rows.with_columns(date).sort("session_key").select(*SESSIONS)


def _json_list(names: pl.Series | None) -> str:
    return msgspec.json.encode([] if names is None else names.to_list()).decode()


def _requests(rows: pl.DataFrame, batch: SessionBatch, *, names: bool) -> pl.Series:
    texts = rows.select("session_key", "tenant", text="request")
    return _hidden(texts, batch, names=names).str.slice(0, _REQUEST_CHARS).alias("request")


def session_digests(parts: pl.DataFrame) -> pl.DataFrame:
    """`session_key`, `analysed_digest`: names what the parts hold, however they were cut, and `VERSION`.

    `parts` needs the clear columns of `ORIGINALS`: action ids, result digests and message ids.
    """
    held = pl.concat_list("action_ids", pl.col("result_digests").list.drop_nulls(), "message_ids")
    grouped = parts.group_by("session_key").agg(held.explode().drop_nulls().unique().sort().alias("held"))
    names = grouped.select(pl.format("{}:{}", pl.lit(VERSION), pl.col("held").list.join(","))).to_series()
    digests = [hashlib.sha256(name.encode()).hexdigest() for name in names.to_list()]
    return grouped.select("session_key").with_columns(pl.Series("analysed_digest", digests, dtype=pl.String))
