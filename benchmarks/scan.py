"""Prints the scan's speed on one core beside that of `kingfisher scan`, on the same generated text."""

from __future__ import annotations

import argparse
import base64
import json
import random
import resource
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from detectors.scan.engine import engine
from detectors.scan.texts import find_values

_WORDS = """
the of and to in for on with order customer account invoice status total report meeting project update file
folder search result item price date time user message please check found error value response request data
list table function return import class self config path build test branch commit server client session
shipping address
"""
WORDS = _WORDS.split()
TOOLS = ("read_file", "search_orders", "send_email", "http_request", "run_query", "write_file", "list_events")


def text(rng: random.Random, size: int) -> str:
    """Words, numbers, ids, dates, paths and URLs, about as often as agents' logs have them."""
    parts, length = [], 0
    while length < size:
        kind = rng.random()
        if kind < 0.80:
            part = rng.choice(WORDS)
        elif kind < 0.88:
            part = str(rng.randrange(10_000_000))
        elif kind < 0.91:
            part = f"{rng.getrandbits(128):032x}"
        elif kind < 0.94:
            part = f"2026-{rng.randrange(1, 13):02}-{rng.randrange(1, 29):02}T10:{rng.randrange(60):02}:00Z"
        elif kind < 0.97:
            part = f"/srv/app/{rng.choice(WORDS)}/{rng.choice(WORDS)}_{rng.choice(WORDS)}.py"
        elif kind < 0.99:
            part = f"https://www.example.com/{rng.choice(WORDS)}?q={rng.choice(WORDS)}%20{rng.choice(WORDS)}"
        else:
            part = "\n"
        parts.append(part)
        length += len(part) + 1
    return " ".join(parts)


def secret(rng: random.Random) -> str:
    kind = rng.randrange(5)
    key = "AKIA" + "".join(rng.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", k=16))
    if kind == 0:
        return key
    if kind == 1:
        return base64.b64encode(f"the key is {key} ok".encode()).decode()
    if kind == 2:
        return f"{rng.choice(WORDS)}.{rng.choice(WORDS)}@example.com"
    if kind == 3:
        return f"+44 20 7946 {rng.randrange(10_000):04}"
    return "db_password=" + "".join(
        rng.choices("abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789", k=14)
    )


def rows(total: int, seed: int) -> Iterator[str]:
    """JSON arguments and results, 150 bytes to some kilobytes; one in twelve holds something to find."""
    rng, made = random.Random(seed), 0
    while made < total:
        body = text(rng, int(rng.lognormvariate(6.5, 0.9)))
        if rng.random() < 0.08:
            body += " " + secret(rng)
        row = json.dumps({"tool": rng.choice(TOOLS), "id": rng.getrandbits(60), "content": body})
        made += len(row) + 1
        yield row


def ours(texts: pl.Series, cache: Path) -> tuple[float, int]:
    """CPU seconds and values found; compiling is not counted (it is cached)."""
    scanner = engine(cache)
    find_values(texts.head(2000), scanner)
    start = time.process_time()
    found = find_values(texts, scanner)
    return time.process_time() - start, len(found)


def kingfisher(texts: pl.Series, folder: Path) -> float:
    """CPU seconds of the whole `kingfisher scan` process on the same rows as one JSON-lines file."""
    file = folder / "rows.jsonl"
    file.write_text("\n".join(texts.to_list()), encoding="utf-8")
    command = [
        str(Path(sysconfig.get_path("scripts")) / "kingfisher"), "scan", str(file), "--no-validate",
        "--no-update-check",
        "--format", "json", "--output", str(folder / "found.json"), "--jobs", "1", "--quiet", "--no-dedup",
        "--max-file-size", "4096",
    ]  # fmt: skip
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode not in (0, 200, 205):
        sys.exit(f"kingfisher failed ({done.returncode}): {done.stderr.decode()[-400:]}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=100)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--alone", action="store_true", help="do not run kingfisher")
    options = parser.parse_args()
    texts = pl.Series(list(rows(options.megabytes * 1_000_000, options.seed)))
    size = int(texts.str.len_bytes().sum()) / 1e6
    print(f"{size:.0f} MB in {len(texts):,} rows")
    with tempfile.TemporaryDirectory() as name:
        seconds, found = ours(texts, Path(name) / "cache")
        print(f"afteraction  {size / seconds:8.1f} MB/s per core (scan, decode, verify; {found:,} values)")
        if not options.alone:
            theirs = kingfisher(texts, Path(name))
            print(f"kingfisher   {size / theirs:8.1f} MB/s per core (whole process, one job)")
            print(f"ratio        {theirs / seconds:8.2f}")


if __name__ == "__main__":
    main()
