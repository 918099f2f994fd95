"""Appends one table to afteraction.toml: whole or not at all, and only what is read back as settings."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from afteraction.lake.durable import exclusive, write_durably
from afteraction.records.settings import Settings, decode_settings


def append(home: Path, table: str, fields: Mapping[str, Any]) -> Settings:
    """Add `[[table]]` with the fields that are given; raises `SettingsError` and changes nothing if refused.

    What stands in the file already stays as it is, comments included.
    """
    file = home / "afteraction.toml"
    with exclusive(home / "keys"):
        before = file.read_bytes() if file.exists() else b""
        given = [f"{name} = {_toml(value)}" for name, value in fields.items() if value]
        start = b"" if not before or before.endswith(b"\n") else b"\n"
        content = before + start + "\n".join(["", f"[[{table}]]", *given, ""]).encode()
        settings = decode_settings(content, str(file))
        write_durably(file, content, file.stat().st_mode & 0o777 if before else 0o644)
    return settings


def _toml(value: object) -> str:
    """A date as it is, a text as a basic string: JSON's escapes are TOML's, which escapes DEL, too."""
    if isinstance(value, date):
        return value.isoformat()
    text = str(value).encode("utf-8", "replace").decode()
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
