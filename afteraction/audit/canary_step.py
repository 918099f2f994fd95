"""The planted values of a home: from the environment, a file, or sealed in its keys folder."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from afteraction.lake import Vault
from afteraction.lake.durable import write_durably
from afteraction.records.canary import Canary, trouble
from afteraction.records.settings import PlantedValue, SettingsError

#: Under whose key planted values are sealed; it is no tenant of any log.
_SEALED_FOR: Final = "afteraction canaries"


def canaries(home: Path, planted: Sequence[PlantedValue]) -> tuple[Canary, ...]:
    """Every planted value, in memory only; raises `SettingsError` where one is missing or cannot be used."""
    vault = Vault(home / "keys")
    return tuple(Canary(one.name, _checked(one.name, _value(home, vault, one))) for one in planted)


def seal(home: Path, name: str, value: str) -> None:
    """Keep a value encrypted in `keys/canaries/`; raises `SettingsError` where it cannot be used."""
    content = _checked(name, value).encode("utf-8", "surrogatepass")
    sealed = Vault(home / "keys").seal(_SEALED_FOR, name, content)
    write_durably(_file(home, name), sealed, mode=0o600)


def _file(home: Path, name: str) -> Path:
    return home / "keys" / "canaries" / f"{name}.sealed"


def _value(home: Path, vault: Vault, one: PlantedValue) -> str:
    if one.value_env is not None:
        value = os.environ.get(one.value_env)
        if not value:
            raise SettingsError(f"canary {one.name}: the environment variable {one.value_env} is not set")
        return value
    try:
        if one.value_file is not None:
            return (home / one.value_file).read_text(encoding="utf-8").rstrip("\r\n")
        return vault.open(_SEALED_FOR, one.name, _file(home, one.name).read_bytes()).decode()
    except (OSError, UnicodeDecodeError) as error:
        where = "its value_file" if one.value_file is not None else "its sealed value in keys/canaries"
        found = getattr(error, "strerror", None) or "no UTF-8 text"
        raise SettingsError(
            f"canary {one.name}: {where} cannot be read ({found}); afteraction canary add makes one"
        ) from error


def _checked(name: str, value: str) -> str:
    if (wrong := trouble(value)) is not None:
        raise SettingsError(f"canary {name}: {wrong}")
    return value
