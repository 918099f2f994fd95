"""Structural secrets and encoded runs in one text, in linear time and without keeping what was found."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re

#: (a literal that must be there, the pattern that verifies it). Each pattern is a literal and single runs
#: of one class, and a long run can start only after a character outside its class, so that matching is
#: linear: a search that hangs would hold the interpreter's lock and the watchdog with it. A pattern is
#: compiled when its literal is first seen.
PATTERNS = (
    ("AKIA", r"(?<![0-9A-Za-z])AKIA[0-9A-Z]{16}(?![0-9A-Za-z])"),
    ("ASIA", r"(?<![0-9A-Za-z])ASIA[0-9A-Z]{16}(?![0-9A-Za-z])"),
    ("ghp_", r"ghp_[0-9A-Za-z]{36}"),
    ("gho_", r"gho_[0-9A-Za-z]{36}"),
    ("ghs_", r"ghs_[0-9A-Za-z]{36}"),
    ("github_pat_", r"github_pat_[0-9A-Za-z_]{36}"),
    ("glpat-", r"glpat-[0-9A-Za-z_-]{20}"),
    ("xox", r"xox[abprs]-[0-9A-Za-z-]{20}"),
    ("sk_live_", r"sk_live_[0-9A-Za-z]{20}"),
    ("sk-", r"(?<![0-9A-Za-z])sk-[0-9A-Za-z_-]{32}"),
    ("AIza", r"AIza[0-9A-Za-z_-]{35}"),
    ("npm_", r"(?<![0-9A-Za-z])npm_[0-9A-Za-z]{36}"),
    ("hf_", r"(?<![0-9A-Za-z])hf_[0-9A-Za-z]{30}"),
    ("eyJ", r"(?<![0-9A-Za-z_.-])eyJ[0-9A-Za-z_-]{8,4096}\.eyJ[0-9A-Za-z_-]{8,4096}\.[0-9A-Za-z_-]{16}"),
    ("PRIVATE KEY-----", r"-----BEGIN (?:[A-Z]{2,9} ){0,2}PRIVATE KEY-----"),
)
#: The one literal whose pattern spans spaces.
SPACED = "PRIVATE KEY-----"
SHORTEST_SECRET = 20
SHORTEST_RUN = 40
_compiled: dict[str, re.Pattern[str]] = {}
_NOT_RUN = {code: " " for code in range(128) if not (chr(code).isalnum() or chr(code) in "+/=_-")}


def look(text: str) -> tuple[int, int]:
    """(kinds of structural secrets, characters in encoded runs) of a text.

    A run looks like base64 or hex of at least 30 bytes. Short words hold neither, so that prose costs
    one split.
    """
    words = [word for word in text.split() if len(word) >= SHORTEST_SECRET]
    long = " ".join(words)
    kinds = int(SPACED in text and _pattern(PATTERNS[-1][1]).search(text) is not None)
    if long:
        kinds += sum([literal in long and _found(pattern, long) for literal, pattern in PATTERNS[:-1]])
    if not words or max(map(len, words)) < SHORTEST_RUN:
        return kinds, 0
    return kinds, sum([len(run) for run in long.translate(_NOT_RUN).split() if _looks_encoded(run)])


def _found(pattern: str, text: str) -> bool:
    return _pattern(pattern).search(text) is not None


def _looks_encoded(run: str) -> bool:
    """Long, and mixing digits with letters as words, paths and dashes do not."""
    if len(run) < SHORTEST_RUN or not run.isascii() or run.count("/") > len(run) // 8:
        return False
    digits = sum(run.count(digit) for digit in "0123456789")
    return digits * 20 >= len(run) and run.strip("0123456789") != ""


def _pattern(pattern: str) -> re.Pattern[str]:
    if pattern not in _compiled:
        import re  # noqa: PLC0415 -- importing it costs more than the whole decision

        _compiled[pattern] = re.compile(pattern)
    return _compiled[pattern]
