"""`python -m console.clock --home HOME`: what happens by itself while nobody types anything.

Tickets expire and are escalated, and channels are told. `afteraction serve` runs it beside the desk.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from afteraction.records.settings import load_settings
from console.channels.deliver import deliver

_SECONDS = 10.0


def main() -> None:
    """Tick until a signal ends it; what goes wrong once is said and tried again."""
    parser = argparse.ArgumentParser(prog="python -m console.clock", description=__doc__)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--seconds", type=float, default=_SECONDS)
    asked = parser.parse_args()
    said = ""
    while True:
        try:
            deliver(asked.home, load_settings(asked.home))
            now = ""
        except Exception as error:  # noqa: BLE001 - the next tick may do better, and nobody else keeps time
            now = f"{type(error).__name__}: {error}"
        if now and now != said:
            sys.stderr.write(f"clock: {now}\n")
        said = now
        time.sleep(asked.seconds)


if __name__ == "__main__":
    main()
