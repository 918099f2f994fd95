"""What each action does and where it points: `operation`, `target`, `destination`, `destination_class`."""

from __future__ import annotations

import gc
import re
from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple

import polars as pl

from afteraction.lineage.bags import bag
from afteraction.lineage.commands import read_command
from afteraction.lineage.destinations import CLASSES, EMAIL, IBAN, URL, Directory, is_host, own_domain, tidy
from afteraction.lineage.roles import OUTGOING, Arguments, arguments
from afteraction.lineage.sources import Catalogue, source_of
from afteraction.lineage.sql import read_sql
from afteraction.lineage.verbs import verb_of, words_of
from afteraction.records.action import ACTIONS_TARGETED
from afteraction.records.settings import Destinations, Source

_COMMANDS: Final = bag("command cmd commands script bash shell")
_QUERIES: Final = bag("sql query statement")
_ADDRESSEES: Final = bag("to recipient recipients cc bcc payee receiver")
_PAYLOADS: Final = bag("body message content text subject data payload json html attachments")
#: Words of tools' names that say where others will read it.
_SITES: Final = {"gist": "gist.github.com", "pastebin": "pastebin.com", "tweet": "x.com"}
_MAX_TEXT: Final = 500
_MOST_PLACES: Final = 50
_PLACES: Final = frozenset(("destination", "locator"))
_USER: Final = re.compile(r"://[^/@\s]{1,300}@")
_SPLIT: Final = re.compile(r"\s*[,;]\s*|\s+")

Target = tuple[str, str | None, list[str]]


class Aim(NamedTuple):
    """What one call does, by its name and arguments alone; `look` may tell more of the source."""

    operation: str
    target: str | None
    reached: list[str]
    source: str
    look: str | None


def enrich(
    actions: pl.DataFrame,
    destinations: Destinations,
    sources: Sequence[Source] = (),
    learned: Mapping[tuple[str, str], str] | None = None,
    familiar: Collection[tuple[str, str]] = (),
) -> pl.DataFrame:
    """`actions` (ACTIONS_RAW) with the columns of ACTIONS_TARGETED added, row for row.

    `sources` is what the owner says of results, `learned` what earlier ones held, by
    (tenant, tool); `familiar` are the (tenant, destination) that many sessions reached before.

    `destination` is the most telling place the call reaches (`CLASSES` is the order); null, with the class
    `none`, where the call reaches nobody. Reads count as reaching out only where they fetch a URL.
    """
    if actions.is_empty():
        return actions.with_columns(
            *(pl.lit(None, dtype=t).alias(name) for name, t in ACTIONS_TARGETED.items())
        )
    collecting = gc.isenabled()
    gc.disable()
    try:
        added, named = _aimed(actions, Directory(destinations))
    finally:
        if collecting:
            gc.enable()
    catalogue = Catalogue(sources, learned)
    classed = catalogue.all(actions.select("tenant", "tool").with_columns(added["target"]), named)
    known = _familiar(actions["tenant"], added, familiar)
    return actions.drop(*ACTIONS_TARGETED, strict=False).hstack(added.with_columns(classed, known))


def _aimed(actions: pl.DataFrame, directory: Directory) -> tuple[pl.DataFrame, list[tuple[str, str | None]]]:
    """The columns of `_AIMED`, and what names say of each source; makes no cycles for a collector to find."""
    named: list[tuple[str, str | None]] = []
    seen: dict[tuple[str, str | None], Aim] = {}
    rows: list[tuple[str, str | None, str | None, str]] = []
    columns = (actions[name].to_list() for name in ("tool", "args", "on_behalf_of", "agent_id"))
    for tool, args, on_behalf_of, agent_id in zip(*columns, strict=True):
        key = (tool or "", args)
        aimed = seen.get(key)
        if aimed is None:
            aimed = seen[key] = _aim(*key)
        operation, target, reached, source, look = aimed
        place, label = (
            _worst(reached, directory, own_domain(on_behalf_of, agent_id)) if reached else (None, "none")
        )
        rows.append((operation, target, place, label))
        named.append((source, look))
    added = pl.DataFrame(list(zip(*rows, strict=True)), schema=_AIMED, orient="col")
    return added, named


