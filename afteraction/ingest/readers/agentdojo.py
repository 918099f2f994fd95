"""AgentDojo and AgentDyn run files: one run a line, `{"run_id", "run": {"messages": [...]}}`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from afteraction.ingest.chat import Chat, openai_turn, read_chat
from afteraction.ingest.reader import Context, Example, Item, Reader, Record
from afteraction.ingest.strict_json import Refused
from afteraction.ingest.values import name, required

FORMAT = "agentdojo"


def _detect(value: dict[str, Any]) -> bool:
    return "run_id" in value and isinstance(value.get("run"), dict) and "messages" in value["run"]


def _read(record: Record, context: Context) -> Iterable[Item]:
    run = record.value.get("run")
    messages = run.get("messages") if isinstance(run, dict) else None
    if not isinstance(run, dict) or not isinstance(messages, list):
        raise Refused("unknown_record", "expected `run.messages` to be a list of messages")
    metadata = run.get("metadata")
    pipeline = metadata.get("pipeline_name") if isinstance(metadata, dict) else None
    chat = Chat(
        tenant=context.tenant,
        source_system=FORMAT,
        session_id=required(record.value, "run_id"),
        place=record.place,
        max_depth=context.max_depth,
        agent_id=name(run.get("pipeline_name")) or name(pipeline),
        model=name(run.get("pipeline_name")) or name(pipeline),
    )
    return read_chat(chat, map(openai_turn, messages))


READER = Reader(
    format=FORMAT,
    summary="AgentDojo and AgentDyn benchmark runs, one run a line",
    detected_by="`run_id`, and `run.messages`",
    detect=_detect,
    read=_read,
    splittable=True,
    examples=(
        Example(
            lines=(
                (
                    '{"run_id":"suite/user_task_0/none","run":{"messages":['
                    '{"role":"user","content":"Pay the bill."},'
                    '{"role":"assistant","content":null,"tool_calls":[{"id":"c1","function":"read_file",'
                    '"args":{"file_path":"bill.txt"},"placeholder_args":null}]},'
                    '{"role":"tool","content":"98.70","tool_call_id":"c1","error":null}]}}'
                ),
            ),
            becomes=("user: Pay the bill.", 'read_file ok {"file_path":"bill.txt"}'),
        ),
        Example(
            lines=(
                (
                    '{"run_id":"suite/user_task_1/none","run":{"messages":['
                    '{"role":"assistant","content":[{"type":"text","content":"Reading."}],'
                    '"tool_calls":[{"id":"c1",'
                    '"type":"function","function":{"name":"read_file","arguments":{"file_path":"a"}}}]},'
                    '{"role":"tool","content":"","tool_call_id":"c1","error":"no such file"}]}}'
                ),
            ),
            becomes=("assistant: Reading.", 'read_file error {"file_path":"a"}'),
        ),
    ),
)
