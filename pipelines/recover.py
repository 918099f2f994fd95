"""`python -m pipelines.recover`: before a daemon starts, runs whose process is gone are called failed.

Without this, a run that was killed would hold the lake's place in the queue for ever. The daemon then
starts it again (`run_retries` in `dagster.yaml`); every step is idempotent.
"""

from __future__ import annotations

import dagster as dg

_UNDER_WAY = [
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]


def recover(instance: dg.DagsterInstance) -> int:
    """Report every run that claims to be under way as failed, and free its places; returns how many."""
    runs = instance.get_runs(dg.RunsFilter(statuses=_UNDER_WAY))
    for run in runs:
        instance.report_run_failed(run, "The process of this run ended before the run did.")
        instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)
    return len(runs)


if __name__ == "__main__":
    with dg.DagsterInstance.get() as instance:
        recover(instance)
