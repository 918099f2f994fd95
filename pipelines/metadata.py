"""What Dagster shows beside a run: counts, the riskiest actions, a plot of risk, the flow graph.

Text that an agent could have written goes into table cells only, with control and direction
characters spelled out; markdown holds our own words and pictures, nothing else.
"""

from __future__ import annotations

import base64
import dataclasses
import json
import textwrap
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import dagster as dg
import msgspec
import polars as pl

#: The riskiest actions of the published database.
RISKIEST = """
SELECT r.risk, r.level, a.tool, a.destination, r.reasons, a.args AS arguments, r.action_id
FROM action_risk AS r JOIN actions AS a USING (action_id)
WHERE r.risk IS NOT NULL
ORDER BY r.risk DESC, r.points DESC, r.action_id
LIMIT 10
"""
#: How many actions stand at each level on each of the last sixty event dates.
RISK_BY_DATE = """
SELECT event_date, level, count(*) AS actions
FROM action_risk
WHERE event_date IN (SELECT DISTINCT event_date FROM action_risk ORDER BY event_date DESC LIMIT 60)
GROUP BY event_date, level
ORDER BY event_date, level
"""
#: How many values went from session to session, by sensitivity, and how many of them went on to somewhere.
CHAINS = """
SELECT sensitivity, count(*) AS chains, count(sent_action_id) AS went_on FROM chains
GROUP BY sensitivity ORDER BY sensitivity
"""
#: What is held back, what expires next first.
SUPPRESSIONS = """
SELECT suppression_id, state, uses, last_used, expires, owner, reason FROM suppressions
ORDER BY expires, suppression_id
"""
#: Why actions ran, the most frequent first.
RAN_HOW = """
SELECT how, reversible, count(*) AS actions FROM ran_how GROUP BY ALL ORDER BY actions DESC, how, reversible
"""
#: Whom and what people trust by now, the most trusted first.
TRUST = "SELECT kind, name, level, because FROM trust ORDER BY level DESC, kind, name LIMIT 50"
#: Columns of the riskiest-actions table, with the most characters that a cell shows.
_WIDTHS = {"risk": 16, "action": 64, "why": 250, "arguments": 72, "action_id": 40}
_LEVELS = ("none", "low", "medium", "high", "critical", "unscorable")
_COLOURS = ("#c9d6df", "#8fb8de", "#f2c14e", "#f08a4b", "#c0392b", "#8d8d8d")


def shown(value: object, width: int) -> str:
    """One line of at most `width` characters in which nothing is invisible or changes direction."""
    text = "" if value is None else str(value)[: width * 2]
    spelled = "".join(
        f"\\u{ord(char):04x}" if unicodedata.category(char) in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"} else char
        for char in text
    )
    return spelled if len(spelled) <= width else spelled[: width - 1] + "…"


def facts(report: object) -> dict[str, int | float | str]:
    """The numbers of a report; lists count, strings are kept short, anything else is left out."""
    if isinstance(report, msgspec.Struct):
        fields: Mapping[str, Any] = msgspec.structs.asdict(report)
    elif dataclasses.is_dataclass(report) and not isinstance(report, type):
        fields = {field.name: getattr(report, field.name) for field in dataclasses.fields(report)}
    else:
        return {}
    found: dict[str, int | float | str] = {}
    for name, value in fields.items():
        if isinstance(value, bool):
            found[name] = str(value).lower()
        elif isinstance(value, int | float):
            found[name] = value
        elif isinstance(value, str):
            found[name] = shown(value, 120)
        elif isinstance(value, list | tuple | set | frozenset):
            found[name] = len(value)
    return found


def table(frame: pl.DataFrame, widths: Mapping[str, int]) -> dg.TableMetadataValue:
    """A frame as an inline table of text cells."""
    columns = [dg.TableColumn(name, "string") for name in widths]
    records = [
        dg.TableRecord({name: shown(row.get(name), width) for name, width in widths.items()})
        for row in frame.iter_rows(named=True)
    ]
    return dg.TableMetadataValue(records=records, schema=dg.TableSchema(columns=columns))


