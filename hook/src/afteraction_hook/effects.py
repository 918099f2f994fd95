"""What a call does to systems: destroy, give rights, open to everybody, switch off what watches.

The table of such deeds travels in the bundle; it is the one that the audit's detectors use.
"""

from __future__ import annotations

from afteraction_hook.shape import ShapeError, items, members, text
from afteraction_hook.strictjson import canonical

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

SEVERITIES = ("low", "medium", "high", "critical")
MAX_DEEDS = 200
_MAX_PATTERN = 4000
_MAX_TEXT = 20_000
_MAX_SHORT = 120
#: The words of which one ends the name of an argument that holds a command, a script or a query.
_CODE = (
    "command",
    "commands",
    "cmd",
    "script",
    "code",
    "sql",
    "query",
    "statement",
    "bash",
    "shell",
    "input",
)
_READS = frozenset(("read", "search"))


class Effects:
    """A checked table of deeds."""

    __slots__ = ("_deeds",)

    def __init__(self, document: object) -> None:
        found = items(document, "lists.effects")
        if len(found) > MAX_DEEDS:
            raise ShapeError(f"lists.effects: found {len(found)} deeds, expected at most {MAX_DEEDS}")
        self._deeds = [_deed(item, f"lists.effects[{index}]") for index, item in enumerate(found)]

    def check(self) -> None:
        """Raise `ShapeError` unless every pattern can be read."""
        import re  # noqa: PLC0415 -- only new bundles are checked

        for number, (_, _, *rest) in enumerate(self._deeds):
            for pattern in (rest[0], rest[2], rest[3]):
                try:
                    re.compile(str(pattern))
                except re.error as error:
                    raise ShapeError(f"lists.effects[{number}]: {error.msg}") from None

    def of(self, tool: str, args: Any, values: list[tuple[str, str]], operation: str | None) -> str | None:
        """The worst severity of what one call does; None where it does nothing of the kind.

        Whether a person asked for it is not known here: every deed counts as if nobody had.
        """
        commands = [value[:_MAX_TEXT] for name, value in values if name.lower().endswith(_CODE)]
        calls: list[str] = []
        words = "\n".join(commands).lower()
        every = None if operation in _READS else _short(tool, values)
        worst = -1
        for whole, hints, pattern, severity, harmless, grave in self._deeds:
            small = every if whole else words
            if not small or not any(hint in small for hint in hints):
                continue
            if whole and not calls:
                calls.append(f"{tool} {canonical(args).decode()[:_MAX_TEXT]}")
            for found in calls if whole else commands:
                worst = max(worst, _severity(found, pattern, severity, harmless, grave))
        return None if worst < 0 else SEVERITIES[worst]


def _short(tool: str, values: list[tuple[str, str]]) -> str:
    """The tool, the names of arguments and their short values, small: where a whole call hints at a deed."""
    parts = [tool]
    for name, value in values:
        parts.append(name)
        if len(value) <= _MAX_SHORT:
            parts.append(value)
    return "\n".join(parts).lower()


def _severity(found: str, pattern: str, severity: int, harmless: str, grave: str) -> int:
    """The rank of what this text does, -1 for nothing."""
    import re  # noqa: PLC0415 -- few calls hold a hint, and the module takes longer to load than to use

    hit = re.search(pattern, found)
    if hit is None:
        return -1
    subject = next((one for one in hit.groups() if one), "")
    words = [word.strip("'\"") for word in subject.split() if not word.startswith(("-", ">", "2>"))]
    if harmless:
        words = [word for word in words if word and not re.search(harmless, word)]
        if not words:
            return 0
    if grave and not any(re.search(grave, word) for word in words):
        return 1
    return severity


def _deed(document: object, where: str) -> tuple[bool, tuple[str, ...], str, int, str, str]:
    fields = members(document, where, {"pattern", "hints", "severity"}, {"tool", "harmless", "grave"})
    hints = tuple([text(hint, f"{where}.hints", 80) for hint in items(fields["hints"], f"{where}.hints")])
    if fields["severity"] not in SEVERITIES:
        raise ShapeError(f"{where}.severity: expected one of {', '.join(SEVERITIES)}")
    if not isinstance(fields.get("tool", False), bool):
        raise ShapeError(f"{where}.tool: expected true or false")
    pattern = text(fields["pattern"], f"{where}.pattern", _MAX_PATTERN)
    harmless, grave = [
        text(fields[name], f"{where}.{name}", _MAX_PATTERN) if fields.get(name) else ""
        for name in ("harmless", "grave")
    ]
    severity = SEVERITIES.index(fields["severity"])
    return bool(fields.get("tool")), hints, pattern, severity, harmless, grave
