"""Finds tokens of source hosts and package registries: GitHub, GitLab, Bitbucket, npm, PyPI, Docker Hub."""

from __future__ import annotations

import zlib
from functools import partial
from typing import Final

import polars as pl

from afteraction.records.session_batch import SessionBatch
from detectors.detector import Detector, Pattern
from detectors.examples import reads, sends
from detectors.exposure import exposed
from detectors.lookalikes import is_real

_BASE62: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_CHECK_CHARS: Final = 6


def checksum(body: str) -> str:
    """The last six characters of a GitHub or npm token: CRC-32 of the body in base 62."""
    left, digits = zlib.crc32(body.encode()), ""
    while left:
        left, digit = divmod(left, 62)
        digits = _BASE62[digit] + digits
    return digits.rjust(_CHECK_CHARS, "0")


def _proven(value: str, _context: str) -> bool:
    body = value.partition("_")[2]
    return checksum(body[:-_CHECK_CHARS]) == body[-_CHECK_CHARS:]


_pattern = partial(Pattern, sensitivity="secret", accept=is_real, group=1)
_UNPROVEN: Final = ("github_token_shape", "npm_token_shape")
_GITHUB: Final = r"\b(gh[pousr]_[A-Za-z0-9]{36})\b"
_NPM: Final = r"\b(npm_[A-Za-z0-9]{36})\b"

PATTERNS: Final = (
    _pattern("github_token", _GITHUB, "GITHUB_TOKEN", accept=_proven),
    _pattern("github_token_shape", _GITHUB, "GITHUB_TOKEN", rank=1),
    _pattern("github_fine_grained_token",
             r"\b(github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59})\b", "GITHUB_TOKEN"),
    _pattern(
        "gitlab_token",
        r"\b(gl(?:pat|ptt|rt|dt|cbt|ft|imt|agent|oas|soat|ffct)-[A-Za-z0-9_-]{20,300}(?:\.[a-z0-9.]{9,12})?)(?:[^\w-]|$)",
        "GITLAB_TOKEN",
        trigger=r"\bgl(?:pat|ptt|rt|dt|cbt|ft|imt|agent|oas|soat|ffct)-[A-Za-z0-9_-]{20}",
        reach=512,
    ),
    _pattern("bitbucket_app_password", r"\b(ATBB[A-Za-z0-9]{32})\b", "BITBUCKET_TOKEN"),
    _pattern("atlassian_token", r"\b(ATATT3[A-Za-z0-9_=-]{50,400})", "ATLASSIAN_TOKEN",
             trigger=r"\bATATT3[A-Za-z0-9_=-]{50}", reach=512),
    _pattern("npm_token", _NPM, "NPM_TOKEN", accept=_proven),
    _pattern("npm_token_shape", _NPM, "NPM_TOKEN", rank=1),
    _pattern("pypi_token", r"\b(pypi-AgEIcHlwaS5vcmc[\w-]{50,1000})", "PYPI_TOKEN",
             trigger=r"pypi-AgEIcHlwaS5vcmc[\w-]{50}", reach=1200),
    _pattern("rubygems_token", r"\b(rubygems_[a-f0-9]{48})\b", "RUBYGEMS_TOKEN"),
    _pattern("docker_token", r"\b(dckr_(?:pat|oat)_[A-Za-z0-9_-]{27,40})(?:[^\w-]|$)", "DOCKER_TOKEN"),
)  # fmt: skip


def find(batch: SessionBatch) -> pl.DataFrame:
    """Source-host tokens in arguments and results; those whose checksum fails count with less confidence."""
    return exposed(batch, DETECTOR.id, "Source-hosting token", unproven=_UNPROVEN)


def _token(prefix: str, body: str) -> str:
    return prefix + body + checksum(body)


_GITHUB_TOKEN = _token("gh" + "p_", "R7kq2Vw9Zt4Xn6Lb8Hs3Jd5Mf1Pc0Y")

DETECTOR: Final = Detector(
    id="source_hosting_token",
    summary="A token of a source host or package registry stands in what an agent sent or read.",
    severity="critical",
    misses="Tokens of forges without a prefix; old 40-digit GitHub tokens without a telling name.",
    standards=("OWASP-ASI03", "OWASP-ASI04", "ATLAS-AML.T0055"),
    find=find,
    patterns=PATTERNS,
    firing=(
        sends("token with a right checksum", f"git clone https://x:{_GITHUB_TOKEN}@git.example.org/a.git"),
        reads(
            "registry token after an escaped line end",
            "[registry]\\n" + _token("np" + "m_", "aB3dE6gH9jK2mN5pQ8rS1tU4vW7xY0"),
        ),
        reads("GitLab token", "token: gl" + "pat-x8Kq2Vw9Zt4Xn6Lb8Hs3"),
    ),
    silent=(
        reads("a placeholder", "export GITHUB_TOKEN=ghp_" + "x" * 36),
        reads("a branch name", "glpat-docs is the branch of the documentation"),
    ),
)
