"""Schedules: when the audit runs without anyone asking. Add one here when something is due by the clock."""

from __future__ import annotations

import dagster as dg

from pipelines.jobs import AUDIT

DAILY = dg.ScheduleDefinition(
    name="daily_audit",
    job=AUDIT,
    cron_schedule="17 2 * * *",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="The whole audit, also over what no sensor saw: failed runs, the command line, due dates.",
)
