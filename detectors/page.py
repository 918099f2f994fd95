"""Prints docs/detectors.md from the detector files: `python -m detectors.page`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from detectors import registry
from detectors.detector import Detector, Pattern
from detectors.exposure import SEVERITY

_HEAD = """\
# Detectors

Printed from the files in `detectors/` by `python -m detectors.page`; a test holds it current. Each detector
is one file; the scan engine (`detectors/scan/`) runs the patterns of all in one pass, also over what is
encoded: base64, hex, gzip, URL and JSON escapes, nested up to five levels deep.

How bad a value is depends on where it stands:
"""
_DIRECTIONS = {
    "outside": "sent outside",
    "partner": "sent to a partner",
    "inside": "in other arguments",
    "read": "in a result",
}


def page(detectors: Iterable[Detector] | None = None) -> str:
    """The whole page as markdown."""
    chosen = tuple(registry() if detectors is None else detectors)
    return "\n".join(
        [_HEAD, *_severities(), "", *_contents(chosen), *(line for one in chosen for line in _section(one))]
    )


def _severities() -> Iterator[str]:
    yield "| | " + " | ".join(_DIRECTIONS.values()) + " |"
    yield "|---" * (len(_DIRECTIONS) + 1) + "|"
    for sensitivity in ("secret", "personal", "internal"):
        cells = [SEVERITY[sensitivity, direction] for direction in _DIRECTIONS]
        yield f"| {sensitivity} | " + " | ".join(cells) + " |"


def _contents(detectors: Iterable[Detector]) -> Iterator[str]:
    yield "| detector | worst | what it finds |"
    yield "|---|---|---|"
    for one in detectors:
        yield f"| [{one.id}](#{one.id}) | {one.severity} | {one.summary} |"


def _section(one: Detector) -> Iterator[str]:
    yield f"\n## {one.id}\n"
    yield f"{one.summary}\n"
    yield f"- Misses: {one.misses}"
    yield f"- Standards: {', '.join(one.standards)}"
    yield f"- Fires on: {_names(one.firing)}"
    yield f"- Stays silent on: {_names(one.silent)}"
    if one.supply is not None:
        yield "- Patterns: as the installed package lists them"
    elif one.patterns:
        yield f"- Patterns: {_patterns(one.patterns)}"


def _names(examples: Iterable[object]) -> str:
    return "; ".join(str(getattr(example, "name", "")) for example in examples)


def _patterns(patterns: Iterable[Pattern]) -> str:
    return ", ".join(f"`{pattern.rule}` → `{pattern.label}`" for pattern in patterns)


if __name__ == "__main__":
    print(page())  # noqa: T201  # printing is what this program is for
