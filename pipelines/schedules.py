"""Schedules: when the audit runs without anyone asking. Add one here when something is due by the clock."""

from __future__ import annotations

import dagster as dg

from pipelines.jobs import AUDIT, POLICY

DAILY = dg.ScheduleDefinition(
    name="daily_audit",
    job=AUDIT,
    cron_schedule="17 2 * * *",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="The whole audit, also over what no sensor saw: failed runs, the command line, due dates.",
)

DAILY_POLICY = dg.ScheduleDefinition(
    name="daily_policy",
    job=POLICY,
    cron_schedule="47 3 * * *",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="The way of a candidate bundle, after the night's audit: a refused one stands out here.",
)
