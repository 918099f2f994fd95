"""Actions per second of each stage and of the whole audit, with peak memory; prints, never fails.

`python benchmarks/audit.py [ACTIONS]`; the physical side is msgspec decoding the same file in one process.
"""

from __future__ import annotations

import os
import sys
import tempfile
import threading
import time
from pathlib import Path

import msgspec
from generate import write_log

from afteraction.audit import Audit
from afteraction.audit.workers import PROCESSES


class Memory(threading.Thread):
    """Samples the proportional memory of this process and its children, in MB."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.peak = 0.0
        self.over = threading.Event()

    def run(self) -> None:
        """Sample until `over`."""
        while not self.over.wait(0.25):
            self.peak = max(self.peak, sum(map(_pss, _family(os.getpid()))))


def _family(root: int) -> list[int]:
    found = [root]
    for task in Path(f"/proc/{root}/task").glob("*/children"):
        for child in task.read_text().split():
            found += _family(int(child))
    return found


def _pss(process: int) -> float:
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("Pss:")), 0.0)


def main() -> None:
    """Generate, audit, print."""
    actions = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "bench.jsonl"
        size = write_log(log, actions)
        print(f"{actions:,} actions, {size / actions:,.0f} bytes each, {PROCESSES} processes")
        decode = _timed(lambda: [msgspec.json.decode(line) for line in log.open("rb")])
        print(f"{'decode only (msgspec, 1 process)':<36}{actions / decode:>12,.0f} actions/s")
        memory = Memory()
        memory.start()
        audit = Audit(Path(folder) / "home")
        stages = {
            "ingest": lambda: audit.ingest([log]),
            "analyse": audit.analyse,
            "open tickets": audit.open_tickets,
            "choose policy": audit.choose_policy,
            "check controls": audit.check_controls,
            "publish": audit.publish,
        }
        spent = {}
        for name, stage in stages.items():
            spent[name] = _timed(stage)
            print(f"{name:<36}{actions / spent[name]:>12,.0f} actions/s{spent[name]:>9.1f} s")
        memory.over.set()
        memory.join()
        whole = sum(spent.values())
        print(f"{'whole audit':<36}{actions / whole:>12,.0f} actions/s{whole:>9.1f} s")
        print(f"{'whole audit / decode only':<36}{decode / whole:>12.3f}")
        print(f"{'peak memory':<36}{memory.peak:>12,.0f} MB")
        again = _timed(lambda: audit.run([log]))
        print(f"{'the same log again':<36}{actions / again:>12,.0f} actions/s{again:>9.1f} s")


def _timed(work: object) -> float:
    start = time.perf_counter()
    work()  # type: ignore[operator]
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
