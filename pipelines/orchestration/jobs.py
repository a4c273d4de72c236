"""The one job, the tick, and its hourly schedule."""

from __future__ import annotations

import dagster as dg

TICK_JOB = "tick_job"

# In one process, one step after another: the chain has one writer, and a process a step would cost twice the time.
tick_job = dg.define_asset_job(
    TICK_JOB,
    selection=dg.AssetSelection.all(),
    executor_def=dg.in_process_executor,
    description="One hour: load what has landed, build the models, decide the next hour's bands, publish.",
)

tick_schedule = dg.build_schedule_from_partitioned_job(
    tick_job, name="tick_schedule", default_status=dg.DefaultScheduleStatus.RUNNING
)
