"""Detectors of what calls do to systems: destroy, give rights, open to everybody, switch off what watches.

`deeds` is what all of them look for, as one table: the hook carries it, too.
"""

from __future__ import annotations

import importlib
import pkgutil

from detectors.effects._deeds import Deed

__all__ = ["Deed", "deeds"]


def deeds() -> list[Deed]:
    """Every deed, by detector."""
    names = sorted(entry.name for entry in pkgutil.iter_modules(__path__) if not entry.name.startswith("_"))
    return [one for name in names for one in importlib.import_module(f"{__name__}.{name}").DEEDS]
