"""The frameworks that evidence packs are cut for, and what in them no log can show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from afteraction.compliance.control import Control


@dataclass(frozen=True)
class Framework:
    """`mappings` are its keys in `Control.frameworks`; `manual` needs a person's evidence."""

    title: str
    mappings: tuple[str, ...]
    manual: tuple[tuple[str, str], ...]

    def criteria(self, control: Control) -> tuple[str, ...]:
        """The criteria of this framework that a control speaks to."""
        return tuple(one for mapping in self.mappings for one in control.frameworks.get(mapping, ()))


FRAMEWORKS: Final[Mapping[str, Framework]] = {
    "soc2": Framework(
        "SOC 2 (Trust Services Criteria)",
        ("soc2",),
        (
            ("CC1", "control environment: board oversight, integrity, competence"),
            ("CC3", "risk assessment"),
            ("CC6.4", "physical access"),
            ("CC7.4, CC7.5", "quality of the incident response plan"),
            ("CC9.2", "vendor management"),
        ),
    ),
    "fedramp": Framework(
        "FedRAMP (NIST SP 800-53 Rev. 5 controls and 20x indicators)",
        ("nist-800-53", "fedramp-20x"),
        (
            ("AT family", "training of those who oversee agents"),
            ("IR-8", "quality of the incident response plan"),
            ("PE family", "physical security"),
            ("RA-3", "risk assessment"),
            ("SC-28", "encryption of disks"),
            ("SR family", "vendor management"),
        ),
    ),
}
