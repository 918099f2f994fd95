"""Finds tokens of many further services by the prefix or frame that each documents for them."""

from __future__ import annotations

from functools import partial
from typing import Final

import polars as pl

from afteraction.records.session_batch import SessionBatch
from detectors.detector import Detector, Pattern
from detectors.examples import reads, sends
from detectors.exposure import exposed
from detectors.lookalikes import is_placeholder

_UUID: Final = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
#: Service and token shape; every shape starts (or ends) with what only this service uses.
_SHAPES: Final = {
    "doppler": r"dp\.(?:ct|pt|sa|scim|audit|st(?:\.[\w-]{1,35})?)\.[A-Za-z0-9]{40,44}",
    "typeform": r"tfp_[\w.=-]{40,60}",
    "sonarqube": r"sq[upa]_[0-9a-f]{40}",
    "teamwork": r"tkn\.v1_[\w+/-]{40,110}={0,2}",
    "dependency_track": r"odt_[A-Za-z0-9]{32,36}",
    "notion": r"(?:secret_[A-Za-z0-9]{43}|ntn_[A-Za-z0-9]{46})",
    "okta": r"00[A-Za-z0-9][\w-]{38,39}",
    "zoho": r"1000\.[0-9a-f]{32}\.[0-9a-f]{32}",
    "tailscale": r"tskey-(?:[a-z]{2,10}-)?[A-Za-z0-9]{6,40}(?:-[A-Za-z0-9]{4,50})?",
    "pubnub": rf"(?:pub|sub|sec)-c-{_UUID}",
    "mapbox": r"[st]k\.eyJ[\w-]{20,120}\.[\w-]{20,30}",
    "hubspot": rf"pat-(?:na|eu)\d-{_UUID}",
    "nuget": r"oy2[a-z0-9]{43}",
    "dropbox": r"sl\.[\w-]{130,800}",
    "voiceflow": r"VF\.(?:DM|WS)\.[0-9a-f]{24}\.[A-Za-z0-9]{16}",
    "live_key": r"[a-z]{2,8}_live_[A-Za-z0-9]{16,64}",
    "linear": r"lin_(?:api|oauth)_[A-Za-z0-9]{32,64}",
    "postman": r"PMAK-[0-9a-f]{24}-[0-9a-f]{34}",
    "grafana": r"gl(?:sa|c)_[A-Za-z0-9+/=_]{32,400}",
    "newrelic": r"NR(?:AK|AA|II|JS)-[A-Za-z0-9_-]{19,32}",
    "sentry": r"sntry[su]_[A-Za-z0-9+/=_]{60,200}",
    "airtable": r"pat[A-Za-z0-9]{14}\.[0-9a-f]{64}",
    "databricks": r"dapi[0-9a-f]{32}(?:-\d)?",
    "vault": r"hv[sbr]\.[\w-]{20,300}",
    "planetscale": r"pscale_(?:pw|tkn|oauth)_[\w.=-]{32,64}",
    "supabase": r"sb[ps]_[0-9a-f]{40}",
    "figma": r"fig[dou]r?_[\w-]{40,60}",
    "contentful": r"CFPAT-[\w-]{40,64}",
    "asana": r"[012]/\d{16}(?:/\d{16})?:[0-9a-f]{32}",
    "facebook": r"EAA[A-Z][A-Za-z0-9]{60,250}",
    "facebook_app": r"\d{15,16}\|[\w-]{27}",
    "cloudinary": r"cloudinary://\d{12,18}:[\w-]{20,40}@[\w-]+",
    "adafruit": r"aio_[A-Za-z0-9]{28}",
    "bedrock": r"ABSK[A-Za-z0-9+/]{100,140}={0,2}",
    "sourcegraph": r"(?:sgp_(?:[0-9a-fA-F]{16}_|local_)?[0-9a-fA-F]{40}|slk_[0-9a-f]{64})",
    "nightfall": r"NF-[A-Za-z0-9]{32}",
    "stackhawk": r"hawk\.[\w-]{20}\.[\w-]{20}",
    "thingsboard": r"thingsboard\.[\w.:]+/api/v1/[A-Za-z0-9]{20}",
    "clickup": r"pk_\d{4,10}_[A-Z0-9]{32}",
    "elevenlabs": r"sk_[0-9a-f]{48}",
    "flexport": r"shltm_[\w-]{40}",
    "telnyx": r"KEY[A-Za-z0-9_-]{55,60}",
    "ubidots": r"BB(?:FF|US)-[A-Za-z0-9]{30,34}",
    "fullstory": r"[a-z]{2}\d\.[A-Za-z0-9+/]{80,120}={0,2}",
    "tines_webhook": r"[\w-]+\.tines\.com/webhook/[0-9a-f]{32}/[0-9a-f]{32}",
}
#: What to look for where the shape itself has no rare beginning.
_TRIGGERS: Final = {"facebook_app": r"\d\|[\w-]{27}", "tines_webhook": r"\.tines\.com/webhook/[0-9a-f]"}
#: Shapes that words and hashes could take on need their service's name nearby.
_NAMED: Final = {
    "okta": "ssws",
    "asana": "asana",
    "facebook_app": "facebook",
    "telnyx": "telnyx",
    "truenas": "api_key",
}


def _accepts(service: str, value: str, context: str) -> bool:
    if service == "live_key" and value.startswith("pk_"):
        return False
    return (
        _NAMED.get(service, "") in context.lower() and not is_placeholder(value) and len(set(value[-16:])) > 4
    )


def _pattern(service: str, shape: str) -> Pattern:
    return Pattern(
        rule=f"{service}_token",
        regex=rf"(?:^|[^\w.])({shape})(?:[^\w]|$)",
        label=f"{service.upper()}_TOKEN",
        sensitivity="secret",
        group=1,
        trigger=_TRIGGERS.get(service),
        reach=640,
        rank=1,
        accept=partial(_accepts, service),
    )


_TRUENAS: Final = r"(?i:api_key)\W{1,6}(?:params\W{1,12})?"

PATTERNS: Final = (
    *(_pattern(service, shape) for service, shape in _SHAPES.items()),
    Pattern(
        rule="truenas_token",
        regex=rf"{_TRUENAS}(\d{{1,5}}-[A-Za-z0-9]{{64}})\b",
        label="TRUENAS_TOKEN",
        sensitivity="secret",
        group=1,
        trigger=rf"{_TRUENAS}\d{{1,5}}-[A-Za-z0-9]{{8}}",
        reach=160,
        rank=1,
        accept=partial(_accepts, "truenas"),
    ),
)


def find(batch: SessionBatch) -> pl.DataFrame:
    """Service tokens in arguments and results."""
    return exposed(batch, DETECTOR.id, "Service token")


_DOPPLER = "dp." + "st.dev.q8Vw2Zt4Xn6Lb9Hs3Jd5Mf1Pc0Yb7Re2Ua4KqTzWm"

DETECTOR: Final = Detector(
    id="service_token",
    summary="A token of a known service stands in what an agent sent or read.",
    severity="critical",
    misses="Services that are not listed here or in the public rule pack.",
    standards=("OWASP-ASI03", "ATLAS-AML.T0055"),
    find=find,
    patterns=PATTERNS,
    firing=(
        sends("token posted outside", f"use {_DOPPLER}"),
        reads("token in a file", f"DOPPLER_TOKEN={_DOPPLER}"),
    ),
    silent=(reads("documentation", "Service tokens start with dp.st. and PATs with dp.pt."),),
)
