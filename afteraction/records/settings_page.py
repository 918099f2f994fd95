"""Prints docs/settings.md from the settings types: `python -m afteraction.records.settings_page`."""

from __future__ import annotations

import ast
import inspect
import itertools
import sys
import textwrap
from typing import Any, Final

import msgspec

from afteraction.records.settings import (
    Agent,
    Backtest,
    Desk,
    Destinations,
    Limits,
    PlantedValue,
    Principal,
    Rollout,
    Rule,
    Settings,
    Source,
    Suppression,
    Team,
)
from afteraction.records.settings_channels import Channel
from afteraction.records.settings_review import Deputy, Quorum, Review, ReviewerGroup
from afteraction.records.settings_trust import Trust

_HEAD: Final = """\
# Settings

Everything has a default: Afteraction works without a settings file. What you set stands in
`afteraction.toml` in `$AFTERACTION_HOME` (`data/` unless you say otherwise). A field that is not listed
here, or a value of another type, is an error that names the field.
[data/afteraction.toml](../data/afteraction.toml) is a whole example.

Until people are configured nobody can decide on a ticket: an empty list is not permission. The least
that works:

```toml
[[agents]]
id = "support-agent"
owner = "luis@example.com"

[[principals]]
person = "sofia"
accounts = ["sofia@example.com"]
can_approve = true
```

Environment variables:

- `AFTERACTION_HOME`: where data lives.
- `AFTERACTION_LAKE`: goes before `lake`. Credentials and endpoint of a bucket stand only in `AWS_…` variables
  ([storage](storage.md)).
- `AFTERACTION_CASEBOOK_URL`: goes before `casebook_url`, so that a password need not stand in a file.
- `AFTERACTION_REVIEWER`: who you are when you decide on a ticket.
"""
#: (heading, type, what TOML calls it)
_SECTIONS: Final[tuple[tuple[str, type[msgspec.Struct], str], ...]] = (
    ("Top level", Settings, ""),
    ("Destinations", Destinations, "[destinations]"),
    ("Sources", Source, "[[sources]], one per kind of result"),
    ("Agents", Agent, "[[agents]], one per agent"),
    ("Teams", Team, "[[teams]], one per team"),
    ("People", Principal, "[[principals]], one per person"),
    ("Reviewer groups", ReviewerGroup, "[[reviewer_groups]], one per group"),
    ("Quorum", Quorum, "[[quorums]], one per kind of ticket"),
    ("Deputies", Deputy, "[[deputies]], one per person who is away"),
    ("Review", Review, "[review]"),
    ("Trust", Trust, "[trust]"),
    ("Channels", Channel, "[[channels]], one per place"),
    ("Rules", Rule, "[[rules]], one per rule"),
    ("Suppressions", Suppression, "[[suppressions]], one per suppression"),
    ("Canaries", PlantedValue, "[[canaries]], one per planted value"),
    ("Rollout", Rollout, "[rollout]"),
    ("Backtest", Backtest, "[backtest]"),
    ("Desk", Desk, "[desk]"),
    ("Limits", Limits, "[limits]"),
)


def page() -> str:
    """The whole page as markdown."""
    return "\n".join([_HEAD, *(_section(*one) for one in _SECTIONS)])


def _section(heading: str, kind: type[msgspec.Struct], toml: str) -> str:
    said = words(kind)
    place = f"`{toml.partition(',')[0]}`{toml.partition(',')[1]}{toml.partition(',')[2]}. " if toml else ""
    rows = [
        f"| `{field.name}` | {_type(field.type)} | {_default(field)} | {said[field.name]} |"
        for field in msgspec.structs.fields(kind)
    ]
    table = ["| Field | Type | Default | Meaning |", "| --- | --- | --- | --- |", *rows]
    return "\n".join([f"## {heading}", "", f"{place}{inspect.getdoc(kind)}", "", *table, ""])


def words(kind: type[msgspec.Struct]) -> dict[str, str]:
    """What stands below each field of a type, by field."""
    (found,) = ast.parse(textwrap.dedent(inspect.getsource(kind))).body
    lines = found.body if isinstance(found, ast.ClassDef) else []
    return {
        field.target.id: below.value.value
        for field, below in itertools.pairwise(lines)
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
        if isinstance(below, ast.Expr)
        and isinstance(below.value, ast.Constant)
        and isinstance(below.value.value, str)
    }


def _type(kind: Any) -> str:
    shown = str(kind) if not isinstance(kind, type) else kind.__name__
    for technical, plain in (
        ("tuple[str, ...]", "list of texts"),
        (" | None", ""),
        ("afteraction.records.settings.", ""),
        ("afteraction.records.settings_review.", ""),
        ("datetime.date", "date"),
        ("tuple[ReviewerGroup, ...]", "tables"),
        ("tuple[Quorum, ...]", "tables"),
        ("tuple[Deputy, ...]", "tables"),
        ("tuple[typing.Literal['critical', 'high', 'medium', 'low', 'none'], ...]", "list of levels"),
        ("tuple[typing.Literal['retroactive', 'live'], ...]", "list of kinds"),
        ("tuple[typing.Literal['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'], ...]", "list of days"),
        ("tuple[Agent, ...]", "tables"),
        ("tuple[Principal, ...]", "tables"),
        ("tuple[Team, ...]", "tables"),
        ("tuple[Rule, ...]", "tables"),
        ("tuple[Suppression, ...]", "tables"),
        ("tuple[PlantedValue, ...]", "tables"),
        ("typing.Literal['allow', 'ask', 'deny']", "allow, ask or deny"),
    ):
        shown = shown.replace(technical, plain)
    return {"str": "text", "int": "whole number", "float": "number", "bool": "true or false"}.get(
        shown, "table" if shown in {"Destinations", "Limits"} else shown
    )


def _default(field: msgspec.structs.FieldInfo) -> str:
    if field.required:
        return "required"
    if field.default is msgspec.NODEFAULT or field.default is None or field.default == ():
        return "none"
    return f"`{str(field.default).lower()}`" if isinstance(field.default, bool) else f"`{field.default}`"


if __name__ == "__main__":
    sys.stdout.write(page())
