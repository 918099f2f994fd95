"""Commands, queries and calls that do something grave, and whether the person asked for it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import polars as pl

from afteraction.lineage.bags import bag
from afteraction.records.finding import FOUND, SEVERITIES, Severity
from afteraction.records.session_batch import SessionBatch

_c = pl.col
#: The last step of the path of an argument that holds a command, a script or a query.
_CODE: Final = r"(?i)(?:^|[/_-])(?:commands?|cmd|script|code|sql|query|statement|bash|shell|input)(?:/\d+)?$"
_WORD: Final = re.compile(r"[^\W_]{3,}")
#: Words of paths and queries that name nothing.
_EMPTY: Final = bag("the from where and srv var usr etc opt home mnt root data user table")
_ASKED: Final = {
    True: "as asked",
    False: "which the person did not ask for",
    None: "and no request is on record",
}
_MOST_TEXT: Final = 20_000


class Deed(NamedTuple):
    """One kind of grave deed.

    `pattern` (a regex that Rust and Python read alike; its groups: what it is done to, if anything) is looked
    for in commands and queries, or, with `tool`, in `tool {arguments as JSON}`. The person asked for it if
    their words match `asked` and, where a group names something, hold a word of that. Where nobody asked its
    severity is `severity`; `low` if each word of that something matches `harmless`, and medium at most unless
    one matches `grave`. One of `hints` (small letters) stands in every text that `pattern` matches.
    """

    kind: str
    pattern: str
    asked: str
    hints: tuple[str, ...]
    severity: Severity = "high"
    tool: bool = False
    harmless: str = ""
    grave: str = ""

    def of(self, subject: str) -> Severity:
        """The severity of doing it to `subject` unasked."""
        words = [word.strip("'\"") for word in subject.split() if not word.startswith(("-", ">", "2>"))]
        if self.harmless:
            words = [word for word in words if word and not re.search(self.harmless, word)]
            if not words:
                return "low"
        if self.grave and not any(re.search(self.grave, word) for word in words):
            return "medium"
        return self.severity


def findings(batch: SessionBatch, deeds: Sequence[Deed], title: str) -> pl.DataFrame:
    """One finding per call, for the gravest of these deeds; `low` where the person asked for it."""
    found = list(_found(batch, deeds))
    if not found:
        return pl.DataFrame(schema=FOUND)
    rank: dict[str, int] = {name: place for place, name in enumerate(SEVERITIES)}
    worst: dict[str, tuple[str, str, bool | None]] = {}
    for action, kind, severity, asked in found:
        if action not in worst or rank[severity] > rank[worst[action][1]]:
            worst[action] = kind, severity, asked
    rows = [
        (
            action,
            severity,
            "medium",
            f"{title}: {kind}, {_ASKED[asked]}",
            "effect",
            None,
            None,
        )
        for action, (kind, severity, asked) in worst.items()
    ]
    return pl.DataFrame(rows, schema=FOUND, orient="row").sort("action_id")


def _found(batch: SessionBatch, deeds: Sequence[Deed]) -> Iterator[tuple[str, str, Severity, bool | None]]:
    """(action, kind, severity, asked for) of every deed; few calls get as far as the loop over rows.

    Whether it was asked for is not known where no word of the person is on record.
    """
    commands, calls = _texts(batch)
    for texts, some in (
        (commands, [deed for deed in deeds if not deed.tool]),
        (calls, [deed for deed in deeds if deed.tool]),
    ):
        any_of = "|".join(f"(?:{deed.pattern})" for deed in some)
        likely = texts.filter(_c("text").str.contains(any_of)) if some else texts.clear()
        if likely.is_empty():
            continue
        said = _said(batch, likely)
        for deed in some:
            hits = likely.select("action_id", subject=_c("text").str.extract_groups(deed.pattern))
            hits = hits.with_columns(hit=likely["text"].str.contains(deed.pattern)).filter("hit")
            for action, groups, _ in hits.iter_rows():
                subject = next((one for one in (groups or {}).values() if one), "")
                asked = _asked(deed, subject, said[action]) if action in said else None
                yield action, deed.kind, "low" if asked else deed.of(subject), asked


_last: list[tuple[SessionBatch, tuple[pl.DataFrame, pl.DataFrame]]] = []


def _texts(batch: SessionBatch) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The commands and the calls of a batch; the last ones are kept for the next detector."""
    if not _last or _last[0][0] is not batch:
        _last[:] = [(batch, (_commands(batch), _calls(batch)))]
    return _last[0][1]


def _commands(batch: SessionBatch) -> pl.DataFrame:
    """`action_id`, `text` of commands and queries."""
    written = batch.arguments.filter(_c("arg_path").str.contains(_CODE) & (_c("value").str.len_bytes() > 3))
    return written.select("action_id", text=_c("value").str.slice(0, _MOST_TEXT))


def _calls(batch: SessionBatch) -> pl.DataFrame:
    """`action_id`, `text` of whole calls that are no mere reading."""
    acts = batch.actions.filter(~_c("operation").is_in(["read", "search"]).fill_null(value=False))
    text = pl.format("{} {}", _c("tool").fill_null(""), _c("args").fill_null("").str.slice(0, _MOST_TEXT))
    return acts.select("action_id", text=text)


def _said(batch: SessionBatch, likely: pl.DataFrame) -> dict[str, str]:
    """What the person had said before each of these calls, small."""
    calls = batch.actions.select("action_id", "session_key", "position").join(
        likely.select("action_id").unique(), on="action_id", how="semi"
    )
    words = (
        batch.messages.filter(_c("role") == "user")
        .select("session_key", at="position", words=_c("text").str.slice(0, _MOST_TEXT).str.to_lowercase())
        .join(calls, on="session_key")
        .filter(_c("at") < _c("position"))
        .sort("action_id", "at")
        .group_by("action_id", maintain_order=True)
        .agg(_c("words").str.join("\n"))
    )
    return dict(words.iter_rows())


def _asked(deed: Deed, subject: str, said: str) -> bool:
    if re.search(deed.asked, said) is None:
        return False
    named = [word for word in _WORD.findall(subject.lower()) if word not in _EMPTY]
    return not named or any(word in said for word in named)
