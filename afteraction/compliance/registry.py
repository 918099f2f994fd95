"""Finds the controls: every file in the folder `controls` is one."""

from __future__ import annotations

import re
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from afteraction.compliance import controls as folder
from afteraction.compliance.control import Control


@cache
def all_controls() -> tuple[Control, ...]:
    """Every control in the order of ids; raises `ValueError` when a file is not named as its control."""
    found = []
    for module in iter_modules(folder.__path__):
        control = import_module(f"{folder.__name__}.{module.name}").CONTROL
        if not isinstance(control, Control) or control.file_name != module.name:
            raise ValueError(
                f"controls/{module.name}.py: expected CONTROL with the id that the file is named for"
            )
        found.append(control)
    return tuple(sorted(found, key=lambda control: _order(control.id)))


def _order(control_id: str) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdigit() else (0, part) for part in re.split(r"(\d+)", control_id)]
