"""Schedules: when the audit runs without anyone asking. Add one here when something is due by the clock."""

from __future__ import annotations

import dagster as dg

from pipelines.jobs import AUDIT

HOURLY = dg.ScheduleDefinition(
    name="hourly_audit",
    job=AUDIT,
    cron_schedule="17 * * * *",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Catches what the sensor could not: failed runs, audits from the command line, due dates.",
)
