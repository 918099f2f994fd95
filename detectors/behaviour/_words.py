"""Words of requests, instructions and tools: tokens, stems and the kind of operation they name (English)."""

from __future__ import annotations

import re
from typing import Final

import polars as pl

#: What people and tools call an operation; wider than a tool's verb, since requests use many words.
_OPERATIONS: Final = {
    "pay": (
        "pay payment purchase buy bought order checkout refund transfer wire transaction reimburse "
        "bill rent cart book booking reserve reservation donate donation charge sell trade money "
        "invest withdraw deposit subscribe hire tip bid repay remit pledge reorder"
    ),
    "send": (
        "send sent email mail message forward post publish upload reply notify submit text push "
        "attach export share announce tweet broadcast respond dispatch transmit comment compose ping "
        "redirect reveal leak expose exfiltrate tell inform say"
    ),
    "delete": (
        "delete remove erase clear drop cancel wipe purge destroy uninstall terminate close trash discard "
        "empty kick ban kill revoke"
    ),
    "grant": (
        "grant invite invitation collaborator permission role admin member ownership owner unlock "
        "allow authorize authorise share access enable privilege transfer add give assign reassign promote "
        "elevate escalate whitelist"
    ),
    "authenticate": ("login log signin sign password credential passcode pin authenticate"),
    "verify": ("verify verification otp confirm confirmation code"),
    "write": (
        "create update change add set edit modify write append save move rename reschedule schedule "
        "star like follow fork rate review make insert put register record adjust copy replace open "
        "fill input enter"
    ),
    "read": (
        "visit open browse click go check read get view download fetch look navigate link url webpage "
        "website site page access retrieve show print see"
    ),
    "search": ("search find lookup query list locate"),
    "execute": (
        "run execute install start launch command script deploy shell eval turn activate disable stop "
        "reboot restart shutdown trigger"
    ),
}
#: Operations whose effect leaves the conversation: what an attacker is after.
EFFECTS: Final = ("pay", "send", "delete", "grant", "authenticate", "execute")
_IMPERATIVES: Final = (
    "accept access activate add adjust allow announce answer append apply approve archive ask assign "
    "attach authorise authorize ban bid block book bring broadcast browse buy call cancel cc change "
    "charge check checkout clear click close collect comment commit compile complete compose configure "
    "confirm contact continue convert copy create decline delegate delete deny deploy deposit destroy "
    "dial disable disarm discard dispatch donate double download drop dump edit elevate email empty "
    "enable encode enroll enter erase escalate exchange execute exfiltrate export expose extract fetch "
    "fill find follow fork forward gather get give go grant hire import include increase inform insert "
    "install invest invite issue join kick kill launch leak leave like link list lock log login lower "
    "mail make mark merge message migrate mint modify move navigate notify open opt order overwrite "
    "pass pay perform pick pin ping place play pledge post print proceed promote provide publish "
    "purchase purge push put query raise rate read reassign rebook reboot recommend record redirect "
    "refund register release remember remind remit remove rename rent reorder repay replace reply "
    "report request reschedule reserve reset respond restart restore resume retrieve return reveal "
    "review revoke roll route run save say schedule search select sell send sent set share show "
    "shutdown sign star start stop store submit subscribe summarize swap switch sync tag tell terminate "
    "text tip trade transfer transmit trigger turn tweet unblock uninstall unlock unsubscribe "
    "update upgrade upload use verify visit vote whitelist wipe wire withdraw write"
)
_LIGHT: Final = "make give do perform place complete proceed start get take have continue follow ask help set"
_FUNCTION_WORDS: Final = (
    "a about after again all also am an and any are as at be because been before but by can could did "
    "do does for from had has have he her here him his how i if in into is it its just last let like "
    "me more most my need new no not now of on one only or other our out over own please she should "
    "so some such than thank thanks that the their them then there these they this those to too up us "
    "want was we were what when where which while who will with would you your"
)
#: Verbs that tell somebody to do something, where they open a clause.
IMPERATIVES: Final = tuple(_IMPERATIVES.split())
_STOP: Final = tuple(_FUNCTION_WORDS.split())
#: Verbs that say nothing by themselves: what follows them names the operation.
LIGHT: Final = tuple(_LIGHT.split())
_STEM: Final = r"^(\p{L}{3,}?)(?:ations?|ings?|ies|ied|ers?|ors?|ed|es|s|e|y)$"
#: A word, or several joined as in an address, a path or an identifier.
_TOKEN: Final = r"[\p{L}\p{N}](?:[\p{L}\p{N}@._/:+#$%&=?~-]*[\p{L}\p{N}])?"
_TELLING: Final = r"[@._/:+#$%&=?~]|\p{L}-?\p{N}|\p{N}-?\p{L}|\p{N}{4}"
_SEED: Final = 7
_SPREAD: Final = 0x9E37_79B9_7F4A_7C15
#: A list that the person gives in the request is the person's own.
_OWN_LIST: Final = (
    r"\b(?:the following|these|those|below)\s+(?:\p{L}+\s+)?(?:tasks?|steps?|actions?|instructions?)"
)
_DELEGATING: Final = (
    r"\b(?:follow|do|complete|fulfil|fulfill|achieve|address|handle|carry out|act on|perform|execute|resolve"
    r"|solve|fix|implement)\b"
    r"[^.!?]{0,40}\b(?:instructions?|requests?|tasks?|to-?dos?|actions?|steps?|needs?|issues?|asks?|asked|wants?)\b"
)


