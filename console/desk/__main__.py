"""`python -m console.desk --home HOME --host HOST --port PORT [--as ACCOUNT]`: the desk by itself."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

import uvicorn

from afteraction.records.settings import SettingsError
from console.desk.app import app_of
from console.desk.identity import DeskError


def main() -> None:
    """Serve the desk until a signal ends it; exit code 2 where it cannot be opened."""
    parser = argparse.ArgumentParser(prog="python -m console.desk", description=__doc__)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--as", dest="account", default=os.environ.get("AFTERACTION_REVIEWER", ""))
    asked = parser.parse_args()
    try:
        app = app_of(asked.home.absolute(), asked.host, asked.account)
    except (DeskError, SettingsError) as error:
        sys.exit(f"review desk: {error}")
    uvicorn.run(
        app, host=asked.host, port=asked.port, log_level="warning", access_log=False, server_header=False,
        proxy_headers=False,
    )  # fmt: skip


if __name__ == "__main__":
    main()
