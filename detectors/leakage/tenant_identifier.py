"""Finds names that point at one customer's place in a cloud service: tenant hosts, client and account ids."""

from __future__ import annotations

from typing import Final

import polars as pl

from afteraction.records.session_batch import SessionBatch
from detectors.detector import Detector, Pattern
from detectors.examples import reads, sends
from detectors.exposure import exposed

_SERVICES: Final = (
    r"openai\.azure\.com|(?:blob|file|queue|table|dfs)\.core\.windows\.net|search\.windows\.net|vault\.azure\.net|"
    r"database\.windows\.net|azurecr\.io|(?:us\.|eu\.|au\.|jp\.)?auth0\.com|okta(?:preview)?\.com|my\.salesforce\.com|"
    r"myshopify\.com|cloud\.databricks\.com|azuredatabricks\.net|snowflakecomputing\.com|zendesk\.com|"
    r"service-now\.com|jfrog\.io|rds\.amazonaws\.com|es\.amazonaws\.com|cache\.amazonaws\.com|supabase\.co|"
    r"firebaseio\.com|tines\.com"
)
_COMMON: Final = frozenset(
    ["www", "docs", "help", "support", "api", "status", "login", "developer", "developers", "cdn"]
)


def _is_tenant(value: str, _context: str) -> bool:
    return value.lower().partition(".")[0] not in _COMMON


PATTERNS: Final = (
    Pattern(
        rule="tenant_host",
        regex=rf"(?i)\b((?:[a-z0-9][a-z0-9-]{{0,62}}\.){{1,4}}(?:{_SERVICES}))\b",
        label="TENANT_HOST",
        sensitivity="internal",
        group=1,
        trigger=rf"(?i)[a-z0-9]\.(?:{_SERVICES})",
        reach=320,
        rank=2,
        accept=_is_tenant,
    ),
    Pattern(
        rule="google_client_id",
        regex=r"\b(\d{6,16}-[a-z0-9]{32}\.apps\.googleusercontent\.com)\b",
        label="OAUTH_CLIENT_ID",
        sensitivity="internal",
        group=1,
        trigger=r"[a-z0-9]\.apps\.googleusercontent\.com",
        reach=128,
        rank=1,
    ),
    Pattern(
        rule="aws_account_in_arn",
        regex=r"\barn:aws[a-z-]*:[a-z0-9-]*:[a-z0-9-]*:(\d{12}):",
        label="AWS_ACCOUNT",
        sensitivity="internal",
        group=1,
        rank=2,
        reach=128,
    ),
)


def find(batch: SessionBatch) -> pl.DataFrame:
    """Tenant names in arguments and results; they open nothing, but say where to knock."""
    return exposed(batch, DETECTOR.id, "Tenant name")


DETECTOR: Final = Detector(
    id="tenant_identifier",
    summary="The name of the owner's own place in a cloud service stands in what an agent sent or read.",
    severity="low",
    misses="Services that are not listed; tenants behind an owner's own domain.",
    standards=("OWASP-ASI02",),
    find=find,
    patterns=PATTERNS,
    firing=(
        sends("storage account posted outside", "the dump is at examplecorp.blob.core.windows.net/backup"),
    ),
    silent=(reads("documentation", "see docs.auth0.com and www.okta.com"),),
)
