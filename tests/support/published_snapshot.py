"""A small published snapshot with invented values, for tests of what reads one: pages, reports, commands.

The columns are those that readers rely on; the real marts may hold more. Two drops of a soap shop: `advent-1` is final,
`advent-2` is live in its hour 30. `write_snapshot` can leave the drops out (a shop that has sent orders alone).
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from pipelines.warehouse.tables import BOOKKEEPING_TABLES, PLAN_TABLES, PRICING_TABLES

AS_OF = datetime(2026, 12, 5, 15, 0, tzinfo=UTC)
LIVE, FINAL = "advent-2", "advent-1"
START = {LIVE: AS_OF - timedelta(hours=30), FINAL: AS_OF - timedelta(days=45)}
NAMES = {LIVE: "Second Advent soaps", FINAL: "Early bird soaps"}
SKUS = {LIVE: ("SOAP-OAT", "SOAP-PINE", "KIT-GIFT"), FINAL: ("SOAP-ROSE", "SOAP-SALT")}
TITLES = {
    "SOAP-OAT": "Oat & honey soap",
    "SOAP-PINE": "Pine tar soap",
    "KIT-GIFT": "Gift kit, three soaps",
    "SOAP-ROSE": "Rose soap",
    "SOAP-SALT": "Sea salt soap",
}
LIST = {"SOAP-OAT": "9.50", "SOAP-PINE": "8.00", "KIT-GIFT": "24.00", "SOAP-ROSE": "9.00", "SOAP-SALT": "8.50"}
CHANNELS = ("web", "popup")
SEED = 7

MONEY = "DECIMAL(18, 4)"
TS, TEXT, INT, REAL, BOOL = "TIMESTAMP", "VARCHAR", "BIGINT", "DOUBLE", "BOOLEAN"


def _columns(**kinds: str) -> dict[str, str]:
    """Type -> names, turned into name -> type."""
    types = {"text": TEXT, "ts": TS, "int": INT, "real": REAL, "flag": BOOL, "money": MONEY}
    return {name: types[kind] for kind, names in kinds.items() for name in names.split()}


MARTS: dict[str, dict[str, str]] = {
    "dim_drops": _columns(
        text="drop_id name timezone currency_code status",
        int="version max_staleness_hours taper_hours seed unsettled_count",
        ts="starts_at ends_at",
        real="tax_rate holdout_rate hours_elapsed",
    ),
    "dim_skus": _columns(
        text="drop_id sku gtin title currency_code",
        money="list_price_amount low_price_amount mid_price_amount high_price_amount unit_cost_amount salvage_amount",
        real="min_margin_rate",
        int="forecast_units staged_units staged_48h_units",
    ),
    "dim_hubs": _columns(text="hub_id name", real="latitude longitude", int="capacity_units"),
    "dim_buyers": _columns(text="buyer_key first_order_id", ts="first_ordered_at last_ordered_at", int="orders_count"),
    "fct_sku_sales_hourly": _columns(
        text="drop_id sku channel currency_code",
        ts="hour_at",
        int="hours_since_start orders_count sold_units returned_units",
        money="gross_sales_amount discounts_amount refunds_amount net_sales_amount",
    ),
    "fct_parcel_lead_times": _columns(
        text="scope parcel_key parcel_id order_id hub_id carrier fulfilment ring state currency_code door_cell",
        ts="ordered_at handed_over_at delivered_at ended_at promised_at",
        real="distance_km order_to_door_hours carrier_leg_hours watched_hours",
        flag="is_within_radius is_in_headline is_settled is_flagged",
        money="cost_amount",
    ),
    "fct_drop_buyers": _columns(
        text="scope buyer_key index_order_id",
        ts="index_ordered_at repeat_ordered_at",
        flag="is_eligible is_returned is_pending is_any_reorder",
        real="watched_hours",
    ),
    "fct_boxes": _columns(
        text="scope box_id parcel_id order_id",
        ts="delivered_at first_scanned_at",
        int="scans_count shares_count",
        flag="is_scanned",
    ),
    "fct_returns": _columns(
        text="return_id order_id drop_id sku channel currency_code reason",
        int="line_number returned_units",
        money="refund_amount",
        ts="ordered_at returned_at",
        real="refund_lag_hours",
        flag="is_unknown_order is_before_order is_cancelled_line is_other_currency",
    ),
    "rpt_lead_time": _columns(
        text="scope",
        ts="as_of",
        int="delivered_count under_way_count not_handed_over_count ended_count no_distance_count pickup_count"
        " carrier_leg_count promised_count on_time_count",
        real="median_hours median_lower_hours median_upper_hours km_p90_hours"
        " delivered_only_median_hours delivered_only_p90_hours carrier_leg_median_hours",
    ),
    "rpt_lead_time_by_ring": _columns(text="scope ring", int="delivered_count", real="delivered_only_median_hours"),
    "rpt_inventory_velocity": _columns(
        text="scope",
        int="sold_units staged_units skus_count skus_sold_out_count skus_sold_count",
        real="sell_through_rate",
        flag="is_final is_oversold",
    ),
    "rpt_inventory_velocity_by_sku": _columns(
        text="drop_id sku", int="sold_units staged_units", real="sell_through_rate", ts="sold_out_at", flag="is_final"
    ),
    "rpt_repeat_conversion": _columns(
        text="scope",
        int="buyers_count eligible_count returned_count pending_count pending_returned_count any_reorder_count"
        " keyless_orders_count",
        real="conversion_rate",
    ),
    "rpt_interested_buyers": _columns(
        text="scope buyer_key",
        flag="is_returned has_bought_before",
        int="scans_count shares_count returned_points bought_before_points shares_points scans_points interest_points",
    ),
    "rpt_unboxing_engagement": _columns(
        text="scope",
        int="boxes_delivered_count scans_count shares_count boxes_scanned_count bot_scans_count early_scans_count",
        real="engagement_per_box scans_per_box shares_per_box boxes_scanned_rate",
    ),
    "rpt_lead_time_breakdown": _columns(
        text="scope dimension dimension_value",
        int="delivered_count waiting_count ended_count",
        real="delivered_only_median_hours delivered_only_p90_hours carrier_leg_median_hours",
    ),
    "rpt_margins": _columns(
        text="drop_id sku channel hub_id currency_code",
        int="sold_units returned_units",
        money="gross_sales_amount discounts_amount refunds_amount net_sales_amount untaxed_sales_amount fees_amount"
        " goods_cost_amount margin_amount",
        real="margin_rate",
    ),
    "rpt_fulfilment_costs": _columns(
        text="scope hub_id currency_code",
        int="costed_parcels_count delivered_orders_count",
        money="cost_amount measured_cost_amount",
        real="measured_km cost_per_delivered_order cost_per_km",
        flag="is_total",
    ),
    "rpt_returns": _columns(
        text="scope sku reason currency_code",
        int="returns_count returned_units sold_units",
        real="returned_rate refund_lag_median_hours",
        money="refund_amount",
        flag="is_total",
    ),
    "rpt_drop_comparison": _columns(
        text="scope compared_with other_scope metric",
        real="metric_value other_value difference difference_lower difference_upper",
    ),
    "rpt_drop_progress": _columns(
        text="drop_id currency_code",
        int="hours_since_start sold_units cumulative_units",
        money="net_sales_amount cumulative_net_sales_amount",
        real="cumulative_staged_rate",
    ),
    "rpt_repeat_curve": _columns(
        text="scope",
        int="day_number eligible_count returned_count",
        real="returned_rate estimated_rate estimated_lower_rate estimated_upper_rate",
    ),
    "rpt_inventory_velocity_by_hub": _columns(
        text="drop_id sku hub_id",
        int="sold_units staged_units",
        real="sell_through_rate sold_out_hours",
        ts="sold_out_at",
    ),
    "rpt_drop_scorecard": _columns(
        text="scope status name currency_code",
        int="orders_count order_lines_count sold_units returns_count",
        money="gross_sales_amount discounts_amount refunds_amount net_sales_amount",
    ),
}

Rows = list[dict[str, Any]]


def write_snapshot(
    data_dir: Path,
    *,
    snapshot_id: str = "20261205T150000Z-0001",
    as_of: datetime = AS_OF,
    with_drops: bool = True,
    drop_name: str = NAMES[LIVE],
    sku_title: str = TITLES["SOAP-OAT"],
    return_reason: str = "arrived broken",
    feed_status: str = "live",
) -> Path:
    """Write one snapshot under `data_dir/published` and make it current; the three texts may be hostile."""
    rows = _shop_rows()
    if with_drops:
        for table, more in _drop_rows(drop_name, sku_title, return_reason).items():
            rows.setdefault(table, []).extend(more)
    folder = data_dir / "published" / "snapshots" / snapshot_id
    folder.mkdir(parents=True)
    _write_database(folder / "warehouse.duckdb", rows)
    entries = _feed_entries() if with_drops else []
    feed = {"schema_version": 1, "snapshot_id": snapshot_id, "as_of": _iso(as_of), "status": feed_status}
    (folder / "price_bands.json").write_text(json.dumps(feed | {"entries": entries}), encoding="utf-8")
    manifest = {
        "schema_version": 1,
        "snapshot_id": snapshot_id,
        "as_of": _iso(as_of),
        "tick_number": 1,
        "files": [{"name": "warehouse.duckdb", "alias": "warehouse"}],
    }
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    current = data_dir / "published" / "current"
    waiting = current.with_name("current.new")
    waiting.symlink_to(folder, target_is_directory=True)
    waiting.rename(current)
    return folder


def _write_database(path: Path, rows: dict[str, Rows]) -> None:
    kept = ("landing_files", "file_sightings", "reconciliation", "checks", "ticks", "as_of")
    raw = {name: BOOKKEEPING_TABLES[name] for name in kept}
    raw["rejects_by_rule"] = {"file_id": TEXT, "feed": TEXT, "rule": TEXT, "field": TEXT, "rows": INT}
    raw |= {name: PLAN_TABLES[name] for name in ("drop_channels", "drop_stock")}
    with duckdb.connect(str(path)) as connection:
        for schema, tables in {"marts": MARTS, "raw": raw, "pricing": PRICING_TABLES}.items():
            connection.execute(f"CREATE SCHEMA {schema}")
            for table, columns in tables.items():
                lines = ", ".join(f'"{name}" {_bare_type(kind)}' for name, kind in columns.items())
                connection.execute(f"CREATE TABLE {schema}.{table} ({lines})")
                if rows.get(table):
                    frame = pl.DataFrame(rows[table], infer_schema_length=None)
                    connection.register("incoming", frame)
                    connection.execute(f"INSERT INTO {schema}.{table} BY NAME SELECT * FROM incoming")
        connection.execute(
            "CREATE VIEW marts.fct_price_decisions AS SELECT *, CASE WHEN reason = 'missed' THEN list_amount"
            " ELSE price_amount END AS shown_price_amount FROM pricing.decisions"
        )


def _bare_type(kind: str) -> str:
    """The type without its constraints: those belong to the writer, a published copy has none."""
    return re.split(" NOT NULL| CHECK| PRIMARY| UNIQUE", kind)[0]


def _iso(instant: datetime) -> str:
    return instant.strftime("%Y-%m-%dT%H:%M:%SZ")


def _naive(instant: datetime) -> datetime:
    return instant.replace(tzinfo=None)


def _shop_rows() -> dict[str, Rows]:
    """What a shop has that sent orders alone: the baseline, its files, its ticks."""
    as_of = _naive(AS_OF)
    files: Rows = [
        {
            "file_id": "orders-1f00", "sha256": "1f" * 32, "feed": "orders", "source": "canonical",
            "path": "orders/orders-2026.csv", "bytes": 88_000, "rows_read": 1_000, "accepted": 990, "rejected": 7,
            "duplicate": 3, "conflicting": 1, "status": "loaded", "is_name_reused": False, "as_of": as_of,
            "loaded_at": as_of,
        },
        {
            "file_id": "orders-2f00", "sha256": "2f" * 32, "feed": "orders", "source": "canonical",
            "path": "orders/broken.csv.gz", "bytes": 4_000, "rows_read": 0, "accepted": 0, "rejected": 0,
            "duplicate": 0, "conflicting": 0, "status": "quarantined", "first_error": "the gzip stream ends early",
            "is_name_reused": False, "as_of": as_of - timedelta(hours=2), "loaded_at": as_of - timedelta(hours=2),
        },
    ]  # fmt: skip
    return {
        "landing_files": files,
        "reconciliation": [
            {"file_id": "orders-1f00", "outcome": "accepted", "currency_code": "GBP", "rows": 990,
             "amount": "12340.50"},
            {"file_id": "orders-1f00", "outcome": "rejected", "currency_code": None, "rows": 7, "amount": None},
            {"file_id": "orders-1f00", "outcome": "duplicate", "currency_code": "GBP", "rows": 3, "amount": "41.00"},
        ],
        "rejects_by_rule": [
            {"file_id": "orders-1f00", "feed": "orders", "rule": "quantity|min", "field": "quantity", "rows": 4},
            {"file_id": "orders-1f00", "feed": "orders", "rule": "ordered_at|offset", "field": "ordered_at", "rows": 3},
        ],
        "checks": [
            {"as_of": as_of, "check_name": "rows_reconcile", "is_blocking": True, "is_passed": True, "observed": "0"},
            {"as_of": as_of, "check_name": "feeds_are_fresh", "is_blocking": False, "is_passed": False,
             "observed": "scans: 5 h old"},
        ],
        "ticks": [
            {
                "tick_number": number, "hour": as_of - timedelta(hours=4 - number),
                "as_of": as_of - timedelta(hours=3 - number),
                "trigger": "schedule", "started_at": as_of - timedelta(hours=3 - number),
                "finished_at": as_of - timedelta(hours=3 - number) + timedelta(seconds=14),
                "status": "failed" if number == 1 else "published", "snapshot_id": f"snap-{number}",
            }
            for number in (1, 2, 3)
        ],
        "as_of": [
            {"as_of": as_of, "lead_time_radius_km": 20.0, "velocity_window_hours": 48, "repeat_window_days": 30,
             "settling_days": 30}
        ],
        "rpt_lead_time": [_lead_time("shop", 0, None)],
        "rpt_lead_time_by_ring": _rings("shop", 0),
        "rpt_repeat_conversion": [
            {"scope": "shop", "buyers_count": 640, "eligible_count": 500, "returned_count": 85, "pending_count": 140,
             "pending_returned_count": 9, "any_reorder_count": 120, "keyless_orders_count": 12,
             "conversion_rate": 85 / 500}
        ],
        "rpt_unboxing_engagement": [_unboxing("shop", 0, 0, 0, 0)],
        "rpt_drop_scorecard": [_scorecard("shop", None, "Shop", 900, 13_000)],
    }  # fmt: skip


def _lead_time(scope: str, delivered: int, median: float | None) -> dict[str, Any]:
    return {
        "scope": scope, "as_of": _naive(AS_OF), "delivered_count": delivered, "under_way_count": 14,
        "not_handed_over_count": 9, "ended_count": 1, "no_distance_count": 3, "pickup_count": 6,
        "median_hours": median, "median_lower_hours": None if median is None else median - 3.1,
        "median_upper_hours": None, "km_p90_hours": None if median is None else median * 2.1,
        "delivered_only_median_hours": None if median is None else median - 2.5,
        "delivered_only_p90_hours": None if median is None else median * 1.8,
        "carrier_leg_median_hours": None if median is None else median / 2, "carrier_leg_count": delivered,
        "promised_count": delivered, "on_time_count": delivered - delivered // 8,
    }  # fmt: skip


def _rings(scope: str, delivered: int) -> Rows:
    shares = {"0-5": 0.6, "5-20": 0.4, "20-100": 0.2, "100-500": 0.1, "500+": 0.0}
    hours = {"0-5": 18.0, "5-20": 26.5, "20-100": 49.0, "100-500": 71.0, "500+": None}
    return [
        {"scope": scope, "ring": ring, "delivered_count": int(delivered * share),
         "delivered_only_median_hours": hours[ring] if delivered * share >= 1 else None}
        for ring, share in shares.items()
    ]  # fmt: skip


def _unboxing(scope: str, boxes: int, scans: int, shares: int, scanned: int) -> dict[str, Any]:
    def per_box(count: int) -> float | None:
        return count / boxes if boxes else None

    return {
        "scope": scope, "boxes_delivered_count": boxes, "scans_count": scans, "shares_count": shares,
        "boxes_scanned_count": scanned, "bot_scans_count": 2, "early_scans_count": 1,
        "engagement_per_box": per_box(scans + shares), "scans_per_box": per_box(scans),
        "shares_per_box": per_box(shares), "boxes_scanned_rate": per_box(scanned),
    }  # fmt: skip


def _scorecard(scope: str, status: str | None, name: str, orders: int, gross: int) -> dict[str, Any]:
    return {
        "scope": scope, "status": status, "name": name, "currency_code": "GBP", "orders_count": orders,
        "order_lines_count": orders + orders // 3, "sold_units": orders * 2, "gross_sales_amount": Decimal(gross),
        "discounts_amount": Decimal(gross) / 20, "refunds_amount": Decimal(gross) / 50,
        "net_sales_amount": Decimal(gross) * Decimal("0.93"), "returns_count": orders // 25,
    }  # fmt: skip


def _drop_rows(drop_name: str, sku_title: str, return_reason: str) -> dict[str, Rows]:
    names = NAMES | {LIVE: drop_name}
    titles = TITLES | {"SOAP-OAT": sku_title}
    rows: dict[str, Rows] = {
        "dim_drops": [
            {
                "drop_id": drop, "version": 1, "name": names[drop], "starts_at": _naive(START[drop]),
                "ends_at": _naive(START[drop] + timedelta(hours=72)), "timezone": "Europe/London",
                "currency_code": "GBP", "tax_rate": 0.2, "max_staleness_hours": 3, "holdout_rate": 0.1,
                "taper_hours": 24, "seed": SEED, "status": "live" if drop == LIVE else "final",
                "hours_elapsed": 30.0 if drop == LIVE else 72.0, "unsettled_count": 31 if drop == LIVE else 0,
            }
            for drop in (FINAL, LIVE)
        ],
        "dim_skus": [_sku_row(drop, sku, titles[sku]) for drop in SKUS for sku in SKUS[drop]],
        "dim_hubs": [
            {"hub_id": "north", "name": "North locker", "latitude": 51.55, "longitude": -0.12, "capacity_units": 300},
            {"hub_id": "south", "name": "South café", "latitude": 51.46, "longitude": -0.10, "capacity_units": None},
        ],
        "rpt_lead_time": [_lead_time(LIVE, 48, 31.25), _lead_time(FINAL, 120, 27.5)],
        "rpt_lead_time_by_ring": _rings(LIVE, 48) + _rings(FINAL, 120),
        "rpt_repeat_conversion": [
            {"scope": LIVE, "buyers_count": 90, "eligible_count": 0, "returned_count": 0, "pending_count": 90,
             "pending_returned_count": 2, "any_reorder_count": 5, "keyless_orders_count": 1, "conversion_rate": None},
            {"scope": FINAL, "buyers_count": 140, "eligible_count": 140, "returned_count": 21, "pending_count": 0,
             "pending_returned_count": 0, "any_reorder_count": 30, "keyless_orders_count": 4, "conversion_rate": 0.15},
        ],
        "rpt_unboxing_engagement": [_unboxing(LIVE, 12, 5, 1, 4), _unboxing(FINAL, 118, 61, 9, 44)],
        "rpt_drop_scorecard": [
            _scorecard(FINAL, "final", names[FINAL], 150, 2_600), _scorecard(LIVE, "live", names[LIVE], 95, 1_950)
        ],
        "drop_channels": [
            {"drop_id": drop, "version": 1, "channel": channel, "fee_rate": 0.03, "_row_hash": 1}
            for drop in SKUS for channel in CHANNELS
        ],
        "drop_stock": [
            {"drop_id": drop, "version": 1, "sku": sku, "hub_id": hub, "units": 60, "staged_at": _naive(START[drop]),
             "is_restock": False, "_row_hash": 1}
            for drop in SKUS for sku in SKUS[drop] for hub in ("north", "south")
        ],
        "fct_returns": [
            {"return_id": f"r{number}", "order_id": f"{FINAL}-o{number}", "line_number": 1, "drop_id": FINAL,
             "sku": "SOAP-ROSE", "channel": "web", "returned_units": 1, "refund_amount": "9.00", "currency_code": "GBP",
             "reason": return_reason if number % 2 else "not as pictured", "ordered_at": _naive(START[FINAL]),
             "returned_at": _naive(START[FINAL] + timedelta(days=6 + number)), "refund_lag_hours": 24.0 * (6 + number),
             "is_unknown_order": False, "is_before_order": False, "is_cancelled_line": False,
             "is_other_currency": False}
            for number in range(1, 7)
        ],
        "landing_files": [
            {"file_id": f"{feed}-3f00", "sha256": "3f" * 32, "feed": feed, "source": "canonical",
             "path": f"{feed}/{feed}.csv", "bytes": 1_000, "rows_read": 100, "accepted": 100, "rejected": 0,
             "duplicate": 0, "conflicting": 0, "status": "loaded", "is_name_reused": False,
             "as_of": _naive(AS_OF) - timedelta(hours=age), "loaded_at": _naive(AS_OF)}
            for feed, age in {"drops": 72, "deliveries": 0, "scans": 5, "returns": 1, "hubs": 400}.items()
        ],
    }  # fmt: skip
    rows |= _derived_rows()
    rows["fct_sku_sales_hourly"] = [row for drop in SKUS for row in _sales(drop)]
    rows["rpt_inventory_velocity_by_sku"] = [_velocity_by_sku(drop, sku) for drop in SKUS for sku in SKUS[drop]]
    rows["rpt_inventory_velocity"] = [_velocity(drop) for drop in SKUS]
    rows["decisions"] = [row for drop in SKUS for row in _decisions(drop)]
    rows["clamps"], rows["beliefs"] = _clamps(rows["decisions"]), _beliefs(rows["decisions"])
    rows["fct_parcel_lead_times"] = [
        row for drop, count in {LIVE: 71, FINAL: 121}.items() for row in _parcels(drop, count)
    ]
    rows["fct_drop_buyers"] = [row for drop, count in {LIVE: 90, FINAL: 140}.items() for row in _buyers(drop, count)]
    rows["rpt_interested_buyers"] = [row for drop in SKUS for row in _interested(drop)]
    rows["fct_boxes"] = [row for drop, count in {LIVE: 12, FINAL: 118}.items() for row in _boxes(drop, count)]
    return rows


def _interested(drop: str) -> Rows:
    """Three of the drop's buyers, from the keenest on."""
    return [
        {"scope": drop, "buyer_key": f"{drop}-b{number}", "is_returned": number == 0, "has_bought_before": False,
         "scans_count": 2 - number, "shares_count": 1, "returned_points": 3 * (number == 0), "bought_before_points": 0,
         "shares_points": 2, "scans_points": 2 - number, "interest_points": 3 * (number == 0) + 4 - number}
        for number in range(3)
    ]  # fmt: skip


