"""The hours a tick may be for. The first is old enough for the data that shops bring along.

Every asset of the chain is partitioned by them: one that is not, above or below one that is, would have Dagster list
all hours since 2010 at each step.
"""

from __future__ import annotations

from datetime import UTC, datetime

import dagster as dg

FIRST_HOUR = datetime(2010, 1, 1, tzinfo=UTC)
HOURS = dg.HourlyPartitionsDefinition(start_date=FIRST_HOUR, timezone="UTC")

# The clock moves an hour a run; a backfill is that many runs, each with its own `as_of`.
HOUR_BY_HOUR = dg.BackfillPolicy.multi_run(max_partitions_per_run=1)


def partition_key(hour: datetime) -> str:
    """The key of the partition that starts at `hour` (UTC)."""
    return f"{hour:%Y-%m-%d-%H:%M}"
