"""Runs every evaluation that a folder has data for."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

import msgspec
import numpy as np
import polars as pl

from afteraction.audit.evaluation import adapters, agents, encoded_suite, values
from afteraction.audit.evaluation.agents import Quality
from afteraction.audit.evaluation.alone import Alone, alone
from afteraction.audit.evaluation.encoded_suite import EncodedSuite
from afteraction.audit.evaluation.fit import ALPHA, DELTA, RUNS, read_runs
from afteraction.audit.evaluation.lineage_suite import LineageSuite, run
from afteraction.audit.evaluation.measures import Measured, auroc, interval, share
from afteraction.audit.evaluation.personal_rates import Rate, rates
from afteraction.audit.evaluation.sources import Analysed, SourceMissingError, analyse_file
from afteraction.audit.evaluation.values import Found
from afteraction.records.settings import Settings
from afteraction.scoring.risk import leaks
from afteraction.scoring.scorecard import Scorecard, default_scorecard, default_threshold

Told = Callable[[str, int], None]


class Ticketed(msgspec.Struct, frozen=True):
    """Sessions without any attack, and the share of them that would raise a ticket."""

    source: str
    sessions: int
    actions: int
    ticketed: Measured


class Judged(msgspec.Struct, frozen=True):
    """Sessions judged safe or unsafe as a whole, far from what was trained on."""

    source: str
    sessions: int
    unsafe: int
    with_calls: int
    auroc: Measured


class Results(msgspec.Struct, frozen=True):
    """Everything one evaluation found."""

    threshold: int
    agents: tuple[Quality, ...]
    secrets: tuple[Found, ...]
    personal: tuple[Found, ...]
    benign: tuple[Ticketed, ...]
    judged: tuple[Judged, ...]
    lineage: LineageSuite | None = None
    encoded: EncodedSuite | None = None
    rates: tuple[Rate, ...] = ()
    alone: tuple[Alone, ...] = ()


def evaluate_folder(
    directory: Path,
    settings: Settings,
    *,
    leave_out: tuple[str, ...] = (),
    suites: bool = True,
    told: Told = lambda _what, _n: None,
) -> Results:
    """All figures that the data in `directory` allows, and of the seeded `suites`, which need none.

    `leave_out` (suite, goal, model) refits the scorecard without each group in turn and scores that group.
    """
    if not directory.is_dir():
        raise SourceMissingError(f"{directory} is no folder; give one shaped as docs/quality.md tells")
    scorecard, ticket = default_scorecard(), default_threshold().points
    figures: list[Quality] = []
    parts: dict[str, Analysed] = {}
    if any((directory / "agent").glob("*.labels.jsonl.gz")):
        parts = read_runs(directory, settings, told)
        figures = _agents(parts, scorecard, ticket, leave_out, told)
    secret, person = (
        directory / "secrets" / "examples.jsonl.gz",
        sorted((directory / "pii").glob("*.jsonl.gz")),
    )
    benign = list(_benign(directory, settings, scorecard, ticket, told))
    runs = [(name.partition("/")[2], part) for name, part in parts.items() if name.startswith("original/")]
    return Results(
        threshold=ticket,
        agents=tuple(figures),
        secrets=tuple(values.secrets(secret)) if secret.exists() else (),
        personal=tuple(found for file in person for found in values.personal(file)),
        benign=tuple(ticketed for ticketed, _ in benign),
        judged=tuple(_judged(directory, settings, scorecard, told)),
        lineage=run(told=partial(told, "lineage suite")) if suites else None,
        encoded=encoded_suite.run(told=partial(told, "encoded secrets")) if suites else None,
        rates=(
            *(rate for name, part in runs for rate in rates(name, part)),
            *(rate for _, found in benign for rate in found),
        ),
        alone=tuple(alone(parts)),
    )


def _agents(
    parts: dict[str, Analysed], scorecard: Scorecard, ticket: int, leave_out: tuple[str, ...], told: Told
) -> list[Quality]:
    figures: list[Quality] = []
    tables = {name: agents.table(part) for name, part in parts.items()}
    points = {name: scorecard.points(rows) for name, rows in tables.items()}
    figures.extend(_by_kind(parts, tables, points, "as shipped", ticket))
    everything = pl.concat([rows.with_columns(part=pl.lit(name)) for name, rows in tables.items()])
    for by in leave_out:
        held = agents.left_out(everything, by, lambda what: told(what, 0))
        split = {name: held[(everything["part"] == name).to_numpy()] for name in parts}
        limit = _held_out_threshold(parts, tables, split, ticket)
        figures.extend(_by_kind(parts, tables, split, f"{by} left out", limit))
    return figures


def _held_out_threshold(
    parts: dict[str, Analysed],
    tables: dict[str, pl.DataFrame],
    points: dict[str, agents.Points],
    otherwise: int,
) -> int:
    """The conformal threshold on clean sessions' points from scorecards that never saw them."""
    kind = "scrubbed" if any(name.startswith("scrubbed/") for name in parts) else next(iter(RUNS))
    maxima = [
        agents.session_maxima(tables[name], points[name], parts[name].sessions)
        for name in parts
        if name.startswith(f"{kind}/")
    ]
    found = agents.ticket_threshold(pl.concat(maxima), ALPHA, DELTA)
    return found[0] if found else otherwise