def _derived_rows() -> dict[str, Rows]:
    """Breakdown, margins, costs and comparisons."""
    margins: Rows = []
    for drop, skus in SKUS.items():
        for sku in skus:
            units, price = (
                sum(_units(sku, channel, hour) for channel in CHANNELS for hour in range(_hours(drop))),
                LIST[sku],
            )
            net, cost = units * Decimal(price), units * Decimal(price) * Decimal("0.4")
            untaxed = net / Decimal("1.2")
            margins.append(
                {"drop_id": drop, "sku": sku, "channel": "web", "hub_id": "north", "currency_code": "GBP",
                 "sold_units": units, "returned_units": 0, "gross_sales_amount": net, "discounts_amount": Decimal(0),
                 "refunds_amount": Decimal(0), "net_sales_amount": net, "untaxed_sales_amount": untaxed,
                 "fees_amount": untaxed * Decimal("0.03"), "goods_cost_amount": cost,
                 "margin_amount": untaxed * Decimal("0.97") - cost, "margin_rate": 0.4}
            )  # fmt: skip
    names = {"hub": {"north": 23, "south": 12}, "carrier": {"DPD": 17, "Royal Mail": 18}, "day": {"2026-12-04": 33}}
    return {
        "rpt_margins": margins,
        "rpt_lead_time_breakdown": [
            {"scope": LIVE, "dimension": dimension, "dimension_value": value, "delivered_count": count,
             "waiting_count": 3, "ended_count": 0, "delivered_only_median_hours": 31.0}
            for dimension, values in names.items() for value, count in values.items()
        ],
        "rpt_drop_progress": [row for drop in SKUS for row in _progress(drop)],
        "rpt_repeat_curve": [
            {"scope": scope, "day_number": day, "eligible_count": 140, "returned_count": day,
             "returned_rate": day / 200, "estimated_rate": day / 200 if day <= reached else None,
             "estimated_lower_rate": day / 300 if day <= reached else None,
             "estimated_upper_rate": day / 150 if day <= reached else None}
            for scope, reached in {LIVE: 1, FINAL: 30, "shop": 30}.items() for day in range(1, 31)
        ],
        "rpt_inventory_velocity_by_hub": [
            {"drop_id": drop, "sku": sku, "hub_id": hub, "sold_units": 12, "staged_units": 60, "sell_through_rate": 0.2,
             "sold_out_at": None, "sold_out_hours": None}
            for drop, skus in SKUS.items() for sku in skus for hub in ("north", "south")
        ],
        "rpt_fulfilment_costs": [
            {"scope": scope, "hub_id": hub, "currency_code": "GBP", "is_total": hub == "all",
             "costed_parcels_count": 40,
             "delivered_orders_count": 32, "cost_amount": Decimal("131.20"), "cost_per_delivered_order": 4.1}
            for scope in (LIVE, FINAL, "shop") for hub in ("all", "north")
        ],
        "rpt_returns": [
            {"scope": FINAL, "sku": "SOAP-ROSE", "reason": "all", "is_total": True, "currency_code": "GBP",
             "returns_count": 6,
             "returned_units": 6, "sold_units": 40, "returned_rate": 0.15, "refund_amount": Decimal("54.00"),
             "refund_lag_median_hours": 200.0}
        ],
        "rpt_drop_comparison": [
            {"scope": LIVE, "compared_with": against, "other_scope": other, "metric": metric, "metric_value": 0.161,
             "other_value": 0.25, "difference": -0.089, "difference_lower": -0.15, "difference_upper": -0.02}
            for against, other in {"previous_drop": FINAL, "last_year": None, "shop": "shop"}.items()
            for metric in ("sell_through_rate", "engagement_per_box")
        ],
    }  # fmt: skip


