"""The entry point of `afteraction-hook`: whatever happens, an answer is printed and the exit code is 0.

Claude Code lets the call run when a hook ends with a code other than 0 and 2 or runs out of time. So an
error answers deny (or ask, as configured); only if nothing can be printed at all is the code 2, which blocks.
"""

from __future__ import annotations

import os

_LAST_RESORT = (
    '{"hookSpecificOutput":{"hookEventName":"PreToolUse","permissionDecision":"%s",'
    '"permissionDecisionReason":"The afteraction hook failed before it could judge."},'
    '"suppressOutput":true}\n'
)


def main() -> int:
    """Run the command; 0, or 2 if nobody can be answered."""
    try:
        from afteraction_hook.claude import Command  # noqa: PLC0415 -- a broken part must still be answered

        Command().run()
    except OSError:
        return 2
    except BaseException:  # noqa: BLE001 -- any other exit code would let the call run
        return _last_resort()
    return 0


def _last_resort() -> int:
    decision = "ask" if os.environ.get("AFTERACTION_HOOK_ON_ERROR") == "ask" else "deny"
    try:
        os.write(1, (_LAST_RESORT % decision).encode())
    except OSError:
        return 2
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
