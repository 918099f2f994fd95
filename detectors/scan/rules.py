"""The rules of all detectors as one numbered set, compiled for verification only when first hit."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl
import re2

from detectors import registry
from detectors.detector import Detector, Pattern


@dataclass(frozen=True)
class Rule:
    """A pattern with the detector that owns it."""

    detector: str
    pattern: Pattern

    @property
    def trigger(self) -> str:
        """What Hyperscan looks for."""
        return self.pattern.trigger or self.pattern.regex


@dataclass(frozen=True)
class Ruleset:
    """Rules by number, their RE2 forms, and the rules that RE2 or Hyperscan refused with the reason."""

    rules: tuple[Rule, ...]
    _compiled: dict[int, Any] = field(default_factory=dict, repr=False)

    def regex(self, number: int) -> Any:
        """The RE2 form of a rule; compiled once, on first use."""
        regex = self._compiled.get(number)
        if regex is None:
            regex = self._compiled[number] = compile_re2(self.rules[number].pattern.regex)
        return regex

    @cached_property
    def columns(self) -> tuple[pl.Series, ...]:
        """What every match shows of its rule, one column per property and one row per rule."""
        return tuple(
            pl.Series(
                name, [getattr(rule.pattern, name, rule.detector) for rule in self.rules], dtype=pl.String
            )
            for name in ("detector", "rule", "label", "sensitivity")
        )

    @cached_property
    def triggers(self) -> tuple[str, ...]:
        """What Hyperscan looks for, numbered like the rules."""
        return tuple(rule.trigger for rule in self.rules if rule.pattern.locate is None)

    @property
    def digest(self) -> str:
        """What the compiled database depends on, hashed."""
        state = hashlib.sha256()
        for rule in self.rules:
            state.update(rule.trigger.encode() + b"\0")
        return state.hexdigest()


def compile_re2(regex: str) -> Any:
    """An RE2 expression that stays silent about what it refuses; raises `re2.error`."""
    options = re2.Options()
    options.log_errors = False
    return re2.compile(regex, options=options)


def gather(cache: Path, detectors: Iterable[Detector] | None = None) -> Ruleset:
    """The rules of all registered detectors (or those given), package-supplied ones included.

    Those that locate their values themselves come last: `triggers` are the others'.
    """
    rules = [
        Rule(detector.id, pattern)
        for detector in (registry() if detectors is None else detectors)
        for pattern in (*detector.patterns, *(detector.supply(cache) if detector.supply else ()))
    ]
    return Ruleset(tuple(sorted(rules, key=lambda rule: rule.pattern.locate is not None)))
