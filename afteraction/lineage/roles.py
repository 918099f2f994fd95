"""What an argument is for, by the words of its name and the shape of its value."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, Final, NamedTuple

from afteraction.lineage.bags import bag
from afteraction.lineage.destinations import EMAIL, IBAN, URL, is_host
from afteraction.lineage.leaves import leaves, text_of
from afteraction.lineage.verbs import words_of

#: Operations that carry something outwards or change who may.
OUTGOING: Final = frozenset(("write", "send", "execute", "pay", "grant"))

#: Names that say who or where, whatever the operation.
SURE_DESTINATION: Final = bag(
    "to cc bcc recipient recipients receiver receivers payee beneficiary iban invitee "
    "invitees attendee attendees participant participants webhook endpoint destination dest "
    "url uri link href host hostname domain remote bucket wallet collaborator collaborators "
    "addressee subscriber forward_to mailto"
)
#: Names that say who or where only when the call goes outwards.
MAYBE_DESTINATION: Final = bag(
    "email emails mail user users username member members account repo repository channel "
    "channels phone group team chat room server handle owner person contact contacts target "
    "address organization org assignee assignees reviewer"
)
CONTENT: Final = bag(
    "body content contents text message msg subject title description data payload comment "
    "note notes code html markdown caption summary attachment attachments command cmd script "
    "sql value values input prompt reason details amount string key token password secret "
    "json headers params bio memo reference price total"
)
LOCATOR: Final = bag(
    "path file filename filenames id ids uuid query q name folder dir directory table search "
    "date day time start end pattern glob city location page cursor index key path2 source "
    "src sender from database db column columns number"
)
SETTING: Final = bag(
    "limit offset n max min count top size mode format type kind level order sort sorting "
    "encoding permission role status state priority currency lang language recursive force "
    "verbose flag flags timeout retries quantity recurring unit"
)
_SURE_LOCATOR: Final = bag("id ids path uuid filename")
#: Arguments up to this length, in characters, are remembered between `enrich` and `follow`.
_MAX_REMEMBERED: Final = 2000
_WORD: Final = re.compile(r"^[A-Za-z_-]{1,16}$")


@lru_cache(maxsize=65536)
def _named(path: str, outgoing: bool) -> str:  # noqa: FBT001 (a cache key)
    steps = [step for step in path.split("/") if step and not step.isdigit()]
    words = words_of(steps[-1]) if steps else ()
    known = frozenset(words)
    if known & SURE_DESTINATION and not known & {"from", "source", "src"}:
        return "destination"
    for names, role in (
        (_SURE_LOCATOR, "locator"),
        (SETTING - CONTENT, "setting"),
        (CONTENT, "content"),
        (MAYBE_DESTINATION, "destination" if outgoing else "locator"),
        (LOCATOR, "locator"),
    ):
        if known & names:
            return "content" if role == "setting" and known & CONTENT else role
    return _named("/".join(steps[:-1]), outgoing) if len(steps) > 1 else ""


def role_of(path: str, value: Any, outgoing: bool) -> str:  # noqa: FBT001 (as `_named`)
    """`destination`, `locator`, `content` or `setting` of one leaf of a call's arguments."""
    named = _named(path, outgoing)
    if isinstance(value, str):
        if named == "setting" and len(value) > 40:
            return "content"
        return named or _shaped(value, outgoing)
    if value is None or isinstance(value, bool) or not named:
        return "setting"
    return named


def _shaped(value: str, outgoing: bool) -> str:  # noqa: FBT001 (as `_named`)
    if " " in value and "://" not in value and not value[2:4].isdigit():
        return "content"
    if len(value) <= 300 and (
        ("@" in value and EMAIL.fullmatch(value))
        or IBAN.match(value)
        or ("://" in value and URL.match(value))
        or is_host(value)
    ):
        return "destination" if outgoing or "://" in value else "locator"
    if _WORD.match(value):
        return "setting" if outgoing else "locator"
    return "content" if len(value) > 80 or " " in value else "locator"


class Arguments(NamedTuple):
    """The leaves of a call's arguments, entry by entry: JSON pointer, value, text, role, whether a text."""

    paths: tuple[str, ...]
    values: tuple[Any, ...]
    texts: tuple[str, ...]
    roles: tuple[str, ...]
    strings: tuple[bool, ...]


def arguments(args: str | None, operation: str) -> Arguments:
    """The leaves of `args` with the roles that they have in a call of that operation."""
    outgoing = operation in OUTGOING
    if args is not None and len(args) > _MAX_REMEMBERED:
        return _arguments.__wrapped__(args, outgoing)
    return _arguments(args, outgoing)


@lru_cache(maxsize=16384)
def _arguments(args: str | None, outgoing: bool) -> Arguments:  # noqa: FBT001 (as `_named`)
    found = leaves(args)
    if not found:
        return Arguments((), (), (), (), ())
    paths, values = zip(*found, strict=True)
    strings = tuple([type(value) is str for value in values])
    if all(strings):
        texts = values
    else:
        texts = tuple([v if text else text_of(v) for v, text in zip(values, strings, strict=True)])
    roles, sure = _roles(paths, outgoing, strings)
    if not sure:
        named = zip(paths, values, roles, strict=True)
        roles = tuple([role or role_of(path, value, outgoing) for path, value, role in named])
    return Arguments(paths, values, texts, roles, strings)


@lru_cache(maxsize=16384)
def _roles(
    paths: tuple[str, ...],
    outgoing: bool,  # noqa: FBT001 (as `_named`)
    strings: tuple[bool, ...],
) -> tuple[tuple[str, ...], bool]:
    """The roles that names alone settle, empty where the value counts too; and whether these are all."""
    named = zip([_named(path, outgoing) for path in paths], strings, strict=True)
    known = tuple([_settled(name, text=text) for name, text in named])
    return known, all(known)


def _settled(name: str, *, text: bool) -> str:
    if text:
        return "" if name == "setting" else name
    return "setting" if name in {"", "setting"} else ""
