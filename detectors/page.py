"""Prints docs/detectors/ from the detector files: one page each, and an index.

A page's examples are shown as an analyst would see them: masked, with what was found. The caller analyses
them (`docs/print_pages.py` does), because that takes floors above this one.
"""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from detectors import registry
from detectors.behaviour import all_detectors
from detectors.behaviour_detector import BehaviourDetector
from detectors.detector import Detector, Example, Pattern
from detectors.exposure import SEVERITY
from detectors.standards import NAMES, address

_INDEX: Final = """\
# Detectors

Printed from the files in `detectors/` by `make docs`; a test holds it current. Each detector is one file; the
scan engine (`detectors/scan/`) runs the patterns of all in one pass, also over what is encoded: base64, hex,
gzip, URL and JSON escapes, nested up to five levels deep. `afteraction detectors list` prints this list, too.

How bad a value is depends on where it stands:
"""
_FINDERS: Final = """
## What finds leaks

Each finding stands in the table `findings`, with its severity and masked evidence.
"""
_MODELS: Final = """
## What measures behaviour

Each gives numbers per action, against what is usual; the scorecard turns them into points, and they are
named among an action's reasons. They decide nothing by themselves.
"""
_DIRECTIONS: Final = {
    "outside": "sent outside",
    "partner": "sent to a partner",
    "inside": "in other arguments",
    "read": "in a result",
}
_PROOF: Final = {0: "its shape", 1: "its shape and a check", 2: "the words around it"}
_KEPT: Final = 300
#: Runs of letters and digits, of which only the beginning is printed: no push scanner takes it for a key.
_RUN: Final = re.compile(r"[A-Za-z0-9+/_=.-]{20,}")
_RUN_KEPT: Final = 8


@dataclass(frozen=True)
class Call:
    """One call of an example as an analyst sees it: masked."""

    tool: str
    args: str
    result: str


@dataclass(frozen=True)
class Outcome:
    """An example after its analysis: its calls, and what its detector found (severity, confidence, title).

    `request` is what the person asked, where it is of the example's own.
    """

    calls: tuple[Call, ...]
    found: tuple[tuple[str, str, str], ...] = ()
    request: str = ""


#: By detector id and example name.
Outcomes = Mapping[tuple[str, str], Outcome]


def pages(outcomes: Outcomes) -> dict[str, str]:
    """Every page as markdown by its file's name; an example without an outcome shows its name alone."""
    finders = {one.id: one for one in registry()}
    models = {one.id: one for one in all_detectors()}
    printed = {"README.md": _lines(_index(finders.values(), models.values()))}
    for name in sorted({*finders, *models}):
        printed[f"{name}.md"] = _lines(_page(name, finders.get(name), models.get(name), outcomes))
    return printed


def _lines(lines: Iterable[str]) -> str:
    return "\n".join(lines).strip() + "\n"


def _index(finders: Iterable[Detector], models: Iterable[BehaviourDetector]) -> Iterator[str]:
    yield _INDEX
    yield from _severities(("secret", "personal", "internal"))
    yield _FINDERS
    yield "| detector | worst | what it finds |"
    yield "|---|---|---|"
    for one in finders:
        yield f"| [{one.id}]({one.id}.md) | {one.severity} | {one.summary} |"
    yield _MODELS
    yield "| detector | what it measures |"
    yield "|---|---|"
    for model in models:
        yield f"| [{model.id}]({model.id}.md) | {model.summary} |"


def _severities(sensitivities: Iterable[str]) -> Iterator[str]:
    yield "| | " + " | ".join(_DIRECTIONS.values()) + " |"
    yield "|---" * (len(_DIRECTIONS) + 1) + "|"
    for sensitivity in sensitivities:
        cells = [SEVERITY[sensitivity, direction] for direction in _DIRECTIONS]
        yield f"| {sensitivity} | " + " | ".join(cells) + " |"


def _page(
    name: str, finder: Detector | None, model: BehaviourDetector | None, outcomes: Outcomes
) -> Iterator[str]:
    yield f"# {name}\n"
    if finder is not None:
        yield finder.summary + "\n"
        yield from _finder(finder)
        yield from _examples(finder, outcomes)
    if model is not None:
        yield from _model(model, alone=finder is None)
    known = [*(finder.standards if finder else ()), *(model.standards if model else ())]
    yield "\n## Standards\n"
    yield from (_standard(one) for one in sorted(set(known)))
    yield "\n[All detectors](README.md)"


