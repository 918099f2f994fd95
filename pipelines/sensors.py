"""Sensors: what happens because something appeared. Add one here when a new thing should start a job."""

import json
import time
from typing import Any

import dagster as dg

from pipelines import inbox
from pipelines.jobs import AUDIT, POLICY
from pipelines.resources import Home

_SECONDS_BETWEEN_LOOKS = 5
_MOST_PATHS = 500
_SECONDS_BETWEEN_COUNTS = 60


def _run_config(new: list[inbox.Dropped]) -> dict[str, Any]:
    """Just the new files; the whole inbox when there are too many, or a name that JSON cannot hold."""
    paths = [str(dropped.path) for dropped in new]
    if len(paths) > _MOST_PATHS or not all(path.isprintable() for path in paths):
        return {}
    return {"ops": {"ingest": {"config": {"paths": paths}}}}


def _first_look(home: Home) -> dg.SensorResult:
    """Before anything is new, what an earlier `afteraction audit` left in the lake is shown."""
    request = dg.RunRequest(run_key="first-look")
    return dg.SensorResult([request] if home.holds_data else [], cursor="[]")


@dg.sensor(
    name="inbox",
    job=AUDIT,
    minimum_interval_seconds=_SECONDS_BETWEEN_LOOKS,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Starts an audit when complete files are in the inbox that were not there before.",
)
def watch_inbox(context: dg.SensorEvaluationContext, home: Home) -> dg.SensorResult | dg.SkipReason:
    """The cursor lists the signatures of the files that an audit was already asked for."""
    asked = set(json.loads(context.cursor)) if context.cursor else set()
    files = inbox.settled(home.inbox, time.time())
    new = [dropped for dropped in files if dropped.signature not in asked]
    if not new and context.cursor is None:
        return _first_look(home)
    if not new:
        return dg.SkipReason("nothing new in the inbox")
    signatures = [dropped.signature for dropped in files]
    request = dg.RunRequest(run_key=inbox.run_key(signatures), run_config=_run_config(new))
    return dg.SensorResult([request], cursor=json.dumps(sorted(signatures)))


@dg.sensor(
    name="verdicts",
    job=POLICY,
    minimum_interval_seconds=_SECONDS_BETWEEN_COUNTS,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Starts the way of a candidate bundle when people decided something since the last look.",
)
def watch_verdicts(context: dg.SensorEvaluationContext, home: Home) -> dg.SensorResult | dg.SkipReason:
    """The cursor is the number of decisions that a run was already asked for."""
    seen, now = int(context.cursor or 0), home.decisions()
    if now <= seen:
        return dg.SkipReason("nobody has decided anything new")
    return dg.SensorResult([dg.RunRequest(run_key=f"verdicts-{now}")], cursor=str(now))
