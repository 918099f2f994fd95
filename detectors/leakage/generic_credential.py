"""Finds credentials without a vendor's shape: a telling name beside a value that looks drawn at random."""

from __future__ import annotations

from functools import partial
from typing import Final

import polars as pl
import re2

from afteraction.records.session_batch import SessionBatch
from detectors.detector import Detector, Pattern
from detectors.examples import reads, sends
from detectors.exposure import exposed
from detectors.lookalikes import (
    entropy,
    is_compound,
    is_grouped,
    is_placeholder,
    is_public,
    is_sequence,
    looks_random,
    name_before,
    names_no_secret,
)

_KEY: Final = r"(?:secret|token|key|credential|bearer|authorization|access|private|auth|login|[_.-]pat)s?"
_PASS: Final = r"(?:pass(?:word|wd|phrase|code)s?|passwd|pwd|(?:[_.-]|\b)pass\b)"
_GLUE: Final = r"[\w.\[\]-]{0,24}[ \t\"'`\]]*(?:=>|:=|={1,3}|:{1,2}|>|,|\|\||\bis\b)[ \t\"'`(]*"
_GAP: Final = r"[\"'`]?[\s.-]{1,4}(?:[a-z]{2,5}\s)?[\"'`]?"
_TOKEN: Final = r"[A-Za-z0-9_.~+/=@!$%^&*:#-]"
_SECRET: Final = r"[^\s\"'`<>,;(){}\[\]\\]"
_DOTTED: Final = re2.compile(r"^[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+$")
_CODE: Final = re2.compile(
    r"^[A-Za-z_]\w*\(|^/|^\.{1,2}/|^~/|^[a-z]+://|^\d[\d.:,/-]{0,18}$|"
    r"[!=<>]=|&&|\|\|"
)
_KEYWORD: Final = re2.compile(r"^[a-z_]+=\w*$")
_UUID: Final = re2.compile(r"(?i)(?:^|[_-])[0-9a-f]{8}(?:-[0-9a-f]{4}){2,3}-[0-9a-f]{12}$")
_ENVIRONMENT: Final = re2.compile(r"(?:^|\n|\s)(?:export )?[A-Z][A-Z0-9_]{3,}=$")
_ENDS: Final = (
    "secret", "secrets", "token", "tokens", "key", "keys", "password", "credential", "credentials", "bearer",
    "authorization", "auth", "access", "private", "pat", "login",
)  # fmt: skip


def _is_token(value: str, context: str) -> bool:
    """Under a name that means a secret: drawn at random, no placeholder, path, identifier or code."""
    bare = value.strip(".:=-_,&")
    if len(bare) < _MIN_TOKEN or value.endswith("..") or is_placeholder(bare) or is_sequence(bare):
        return False
    name = name_before(value, context)
    named = any(word.endswith(_ENDS) for word in name)
    if is_public(name) or (name and not named) or _CODE.search(bare):
        return False
    return named if _UUID.search(bare) or is_grouped(bare) else _is_dense(bare)


def _is_dense(bare: str) -> bool:
    digits = sum(map(str.isdigit, bare))
    if digits == len(bare):
        return len(bare) >= _SURE_DIGITS and entropy(bare) > 2.5
    if is_compound(bare) or (digits == 0 and len(bare) < _SURE_LETTERS):
        return False
    return looks_random(bare) and (len(bare) >= _SURE_TOKEN or _is_mixed(bare))


def _is_mixed(value: str) -> bool:
    """Whether a short value has letters and at least three digits."""
    return any(map(str.isalpha, value)) and sum(map(str.isdigit, value)) >= 3


def _is_bare_token(value: str, context: str) -> bool:
    """Without an assignment the value must be dense: 16 characters with digits, or longer."""
    dense = any(map(str.isdigit, value)) or len(value) >= _SURE_LETTERS
    return dense and _is_token(value, context)


def _is_password(value: str, context: str) -> bool:
    """Six characters of two kinds at least; words of a sentence, types and code do not count."""
    bare = value.strip(".,;:?")
    if (
        len(bare) < 6
        or is_placeholder(bare)
        or _is_code(bare)
        or _KEYWORD.match(bare)
        or names_no_secret(value, context)
    ):
        return False
    before, _, after = context.partition(value)
    if after.startswith("(") or before.rstrip(" \"'").endswith(("(", "->")):
        return False
    if bare.replace("_", "").isalpha():
        return _is_literal(before, after) and not bare.istitle() and not bare.isupper()
    digits, letters = any(map(str.isdigit, bare)), any(map(str.isalpha, bare))
    return letters and (digits or not all(c.isalnum() or c in "_-./:@" for c in bare))