def _finder(one: Detector) -> Iterator[str]:
    yield "## What it finds\n"
    if _said(one.find):
        yield f"{_said(one.find)}\n"
    yield f"The worst severity of a finding is **{one.severity}**.\n"
    if one.supply is not None:
        yield "Its patterns are those that the installed package lists.\n"
    elif one.patterns:
        yield from _patterns(one.patterns)
    yield "## What it misses\n"
    yield one.misses


def _said(function: object) -> str:
    """A function's docstring as prose."""
    return " ".join((inspect.getdoc(function) or "").split())


def _patterns(patterns: Sequence[Pattern]) -> Iterator[str]:
    yield "How bad that is depends on where the value stands:\n"
    yield from _severities(dict.fromkeys(pattern.sensitivity for pattern in patterns))
    yield "\n| pattern | shown as | sensitivity | what gives it away |"
    yield "|---|---|---|---|"
    for pattern in patterns:
        checked = _PROOF.get(1 if pattern.accept and pattern.rank == 0 else pattern.rank, _PROOF[2])
        yield f"| `{pattern.rule}` | `{pattern.label}` | {pattern.sensitivity} | {checked} |"
    yield ""


def _model(one: BehaviourDetector, *, alone: bool) -> Iterator[str]:
    if alone:
        yield one.summary + "\n"
    yield "## What it measures\n" if alone else "\n## What it measures\n"
    yield "Per action, against what is usual for the agent:\n" if one.fit else "Per action:\n"
    yield "| feature | type |"
    yield "|---|---|"
    for name, kind in one.columns.items():
        yield f"| `{name}` | {'words for a reason' if name.endswith('.where') else _kind(kind)} |"
    if alone:
        yield "\n## What it misses\n"
        yield one.misses


def _kind(kind: object) -> str:
    shown = str(kind)
    return {"Float64": "number", "Int64": "whole number", "Boolean": "yes or no", "String": "word"}.get(
        shown, shown
    )


def _examples(one: Detector, outcomes: Outcomes) -> Iterator[str]:
    yield "\n## Examples\n"
    yield "Made up, and masked as in the public tables."
    for title, examples in (("It fires on", one.firing), ("It stays silent on", one.silent)):
        yield f"\n### {title}"
        for example in examples:
            yield f"\n**{example.name}**"
            yield from _example(outcomes.get((one.id, example.name)))


def _example(outcome: Outcome | None) -> Iterator[str]:
    if outcome is None:
        return
    yield "\n```text"
    if outcome.request:
        yield f"person: {_short(outcome.request)}"
    for call in outcome.calls:
        yield f"{call.tool} {_short(call.args)}"
        yield from (f"  -> {line}" for line in _short(call.result).splitlines()[:8])
    yield "```"
    if outcome.found:
        yield ""
    for severity, confidence, title in sorted(set(outcome.found)):
        yield f"- {severity}, {confidence} confidence: {title}"


def _short(text: str) -> str:
    """Readable, and cut where it goes on for long."""
    shown = _RUN.sub(_cut, _readable(text)).replace("```", "'''")
    return shown if len(shown) <= _KEPT else f"{shown[:_KEPT]} … ({len(text):,} characters)"


def _readable(text: str) -> str:
    try:
        value: Any = json.loads(text)
    except ValueError:
        return text
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else text


def _cut(run: re.Match[str]) -> str:
    found = run[0]
    mixed = any(char.isdigit() for char in found) and any(char.isalpha() for char in found)
    return f"{found[:_RUN_KEPT]}…({len(found) - _RUN_KEPT} more)" if mixed else found


def _standard(standard: str) -> str:
    name = NAMES.get(standard)
    label = f"{standard}: {name}" if name else standard
    return f"- [{label}]({address(standard)})" if address(standard) else f"- {label}"


def examples_of(detectors: Iterable[Detector] | None = None) -> Iterator[tuple[str, Example]]:
    """Every example with the id of its detector, in a fixed order."""
    for one in registry() if detectors is None else detectors:
        for example in (*one.firing, *one.silent):
            yield one.id, example