def _sku_row(drop: str, sku: str, title: str) -> dict[str, Any]:
    price = Decimal(LIST[sku])
    return {
        "drop_id": drop, "sku": sku, "gtin": None, "title": title, "currency_code": "GBP", "list_price_amount": price,
        "low_price_amount": price * Decimal("0.9"), "mid_price_amount": price,
        "high_price_amount": price * Decimal("1.1"),
        "unit_cost_amount": price * Decimal("0.4"), "salvage_amount": price * Decimal("0.2"), "min_margin_rate": 0.2,
        "forecast_units": 100, "staged_units": 120, "staged_48h_units": 120,
    }  # fmt: skip


def _hours(drop: str) -> int:
    return 30 if drop == LIVE else 72


def _units(sku: str, channel: str, hour: int) -> int:
    burst = 3 if hour < 3 else 1
    evening = 1 if hour % 24 in (9, 10, 11) else 0
    return (burst + evening) if (hour + len(sku) + len(channel)) % 4 == 0 else 0


def _sales(drop: str) -> Rows:
    rows: Rows = []
    for sku in SKUS[drop]:
        for channel in CHANNELS:
            for hour in range(_hours(drop)):
                units = _units(sku, channel, hour)
                if units:
                    gross = units * Decimal(LIST[sku])
                    rows.append(
                        {"drop_id": drop, "sku": sku, "channel": channel, "currency_code": "GBP",
                         "hour_at": _naive(START[drop] + timedelta(hours=hour)), "hours_since_start": hour,
                         "orders_count": units, "sold_units": units, "returned_units": 0, "gross_sales_amount": gross,
                         "discounts_amount": Decimal(0), "refunds_amount": Decimal(0), "net_sales_amount": gross}
                    )  # fmt: skip
    return rows