def _is_code(value: str) -> bool:
    """Whether a value is an expression or a path instead of a literal, or a dotted name that is no noise."""
    return _CODE.search(value) is not None or (_DOTTED.match(value) is not None and not looks_random(value))


def _is_literal(before: str, after: str) -> bool:
    """Whether a value is given as such: quoted after `=` or `:`, or assigned to an environment variable."""
    quoted = before.endswith(("'", '"')) and after.startswith(("'", '"'))
    return (quoted and before.rstrip(" \t\"'").endswith((":", "="))) or _ENVIRONMENT.search(
        before
    ) is not None


def _is_typed_password(value: str, _context: str) -> bool:
    """What stands after `-u name:` on a command line is a password unless it is a word or a placeholder."""
    return not is_placeholder(value) and (any(map(str.isdigit, value)) or looks_random(value))


def _is_typed_key(value: str, _context: str) -> bool:
    """What stands before the colon of `-u key:` is a key if it is long and no name."""
    return not is_placeholder(value) and any(map(str.isdigit, value)) and looks_random(value)


def _is_flagged(value: str, context: str) -> bool:
    """What stands after a flag such as `--password`: a literal, not another flag, a path or a variable."""
    return not value.startswith("-") and not _is_code(value) and _is_typed_password(value, context)


def _is_client_password(value: str, context: str) -> bool:
    """What follows `-p` of a client program: no port or number, no path, no placeholder."""
    return (
        not value.isdigit()
        and not is_placeholder(value)
        and not _is_code(value)
        and not names_no_secret(value, context)
    )


_MIN_TOKEN: Final = 10
_SURE_TOKEN: Final = 16
_SURE_LETTERS: Final = 20
_SURE_DIGITS: Final = 24
_FLAG: Final = (
    r"\s--?(?:[a-z]+-){0,3}(?:pass(?:word|wd|phrase)?|pwd|secret|token|api-?key|access-?key)[ =][\"']?"
)
_CLIENTS: Final = (
    r"(?i:\b(?:sshpass|psexec(?:64)?(?:\.exe)?|mysql(?:dump|admin)?|mongo(?:sh|dump)?|smbclient|plink|pscp|"
    r"redis-cli|ldapsearch|sqlcmd|docker login|az login|net use)\b)"
)
_USER: Final = r"\s(?:-u|--user)[ =]{1,3}[\"']?[^\s:\"'$<]{0,128}[\"']?:[\"']?\{?([^\s\"'$<{}\[\]]{5,128})"
_credential = partial(Pattern, sensitivity="secret", group=1, rank=4)