def _why(reasons: str | None) -> str:
    try:
        text = shown(" · ".join(str(reason["text"]) for reason in json.loads(reasons or "[]")[:3]), 240)
    except (ValueError, TypeError, KeyError):
        return ""
    # Dagster squeezes a column of words to its longest word; unbreakable lines keep it readable.
    return " ".join(line.replace(" ", "\u00a0") for line in textwrap.wrap(text, 60))


def riskiest(frame: pl.DataFrame) -> dg.TableMetadataValue:
    """The rows of `RISKIEST` as a table, with the reasons in words."""
    where = pl.when(pl.col("destination") > "").then(" → " + pl.col("destination")).fill_null("")
    shaped = frame.with_columns(
        pl.format("{} {}", pl.col("risk").round(3), pl.col("level")).alias("risk"),
        pl.concat_str(pl.col("tool").fill_null(""), where).alias("action"),
        pl.col("reasons").map_elements(_why, return_dtype=pl.String).alias("why"),
        pl.col("arguments").str.replace_all(",", ", ", literal=True),  # room to break the line
    )
    return table(shaped, _WIDTHS)


def risk_plot(counts: pl.DataFrame) -> dg.MarkdownMetadataValue:
    """The rows of `RISK_BY_DATE` as a picture."""
    import altair as alt
    import vl_convert

    rank = {level: place for place, level in enumerate(_LEVELS)}
    levels = pl.col("level").replace_strict(rank, default=len(rank), return_dtype=pl.Int64)
    bars = counts.with_columns(levels.alias("rank"))
    chart = (
        alt.Chart(alt.Data(values=bars.to_dicts()), title="Actions by risk level")
        .mark_bar()
        .encode(
            x=alt.X("event_date:O", title="event date", axis=alt.Axis(labelOverlap=True)),
            y=alt.Y("actions:Q", title="actions", stack="zero"),
            color=alt.Color("level:N", scale=alt.Scale(domain=_LEVELS, range=_COLOURS), sort=_LEVELS),
            order=alt.Order("rank:Q"),
        )
        .properties(width=640, height=220, background="white")
    )
    picture = base64.b64encode(vl_convert.vegalite_to_svg(chart.to_json()).encode()).decode()
    return dg.MetadataValue.md(
        f"![Actions by risk level and event date](data:image/svg+xml;base64,{picture})"
    )


def chains(frame: pl.DataFrame) -> dict[str, Any]:
    """The rows of `CHAINS` as a table, with how many there are."""
    widths = {"sensitivity": 20, "chains": 12, "went_on": 12}
    return {"chains": int(frame["chains"].sum()), "by_sensitivity": table(frame, widths)}


def suppressions(frame: pl.DataFrame) -> dict[str, Any]:
    """The rows of `SUPPRESSIONS` as a table, with how many there are and hold back."""
    widths = {"state": 12, "uses": 12, "last_used": 12, "expires": 12, "owner": 60, "reason": 200}
    return {
        "suppressions": frame.height,
        "expired": frame.filter(pl.col("state") == "expired").height,
        "uses": int(frame["uses"].sum()),
        "held_back": table(frame, {"suppression_id": 64, **widths}),
    }


def flow_graph(home: Path) -> dict[str, dg.MarkdownMetadataValue]:
    """The flow graph of the session with the riskiest action as a picture; nothing before there is one.

    What others wrote is escaped text inside the picture; the markdown around it is ours alone.
    """
    from afteraction.lake import reading
    from afteraction.lineage import picture

    with reading(home) as ask:
        graph = picture.riskiest_graph(ask)
    if graph is None:
        return {}
    drawn = base64.b64encode(picture.svg(graph).encode("utf-8", "replace")).decode()
    words = f"![Flow graph of the riskiest session](data:image/svg+xml;base64,{drawn})"
    return {"flow_graph": dg.MetadataValue.md(words)}
