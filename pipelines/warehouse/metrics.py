"""The four metrics of a published snapshot, read from its report marts. Nothing is computed here."""

from __future__ import annotations

from typing import Any

from pipelines.contracts.metrics_report import (
    LeadTime,
    MetricsReport,
    Repeat,
    RingLeadTime,
    ScopeMetrics,
    Unboxing,
    Velocity,
)
from pipelines.warehouse.published import PublishedSnapshot

# Field of the report -> column of the mart.
_LEAD_TIME = {
    "n": "delivered_count",
    "n_under_way": "under_way_count",
    "n_not_handed_over": "not_handed_over_count",
    "median_hours": "median_hours",
    "delivered_only_median_hours": "delivered_only_median_hours",
    "carrier_leg_median_hours": "carrier_leg_median_hours",
    "p90_hours": "delivered_only_p90_hours",
}
_VELOCITY = {
    "units_sold": "sold_units",
    "units_staged": "staged_units",
    "sell_through_rate": "sell_through_rate",
    "skus": "skus_count",
    "skus_sold_out": "skus_sold_out_count",
    "skus_sold": "skus_sold_count",
    "is_final": "is_final",
}
_REPEAT = {
    "buyers": "buyers_count",
    "eligible": "eligible_count",
    "returned": "returned_count",
    "pending": "pending_count",
    "rate": "conversion_rate",
}
_UNBOXING = {
    "boxes_delivered": "boxes_delivered_count",
    "scans": "scans_count",
    "shares": "shares_count",
    "boxes_scanned": "boxes_scanned_count",
    "engagement_per_box": "engagement_per_box",
}


def read_metrics(snapshot: PublishedSnapshot) -> MetricsReport:
    """The metrics of every scope: drops by their start, the shop last."""
    statuses = snapshot.frame("SELECT drop_id AS scope, status FROM marts.dim_drops ORDER BY starts_at, drop_id").rows()
    lead_times = _rows_by_scope(snapshot, "rpt_lead_time")
    rings: dict[str, dict[Any, RingLeadTime]] = {}
    for row in snapshot.frame("SELECT * FROM marts.rpt_lead_time_by_ring").iter_rows(named=True):
        rings.setdefault(row["scope"], {})[row["ring"]] = RingLeadTime(
            n=row["delivered_count"], median_order_to_delivered_hours=row["delivered_only_median_hours"]
        )
    velocities = _rows_by_scope(snapshot, "rpt_inventory_velocity")
    repeats = _rows_by_scope(snapshot, "rpt_repeat_conversion")
    unboxings = _rows_by_scope(snapshot, "rpt_unboxing_engagement")
    scopes = tuple(
        ScopeMetrics(
            scope=scope,
            status=status,
            lead_time=LeadTime(**_fields(lead_times[scope], _LEAD_TIME), by_ring=rings[scope]),
            velocity_48h=Velocity(**_fields(velocities.get(scope, {}), _VELOCITY)),
            repeat_30d=Repeat(**_fields(repeats[scope], _REPEAT)),
            unboxing=Unboxing(**_fields(unboxings[scope], _UNBOXING)),
        )
        for scope, status in [*statuses, ("shop", None)]
    )
    return MetricsReport(snapshot_id=snapshot.snapshot_id, as_of=snapshot.as_of, scopes=scopes)


def _rows_by_scope(snapshot: PublishedSnapshot, mart: str) -> dict[str, dict[str, Any]]:
    return {row["scope"]: row for row in snapshot.frame(f"SELECT * FROM marts.{mart}").iter_rows(named=True)}


def _fields(row: dict[str, Any], columns: dict[str, str]) -> dict[str, Any]:
    return {name: row.get(column) for name, column in columns.items()}
