"""Stage 4 of a tick: the blocking checks, then the snapshot, then the one rename that readers notice."""

import dagster as dg

from pipelines.orchestration.assets.decide import DECISIONS
from pipelines.orchestration.partitions import HOURS
from pipelines.orchestration.resources import TickResource
from pipelines.warehouse.checks import run_checks
from pipelines.warehouse.publish import publish_snapshot, remove_old_snapshots
from pipelines.warehouse.ticks import current_tick, finish_tick

SNAPSHOT = dg.AssetKey(["published", "current"])


def publish_asset(built: dg.AssetsDefinition) -> dg.AssetsDefinition:
    """The published snapshot, below every model of `built`."""

    @dg.asset(
        key=SNAPSHOT,
        deps=[DECISIONS, *built.keys],
        partitions_def=HOURS,
        pool="warehouse",
    )
    def snapshot(tick_session: TickResource) -> dg.MaterializeResult[None]:
        settings = tick_session.settings()
        with tick_session.warehouse() as connection:
            tick = current_tick(connection)
            run_checks(connection, tick.as_of)
            finished_at = tick_session.clock()
            snapshot_id = publish_snapshot(connection, settings.published_dir, settings.control_dir, tick, finished_at)
            finish_tick(connection, tick.number, "published", finished_at, snapshot_id)
        remove_old_snapshots(settings.published_dir, finished_at)
        return dg.MaterializeResult(metadata={"snapshot_id": snapshot_id, "as_of": tick.as_of.isoformat()})

    return snapshot
