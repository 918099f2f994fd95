"""Prints docs/audit.svg: what `make audit` shows, from a real audit of the sample logs in an empty home."""

from __future__ import annotations

import base64
import os
import shutil
import tempfile
from pathlib import Path
from typing import Final

from rich.console import Console

from afteraction.audit import Audit
from console.summary import Summary, show

ROOT: Final = Path(__file__).parents[1]

if __name__ == "__main__":
    os.environ["AFTERACTION_MASTER_KEY"] = base64.b64encode(bytes(32)).decode()
    with tempfile.TemporaryDirectory() as folder, Path(os.devnull).open("w") as nowhere:
        shutil.copy(ROOT / "data" / "afteraction.toml", folder)
        report = Audit(Path(folder)).run([ROOT / "data" / "samples"])
        screen = Console(record=True, width=132, file=nowhere)
        show(screen, Summary.read(Path(folder), report))
        screen.save_svg(str(ROOT / "docs" / "audit.svg"), title="make audit")
