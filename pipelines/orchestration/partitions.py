"""The hours a tick may be for. The first is old enough for the data that shops bring along."""

from __future__ import annotations

from datetime import datetime

import dagster as dg

HOURS = dg.HourlyPartitionsDefinition(start_date="2010-01-01-00:00", timezone="UTC")


def partition_key(hour: datetime) -> str:
    """The key of the partition that starts at `hour` (UTC)."""
    return f"{hour:%Y-%m-%d-%H:%M}"