def _progress(drop: str) -> Rows:
    rows: Rows = []
    sold = 0
    for hour in range(_hours(drop)):
        units = sum(_units(sku, channel, hour) for sku in SKUS[drop] for channel in CHANNELS)
        sold += units
        rows.append(
            {"drop_id": drop, "currency_code": "GBP", "hours_since_start": hour, "sold_units": units,
             "cumulative_units": sold, "cumulative_staged_rate": sold / (120 * len(SKUS[drop]))}
        )  # fmt: skip
    return rows


def _sold(drop: str, sku: str) -> int:
    return sum(_units(sku, channel, hour) for channel in CHANNELS for hour in range(min(48, _hours(drop))))


def _velocity_by_sku(drop: str, sku: str) -> dict[str, Any]:
    return {
        "drop_id": drop, "sku": sku, "sold_units": _sold(drop, sku), "staged_units": 120,
        "sell_through_rate": _sold(drop, sku) / 120, "sold_out_at": None, "is_final": drop == FINAL,
    }  # fmt: skip


def _velocity(drop: str) -> dict[str, Any]:
    sold, staged = sum(_sold(drop, sku) for sku in SKUS[drop]), 120 * len(SKUS[drop])
    return {
        "scope": drop, "sold_units": sold, "staged_units": staged, "sell_through_rate": sold / staged,
        "skus_count": len(SKUS[drop]), "skus_sold_out_count": 0, "skus_sold_count": len(SKUS[drop]),
        "is_final": drop == FINAL, "is_oversold": False,
    }  # fmt: skip


