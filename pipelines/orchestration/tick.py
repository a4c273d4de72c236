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
from pipelines.orchestration.partitions import partition_key
from pipelines.orchestration.resources import TickResource
from pipelines.settings import PROJECT_ROOT, Settings
from pipelines.warehouse.ticks import last_closed_hour

_QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


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
        LockHeldError: Another tick works on the data folder.
        Exception: What the failing stage raised; nothing was published then.
    """
    hour = hour or last_closed_hour(settings.now())
    os.environ.update(settings.environment())
    settings.dagster_dir.mkdir(parents=True, exist_ok=True)
    session = TickResource(
        data_dir=str(settings.data_dir), now=settings.fixed_now.isoformat() if settings.fixed_now else None
    )
    job = build_definitions(session).resolve_job_def(TICK_JOB)
    with dg.DagsterInstance.from_config(str(PROJECT_ROOT)) as instance:
        result = job.execute_in_process(
            instance=instance,
            partition_key=partition_key(hour),
            run_config=_QUIET,
            tags={"sprint/trigger": trigger},
        )
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
