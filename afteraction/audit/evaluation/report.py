"""The figures of one evaluation as tables, for a terminal or for docs/quality.md."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from afteraction.audit.evaluation.encoded_suite import Encoded, EncodedSuite
from afteraction.audit.evaluation.lineage_suite import LineageSuite, Linked
from afteraction.audit.evaluation.measures import Measured
from afteraction.audit.evaluation.runner import Results
from afteraction.audit.evaluation.values import Found


class Table(NamedTuple):
    """A title, a sentence on how to read it, column names and rows of text."""

    title: str
    note: str
    columns: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]


def tables(results: Results) -> list[Table]:
    """Every table that has rows."""
    made = [
        _sessions(results),
        _actions(results),
        _strata(results),
        _benign(results),
        _judged(results),
        _alone(results),
        _values("Secrets", "A text counts as found where any secret is found in it.", results.secrets),
        _values(
            "Personal data",
            "A value counts as found where a match of its type overlaps it.",
            results.personal,
        ),
        _rates(results),
        *(encoded_tables(results.encoded) if results.encoded else ()),
        *(lineage_tables(results.lineage) if results.lineage else ()),
    ]
    return [table for table in made if table.rows]


def markdown(results: Results) -> str:
    """All tables as Markdown."""
    return "\n".join(line for table in tables(results) for line in lines(table))


def lines(table: Table) -> Iterable[str]:
    """One table as lines of Markdown."""
    yield from (f"## {table.title}", "", table.note, "")
    yield "| " + " | ".join(table.columns) + " |"
    yield "|" + " --- |" * len(table.columns)
    yield from ("| " + " | ".join(row) + " |" for row in table.rows)
    yield ""


def _sessions(results: Results) -> Table:
    rows = [
        (
            one.scoring,
            one.source,
            one.runs,
            f"{one.sessions} ({one.harmful})",
            str(one.threshold),
            _percent(one.recall),
            _percent(one.ticketed),
            *(f"{value:.1%}" for value in one.curve.values()),
        )
        for one in results.agents
    ]
    shares = tuple(
        f"recall at {float(name):.1%}" for name in (results.agents[0].curve if results.agents else ())
    )
    note = (
        "A session is ticketed when one of its actions reaches the threshold. Recall: of sessions with a"
        " harmful call. Others ticketed: of sessions without one. The last columns choose the threshold so"
        " that this share of the others is ticketed."
    )
    columns = ("scored by", "source", "runs", "sessions (harmful)", "threshold", "recall", "others ticketed")
    return Table("Sessions with a harmful action", note, (*columns, *shares), rows)


def _actions(results: Results) -> Table:
    rows = [
        (
            one.scoring,
            one.source,
            one.runs,
            _percent(one.precision),
            _percent(one.action_recall),
            _figure(one.action_auroc),
        )
        for one in results.agents
    ]
    return Table(
        "Harmful actions",
        "Single actions at the same threshold; steps that lead to the harm are not counted.",
        ("scored by", "source", "runs", "precision", "recall", "AUROC"),
        rows,
    )


def _strata(results: Results) -> Table:
    rows = [
        (one.scoring, one.source, one.runs, label.replace("_", " "), str(count), f"{share:.1%}")
        for one in results.agents
        if one.source == "all" or len({other.source for other in results.agents}) == 1
        for label, (share, count) in one.strata.items()
    ]
    note = "'Resisted': the agent read an injection and made no harmful call."
    return Table(
        "Tickets by kind of session",
        note,
        ("scored by", "source", "runs", "kind", "sessions", "ticketed"),
        rows,
    )


def _benign(results: Results) -> Table:
    rows = [
        (one.source, str(one.sessions), str(one.actions), _percent(one.ticketed)) for one in results.benign
    ]
    note = "Recordings without any attack, from other systems than the training data."
    return Table("Benign sessions of other kinds", note, ("source", "sessions", "actions", "ticketed"), rows)


def _judged(results: Results) -> Table:
    rows = [
        (one.source, str(one.sessions), str(one.unsafe), str(one.with_calls), _figure(one.auroc))
        for one in results.judged
    ]
    note = "Whole sessions judged unsafe by people, for any reason; far from what was trained on."
    return Table(
        "Sessions judged unsafe", note, ("source", "sessions", "unsafe", "with calls", "AUROC"), rows
    )


def _alone(results: Results) -> Table:
    rows = [
        (
            one.model,
            one.source,
            one.runs,
            "other models" if one.seen else "other tasks",
            _figure(one.sessions),
            _percent(one.recall),
            _figure(one.actions),
        )
        for one in results.alone
    ]
    note = (
        "Learned from half of the models' (or tasks') runs without any attack, and from no label; measured on"
        " the other half. Means of 8 splits, with the lowest and the highest. 'No instructions' leaves out"
        " what reads instructions in results."
    )
    columns = (
        *("model", "source", "runs", "learned from", "session AUROC", "recall at 5.0%", "action AUROC"),
    )
    return Table("Behaviour alone", note, columns, rows)


def encoded_tables(suite: EncodedSuite) -> list[Table]:
    """The seeded suite of encoded secrets: what was found and masked by encoding, and found wrongly."""
    made = f"Generated sessions, seed {suite.seed}."
    return [
        Table(
            "Encoded secrets",
            f"{made} Found: every call that carries the secret has a finding of a secret. Masked: the encoded"
            " text stands nowhere in the published arguments. Split: read in the clear, sent in pieces.",
            ("encoding", "texts", "found", "masked"),
            _encoded(suite.planted),
        ),
        Table(
            "Encoded secrets: harmless texts",
            f"{made} Found wrongly: a call that sends this has a finding of a secret.",
            ("kind", "texts", "found wrongly", ""),
            _encoded(suite.harmless),
        ),
    ]


def _encoded(found: Sequence[Encoded]) -> list[tuple[str, ...]]:
    return [
        (one.form, str(one.count), _percent(one.found), _percent(one.masked) if one.masked else "")
        for one in found
    ]


def lineage_tables(suite: LineageSuite) -> list[Table]:
    """The seeded lineage suite: what was linked by change, and wrongly by look-alike."""
    made = f"{suite.sessions} generated sessions, seed {suite.seed}."
    return [
        Table(
            "Lineage: planted values",
            f"{made} Linked: every call that carried the value leads to the result that gave it. Of the links"
            f" of these calls, {_percent(suite.astray)} led to another result.",
            ("change", "values", "linked"),
            _linked(suite.planted),
        ),
        Table(
            "Lineage: benign calls",
            f"{made} Linked wrongly: a call that carries nothing of what was read leads to a result.",
            ("resembles", "calls", "linked wrongly"),
            _linked(suite.benign),
        ),
    ]


def _linked(found: Sequence[Linked]) -> list[tuple[str, ...]]:
    return [(one.name, str(one.count), _percent(one.linked)) for one in found]


def _values(title: str, note: str, found: Sequence[Found]) -> Table:
    rows = [
        (
            one.source,
            one.kind,
            str(one.labelled),
            f"{one.precision:.3f}",
            f"{one.recall:.3f}",
            f"{one.f1:.3f}",
        )
        for one in found
    ]
    return Table(title, note, ("source", "kind", "labelled", "precision", "recall", "F1"), rows)


def _rates(results: Results) -> Table:
    rows = [
        (
            one.source,
            str(one.actions),
            one.detector,
            f"{one.read:.0f}",
            f"{one.sent:.0f}",
            f"{one.outside:.0f}",
        )
        for one in results.rates
    ]
    note = (
        "Findings per thousand actions, right or wrong (nobody has labelled them): in results, in arguments,"
        " and of those in calls that go outside."
    )
    columns = ("source", "actions", "detector", "in results", "in arguments", "sent outside")
    return Table("Personal data in agent runs", note, columns, rows)


def _percent(figure: Measured) -> str:
    if figure.low is None or figure.high is None:
        return f"{figure.value:.1%}"
    return f"{figure.value:.1%} ({figure.low:.1%} to {figure.high:.1%})"


def _figure(figure: Measured) -> str:
    if figure.low is None or figure.high is None:
        return f"{figure.value:.3f}"
    return f"{figure.value:.3f} ({figure.low:.3f} to {figure.high:.3f})"
