"""The Python interface: the verdict on one tool call is one function call."""

from __future__ import annotations

import os

from afteraction_hook.config import Config, ConfigError, read_config
from afteraction_hook.decide import Call
from afteraction_hook.gate import Gate, failed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from afteraction_hook.verdict import Verdict

_gates: dict[Config | None, Gate] = {}


def check(
    tool: str,
    args: Any,
    *,
    session_id: str = "",
    agent_id: str | None = None,
    tool_use_id: str | None = None,
    config: Config | None = None,
) -> Verdict:
    """The logged verdict on one call of `tool` with `args` (JSON values); true only if it is `allow`.

    Without `config` the environment is read once per process (see `read_config`). Never raises an
    `Exception`: errors are verdicts that deny or ask.
    """
    try:
        gate = _gates.get(config) or _opened(config)
    except ConfigError as error:
        return failed(Config(), "config", f"The hook's configuration is not usable: {error}.")
    return gate.check(Call(tool, args, session_id, agent_id, tool_use_id))


def _opened(config: Config | None) -> Gate:
    gate = Gate(config if config is not None else read_config(os.environ))
    if len(_gates) < 64:
        _gates[config] = gate
    return gate
