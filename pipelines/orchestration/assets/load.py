"""Stage 1 of a tick: what has landed goes into `raw`, and the warehouse's clock moves to the tick."""

from collections.abc import Iterator

import dagster as dg

from pipelines.orchestration.loading import load_landed
from pipelines.orchestration.partitions import HOURS
from pipelines.orchestration.resources import TickResource
from pipelines.warehouse.publish import newest_tick
from pipelines.warehouse.tables import FEED_TABLES
from pipelines.warehouse.ticks import start_tick

AS_OF = dg.AssetKey(["raw", "as_of"])


@dg.multi_asset(
    name="load",
    specs=[dg.AssetSpec(AS_OF), *(dg.AssetSpec(["raw", feed]) for feed in FEED_TABLES)],
    partitions_def=HOURS,
    pool="warehouse",
)
def load(context: dg.AssetExecutionContext, tick_session: TickResource) -> Iterator[dg.MaterializeResult[None]]:
    """Every landed file, in one transaction each."""
    settings = tick_session.settings()
    trigger = context.run.tags.get("sprint/trigger", context.run.tags.get("dagster/schedule_name", "manual"))
    hour = context.partition_time_window.start
    with tick_session.warehouse() as connection:
        published = newest_tick(settings.published_dir)
        tick = start_tick(connection, settings, hour, trigger, tick_session.clock(), published)
        report = load_landed(connection, settings, tick.as_of, tick_session.clock())
    yield dg.MaterializeResult(asset_key=AS_OF, metadata={"as_of": tick.as_of.isoformat(), "tick": tick.number})
    for feed in FEED_TABLES:
        yield dg.MaterializeResult(asset_key=["raw", feed], metadata=report.counts(feed))
