"""What each action does and where it points: `operation`, `target`, `destination`, `destination_class`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
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
_MAX_TEXT: Final = 500
_USER: Final = re.compile(r"://[^/@\s]{1,300}@")
_SPLIT: Final = re.compile(r"\s*[,;]\s*|\s+")

Target = tuple[str, str | None, list[str]]


class Aim(NamedTuple):
    """What one call does, by its name and arguments alone."""

    operation: str
    target: str | None
    reached: list[str]
    source: str


def enrich(
    actions: pl.DataFrame,
    destinations: Destinations,
    sources: Sequence[Source] = (),
    learned: Mapping[tuple[str, str], str] | None = None,
) -> pl.DataFrame:
    """`actions` (ACTIONS_RAW) with the columns of ACTIONS_TARGETED added, row for row.

    `sources` is what the owner says of results, `learned` what earlier ones held, by
    (tenant, tool).

    `destination` is the most telling place the call reaches (`CLASSES` is the order); null, with the class
    `none`, where the call reaches nobody. Reads count as reaching out only where they fetch a URL.
    """
    if actions.is_empty():
        return actions.with_columns(
            *(pl.lit(None, dtype=t).alias(name) for name, t in ACTIONS_TARGETED.items())
        )
    directory, catalogue = Directory(destinations), Catalogue(sources, learned)
    seen: dict[tuple[str, str | None], Aim] = {}
    rows: list[tuple[str, str | None, str | None, str, str]] = []
    columns = (actions[name].to_list() for name in ("tool", "args", "on_behalf_of", "agent_id", "tenant"))
    for tool, args, on_behalf_of, agent_id, tenant in zip(*columns, strict=True):
        key = (tool or "", args)
        aimed = seen.get(key)
        if aimed is None:
            aimed = seen[key] = _aim(*key)
        operation, target, reached, named = aimed
        place, label = (
            _worst(reached, directory, own_domain(on_behalf_of, agent_id)) if reached else (None, "none")
        )
        rows.append((operation, target, place, label, catalogue.of(tenant, key[0], target, named)))
    added = pl.DataFrame(list(zip(*rows, strict=True)), schema=ACTIONS_TARGETED, orient="col")
    return actions.drop(*ACTIONS_TARGETED, strict=False).hstack(added)


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
        return Aim(operation, None, [], source_of(tool, operation, None, None, None))
    shape = _by_shape(operation, found)
    operation = shape.operation
    found = arguments(args, operation)
    reached = shape.reached or _reached(operation, found)
    target = shape.target or _target(found)
    source = source_of(tool, operation, target, shape.command, shape.query)
    return Aim(operation, target, reached, source)


class _Shape(NamedTuple):
    operation: str
    reached: list[str]
    target: str | None = None
    command: str | None = None
    query: str | None = None


@lru_cache(maxsize=65536)
def _name_of(path: str) -> tuple[str, ...]:
    """The words of a leaf's own name, or of the outermost one where its own has none."""
    return words_of(path.rsplit("/", 1)[-1]) or words_of(path.split("/")[1] if "/" in path else "")


@lru_cache(maxsize=16384)
def _words(paths: tuple[str, ...]) -> frozenset[str]:
    return frozenset(word for path in paths for word in _name_of(path))


@lru_cache(maxsize=16384)
def _own_words(paths: tuple[str, ...]) -> frozenset[str]:
    return frozenset(word for path in paths for word in words_of(path.rsplit("/", 1)[-1]))


def _value_of(names: frozenset[str], found: Arguments) -> str:
    """The text whose name holds one of these words; of equal names the last one."""
    named = {
        _name_of(path): value
        for path, value in zip(found.paths, found.values, strict=True)
        if isinstance(value, str)
    }
    return next(value for name, value in named.items() if names.intersection(name))


def _by_shape(operation: str, found: Arguments) -> _Shape:
    words = _words(
        tuple([p for p, value in zip(found.paths, found.values, strict=True) if isinstance(value, str)])
    )
    if words & _COMMANDS and operation in ("execute", "other", "write", "read"):
        command = _value_of(_COMMANDS, found)
        done, place = read_command(command)
        return _Shape(
            done if done != "other" else operation, [place[:_MAX_TEXT]] if place else [], None, command
        )
    if words & _QUERIES:
        query = _value_of(_QUERIES, found)
        done, place, table = read_sql(query)
        if done != "other":
            return _Shape(done, [place[:_MAX_TEXT]] if place else [], table, None, query)
    if operation == "authenticate" or ({"otp", "password"} & words and operation in ("read", "other")):
        return _Shape("authenticate", [])
    if operation in ("other", "read", "execute", "write"):
        operation = _by_keys(operation, words, found)
    return _Shape(operation, [])


def _by_keys(operation: str, words: frozenset[str], found: Arguments) -> str:
    keys = words | _own_words(found.paths)
    if operation == "other" and keys & _ADDRESSEES and keys & {"amount"}:
        return "pay"
    if operation == "other" and keys & _ADDRESSEES and keys & _PAYLOADS:
        return "send"
    if words & {"url", "uri", "endpoint"}:
        return _of_request(operation, words, found)
    if operation != "other":
        return operation
    for names, meant in (
        ({"q", "query", "search", "pattern"}, "search"),
        ({"path", "file", "filename"}, "read"),
    ):
        if keys & names:
            return "write" if meant == "read" and keys & _PAYLOADS else meant
    return operation


def _of_request(operation: str, words: frozenset[str], found: Arguments) -> str:
    """A call with a URL: what its method or payload says, else a fetch."""
    named = zip(found.paths, found.values, strict=True)
    method = next((str(v).upper() for p, v in named if p.rsplit("/", 1)[-1].lower() == "method"), "GET")
    if method in ("POST", "PUT", "PATCH") or words & {"body", "data", "payload", "json"}:
        return "send"
    if method == "DELETE":
        return "delete"
    return "read" if operation == "other" else operation


def _reached(operation: str, found: Arguments) -> list[str]:
    """The places that the arguments name: for outgoing operations all, for others the URLs they fetch."""
    outgoing = operation in OUTGOING
    reached: list[str] = []
    for value, role in zip(found.values, found.roles, strict=True):
        if not isinstance(value, str) or not value or len(reached) >= 50:
            continue
        if role not in {"destination", "locator"} and "://" not in value:
            continue
        url = URL.search(value, 0, 4000) if "://" in value else None
        if url is not None and (role == "destination" or url.start() == 0):
            reached.append(value[url.start() : url.start() + _MAX_TEXT].split()[0])
        elif role == "destination" and (outgoing or is_host(value)):
            reached.extend(_places(value))
        elif (
            outgoing
            and role == "locator"
            and operation == "write"
            and "/" in value[:200]
            and " " not in value
        ):
            reached.append(value[:_MAX_TEXT])
    return reached


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
    fallback = None
    for value, role in zip(found.values, found.roles, strict=True):
        if isinstance(value, bool) or value is None or value == "":
            continue
        if role == "locator":
            return _shown(value)
        if role == "destination" and fallback is None:
            fallback = _shown(value)
    return fallback


def _shown(value: Any) -> str:
    """A target as tables show it: a URL without user, query and fragment, at most 200 characters."""
    text = str(value)[:_MAX_TEXT]
    if "://" in text:
        text = _USER.sub("://", text.split("?", 1)[0].split("#", 1)[0])
    return text[:200]
