"""Stage 3 of a tick: the next hour's band for each SKU and channel of each live drop."""

import dagster as dg

from pipelines.orchestration.deciding import decide_hour
from pipelines.orchestration.partitions import HOURS
from pipelines.orchestration.resources import TickResource
from pipelines.warehouse.control import read_actions, record_actions
from pipelines.warehouse.ticks import current_tick

_READ = ("dim_drops", "dim_skus", "fct_sku_sales_hourly", "fct_pricing_outcomes", "fct_price_decisions")
DECISIONS = dg.AssetKey(["pricing", "decisions"])


@dg.asset(
    key=DECISIONS,
    deps=[["marts", table] for table in _READ],
    partitions_def=HOURS,
    pool="warehouse",
)
def decisions(context: dg.AssetExecutionContext, tick_session: TickResource) -> dg.MaterializeResult[None]:
    """The ledger of decisions, append-only; an hour already decided stays as it is."""
    with tick_session.warehouse() as connection:
        as_of = current_tick(connection).as_of
        record_actions(connection, read_actions(tick_session.settings().control_dir), as_of)
        report = decide_hour(connection, as_of, tick_session.clock())
    for problem in report.problems:
        context.log.warning(problem)
    return dg.MaterializeResult(
        metadata={
            "drops": list(report.drops),
            "decided": report.decided_count,
            "missed": report.missed_count,
            "clamps": report.clamp_count,
            "problems": list(report.problems),
        }
    )
