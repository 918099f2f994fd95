"""Prints every page of the documentation whose content has its owner in code.

`python docs/print_pages.py` writes them; the tests compare.
"""

from __future__ import annotations

import ast
import importlib.util
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from afteraction.approvals import describe as tickets
from afteraction.compliance import page as controls
from afteraction.ingest import describe as formats
from afteraction.records import settings_page
from detectors import page as detectors

ROOT: Final = Path(__file__).parents[1]
_ROOTS: Final = ("pipelines", "console", "detectors", "afteraction", "hook/src/afteraction_hook")


def pages() -> dict[str, str]:
    """Every printed page by its file's name in docs/."""
    return {
        "architecture.md": architecture(ROOT, (ROOT / "docs" / "architecture.md").read_text()),
        "controls.md": controls.page(),
        "formats.md": formats.page(),
        "settings.md": settings_page.page(),
        "tickets.md": tickets.page(),
        **{f"detectors/{name}": text for name, text in detectors.pages(_outcomes()).items()},
    }


def _outcomes() -> detectors.Outcomes:
    """Of `run_examples.py` beside this file; the folder is no package."""
    spec = importlib.util.spec_from_file_location("run_examples", Path(__file__).with_name("run_examples.py"))
    module = importlib.util.module_from_spec(spec)  # type: ignore[arg-type]
    spec.loader.exec_module(module)  # type: ignore[union-attr]
    found: detectors.Outcomes = module.outcomes()
    return found


def architecture(root: Path, text: str) -> str:
    """`text` with its marked parts printed anew from the packages' docstrings and the import contracts."""
    for name, lines in (("folders", _folders(root)), ("layers", _layers(root))):
        printed = "\n".join(lines)
        text = re.sub(
            f"(<!-- {name} -->\n).*?(<!-- /{name} -->)",
            lambda found, printed=printed: f"{found[1]}{printed}\n{found[2]}",  # type: ignore[misc]
            text,
            flags=re.DOTALL,
        )
    return text


def _folders(root: Path) -> Iterator[str]:
    yield "```"
    for top in _ROOTS:
        for package in sorted((root / top).rglob("__init__.py"), key=lambda file: file.parent.parts):
            folder = package.parent.relative_to(root)
            if len(folder.parts) - len(Path(top).parts) <= 1:
                yield f"{_indented(folder, Path(top)):<28}{_sentence(package)}"
    yield "```"


def _indented(folder: Path, top: Path) -> str:
    return f"{folder.as_posix()}/" if folder == top else f"  {folder.name}/"


def _sentence(file: Path) -> str:
    doc = ast.get_docstring(ast.parse(file.read_text())) or ""
    return " ".join(doc.split("\n\n")[0].split())


def _layers(root: Path) -> Iterator[str]:
    contracts = tomllib.loads((root / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    yield "```"
    yield from next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    yield "```"


if __name__ == "__main__":
    for name, text in pages().items():
        (ROOT / "docs" / name).parent.mkdir(exist_ok=True)
        (ROOT / "docs" / name).write_text(text)
