"""The English verbs that say what a tool does, and the splitting of tool names into words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from afteraction.lineage.bags import bag

_BREAKS: Final = re.compile(r"[^A-Za-z0-9]+|(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_MCP: Final = re.compile(r"^mcp__.+?__(?=.)")

#: Verbs that name one operation wherever they stand in a tool's name.
PLAIN: Final[Mapping[str, str]] = {
    word: operation
    for operation, words in {
        "read": "get read fetch show load retrieve describe inspect ls cat head tail peek download dump "
        "browse navigate visit receive poll watch pull clone open see observe monitor stat count "
        "diff click list",
        "search": "search find lookup grep glob discover explore suggest recommend locate seek query scan",
        "write": "write create add update edit set save append insert put modify change rename move copy "
        "mkdir make store commit reschedule reserve book mark attach touch patch merge draft "
        "generate upsert import replace register fork star archive restore assign tag record "
        "configure enable disable",
        "send": "send forward reply publish upload push submit transmit deliver notify tweet broadcast "
        "announce respond dispatch share expose emit export sync relay fax retweet crosspost",
        "execute": "execute exec run eval evaluate invoke spawn launch compile install build deploy apply "
        "kill restart reboot start stop shell bash terminal powershell python sh zsh cmd repl "
        "sudo",
        "delete": "delete remove rm drop erase purge destroy clear cancel unlink truncate uninstall trash "
        "wipe discard detach unsubscribe unregister",
        "pay": "pay purchase buy checkout refund remit withdraw deposit donate reimburse disburse",
        "grant": "grant revoke allow permit authorize authorise invite promote delegate chmod chown "
        "impersonate accept",
        "authenticate": "login logon signin authenticate auth logout signout signup",
    }.items()
    for word in words.split()
}

#: Words that are as often nouns: they count only where no plain verb stands in the name.
NOUNLIKE: Final[Mapping[str, str]] = {
    word: operation
    for operation, words in {
        "read": "view display print check preview lookup",
        "write": "schedule file label comment note plan log pin",
        "send": "post mail email message text sms call dial page dm alert webhook issue request",
        "execute": "command script code job task action process",
        "pay": "transfer order charge wire tip payment",
        "search": "filter match select rank",
    }.items()
    for word in words.split()
}

#: The operations that verbs name; a request for one of them can be recognised by its verbs.
OPERATIONS: Final = tuple(sorted(set(PLAIN.values())))

#: Nouns that make a change to them a payment, a grant or a matter of credentials.
MONEY: Final = bag("money payment payments transaction transactions funds cash invoice payout salary")
RIGHTS: Final = bag(
    "permission permissions role roles access member members collaborator collaborators owner "
    "ownership admin policy privilege privileges grant acl scope membership user users key "
    "keys"
)
CREDENTIALS: Final = bag("password passwords passcode passphrase otp mfa totp pin credential credentials")
#: Nouns that make a verbless name a question about the thing, not an act on it.
ASKED: Final = bag("history status details info information list balance summary count stats metadata")


def inflected(operation: str) -> frozenset[str]:
    """The verbs of an operation in the forms in which a person asks: `send`, `sends`, `sending`."""
    verbs = [verb for lexicon in (NOUNLIKE, PLAIN) for verb, named in lexicon.items() if named == operation]
    endings = [form for verb in verbs for form in (verb, f"{verb}s", f"{verb}ing", f"{verb}ed")]
    dropped = [form for verb in verbs if verb.endswith("e") for form in (f"{verb[:-1]}ing", f"{verb}d")]
    return frozenset(endings + dropped)


@lru_cache(maxsize=65536)
def words_of(name: str) -> tuple[str, ...]:
    """The lower-case words of a name (snake, camel, dotted; an MCP server's name is left out)."""
    return tuple(part.lower() for part in _BREAKS.split(_MCP.sub("", name[:300])) if part)


@lru_cache(maxsize=65536)
def verb_of(tool: str) -> tuple[str, str]:
    """(operation, verb) of a tool's name; `("other", "")` where it holds no verb of the lexicon."""
    words = words_of(tool)
    for lexicon in (PLAIN, NOUNLIKE):
        for word in words:
            if word in lexicon:
                if lexicon is NOUNLIKE and ASKED.intersection(words):
                    return "read", word
                return _with_noun(lexicon[word], frozenset(words)), word
    return ("read", "") if ASKED.intersection(words) else ("other", "")


def _with_noun(operation: str, words: frozenset[str]) -> str:
    if operation not in ("write", "send", "pay", "other"):
        return operation
    if words & CREDENTIALS:
        return "authenticate"
    if words & MONEY:
        return "pay"
    if (operation == "write" and words & RIGHTS) or ("transfer" in words and words & RIGHTS):
        return "grant"
    return operation
