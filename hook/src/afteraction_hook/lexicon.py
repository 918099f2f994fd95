"""What a call does, from the words of its tool's name; the words themselves come with the bundle."""

from __future__ import annotations

from afteraction_hook.shape import ShapeError, items, members

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

NOUNS = ("money", "rights", "credentials", "asked")


class Lexicon:
    """Verbs with their operation, and the nouns that change what a verb means.

    A verb of `plain` counts wherever it stands; one of `nounlike` only where no plain verb does.
    """

    __slots__ = ("_known", "lexicons", "nouns", "programs")

    def __init__(self, document: object, known: frozenset[str]) -> None:
        fields = members(document, "lists.lexicon", {"plain", "nounlike"}, {*NOUNS, "programs"})
        self.lexicons = tuple(
            _verbs(fields[name], f"lists.lexicon.{name}", known) for name in ("plain", "nounlike")
        )
        self.nouns = {
            name: frozenset(map(str, items(fields.get(name, []), f"lists.lexicon.{name}"))) for name in NOUNS
        }

        self.programs = _verbs(fields.get("programs", {}), "lists.lexicon.programs", known)
        self._known: dict[str, str] = {}

    def operation(self, tool: str) -> str:
        """The operation of a tool's name; `other` where it holds no word of the lexicon."""
        found = self._known.get(tool)
        if found is None:
            found = self._operation(tool)
            if len(self._known) < 10_000:
                self._known[tool] = found
        return found

    def _operation(self, tool: str) -> str:
        words = words_of(tool)
        asked = not self.nouns["asked"].isdisjoint(words)
        for nounlike, lexicon in enumerate(self.lexicons):
            for word in words:
                if word in lexicon:
                    return "read" if nounlike and asked else self._with_noun(lexicon[word], words)
        return "read" if asked else "other"

    def _with_noun(self, operation: str, words: list[str]) -> str:
        if operation not in {"write", "send", "pay", "other"}:
            return operation
        if not self.nouns["credentials"].isdisjoint(words):
            return "authenticate"
        if not self.nouns["money"].isdisjoint(words):
            return "pay"
        if (operation == "write" or "transfer" in words) and not self.nouns["rights"].isdisjoint(words):
            return "grant"
        return operation


def words_of(name: str) -> list[str]:
    """The lower-case words of a tool's name (snake, camel, dotted); an MCP server's name is left out."""
    name = _without_server(name[:300])
    spaced: list[str] = []
    before = ""
    for index, char in enumerate(name):
        if not (char.isascii() and char.isalnum()):
            spaced.append(" ")
        elif _high(char) and (_low(before) or (_high(before) and name[index + 1 : index + 2].islower())):
            spaced.append(" " + char)
        else:
            spaced.append(char)
        before = char
    return "".join(spaced).lower().split()


def argument_words(name: str) -> set[str]:
    """The lower-case words of an argument's name; most names need no look at each character."""
    if name.islower() and name.isascii():
        return set(name.replace("-", "_").replace(".", "_").split("_"))
    return set(words_of(name))


def _high(char: str) -> bool:
    return "A" <= char <= "Z"


def _low(char: str) -> bool:
    return "a" <= char <= "z" or "0" <= char <= "9"


def _without_server(name: str) -> str:
    if not name.startswith("mcp__"):
        return name
    end = name.find("__", 6)
    return name[end + 2 :] if 0 <= end < len(name) - 2 else name


def _verbs(value: Any, where: str, known: frozenset[str]) -> dict[str, str]:
    if not isinstance(value, dict) or any(operation not in known for operation in value.values()):
        raise ShapeError(f"{where}: expected an object of words, each with its operation")
    return value