BANDS = {"low": "0.9", "mid": "1", "high": "1.1"}


def _band(hour: int) -> str:
    return ("mid", "mid", "low", "mid", "high", "high", "mid")[hour % 7]


def _decisions(drop: str) -> Rows:
    rows: Rows = []
    for sku in SKUS[drop]:
        for channel in CHANNELS:
            # The live drop has also the hour that begins at as_of.
            for hour in range(_hours(drop) + (1 if drop == LIVE else 0)):
                band, valid_from = _band(hour), _naive(START[drop] + timedelta(hours=hour))
                price = Decimal(LIST[sku])
                missed = hour == 20
                # The kit was never sold before.
                lowest = None if (sku, hour) == ("KIT-GIFT", 0) else price * Decimal("0.9")
                rows.append(
                    {"decision_id": f"{drop}|{sku}|{channel}|{hour}", "drop_id": drop, "sku": sku, "channel": channel,
                     "valid_from": valid_from, "valid_to": valid_from + timedelta(hours=1),
                     "band": None if missed else band,
                     "price_amount": price if missed else price * Decimal(BANDS[band]), "list_amount": price,
                     "floor_amount": price * Decimal("0.6"), "lowest_30d_amount": lowest,
                     "currency_code": "GBP", "propensity_low": None if missed else 0.1,
                     "propensity_mid": None if missed else 0.8, "propensity_high": None if missed else 0.1,
                     "reason": "missed" if missed else ("holdout" if hour % 11 == 3 else "optimise"),
                     "units_left": 120 - hour, "hours_left": 72.0 - hour, "shadow_price_amount": 1.5,
                     "prior_source": "none", "seed": SEED, "inputs_sha256": "0" * 64, "previous_sha256": "0" * 64,
                     "policy_version": "list-1", "as_of": valid_from, "decided_at": valid_from}
                )  # fmt: skip
    return rows


