"""Running one tick in this process: the same job, partitions and storage that the schedule uses."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime

import dagster as dg

from pipelines.orchestration.assets.decide import DECISIONS
from pipelines.orchestration.assets.publish import SNAPSHOT
from pipelines.orchestration.chain import build_definitions
from pipelines.orchestration.jobs import TICK_JOB
from pipelines.orchestration.partitions import FIRST_HOUR, partition_key
from pipelines.orchestration.resources import TickResource
from pipelines.settings import PROJECT_ROOT, Settings
from pipelines.warehouse.ticks import last_closed_hour

_QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


class HourNotClosedError(ValueError):
    """A tick was asked for an hour that no tick can be for; the message names those it can."""


@dataclass(frozen=True)
class TickResult:
    """What a finished tick left behind.

    Attributes:
        hour: The closed hour that it was for.
        snapshot_id: The snapshot that it made current.
        decided: How many rows it added to the ledger of decisions.
    """

    hour: datetime
    snapshot_id: str
    decided: int


def run_tick(settings: Settings, hour: datetime | None = None, trigger: str = "cli") -> TickResult:
    """Run the tick job for `hour` (default: the last closed hour of the clock) in this process.

    Raises:
        HourNotClosedError: The hour has not ended by the clock, or lies before the first partition.
        LockHeldError: Another tick works on the data folder.
        Exception: What the failing stage raised; nothing was published then.
    """
    latest = last_closed_hour(settings.now())
    hour = hour or latest
    if not FIRST_HOUR <= hour <= latest:
        first, last = f"{FIRST_HOUR:%Y-%m-%dT%H}Z", f"{latest:%Y-%m-%dT%H}Z"
        message = f"{hour:%Y-%m-%dT%H}Z is not between {first} and the last closed hour, {last}"
        raise HourNotClosedError(message)
    os.environ.update(settings.environment())
    settings.dagster_dir.mkdir(parents=True, exist_ok=True)
    session = TickResource(
        data_dir=str(settings.data_dir), now=settings.fixed_now.isoformat() if settings.fixed_now else None
    )
    job = build_definitions(session).resolve_job_def(TICK_JOB)
    with dg.DagsterInstance.from_config(str(PROJECT_ROOT)) as instance:
        try:
            result = job.execute_in_process(
                instance=instance,
                partition_key=partition_key(hour),
                run_config=_QUIET,
                tags={"sprint/trigger": trigger},
            )
        except dg.DagsterUserCodeExecutionError as error:
            # Dagster's words say in which of its parts it happened; what happened is the stage's own error.
            raise error.user_exception from error
    written = {
        event.asset_key: event.materialization.metadata
        for event in result.get_asset_materialization_events()
        if event.asset_key in (DECISIONS, SNAPSHOT)
    }
    return TickResult(
        hour=hour,
        snapshot_id=str(written[SNAPSHOT]["snapshot_id"].value),
        decided=int(written[DECISIONS]["decided"].value),  # type: ignore[arg-type]
    )
