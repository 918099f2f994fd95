"""Account names as people: the strict form that lets somebody in, the loose form that keeps them out."""

from __future__ import annotations

import functools
import re
import unicodedata
from typing import Final

_ADDRESS: Final = re.compile(r"<([^<>]*@[^<>]*)>")
#: Letters that read as another one; after NFKC and case folding. Shapes, not sounds (compare UTS #39).
_LOOKS_LIKE: Final = {
    "a": "\u0430\u03b1\u0251",
    "b": "\u0432",
    "c": "\u0441\u03f2\u0581",
    "d": "\u0501",
    "e": "\u0435",
    "g": "\u0261",
    "h": "\u04bb\u043d\u0570",
    "j": "\u0458\u03f3",
    "k": "\u043a\u03ba",
    "l": "\u0456\u04cf\u03b9\u0131\u029f1|i",
    "m": "\u043c",
    "n": "\u043f\u03b7\u0578",
    "o": "\u043e\u03bf\u05850",
    "p": "\u0440\u03c1",
    "q": "\u051b\u0566",
    "r": "\u0433",
    "s": "\u0455",
    "t": "\u0442\u03c4",
    "u": "\u03c5\u057d",
    "v": "\u03bd",
    "w": "\u051d",
    "x": "\u0445\u03c7",
    "y": "\u0443\u03b3",
}
_LOOKALIKES: Final = str.maketrans({look: plain for plain, looks in _LOOKS_LIKE.items() for look in looks})
_MOST: Final = 1000


def login_key(account: str) -> str:
    """The form in which a login must equal a configured account: trimmed, composed, case folded.

    Nothing else is forgiven here: a look-alike or plus-address is not the account.
    """
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", account).casefold()).strip()


@functools.lru_cache(maxsize=10_000)
def likeness(account: str) -> str:
    """The form in which two names may be the same person: plus-parts, dots, marks and look-alikes folded.

    It joins more than it should, on purpose: it is used to keep people out, never to let them in.
    """
    named = _ADDRESS.search(account[:_MOST])
    folded = unicodedata.normalize("NFKC", named.group(1) if named else account[:_MOST]).casefold()
    bare = "".join(
        c for c in unicodedata.normalize("NFKD", folded) if unicodedata.category(c)[0] not in "CMZ"
    )
    local, at, domain = bare.rpartition("@")
    if at:
        bare = local.partition("+")[0].replace(".", "") + at + domain
    return bare.translate(_LOOKALIKES).replace("rn", "m").replace("vv", "w")