_AIMED: Final = dict(list(ACTIONS_TARGETED.items())[:4])


def _familiar(tenants: pl.Series, added: pl.DataFrame, familiar: Collection[tuple[str, str]]) -> pl.Series:
    name = "destination_familiar"
    if not familiar:
        return pl.repeat(value=False, n=tenants.len(), dtype=pl.Boolean, eager=True).alias(name)
    known = pl.DataFrame(list(familiar), schema={"tenant": pl.String, "destination": pl.String}, orient="row")
    rows = added.select("destination", "destination_class").with_columns(tenants.alias("tenant"))
    held = known.with_columns(seen=pl.lit(value=True))
    joined = rows.join(held, on=["tenant", "destination"], how="left", maintain_order="left")
    return joined.select(
        (pl.col("seen").fill_null(value=False) & (pl.col("destination_class") == "unknown")).alias(name)
    ).to_series()


def _worst(reached: list[str], directory: Directory, own: str | None) -> tuple[str | None, str]:
    if len(reached) == 1:
        return tidy(reached[0]), directory.classify(reached[0], own)
    classed = [(directory.classify(place, own), place) for place in reached]
    label, place = max(classed, key=lambda pair: CLASSES.index(pair[0]))
    return tidy(place), label


def aim(tool: str, args: str | None) -> Target:
    """(operation, target, destinations) of one call, from its name and arguments alone."""
    return _aim(tool, args)[:3]


def _aim(tool: str, args: str | None) -> Aim:
    operation, _ = verb_of(tool)
    found = arguments(args, operation)
    if not found.paths:
        return Aim(operation, None, [], *source_of(tool, operation, None))
    plan = _plan(operation, found.paths, found.strings)
    meant, reached, target = plan.operation, list[str](), None
    text = None if plan.text is None else found.values[plan.text]
    command = query = None
    if plan.kind == "command" and isinstance(text, str):
        done, place = read_command(text)
        meant, command = done if done != "other" else operation, text
        reached = [place[:_MAX_TEXT]] if place else []
    elif plan.kind == "query" and isinstance(text, str):
        done, place, target = read_sql(text)
        if done != "other":
            meant, query = done, text
            reached = [place[:_MAX_TEXT]] if place else []
        else:
            target, plan = None, _plan(operation, found.paths, found.strings, asked=False)
            meant = plan.operation
    if plan.kind == "request":
        meant = _of_request(operation, plan, found)
    if meant != operation and (meant in OUTGOING) != (operation in OUTGOING):
        found = arguments(args, meant)
    reached = reached or _reached(meant, found) or (_published(tool) if meant in OUTGOING else [])
    target = target or _target(found)
    return Aim(meant, target, reached, *source_of(tool, meant, target, command, query))


class _Plan(NamedTuple):
    """How to read calls of one shape: `kind`, the operation, which leaf is the command or query."""

    kind: str
    operation: str
    text: int | None = None
    method: int | None = None
    sends: bool = False


@lru_cache(maxsize=65536)
def _name_of(path: str) -> tuple[str, ...]:
    """The words of a leaf's own name, or of the outermost one where its own has none."""
    return words_of(path.rsplit("/", 1)[-1]) or words_of(path.split("/")[1] if "/" in path else "")


@lru_cache(maxsize=16384)
def _plan(operation: str, paths: tuple[str, ...], strings: tuple[bool, ...], *, asked: bool = True) -> _Plan:
    """What names, and which of the values are texts, say of a call; `asked` says that a query may be SQL."""
    texts = [(path, number) for number, (path, text) in enumerate(zip(paths, strings, strict=True)) if text]
    words = frozenset(word for path, _ in texts for word in _name_of(path))
    if words & _COMMANDS and operation in ("execute", "other", "write", "read"):
        return _Plan("command", operation, _last_named(_COMMANDS, texts))
    if asked and words & _QUERIES:
        return _Plan("query", operation, _last_named(_QUERIES, texts))
    if operation == "authenticate" or ({"otp", "password"} & words and operation in ("read", "other")):
        return _Plan("plain", "authenticate")
    if operation in ("other", "read", "execute", "write"):
        return _by_keys(operation, words, paths)
    return _Plan("plain", operation)


