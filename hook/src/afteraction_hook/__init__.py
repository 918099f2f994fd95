"""The enforcement hook: standard library only, imports nothing of ours.

`afteraction_hook.check(tool, args)` is the whole Python interface; what it needs is loaded on first use,
so that a broken part is met inside the caller's error handling and not while importing.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from afteraction_hook.api import check as check
    from afteraction_hook.verdict import Verdict as Verdict

VERSION = "0.1.0"
__all__ = ["VERSION", "Verdict", "check"]


def __getattr__(name: str) -> object:
    if name == "check":
        from afteraction_hook.api import check  # noqa: PLC0415 -- see the module docstring

        return check
    if name == "Verdict":
        from afteraction_hook.verdict import Verdict  # noqa: PLC0415 -- see the module docstring

        return Verdict
    raise AttributeError(f"module 'afteraction_hook' has no attribute {name!r}")
