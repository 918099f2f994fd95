"""Finds hundreds of vendors' secrets by the rules that the kingfisher package lists about itself."""

from __future__ import annotations

import contextlib
import functools
import subprocess
import sysconfig
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

import msgspec
import polars as pl
import re2

from afteraction.lake.durable import write_durably
from afteraction.records.session_batch import SessionBatch
from detectors.detector import Detector, Pattern
from detectors.examples import reads
from detectors.exposure import exposed
from detectors.lookalikes import entropy, is_compound, is_placeholder, looks_random, names_no_secret

_PACKAGE: Final = "kingfisher-bin"
_SECONDS: Final = 60


class PackRule(msgspec.Struct, frozen=True):
    """One rule as the package prints it."""

    id: str
    pattern: str
    confidence: str = "medium"
    visible: bool = True


class Pack(msgspec.Struct, frozen=True):
    """The usable rules, and why the others are not used."""

    rules: tuple[PackRule, ...] = ()
    refused: dict[str, str] = {}


def load(cache: Path) -> Pack:
    """The package's rules, from the cache or else from its binary; an empty pack says why in `refused`."""
    try:
        release = version(_PACKAGE)
    except PackageNotFoundError:
        return Pack(refused={"*": f"{_PACKAGE} is not installed"})
    file = cache / f"{_PACKAGE}-{release}-{_FORMAT}.json"
    held = _held(file)
    if held is not None:
        return held
    from detectors.scan.database import alone  # noqa: PLC0415  # the engine gathers rules from here

    with alone(cache):
        return _held(file) or _filled(file, release)


def _held(file: Path) -> Pack | None:
    with contextlib.suppress(OSError, msgspec.MsgspecError):
        return msgspec.json.decode(file.read_bytes(), type=Pack)
    return None


def _filled(file: Path, release: str) -> Pack:
    try:
        listed = _listed()
    except (OSError, subprocess.SubprocessError, msgspec.MsgspecError) as error:
        return Pack(refused={"*": f"{_PACKAGE} {release} does not list its rules: {type(error).__name__}"})
    pack = _usable(listed)
    with contextlib.suppress(OSError):
        write_durably(file, msgspec.json.encode(pack))
    return pack


_FORMAT: Final = 1


def _listed() -> list[PackRule]:
    """What `kingfisher rules list` prints; it may not look for updates."""
    binary = Path(sysconfig.get_path("scripts")) / "kingfisher"
    command = [str(binary), "rules", "list", "--format", "json", "--no-update-check", "--quiet"]
    done = subprocess.run(command, capture_output=True, check=True, timeout=_SECONDS)
    return msgspec.json.decode(done.stdout, type=list[PackRule])


def _usable(listed: list[PackRule]) -> Pack:
    from detectors.scan import database  # noqa: PLC0415  # see `load`
    from detectors.scan.rules import compile_re2  # noqa: PLC0415

    rules, refused = [], {}
    for rule in listed:
        plain = msgspec.structs.replace(rule, pattern=_plain(rule.pattern))
        try:
            compile_re2(plain.pattern)
        except re2.error:
            refused[rule.id] = "RE2 refuses its syntax"
        else:
            rules.append(plain)
    out = database.refused([rule.pattern for rule in rules]) if rules else set()
    refused |= {rules[place].id: "Hyperscan refuses its syntax" for place in sorted(out)}
    return Pack(tuple(rule for place, rule in enumerate(rules) if place not in out), refused)


def _plain(pattern: str) -> str:
    """The pattern without the free-spacing flag, where it makes no use of it."""
    body = pattern.removeprefix("(?x)")
    return body if body != pattern and not any(c in body for c in " \n\t#") else pattern


@functools.cache
def supply(cache: Path) -> tuple[Pattern, ...]:
    """The pack's patterns, ranked behind our own; hosts and names behind whatever says secret."""
    return tuple(_pattern(rule) for rule in load(cache).rules if rule.id.partition(".")[2] not in _COVERED)


def refused(cache: Path) -> dict[str, str]:
    """Rules that are not used, by id, with the reason."""
    return dict(load(cache).refused)


#: Rules left out because a detector of ours covers them with a cheaper or stricter pattern.
_COVERED: Final = frozenset([
    "alibaba-secret-key", "alibaba-sts-access-key-secret", "aws-access-token", "aws-secret-access-key",
    "azure-client-id", "azure-storage-account-name", "curl-auth-user", "facebook-access-token", "gcp-api-key",
    "generic-credential-uri", "jwt", "microsoft-teams-webhook", "private-key", "secrets/bitbucketcredentials",
    "secrets/codecatalystcredentials", "secrets/codecommitcredentials", "twilio-api-key", "zai-api-key",
])  # fmt: skip
_NO_SECRET: Final = (
    "host",
    "domain",
    "-url",
    "client-id",
    "account-id",
    "app-id",
    "username",
    "user-id",
    "-email",
)


def _pattern(rule: PackRule) -> Pattern:
    name = rule.id.partition(".")[2]
    public = any(word in name for word in _NO_SECRET)
    return Pattern(
        rule=rule.id,
        regex=rule.pattern,
        label=name.upper().replace("-", "_").replace(".", "_"),
        sensitivity="internal" if public else "secret",
        group=1 if compiled_groups(rule.pattern) else 0,
        accept=_is_shaped if _has_prefix(rule.pattern) else _is_named,
        rank=5 if public else 3,
    )


def compiled_groups(pattern: str) -> int:
    """How many capture groups a pattern has; the first holds the secret."""
    return pattern.replace("\\(", "").replace("(?", "").count("(")


def _has_prefix(pattern: str) -> bool:
    """Whether the shape itself proves the vendor, in contrast to a name with any value after it."""
    return "(?:=|>|:{1,3}=" not in pattern


def _is_shaped(value: str, _context: str) -> bool:
    bare = value[2:] if value[1:2] == "." else value
    return (
        not is_placeholder(value)
        and entropy(value) >= 2.5
        and not (bare.isalpha() and not looks_random(bare))
    )


def _is_named(value: str, context: str) -> bool:
    return (
        not names_no_secret(value, context)
        and not is_placeholder(value)
        and not is_compound(value)
        and entropy(value) >= 2.5
        and looks_random(value)
    )


def find(batch: SessionBatch) -> pl.DataFrame:
    """The pack's secrets in arguments and results."""
    return exposed(batch, DETECTOR.id, "Vendor credential", lower=1)


DETECTOR: Final = Detector(
    id="public_rule_pack",
    summary="A secret that a published rule set knows stands in what an agent sent or read.",
    severity="high",
    misses="What the installed package does not know; rules that RE2 or Hyperscan refuse (they are counted).",
    standards=("OWASP-ASI03", "ATLAS-AML.T0055"),
    find=find,
    supply=supply,
    firing=(
        reads("a repository manager's key", "key " + "AKC" + "p" + "q8Vw2Zt4Xn6Lb9Hs3Jd5Mf1Pc0Yb7Re2Ua" * 2),
    ),
    silent=(reads("documentation", "Vault tokens start with hvs. and are opaque."),),
)
