"""Good lines, small limits and a reader, for logs that must not hurt."""

import json
import pickle

from afteraction.ingest import plan, read_part
from afteraction.records.settings import Limits, Settings

GOOD = json.dumps({"session_id": "s1", "tool": "read", "args": {"path": "a"}, "call_id": "c1"}).encode()
SMALL = Settings(limits=Limits(max_line_bytes=4096, max_ratio=20, max_depth=64))


def line(call, **members):
    """One line that is a call."""
    return json.dumps({"session_id": "s1", "tool": "t", "args": {}, "call_id": call, **members}).encode()


def read(path, config=None, format=None):  # noqa: A002
    """Actions, refusals and the count of records; parts travel like to another process."""
    config = config or Settings()
    parts = [pickle.loads(pickle.dumps(part)) for part in plan([path], config, format)]
    chunks = [chunk for part in parts for chunk in read_part(part, config)]
    actions = [action for chunk in chunks for action in chunk.actions]
    quarantined = [row for chunk in chunks for row in chunk.quarantined]
    return actions, quarantined, sum(chunk.records for chunk in chunks)


def file(tmp_path, data, name="log.jsonl"):
    """`data` in a file."""
    path = tmp_path / name
    path.write_bytes(data)
    return path
