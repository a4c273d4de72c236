"""The jobs: the tick with its hourly schedule, and the report of a drop."""

from __future__ import annotations

import dagster as dg

from pipelines.orchestration.assets.report import REPORT

TICK_JOB = "tick_job"

# In one process, one step after another: the chain has one writer, and a process a step would cost twice the time.
tick_job = dg.define_asset_job(
    TICK_JOB,
    selection=dg.AssetSelection.all() - dg.AssetSelection.assets(REPORT),
    executor_def=dg.in_process_executor,
    description="One hour: load what has landed, build the models, decide the next hour's bands, publish.",
)

tick_schedule = dg.build_schedule_from_partitioned_job(
    tick_job, name="tick_schedule", default_status=dg.DefaultScheduleStatus.RUNNING
)

report_job = dg.define_asset_job(
    "report_job",
    selection=dg.AssetSelection.assets(REPORT),
    executor_def=dg.in_process_executor,
    # A tick that waits beside a report goes first.
    tags={"dagster/priority": "-1"},
    description="The audit report of one drop, from the published snapshot.",
)
