"""Prints docs/controls.md from the control files; run it as a module and redirect its output there."""

from __future__ import annotations

from afteraction.compliance.control import Control
from afteraction.compliance.frameworks import FRAMEWORKS
from afteraction.compliance.registry import all_controls

_NAMES = {
    "nist-800-53": "NIST SP 800-53",
    "soc2": "SOC 2",
    "fedramp-20x": "FedRAMP 20x",
    "owasp-agentic": "OWASP Agentic",
    "eu-ai-act": "EU AI Act",
    "aiuc-1": "AIUC-1",
}
_HEAD = """# Controls

Printed from `afteraction/compliance/controls/` (one file per control) by
`python -m afteraction.compliance.page > docs/controls.md`; a test holds this page to the files.

Every control runs two queries over the public tables: one for what it looked at (the population) and one
for exceptions, which are ids only. `afteraction sql` runs them again as they are printed in
`control_results.query`. A control passes when it looked at something and found no exception. With nothing to
look at it is `not_applicable`, and when its query does not run it is `error`; neither is a pass. An advisory
control reports what a person should look at and does not fail.

To add one, copy the nearest file: the id names the file, both examples are required, and the suite runs them.
"""


def page() -> str:
    """The whole page as Markdown."""
    controls = all_controls()
    rows = "\n".join(f"| [{one.id}](#{_anchor(one)}) | {one.title} | {_severity(one)} |" for one in controls)
    table = f"| id | title | severity |\n|---|---|---|\n{rows}\n"
    return "\n".join([_HEAD, table, *(_section(one) for one in controls), _manual()])


def _section(control: Control) -> str:
    mapped = "; ".join(
        f"{_NAMES.get(name, name)} {', '.join(ids)}" for name, ids in control.frameworks.items()
    )
    lines = [
        f"## {control.id}\n",
        f"**{control.title}**\n",
        f"{control.rule}\n",
        f"- Looks at: {control.population}",
        f"- Severity: {_severity(control)}",
        f"- Maps to: {mapped}",
    ]
    if control.parameters:
        values = ", ".join(f"`{name}` = `{value}`" for name, value in control.parameters.items())
        lines.append(f"- Parameters: {values}")
    return "\n".join([*lines, f"- A pass does not show: {control.cannot_show}\n"])


def _severity(control: Control) -> str:
    return f"{control.severity} (advisory)" if control.advisory else control.severity


def _anchor(control: Control) -> str:
    return control.id.lower().replace(".", "")


def _manual() -> str:
    parts = [
        "## What no log can show\n",
        "Evidence packs list these as `manual evidence required`, never as a pass.\n",
    ]
    for framework in FRAMEWORKS.values():
        parts.append(f"**{framework.title}**\n")
        parts += [f"- {criterion}: {subject}" for criterion, subject in framework.manual]
        parts.append("")
    return "\n".join(parts).rstrip() + "\n"


if __name__ == "__main__":
    print(page(), end="")  # noqa: T201  (printing is what it does)
