"""How sensitive what a call returns is by where it comes from: key files, secret stores, people's records."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import translate
from functools import lru_cache
from typing import Final

import polars as pl

from afteraction.lineage.bags import bag
from afteraction.lineage.verbs import words_of
from afteraction.records.finding import SENSITIVITIES
from afteraction.records.settings import Source

#: Files that exist to hold keys or passwords: (what they are is public knowledge of each program's manual).
_KEY_FILES: Final = re.compile(
    r"(?:^|[/\\\s=@:'\"])(?:"
    r"\.env(?:\.(?!example|sample|template|dist)[\w-]+)*|\.envrc|id_(?:rsa|dsa|ecdsa|ed25519)(?:_sk)?|[\w.-]+\.(?:pem|p12|pfx|jks|"
    r"keystore|kdbx|ppk|agekey)|[\w-]+\.key|\.netrc|_netrc|\.pgpass|\.my\.cnf|\.npmrc|\.pypirc|\.htpasswd|"
    r"\.git-credentials|\.dockercfg|\.vault-token|\.s3cfg|\.boto|rclone\.conf|credentials(?:\.(?:json|ya?ml|toml|xml|db|"
    r"tfrc\.json|ini|csv))?|client_secrets?[\w.-]*\.json|service[-_]?account[\w.-]*\.json|secrets?\.(?:json|ya?ml|toml|env|txt|ini)|"
    r"[\w.-]*tfstate(?:\.backup)?|terraform\.tfvars|wallet\.dat|login data|logins\.json|key[34]\.db|"
    r"(?:api[-_]?keys?|passwords?|passwd|tokens?)\.(?:txt|json|ya?ml|csv|env|ini|toml|md)|"
    r"master\.key|shadow|gshadow|sam|ntds\.dit"
    r")(?=$|[\s'\"|;&)>,:])",
    re.IGNORECASE,
)
_KEY_FOLDERS: Final = re.compile(
    r"(?:^|[/\\~\s])(?:\.ssh/(?!config\b|known_hosts|authorized_keys|[\w.-]+\.pub)\w|\.gnupg/|\.aws/(?:credentials|sso)|"
    r"\.azure/|\.config/(?:gcloud|gh|op|sops)/|\.kube/config|\.docker/config\.json|\.password-store/|"
    r"run/secrets/|var/run/secrets/|etc/(?:shadow|ssl/private)|proc/(?:self|\d+)/environ|keychains?/)",
    re.IGNORECASE,
)
#: Instance metadata services answer with the credentials of the machine.
_METADATA: Final = re.compile(
    r"//(?:169\.254\.169\.254|169\.254\.170\.2|metadata\.google\.internal|100\.100\.100\.200|\[fd00:ec2::254\])",
    re.IGNORECASE,
)
_KEY_COMMANDS: Final = re.compile(
    r"(?:^|[;&|(]|\bsudo\s)\s*(?:env|printenv|set)\s*(?:$|[|>;&])|"
    r"\bprintenv\s+\w*(?:key|token|secret|pass)|"
    r"\bsecretsmanager\s+get|\bssm\s+get-parameters?\b.*decrypt|\bsts\s+(?:assume-role|get-session-token)|"
    r"\bauth\s+(?:print-(?:access|identity)-token|token)|\baccount\s+get-access-token|"
    r"\bkeyvault\s+secret\s+show|\bsecrets\s+versions\s+access|\bget\s+secrets?\b|"
    r"\bvault\s+(?:kv\s+get|read)\b|\bfind-(?:generic|internet)-password\b|\bop\s+(?:read|item\s+get)\b|"
    r"\bpass\s+(?:show|-c)\b|\bexport-secret-keys\b|\becho\s+['\"]?\$\{?\w*(?:key|token|secret|passw)",
    re.IGNORECASE,
)
#: Without one of these a place leads to nothing of the above; few texts have any.
_HINT: Final = (
    r"(?i)env|key|secret|cred|passw|\bpass\b|token|id_|(?:^|[/\\~\s])\.|\.(?:pem|p12|pfx|jks|ppk|kdbx|cnf|htp)|"
    r"rc\b|git-|docker|vault|s3cfg|boto|service|account|tfstate|tfvars|wallet|login|shadow|\bsam\b|ntds|"
    r"//\[?(?:169|fd00|100\.|meta)|etc/|proc/|\bset\b|\bssm\b|\bsts\b|\bop\b"
)
_TEMPLATE: Final = re.compile(r"\.(?:example|sample|template|dist|pub)\b", re.IGNORECASE)

_SECRET_NOUNS: Final = bag("secret secrets credential credentials passwords vault keychain apikey apikeys")
_PEOPLE: Final = bag(
    "contact contacts customer customers client clients patient patients employee employees staff payroll "
    "salary salaries person persons people profile profiles medical health prescription prescriptions "
    "diagnosis passport passports applicant applicants candidate candidates lead leads subscriber "
    "subscribers student students resident residents insurance beneficiary beneficiaries payee payees"
)
_INSIDE: Final = bag(
    "mail email emails inbox mailbox message messages chat channel channels conversation conversations "
    "calendar event events note notes document documents doc docs drive file files database db table "
    "tables sql ticket tickets issue issues invoice invoices account accounts transaction transactions "
    "order orders user users memory repository repo code bank statement statements balance meeting "
    "meetings task tasks"
)
_TABLES: Final = re.compile(r"\b(?:from|join)\s+[\w.\"`]{0,80}?(\w+)[\"`]?(?:\s|;|,|\)|$)", re.IGNORECASE)
_RETURNS: Final = frozenset(("read", "search", "execute", "other", "authenticate"))
_MAX_PLACE: Final = 4000
_MAX_REMEMBERED: Final = 200


def by_place(place: str) -> str:
    """`secret` for a path, URL or command that leads to keys or passwords, else `none`."""
    return _by_place(place) if len(place) <= _MAX_REMEMBERED else _by_place.__wrapped__(place[:_MAX_PLACE])


@lru_cache(maxsize=32768)
def _by_place(place: str) -> str:
    if _METADATA.search(place) or _KEY_FOLDERS.search(place) or _KEY_COMMANDS.search(place):
        return "secret"
    found = _KEY_FILES.search(place)
    return "secret" if found and not _TEMPLATE.search(place[found.start() : found.end() + 10]) else "none"


@lru_cache(maxsize=65536)
def by_words(words: tuple[str, ...]) -> str:
    """The sensitivity that the words of a tool's, table's or folder's name promise."""
    known = frozenset(words)
    if known & _SECRET_NOUNS:
        return "secret"
    if known & _PEOPLE:
        return "personal"
    return "internal" if known & _INSIDE else "none"