def _clamps(decisions: Rows) -> Rows:
    return [
        {"decision_id": row["decision_id"], "position": 1, "guardrail": "step", "band_before": "high",
         "band_after": "mid", "detail": "one band an hour"}
        for row in decisions if row["hours_left"] % 13 == 0
    ]  # fmt: skip


def _beliefs(decisions: Rows) -> Rows:
    expected = {"low": 3.1, "mid": 2.6, "high": 1.9}
    return [
        {"decision_id": row["decision_id"], "band": band, "expected_units": units, "lower_units": units - 1,
         "upper_units": units + 1.4, "worth_amount": units * float(LIST[row["sku"]]) * float(BANDS[band])}
        for row in decisions if row["band"] for band, units in expected.items()
    ]  # fmt: skip


def _parcels(drop: str, count: int) -> Rows:
    delivered = 48 if drop == LIVE else 120
    rows: Rows = []
    for number in range(count):
        ordered = _naive(START[drop]) + timedelta(minutes=number * 20)
        state = "delivered" if number < delivered else "ended" if number == count - 1 else "under_way"
        if state == "under_way" and number % 5 < 2:
            state = "not_handed_over"
        hours = 12.0 + (number * 7) % 40
        km = round(0.5 + (number * 1.7) % 30, 2)
        hub = "north" if number % 3 else "south"
        rows.append(
            {"scope": drop, "parcel_key": f"{drop}-p{number}", "parcel_id": f"{drop}-p{number}",
             "order_id": f"{drop}-o{number}", "hub_id": hub, "carrier": "DPD" if number % 2 else "Royal Mail",
             "fulfilment": "delivery", "ring": "0-5" if km <= 5 else "5-20" if km <= 20 else "20-100", "state": state,
             "currency_code": "GBP", "door_cell": f"{51.4 + (number % 9) / 50:.2f},{-0.2 + (number % 7) / 30:.2f}",
             "ordered_at": ordered,
             "handed_over_at": None if state == "not_handed_over" else ordered + timedelta(hours=hours / 3),
             "delivered_at": ordered + timedelta(hours=hours) if state == "delivered" else None,
             "ended_at": ordered + timedelta(hours=hours) if state == "ended" else None,
             "promised_at": ordered + timedelta(hours=40), "distance_km": km, "is_within_radius": km <= 20,
             "is_in_headline": km <= 20, "is_settled": state in ("delivered", "ended"), "is_flagged": False,
             "watched_hours": hours if state in ("delivered", "ended") else 30.0 - number / 3, "cost_amount": "3.20",
             "order_to_door_hours": hours if state == "delivered" else None,
             "carrier_leg_hours": hours * 2 / 3 if state == "delivered" else None}
        )  # fmt: skip
    return rows