def _by_kind(
    parts: dict[str, Analysed],
    tables: dict[str, pl.DataFrame],
    points: dict[str, agents.Points],
    scoring: str,
    ticket: int,
) -> Iterable[Quality]:
    for kind in RUNS:
        names = [name for name in parts if name.startswith(f"{kind}/")]
        for name in names if len(names) > 1 else []:
            yield agents.quality(
                tables[name],
                points[name],
                parts[name].sessions,
                source=name.split("/")[1],
                runs=kind,
                scoring=scoring,
                ticket=ticket,
            )
        if names:
            yield agents.quality(
                pl.concat([tables[name] for name in names]),
                np.concatenate([points[name] for name in names]),
                pl.concat([parts[name].sessions for name in names]),
                source="all" if len(names) > 1 else names[0].split("/")[1],
                runs=kind,
                scoring=scoring,
                ticket=ticket,
            )


def _chats(chats: Iterable[adapters.Chat], name: str, settings: Settings, told: Told) -> Analysed:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "sessions.jsonl"
        file.write_text("".join(json.dumps(chat) + "\n" for chat in chats), "utf-8")
        return analyse_file(file, settings, partial(told, name))


def _most(analysed: Analysed, scorecard: Scorecard) -> pl.DataFrame:
    rows = analysed.actions.join(leaks(analysed.findings), on="action_id", how="left", maintain_order="left")
    points = pl.Series(scorecard.points(rows))
    return rows.with_columns(points=points).group_by("session_id").agg(most=pl.col("points").max())


def _benign(
    directory: Path, settings: Settings, scorecard: Scorecard, ticket: int, told: Told
) -> Iterable[tuple[Ticketed, list[Rate]]]:
    for name, (prefix, read) in adapters.BENIGN.items():
        files = sorted((directory / "benign").glob(f"{prefix}*.jsonl.gz"))
        chats = [chat for file in files for chat in read(file)]
        if not chats:
            continue
        analysed = _chats(chats, name, settings, told)
        most = _most(analysed, scorecard)["most"].to_numpy()
        flags = np.zeros(len(chats), dtype=bool)
        flags[: len(most)] = most >= ticket
        figure = interval([str(row) for row in range(len(flags))], lambda at, flags=flags: share(flags[at]))  # type: ignore[misc]
        yield Ticketed(name, len(chats), analysed.actions.height, figure), list(rates(name, analysed))


def _judged(directory: Path, settings: Settings, scorecard: Scorecard, told: Told) -> Iterable[Judged]:
    for file in sorted((directory / "sessions").glob("*.jsonl.gz")):
        told_sessions = list(adapters.judged(file))
        name = file.name.removesuffix(".jsonl.gz")
        most = _most(_chats([chat for chat, _ in told_sessions], name, settings, told), scorecard)
        labels = pl.DataFrame(
            [(chat["session_id"], unsafe) for chat, unsafe in told_sessions],
            schema={"session_id": pl.String, "unsafe": pl.Boolean},
            orient="row",
        ).join(most, on="session_id", how="left")
        score = labels["most"].fill_null(0).to_numpy().astype(float)
        unsafe = labels["unsafe"].to_numpy()
        figure = interval(
            [str(row) for row in range(len(score))],
            lambda at, score=score, unsafe=unsafe: auroc(score[at], unsafe[at]),  # type: ignore[misc]
        )
        yield Judged(name, len(score), int(unsafe.sum()), most.height, figure)
