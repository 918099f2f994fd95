"""Records written to a log and read back by the reader that knows them."""

import json

from afteraction.ingest import plan, read_part
from afteraction.records.settings import Settings


def items(tmp_path, *records, format=None, name="log.jsonl"):  # noqa: A002
    """The actions and the messages of a log of `records`, none of which may be refused."""
    path = tmp_path / name
    path.write_text("".join(f"{json.dumps(record)}\n" for record in records))
    chunks = [chunk for part in plan([path], Settings(), format) for chunk in read_part(part, Settings())]
    assert not [row for chunk in chunks for row in chunk.quarantined]
    return [action for c in chunks for action in c.actions], [
        message for c in chunks for message in c.messages
    ]
