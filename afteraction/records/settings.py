"""What an owner configures, read from `$AFTERACTION_HOME/afteraction.toml` (all of it optional)."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec


class Destinations(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Domains (with their subdomains) whose class the owner knows."""

    internal: tuple[str, ...] = ()
    partner: tuple[str, ...] = ()
    public: tuple[str, ...] = ()


class Agent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A registered agent: who answers for it and what it may use."""

    id: str
    owner: str
    service_account: str | None = None
    tools: tuple[str, ...] | None = None
    delegated_by: str | None = None
    policy_author: str | None = None


class Principal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A person, with every account name that is the same person."""

    person: str
    accounts: tuple[str, ...] = ()
    active: bool = True
    can_approve: bool = False
    groups: tuple[str, ...] = ()


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Bounds that keep bad input from hurting; sizes in bytes."""

    max_file_bytes: int = 8 * 1024**3
    max_line_bytes: int = 16 * 1024**2
    max_ratio: int = 200
    max_depth: int = 64


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything configurable; the defaults work without a file."""

    default_tenant: str = "default"
    inbox: str | None = None
    casebook_url: str | None = None
    alpha: float = 0.02
    delta: float = 0.05
    retro_sla_hours: int = 72
    destinations: Destinations = msgspec.field(default_factory=Destinations)
    agents: tuple[Agent, ...] = ()
    principals: tuple[Principal, ...] = ()
    limits: Limits = msgspec.field(default_factory=Limits)


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
