"""The four metrics' rows, the windows they were counted within, and the totals of one scope."""

from __future__ import annotations

from typing import Any

from dashboards.access.guard import EVERY_PAGE, serves
from dashboards.queries.connection import run
from dashboards.queries.snapshots import Snapshot
from pipelines.figures.headlines import MetricRows, Windows


@serves("overview", "fulfilment", "velocity", "repeat", "unboxing")
def metric_rows(snapshot: Snapshot, scope: str) -> MetricRows:
    """The four metrics' mart rows of one scope."""
    marts = {
        "lead_time": "rpt_lead_time",
        "velocity": "rpt_inventory_velocity",
        "repeat": "rpt_repeat_conversion",
        "unboxing": "rpt_unboxing_engagement",
    }
    found = {key: run(snapshot, f"select * from marts.{mart} where scope = ?", scope) for key, mart in marts.items()}
    return MetricRows(**{key: frame.row(0, named=True) for key, frame in found.items() if not frame.is_empty()})


@serves(*EVERY_PAGE)
def windows(snapshot: Snapshot) -> Windows:
    """What the models counted within."""
    sql = "select lead_time_radius_km, velocity_window_hours, repeat_window_days from raw.as_of"
    return Windows(*run(snapshot, sql).row(0))


@serves("overview", "audit")
def scorecard(snapshot: Snapshot, scope: str) -> dict[str, Any] | None:
    """Orders, units and money of one scope."""
    frame = run(snapshot, "select * from marts.rpt_drop_scorecard where scope = ?", scope)
    return None if frame.is_empty() else frame.row(0, named=True)
