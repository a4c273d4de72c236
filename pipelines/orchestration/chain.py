"""The whole chain as Dagster definitions: assets, jobs, schedule, sensors and resources put together."""

from __future__ import annotations

import dagster as dg

from pipelines.orchestration.assets.build import build_asset
from pipelines.orchestration.assets.decide import decisions
from pipelines.orchestration.assets.load import load
from pipelines.orchestration.assets.publish import publish_asset
from pipelines.orchestration.assets.report import report_asset
from pipelines.orchestration.dbt_build import parse_project
from pipelines.orchestration.jobs import report_job, tick_job, tick_schedule
from pipelines.orchestration.partitions import HOUR_BY_HOUR
from pipelines.orchestration.resources import TickResource
from pipelines.orchestration.sensors import landing_sensor, report_sensor


def build_definitions(tick_session: TickResource | None = None) -> dg.Definitions:
    """Assets, jobs, schedule, sensors and resources; `tick_session` swaps the data folder and the clock."""
    session = tick_session or TickResource()
    build = build_asset(parse_project(session.settings().dbt_target_dir))
    # The decorators' own parameter is marked beta and warns at each run; set afterwards it says the same and is quiet.
    others = [asset.with_attributes(backfill_policy=HOUR_BY_HOUR) for asset in (load, decisions, publish_asset(build))]
    return dg.Definitions(
        assets=[build, *others, report_asset(session)],
        jobs=[tick_job, report_job],
        schedules=[tick_schedule],
        sensors=[landing_sensor(session), report_sensor(session)],
        resources={"tick_session": session},
        executor=dg.in_process_executor,
    )
