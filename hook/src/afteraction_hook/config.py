"""What an owner configures for the hook: a JSON file, then environment variables, checked strictly."""

from __future__ import annotations

import os

from afteraction_hook.files import read_bounded
from afteraction_hook.shape import ShapeError, integer, members, text
from afteraction_hook.strictjson import JsonError, parse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, Literal

PREFIX = "AFTERACTION_HOOK_"
TEXTS = ("bundle", "log", "state", "tenant", "trusted_keys")
WORDS = {"on_error": ("deny", "ask"), "no_bundle": ("deny", "ask"), "on_allow": ("allow", "pass")}
FLAGS = ("log_args", "fsync")
NUMBERS = {"deadline_ms": (10, 60_000), "max_input_bytes": (1024, 256 * 1024 * 1024)}
_FLAG_WORDS = {"true": True, "1": True, "false": False, "0": False}


class ConfigError(ValueError):
    """The configuration cannot be used; the message names the field and what was expected."""


class Config:
    """The settings of the hook. Errors deny unless `on_error` says ask; nothing makes an error allow.

    Paths: `bundle` (file, pointer or directory), `log` (JSONL), `state` (last good bundle). `no_bundle` is
    the answer where no bundle is there at all. `trusted_keys` are public keys (one line each, spaces between)
    of which one must have signed a bundle; None: unsigned ones are taken, too. `on_allow` is what the
    command answers when nothing speaks against a call: `allow`, or `pass` to leave it to the runtime's own
    permission rules. `deadline_ms` must stay well below the runtime's own time-out.
    """

    __slots__ = (
        "bundle",
        "deadline_ms",
        "fsync",
        "log",
        "log_args",
        "max_input_bytes",
        "no_bundle",
        "on_allow",
        "on_error",
        "state",
        "tenant",
        "trusted_keys",
    )

    def __init__(self, **fields: Any) -> None:
        self.bundle: str | None = None
        self.log: str | None = None
        self.state: str | None = None
        self.tenant = "default"
        self.trusted_keys: str | None = None
        self.on_error: Literal["deny", "ask"] = "deny"
        self.no_bundle: Literal["deny", "ask"] = "ask"
        self.on_allow: Literal["allow", "pass"] = "allow"
        self.log_args = False
        self.fsync = False
        self.deadline_ms = 2000
        self.max_input_bytes = 4 * 1024 * 1024
        for name, value in fields.items():
            setattr(self, name, _checked(name, value))


def read_config(environ: Mapping[str, str]) -> Config:
    """The configuration by environment; raises `ConfigError`.

    `AFTERACTION_HOME` gives the default places; the JSON file that `AFTERACTION_HOOK_CONFIG` names goes
    before them, and `AFTERACTION_HOOK_<FIELD>` before both.
    """
    fields = _places(environ.get("AFTERACTION_HOME"))
    file = environ.get(PREFIX + "CONFIG")
    if file:
        fields.update(_read(file))
    for name in (*TEXTS, *WORDS, *FLAGS, *NUMBERS):
        value = environ.get(PREFIX + name.upper())
        if value:
            fields[name] = _typed(name, value)
    return Config(**fields)


def _places(home: str | None) -> dict[str, Any]:
    if not home:
        return {}
    return {
        "bundle": os.path.join(home, "bundles", "current"),
        "log": os.path.join(home, "inbox", "hook.jsonl"),
        "state": os.path.join(home, "hook"),
    }


def _read(file: str) -> dict[str, Any]:
    try:
        return members(
            parse(read_bounded(file, 1 << 20)), "config", set(), {*TEXTS, *WORDS, *FLAGS, *NUMBERS}
        )
    except OSError as error:
        raise ConfigError(f"the configuration file cannot be read: {error.strerror}") from None
    except (ShapeError, JsonError) as error:
        raise ConfigError(str(error)) from None


def _typed(name: str, value: str) -> object:
    if name in FLAGS:
        return _FLAG_WORDS.get(value.lower(), value)
    if name in NUMBERS and value.isdecimal() and len(value) < 12:
        return int(value)
    return value


def _checked(name: str, value: Any) -> Any:
    try:
        if name in TEXTS:
            return _keys(text(value, name, 4096)) if name == "trusted_keys" else text(value, name, 4096)
        if name in NUMBERS:
            return integer(value, name, *NUMBERS[name])
    except ShapeError as error:
        raise ConfigError(str(error)) from None
    if name in FLAGS and isinstance(value, bool):
        return value
    if name in WORDS and value in WORDS[name]:
        return value
    expected = "true or false" if name in FLAGS else " or ".join(WORDS.get(name, ("a known field",)))
    raise ConfigError(f"{name}: expected {expected}")


def _keys(value: str) -> str:
    """Public keys in one order, each once; raises `ConfigError` on anything else."""
    from afteraction_hook.signature import SignatureError, parse_key  # noqa: PLC0415 -- only where there are keys

    lines = sorted(set(value.split()))
    try:
        for line in lines:
            parse_key(line)
    except SignatureError as error:
        raise ConfigError(f"trusted_keys: {error}") from None
    if not lines:
        raise ConfigError("trusted_keys: expected at least one public key")
    return " ".join(lines)