def _buyers(drop: str, count: int) -> Rows:
    final = drop == FINAL
    return [
        {"scope": drop, "buyer_key": f"{drop}-b{number}", "index_order_id": f"{drop}-o{number}",
         "index_ordered_at": _naive(START[drop]) + timedelta(minutes=20 * number),
         "repeat_ordered_at": _naive(START[drop]) + timedelta(days=2 + number) if final and number < 21 else None,
         "is_eligible": final, "is_returned": final and number < 21, "is_pending": not final,
         "is_any_reorder": final and number < 30,
         "watched_hours": 24.0 * (2 + number) if final and number < 21 else 720}
        for number in range(count)
    ]  # fmt: skip


def _boxes(drop: str, count: int) -> Rows:
    return [
        {"scope": drop, "box_id": f"{drop}-x{number}", "parcel_id": f"{drop}-p{number}",
         "order_id": f"{drop}-o{number}", "delivered_at": _naive(START[drop]) + timedelta(hours=20 + number / 6),
         "scans_count": 1 + (number % 5 == 0) if number % 3 == 0 else 0, "shares_count": 1 if number % 13 == 0 else 0,
         "first_scanned_at": _naive(START[drop]) + timedelta(hours=22 + number / 5) if number % 3 == 0 else None,
         "is_scanned": number % 3 == 0}
        for number in range(count)
    ]  # fmt: skip


def _feed_entries() -> Rows:
    """The hour that ended at as_of and the one that begins there; one cell is sold out."""
    entries: Rows = []
    for row in _decisions(LIVE):
        if row["hours_left"] > 43:
            continue
        sold_out = (row["sku"], row["channel"]) == ("SOAP-PINE", "popup")
        valid_to = row["valid_to"].replace(tzinfo=UTC)
        entries.append(
            {"drop_id": LIVE, "sku": row["sku"], "channel": row["channel"], "band": None if sold_out else row["band"],
             "price_amount": None if sold_out else f"{row['price_amount']:.2f}",
             "list_amount": f"{row['list_amount']:.2f}",
             "currency_code": "GBP", "valid_from": _iso(row["valid_from"]), "valid_to": _iso(row["valid_to"]),
             "fallback_after": _iso(valid_to + timedelta(minutes=15)),
             "reason": "sold_out" if sold_out else row["reason"], "decision_id": row["decision_id"]}
        )  # fmt: skip
    return entries