PATTERNS: Final = (
    _credential(
        "assigned_token",
        rf"(?i){_KEY}{_GLUE}({_TOKEN}{{10,512}})",
        "CREDENTIAL",
        accept=_is_token,
        trigger=rf"(?i){_KEY}{_GLUE}{_TOKEN}{{10}}",
        reach=640,
    ),
    _credential(
        "named_token",
        rf"(?i){_KEY}{_GAP}([A-Za-z0-9_+/=.-]{{15,256}})",
        "CREDENTIAL",
        accept=_is_bare_token,
        trigger=rf"(?i){_KEY}{_GAP}[A-Za-z0-9_+/=.-]{{15}}",
        reach=320,
    ),
    _credential(
        "assigned_password",
        rf"(?i){_PASS}{_GLUE}({_SECRET}{{6,128}})",
        "PASSWORD",
        accept=_is_password,
        trigger=rf"(?i){_PASS}{_GLUE}{_SECRET}{{6}}",
        reach=256,
    ),
    _credential(
        "password_hash",
        r"(?:^|[^\w$])(\$(?:1|5|6|7|8|9|y|2[abxy]|apr1|argon2(?:id|i|d)|krb5(?:asrep|tgs))\$[\w.,=$/+@:*-]{20,1000})",
        "PASSWORD_HASH",
        trigger=r"\$(?:1|5|6|7|8|9|y|2[abxy]|apr1|argon2(?:id|i|d)|krb5(?:asrep|tgs))\$[\w.,=$/+@:*-]{20}",
        reach=4096,
    ),
    _credential(
        "netrc_password",
        r"\blogin\s+\S{1,128}\s+password\s+(\S{6,128})",
        "PASSWORD",
        reach=320,
        accept=_is_password,
    ),
    _credential(
        "flagged_secret",
        rf"{_FLAG}([^\s\"'<>$|;&]{{6,256}})",
        "PASSWORD",
        trigger=rf"{_FLAG}[^\s\"'<>$|;&]{{6}}",
        reach=320,
        accept=_is_flagged,
    ),
    _credential(
        "client_password",
        rf"{_CLIENTS}[^|;\n]{{0,160}}?\s-[pPaw] ?[\"']?([^\s\"'<>$|;&%-][^\s\"'<>$|;&%]{{5,127}})",
        "PASSWORD",
        trigger=_CLIENTS,
        reach=512,
        accept=_is_client_password,
    ),
    _credential(
        "curl_key",
        r"\bcurl\b[^|;]{0,400}?\s(?:-u|--user)[ =]{1,3}[\"']?([^\s:\"'$<{}\[\]]{10,128}):[\"'\s]",
        "CREDENTIAL",
        trigger=r"\s(?:-u|--user)[ =]{1,3}[\"']?[^\s:\"'$<{}\[\]]{10,128}:[\"'\s]",
        reach=640,
        accept=_is_typed_key,
    ),
    _credential(
        "curl_password",
        rf"\bcurl\b[^|;]{{0,400}}?{_USER}",
        "PASSWORD",
        trigger=_USER,
        reach=640,
        accept=_is_typed_password,
    ),
)


def find(batch: SessionBatch) -> pl.DataFrame:
    """Named random values in arguments and results; less sure than a vendor's shape, hence a step lower."""
    rules = tuple(pattern.rule for pattern in PATTERNS)
    return exposed(batch, DETECTOR.id, "Credential", unproven=rules, lower=1)


_VALUE = "q8Vw2Zt4Xn6Lb9" + "Hs3Jd5Mf1Pc0Yb7"

DETECTOR: Final = Detector(
    id="generic_credential",
    summary="A value named like a credential, and random like one, stands in what an agent sent or read.",
    severity="high",
    misses="Unquoted passwords made of words; values named on another line, in a heading, or by a service's"
    " name alone (`acme = 4f0c…`); values of fewer than ten characters under a name that means a key.",
    standards=("OWASP-ASI03", "ATLAS-AML.T0055"),
    find=find,
    patterns=PATTERNS,
    firing=(
        sends("key in JSON", '{"internal_api_key": "' + _VALUE + '"}'),
        reads("password in a file", "db_password = Tr0ub4dor&3\n"),
        reads("quoted word as a password", '{"user": "ann", "password": "sunflower"}'),
        sends("password in nested JSON", '{"a": "{\\"password\\": \\"Tr0ub4dor&3x\\"}"}'),
        reads("key in groups", "LICENSE SECRET 4K7Q-92ZD-X3VM-71TB-8WHN"),
        reads("flag of a command", "deploy --api-token q8Vw2Zt4Xn6Lb --host a.example.com"),
        reads("password of a client", "psexec -u ann -p brantwood cmd"),
    ),
    silent=(
        reads(
            "placeholders",
            "api_key=<your-key> token=xxxxxxxxxxxxxxxx password=changeme secret=${APP_SECRET}",
        ),
        reads(
            "code", "token = request.headers.get('x')\npassword = self.password\nkey=lambda item: item.time_2"
        ),
        reads(
            "names of keys",
            '"kms_key_id": "555ea4a3-d53a-4412-9c66-3a7cb667b0d6", "nextPageToken": "' + _VALUE + '"',
        ),
        reads("settings in dotted names", "access_key = settings.storage.access_key_name"),
        reads("flags without a value", "run --password-file /run/a.txt --token $TOKEN -p 8080"),
        reads("prose about passengers", "bags for two passengers, right? All passed: 12of12."),
        reads("prose", "The password must have eight characters. Token usage: completion_tokens"),
    ),
)
