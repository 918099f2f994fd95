"""Prints docs/audit.svg (what `make audit` shows) and docs/flow-graph.svg (one session) from a real audit.

The audit is of the sample logs in an empty home.
"""

from __future__ import annotations

import base64
import os
import shutil
import tempfile
from pathlib import Path
from typing import Final

from rich.console import Console

from afteraction.audit import Audit
from afteraction.lake import reading
from afteraction.lineage import picture
from console.summary import Summary, show

ROOT: Final = Path(__file__).parents[1]
#: The session with a critical action that has the most flows, and the riskiest action of it.
_SESSION: Final = """
SELECT r.session_key, arg_max(r.action_id, (r.risk, r.points, r.action_id)) AS action_id
FROM action_risk r
WHERE r.session_key IN (SELECT session_key FROM action_risk WHERE level = 'critical')
GROUP BY r.session_key
ORDER BY (SELECT count(*) FROM flows f WHERE f.session_key = r.session_key) DESC, r.session_key LIMIT 1
"""

if __name__ == "__main__":
    os.environ["AFTERACTION_MASTER_KEY"] = base64.b64encode(bytes(32)).decode()
    with tempfile.TemporaryDirectory() as folder, Path(os.devnull).open("w") as nowhere:
        shutil.copy(ROOT / "data" / "afteraction.toml", folder)
        report = Audit(Path(folder)).run([ROOT / "data" / "samples"])
        screen = Console(record=True, width=132, file=nowhere)
        show(screen, Summary.read(Path(folder), report))
        screen.save_svg(str(ROOT / "docs" / "audit.svg"), title="make audit")
        with reading(Path(folder)) as ask:
            session, action = ask(_SESSION, None).row(0)
            graph = picture.session_graph(ask, session, action)
        (ROOT / "docs" / "flow-graph.svg").write_text(picture.svg(graph), encoding="utf-8")