def by_query(sql: str) -> str:
    """The highest sensitivity of the tables that a query names; a query of none is `internal`."""
    tables = _TABLES.findall(sql[:_MAX_PLACE])
    return worst(["internal", *(by_words(words_of(name)) for name in tables)])


def worst(found: Iterable[str]) -> str:
    """The highest of several sensitivities."""
    return max(found, key=SENSITIVITIES.index, default="none")


def source_of(
    tool: str, operation: str, place: str | None, command: str | None = None, query: str | None = None
) -> tuple[str, str | None]:
    """The sensitivity that names give to what one call returns, and the place or command that may raise it.

    `place` is its target, `command` its shell command, `query` its SQL text; `none` where it returns nothing.
    """
    if operation not in _RETURNS:
        return "none", None
    if command is not None:
        return "none", command[:_MAX_PLACE]
    return (by_query(query) if query is not None else _by_tool(tool)), place


@lru_cache(maxsize=65536)
def _by_tool(tool: str) -> str:
    return by_words(words_of(tool))


class Catalogue:
    """What the owner configured and what history taught, asked after what the names say."""

    def __init__(
        self, settings: Iterable[Source] = (), learned: Mapping[tuple[str, str], str] | None = None
    ) -> None:
        self._rules = [
            (re.compile(translate(one.tool)), re.compile(translate(one.place)), one.sensitivity)
            for one in settings
        ]
        self._learned = learned or {}

    def all(self, actions: pl.DataFrame, named: Sequence[tuple[str, str | None]]) -> pl.Series:
        """`source_sensitivity` of actions (`tenant`, `tool`, `target`) from what `source_of` said of each."""
        looks = pl.DataFrame(named, schema={"source": pl.String, "look": pl.String}, orient="row")
        hints = looks["look"].drop_nulls().unique()
        hints = hints.filter(hints.str.contains(_HINT))
        places = {place: "secret" for place in hints.to_list() if by_place(place) == "secret"}
        found = looks["source"]
        if places:
            raised = looks["look"].replace_strict(places, default=None, return_dtype=pl.String)
            found = raised.fill_null(found)
        if self._rules or self._learned:
            rows = zip(*(actions[name].to_list() for name in actions.columns), found.to_list(), strict=True)
            found = pl.Series([self._of(*row) for row in rows], dtype=pl.String)
        return found.alias("source_sensitivity")

    def _of(self, tenant: str, tool: str | None, place: str | None, named: str) -> str:
        """The owner's word where there is one, else the higher of `named` and what was learned."""
        for tools, places, sensitivity in self._rules:
            if tools.match(tool or "") and places.match(place or ""):
                return sensitivity
        return worst((named, self._learned.get((tenant, tool or ""), "none")))