def _last_named(names: frozenset[str], texts: list[tuple[str, int]]) -> int:
    """The leaf whose name holds one of these words; of equal names the last one."""
    named = {_name_of(path): number for path, number in texts}
    return next(number for name, number in named.items() if names.intersection(name))


def _by_keys(operation: str, words: frozenset[str], paths: tuple[str, ...]) -> _Plan:
    keys = words | {word for path in paths for word in words_of(path.rsplit("/", 1)[-1])}
    if operation == "other" and keys & _ADDRESSEES and keys & {"amount"}:
        return _Plan("plain", "pay")
    if operation == "other" and keys & _ADDRESSEES and keys & _PAYLOADS:
        return _Plan("plain", "send")
    if words & {"url", "uri", "endpoint"}:
        method = next((n for n, p in enumerate(paths) if p.rsplit("/", 1)[-1].lower() == "method"), None)
        sends = bool(words & {"body", "data", "payload", "json"})
        return _Plan("request", operation, None, method, sends)
    if operation == "other":
        if keys & {"q", "query", "search", "pattern"}:
            operation = "search"
        elif keys & {"path", "file", "filename"}:
            operation = "write" if keys & _PAYLOADS else "read"
    return _Plan("plain", operation)


def _of_request(operation: str, plan: _Plan, found: Arguments) -> str:
    """A call with a URL: what its method or payload says, else a fetch."""
    method = "GET" if plan.method is None else str(found.values[plan.method]).upper()
    if method in ("POST", "PUT", "PATCH") or plan.sends:
        return "send"
    if method == "DELETE":
        return "delete"
    return "read" if operation == "other" else operation


def _reached(operation: str, found: Arguments) -> list[str]:
    """The places that the arguments name: for outgoing operations all, for others the URLs they fetch."""
    outgoing = operation in OUTGOING
    reached: list[str] = []
    for value, role, text in zip(found.values, found.roles, found.strings, strict=True):
        if not text or not value or (role not in _PLACES and "://" not in value):
            continue
        if len(reached) >= _MOST_PLACES:
            break
        url = URL.search(value, 0, 4000) if "://" in value else None
        if url is not None and (role == "destination" or url.start() == 0):
            reached.append(value[url.start() : url.start() + _MAX_TEXT].split()[0])
        elif role == "destination":
            if outgoing or is_host(value):
                reached.extend(_places(value))
        elif operation == "write" and role == "locator" and "/" in value[:200] and " " not in value:
            reached.append(value[:_MAX_TEXT])
    return reached


@lru_cache(maxsize=65536)
def _published(tool: str) -> list[str]:
    """Where a tool publishes by its name alone."""
    words = frozenset(words_of(tool))
    return [site for word, site in _SITES.items() if word in words][:1]


def _places(value: str) -> list[str]:
    """One destination argument as places: `a@x.example, b@y.example` is two, a name with a space is one."""
    mails = [found.group(0) for found in EMAIL.finditer(value[:20_000])]
    if mails:
        return mails[:50]
    if IBAN.match(value):
        return [value.replace(" ", "")]
    parts = [part for part in _SPLIT.split(value[:4000]) if part]
    if len(parts) > 1 and all(is_host(part) for part in parts):
        return parts[:50]
    return [value[:_MAX_TEXT]]


def _target(found: Arguments) -> str | None:
    """What the call is about: the first locator, else the first destination."""
    for wanted in ("locator", "destination"):
        if wanted in found.roles:
            for value, role in zip(found.values, found.roles, strict=True):
                if role == wanted and value is not None and value != "" and not isinstance(value, bool):
                    return _shown(value)
    return None


def _shown(value: Any) -> str:
    """A target as tables show it: a URL without user, query and fragment, at most 200 characters."""
    text = str(value)[:_MAX_TEXT]
    if "://" in text:
        text = _USER.sub("://", text.split("?", 1)[0].split("#", 1)[0])
    return text[:200]
