"""What an owner configures, read from `$AFTERACTION_HOME/afteraction.toml` (all of it optional)."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

import msgspec


class Destinations(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Domains (with their subdomains) whose class the owner knows."""

    internal: tuple[str, ...] = ()
    """Your own domains."""
    partner: tuple[str, ...] = ()
    """Domains of companies that you share data with."""
    public: tuple[str, ...] = ()
    """Domains that anybody can read."""


class Agent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A registered agent: who answers for it and what it may use."""

    id: str
    """The agent id, as the logs have it."""
    owner: str
    """The person who answers for the agent, and may not decide on its actions."""
    service_account: str | None = None
    """The account it acts with."""
    tools: tuple[str, ...] | None = None
    """The tools it may use; left out: not checked."""
    delegated_by: str | None = None
    """The agent or person whose work it does; nobody up that chain may decide."""
    policy_author: str | None = None
    """Who wrote the rules that score it, and may not decide either."""


class Principal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A person, with every account name that is the same person."""

    person: str
    """A name for the person; it is an account name too."""
    accounts: tuple[str, ...] = ()
    """Every account that is this person: e-mail, chat, login."""
    active: bool = True
    """False: may no longer decide."""
    can_approve: bool = False
    """True: may decide on what others did."""
    groups: tuple[str, ...] = ()
    """For your own reports."""


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Bounds that keep bad input from hurting; sizes in bytes."""

    max_file_bytes: int = 8 * 1024**3
    """One file, uncompressed."""
    max_line_bytes: int = 16 * 1024**2
    """One record."""
    max_ratio: int = 200
    """Uncompressed bytes per compressed byte."""
    max_depth: int = 64
    """Nesting of JSON."""


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What an action needs whatever its score is; every condition that is given must hold, one at least."""

    id: str
    """Its name in reasons and tickets."""
    decision: Literal["allow", "ask", "deny"]
    """What the hook answers. What ran in spite of `ask` or `deny`, without an approval, becomes a ticket."""
    tool: str | None = None
    """A glob over tool names: `*` any run, `?` one character."""
    operation: tuple[str, ...] = ()
    """Operations (GLOSSARY.md)."""
    destination_class: tuple[str, ...] = ()
    """Destination classes (GLOSSARY.md)."""
    reason: str = ""
    """A sentence that the agent and the reviewer read."""


class Source(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How sensitive what a tool returns is; the first that matches a call decides."""

    sensitivity: Literal["none", "internal", "personal", "secret"]
    """What its results hold, whatever they look like."""
    tool: str = "*"
    """A glob over tool names: `*` any run, `?` one character."""
    place: str = "*"
    """A glob over what the call is about: path, URL, id."""


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything configurable; the defaults work without a file."""

    default_tenant: str = "default"
    """The tenant of actions whose log names none."""
    inbox: str | None = None
    """The folder that is watched, below `$AFTERACTION_HOME`; left out: `inbox`."""
    lake: str | None = None
    """`s3://BUCKET/PREFIX` for the lake's tables; left out: the folder `lake` in `$AFTERACTION_HOME`."""
    casebook_url: str | None = None
    """`postgresql://…` for tickets and decisions; left out: a SQLite file."""
    alpha: float = 0.02
    """The share of harmless sessions that may become tickets."""
    delta: float = 0.05
    """How unsure we may be that `alpha` holds."""
    retro_sla_hours: int = 72
    """Hours until a ticket is due: a quarter if critical, half if high, double if low."""
    destinations: Destinations = msgspec.field(default_factory=Destinations)
    """Domains whose class you know."""
    sources: tuple[Source, ...] = ()
    """What tools return, where you know it better than names and history tell."""
    agents: tuple[Agent, ...] = ()
    """Registered agents."""
    principals: tuple[Principal, ...] = ()
    """People, and who of them may decide."""
    rules: tuple[Rule, ...] = ()
    """What needs an approval whatever its score is."""
    limits: Limits = msgspec.field(default_factory=Limits)
    """Bounds on input."""


class SettingsError(ValueError):
    """`afteraction.toml` is not readable; the message names the field and what was expected."""


def home() -> Path:
    """Where data lives: `$AFTERACTION_HOME`, else `data/` below the working directory."""
    return Path(os.environ.get("AFTERACTION_HOME") or "data")


def load_settings(at: Path) -> Settings:
    """Read `afteraction.toml` in `at`; raises `SettingsError` on a wrong or unknown field."""
    file = at / "afteraction.toml"
    if not file.exists():
        return Settings()
    try:
        return msgspec.toml.decode(file.read_bytes(), type=Settings)
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        raise SettingsError(f"{file}: {error}; see docs/settings.md for the fields") from error
