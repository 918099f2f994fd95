"""The graph of one session of a published database, asked for by a function that runs queries."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import polars as pl

from afteraction.lineage.picture.graph import MOST_NODES, Graph, graph_of
from afteraction.lineage.picture.words import spelled

#: Runs SQL with named parameters on the published database.
Ask = Callable[[str, Mapping[str, Any] | None], pl.DataFrame]

_ACTIONS: Final = """
SELECT a.action_id, a.agent_id, a.seq, a.position, a.tool, a.operation, a.target, a.destination,
  a.destination_class, r.risk, r.level
FROM actions a LEFT JOIN action_risk r USING (action_id)
WHERE a.session_key = $key ORDER BY a.position, a.agent_id, a.seq
"""
_FLOWS: Final = "SELECT * FROM flows WHERE session_key = $key ORDER BY flow_id"
_CHAINS: Final = """
SELECT * FROM chains WHERE session_key = $key OR writer_session_key = $key ORDER BY chain_id
"""
_KNOWN: Final = "SELECT table_name FROM information_schema.tables WHERE table_name = 'chains'"
_SESSION: Final = "SELECT session_id, request FROM sessions WHERE session_key = $key"
_RISKIEST: Final = """
SELECT session_key, action_id FROM action_risk WHERE risk IS NOT NULL
ORDER BY risk DESC, points DESC, action_id LIMIT 1
"""


def session_graph(ask: Ask, key: str, focus: str | None = None, most: int = MOST_NODES) -> Graph:
    """The graph of the session `key`; of a session that is not there, an empty one."""
    session = ask(_SESSION, {"key": key}).to_dicts()
    named = session[0] if session else {"session_id": key, "request": None}
    return graph_of(
        ask(_ACTIONS, {"key": key}),
        ask(_FLOWS, {"key": key}),
        None if ask(_KNOWN, None).is_empty() else ask(_CHAINS, {"key": key}),
        focus=focus,
        title=f"session {spelled(named['session_id'], 120)}",
        request=named["request"] or "",
        most=most,
    )


def riskiest_graph(ask: Ask) -> Graph | None:
    """The graph of the session with the riskiest action, that action in focus; none before there is one."""
    worst = ask(_RISKIEST, None)
    return None if worst.is_empty() else session_graph(ask, worst["session_key"][0], worst["action_id"][0])