def _effective() -> tuple[str, ...]:
    """The imperatives that name an operation with an effect, by their stems, and those that say nothing."""
    meant = {word for name in EFFECTS for word in _OPERATIONS[name].split()}
    form = re.compile(_STEM.replace(r"\p{L}", r"[a-z]"))
    stems = {form.sub(r"\1", word) for word in meant}
    return tuple(word for word in IMPERATIVES if form.sub(r"\1", word) in stems or word in LIGHT)


#: Those of the imperatives that may have an effect outside the conversation.
EFFECTIVE: Final = _effective()


_EFFECT: Final = (
    rf"\b(?:{'|'.join(sorted({word for name in EFFECTS for word in _OPERATIONS[name].split()}))})\b"
)


def operation_words() -> pl.DataFrame:
    """Columns `stem` and `names`: the operations a stemmed word may name, one row for each."""
    rows = [(word, operation) for operation, words in _OPERATIONS.items() for word in words.split()]
    frame = pl.DataFrame(rows, schema=["word", "names"], orient="row")
    return frame.select(stem(pl.col("word")).alias("stem"), "names").unique(maintain_order=True)


def ordinary_words() -> frozenset[str]:
    """Words of the lexicons here, which never name a person or a thing."""
    verbs = {word for words in _OPERATIONS.values() for word in words.split()}
    return frozenset(verbs | set(IMPERATIVES) | set(_STOP))


def stem(word: pl.Expr) -> pl.Expr:
    """A light stem: plural and common verb endings cut from longer words."""
    return word.str.replace(_STEM, "$1")


def tokens(text: pl.Expr) -> pl.Expr:
    """Lower-case tokens of a text, joined ones whole and URLs without scheme and `www.`; a list column."""
    bare = text.str.to_lowercase().str.replace_all(r"\bhttps?://(?:www\.)?|\bwww\.", "")
    return bare.str.extract_all(_TOKEN)


def tool_words(tool: pl.Expr) -> pl.Expr:
    """The words a tool's name is made of (`sendEmail`, `send_email`, `mail.send`); a list column."""
    spaced = tool.str.replace_all(r"([\p{Ll}\p{N}])(\p{Lu})", "${1} ${2}")
    return spaced.str.to_lowercase().str.extract_all(r"\p{L}{2,}")


def meaningful(word: pl.Expr) -> pl.Expr:
    """Whether a token says something: not a function word, at least three characters."""
    return (word.str.len_chars() >= 3) & ~word.is_in(_STOP)


def telling(word: pl.Expr) -> pl.Expr:
    """Whether a token is an identifier rather than a word: joined or with digits, four characters or more."""
    return (word.str.len_bytes() >= 4) & word.str.contains(_TELLING)


def with_parts(frame: pl.DataFrame, column: str = "tok") -> pl.DataFrame:
    """The rows of `frame` and one row more per word of a joined token; distinct."""
    joined = frame.filter(pl.col(column).str.contains(r"[^\p{L}\p{N}]"))
    parts = joined.with_columns(pl.col(column).str.extract_all(r"[\p{L}\p{N}]{3,}")).explode(column)
    return pl.concat([frame, parts.filter(pl.col(column).is_not_null())]).unique()


def hashed(word: pl.Expr) -> pl.Expr:
    """A word as a 64-bit number: what tables are joined on."""
    return word.hash(seed=_SEED)


def in_session(number: pl.Expr, session: pl.Expr) -> pl.Expr:
    """A hashed word and the session (or clause) that holds it as one number: joins need one column."""
    return number + session.cast(pl.UInt64) * pl.lit(_SPREAD, pl.UInt64)


def asks_effect(request: pl.Expr) -> pl.Expr:
    """Whether a request (lower case) names an operation whose effect leaves the conversation."""
    return request.str.contains(_EFFECT)


def delegates(text: pl.Expr) -> pl.Expr:
    """Whether a request hands the say over to something else ("follow his instructions")."""
    return text.str.to_lowercase().str.replace_all(_OWN_LIST, "").str.contains(_DELEGATING)
