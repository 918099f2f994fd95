"""Explicit rules: allow, ask or deny by tool, operation and class of destination."""

from __future__ import annotations

from afteraction_hook.shape import ShapeError, items, members, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from afteraction_hook.verdict import Decision

OPERATIONS = frozenset(
    ("read", "search", "write", "send", "execute", "delete", "pay", "grant", "authenticate", "other")
)
CLASSES = frozenset(("none", "internal", "partner", "public", "unknown", "local"))
#: The stricter decision wins.
STRICTNESS: tuple[Decision, ...] = ("deny", "ask", "allow")


class Rule:
    """One rule; it speaks when every condition that it names holds. A rule without conditions is refused.

    `tool` is a glob (`*` any run, `?` one character, case-sensitive); `operation` and
    `destination_class` are one word or a list of words.
    """

    __slots__ = ("classes", "decision", "id", "operations", "reason", "tool")

    def __init__(self, document: object, where: str) -> None:
        conditions = {"tool", "operation", "destination_class"}
        fields = members(document, where, {"id", "decision"}, conditions | {"reason"})
        if not conditions & fields.keys():
            raise ShapeError(f"{where}: expected at least one of {', '.join(sorted(conditions))}")
        self.id = text(fields["id"], f"{where}.id", 100)
        if fields["decision"] not in STRICTNESS:
            raise ShapeError(f"{where}.decision: expected allow, ask or deny")
        self.decision: Decision = fields["decision"]
        self.reason = text(fields["reason"], f"{where}.reason") if "reason" in fields else ""
        self.tool = text(fields["tool"], f"{where}.tool", 300) if "tool" in fields else None
        self.operations = _words(fields, "operation", OPERATIONS, where)
        self.classes = _words(fields, "destination_class", CLASSES, where)

    def matches(self, tool: str, row: Mapping[str, Any]) -> bool:
        """Whether every condition holds for this tool and row of features."""
        return (
            (self.operations is None or row.get("operation") in self.operations)
            and (self.classes is None or row.get("destination_class") in self.classes)
            and (self.tool is None or glob(self.tool, tool))
        )

    def sentence(self) -> str:
        """What a person reads: the rule's own reason, or what it demands."""
        return self.reason or f"The rule {self.id} says {self.decision}."


def parse_rules(document: object) -> tuple[Rule, ...]:
    """The rules of a bundle, the strictest first; ids must be unique."""
    rules = [Rule(item, f"rules[{index}]") for index, item in enumerate(items(document, "rules"))]
    if len({rule.id for rule in rules}) != len(rules):
        raise ShapeError("rules: found an id twice, expected each rule to have its own")
    return tuple(sorted(rules, key=lambda rule: STRICTNESS.index(rule.decision)))


def glob(pattern: str, value: str) -> bool:
    """Whether `pattern` (`*`, `?`) matches all of `value`, in at most their product of steps."""
    at = start = 0
    star = -1
    while start < len(value):
        if at < len(pattern) and pattern[at] == "*":
            star, mark = at, start
            at += 1
        elif at < len(pattern) and pattern[at] in {"?", value[start]}:
            at += 1
            start += 1
        elif star >= 0:
            mark += 1
            at, start = star + 1, mark
        else:
            return False
    return pattern[at:].strip("*") == ""


def _words(fields: dict[str, Any], key: str, known: frozenset[str], where: str) -> frozenset[str] | None:
    if key not in fields:
        return None
    value = fields[key]
    words = [value] if isinstance(value, str) else items(value, f"{where}.{key}")
    if not words or any(not isinstance(word, str) or word not in known for word in words):
        raise ShapeError(f"{where}.{key}: expected words from {', '.join(sorted(known))}")
    return frozenset(words)
