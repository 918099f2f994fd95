"""Finds keys of cloud accounts: AWS, Google Cloud, Azure and DigitalOcean."""

from __future__ import annotations

from functools import partial
from typing import Final

import polars as pl

from afteraction.records.session_batch import SessionBatch
from detectors.detector import Detector, Pattern
from detectors.examples import reads, sends
from detectors.exposure import exposed
from detectors.lookalikes import entropy, is_placeholder, is_real, looks_random

_END: Final = r"(?:[^A-Za-z0-9/+=]|$)"


def _is_key_id(value: str, context: str) -> bool:
    return is_real(value, context) and entropy(value) > 2.8


def _is_aws_secret(value: str, _context: str) -> bool:
    mixed = (
        any(c.islower() for c in value)
        and any(c.isupper() for c in value)
        and any(c.isdigit() for c in value)
    )
    return mixed and not is_placeholder(value) and entropy(value) > 3.5 and looks_random(value)


_pattern = partial(Pattern, sensitivity="secret", accept=is_real)

PATTERNS: Final = (
    _pattern("aws_access_key_id", r"\b((?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16})\b", "AWS_ACCESS_KEY", group=1,
             accept=_is_key_id),
    _pattern(
        "aws_secret_access_key",
        r"(?i:secret[_\s.-]{0,2}(?:access[_\s.-]{0,2})?key|aws[\w.\s-]{0,20}(?:secret|key)|secretkey)"
        r"[\"'\s:=>,(]{1,24}([A-Za-z0-9/+]{40})" + _END,
        "AWS_SECRET_KEY",
        group=1,
        accept=_is_aws_secret,
    ),
    _pattern("aws_session_token", r"\b((?:FwoGZXIvYXdzE|IQoJb3JpZ2lu)[A-Za-z0-9/+]{50,}={0,2})",
             "AWS_SESSION_TOKEN",
             group=1, trigger=r"(?:FwoGZXIvYXdzE|IQoJb3JpZ2lu)[A-Za-z0-9/+]{20}", reach=4096),
    _pattern("google_api_key", r"\b(AIza[\w-]{35})(?:[^\w-]|$)", "GOOGLE_API_KEY", group=1,
             accept=_is_key_id),
    _pattern("google_service_account", r"\"private_key_id\"\s*:\s*\"([0-9a-f]{40})\"", "GCP_KEY_ID", group=1),
    _pattern("google_oauth_token", r"\b(ya29\.[\w-]{30,})", "GOOGLE_OAUTH_TOKEN", group=1,
             trigger=r"ya29\.[\w-]{30}", reach=4096),
    _pattern("google_client_secret", r"\b(GOCSPX-[\w-]{28})(?:[^\w-]|$)", "GOOGLE_CLIENT_SECRET", group=1),
    _pattern("azure_storage_key",
             r"(?i:accountkey|storage[\w.\s-]{0,20}key)[\"'\s:=]{1,18}([A-Za-z0-9+/]{86}==)",
             "AZURE_STORAGE_KEY", group=1),
    _pattern("azure_shared_access_key", r"(?i:sharedaccesskey|;secret)[\"'\s:=]{1,18}([A-Za-z0-9+/]{43}=)",
             "AZURE_SHARED_ACCESS_KEY", group=1),
    _pattern("azure_client_secret", r"(?:^|[^\w~.-])([\w~.-]{3}\dQ~[\w~.-]{31,34})(?:[^\w~.-]|$)",
             "AZURE_CLIENT_SECRET", group=1),
    _pattern("azure_sas_signature",
             r"[?&;](?:sv|se|sp|sr)=[^\s\"']{1,300}&sig=([A-Za-z0-9%/+]{40,80}(?:%3D|=))",
             "AZURE_SAS_TOKEN", group=1, trigger=r"&sig=[A-Za-z0-9%/+]{40}", reach=512),
    _pattern("azure_devops_token",
             r"\b([A-Za-z0-9]{52}JQQJ[A-Za-z0-9]{16,24}AZDO[A-Za-z0-9]{4,8})\b",
             "AZURE_DEVOPS_TOKEN", group=1, trigger=r"AZDO[A-Za-z0-9]{4}", reach=256),
    _pattern("digitalocean_token", r"\b(do[opr]_v1_[0-9a-f]{64})\b", "DIGITALOCEAN_TOKEN", group=1),
)  # fmt: skip


def find(batch: SessionBatch) -> pl.DataFrame:
    """Cloud keys in arguments and results; worst where the call goes outside."""
    return exposed(batch, DETECTOR.id, "Cloud credential")


_KEY_ID = "AKI" + "AZ7QX3MPLR2VKN5TW"
_SECRET = "hT9qLw2/Xc7Vb4Nz8Ks" + "1Md6Rf3+Yp5Gj0Ua2Ei7Q"

DETECTOR: Final = Detector(
    id="cloud_credential",
    summary="A cloud account's key stands in what an agent sent or read.",
    severity="critical",
    misses="Keys without a fixed shape or a telling name beside them; keys cut in pieces over several calls.",
    standards=("OWASP-ASI03", "OWASP-ASI02", "ATLAS-AML.T0086", "ATLAS-AML.T0055"),
    find=find,
    patterns=PATTERNS,
    firing=(
        sends("access key posted outside", f"id {_KEY_ID}"),
        sends(
            "secret key in JSON in JSON", '{"conf": "{\\"aws_secret_access_key\\": \\"' + _SECRET + '\\"}"}'
        ),
        reads(
            "key pair in a file", f"[default]\naws_access_key_id={_KEY_ID}\naws_secret_access_key={_SECRET}\n"
        ),
    ),
    silent=(
        sends("the vendor's documentation key", "AKIA" + "IOSFODNN7EXAMPLE"),
        reads("a placeholder", "aws_secret_access_key = <your-secret-access-key>"),
        reads("a commit id", "commit 9fceb02d0ae598e95dc970b74767f19372d61af8"),
    ),
)
