"""The tables that Python writes: raw feeds, the bookkeeping of loading, and the pricing ledger.

Timestamps are naive `TIMESTAMP` in UTC: they need no session time zone and mean the same in every engine. Money is
`DECIMAL(18, 4)`: wide enough for any order, exact to a hundredth of a cent. What dbt builds is not here.
"""

from __future__ import annotations

MONEY = "DECIMAL(18, 4)"

# Columns that every feed's raw table carries behind its own. `_row_hash` is a hash of the row's content (of a drop's
# whole plan), which tells a repeated row from a conflicting one whatever file it came in.
ROW_ORIGIN: dict[str, str] = {
    "_file_id": "VARCHAR NOT NULL",
    "_row_number": "BIGINT NOT NULL",
    "_loaded_at": "TIMESTAMP NOT NULL",
    "_row_hash": "UHUGEINT NOT NULL",
    "_extra": "VARCHAR",
}

# Feed -> its own columns in order. Names are those of the canonical feeds, but `buyer_key` stands for the person.
FEED_TABLES: dict[str, dict[str, str]] = {
    "drops": {
        "drop_id": "VARCHAR NOT NULL",
        "version": "INTEGER NOT NULL",
        "name": "VARCHAR NOT NULL",
        "starts_at": "TIMESTAMP NOT NULL",
        "ends_at": "TIMESTAMP NOT NULL",
        "timezone": "VARCHAR NOT NULL",
        "currency_code": "VARCHAR NOT NULL",
        "tax_rate": "DECIMAL(9, 6) NOT NULL",
        "max_staleness_hours": "INTEGER NOT NULL",
        "holdout_rate": "DECIMAL(9, 6) NOT NULL",
        "taper_hours": "INTEGER NOT NULL",
        "seed": "BIGINT NOT NULL",
        "plan_json": "VARCHAR NOT NULL",
    },
    "orders": {
        "order_id": "VARCHAR NOT NULL",
        "line_number": "BIGINT NOT NULL",
        "sku": "VARCHAR NOT NULL",
        "quantity": "INTEGER NOT NULL",
        "unit_price": f"{MONEY} NOT NULL",
        "discount_amount": MONEY,
        "currency_code": "VARCHAR NOT NULL",
        "channel": "VARCHAR NOT NULL",
        "status": "VARCHAR NOT NULL",
        "ordered_at": "TIMESTAMP NOT NULL",
        "updated_at": "TIMESTAMP NOT NULL",
        "buyer_key": "VARCHAR",
        "drop_id": "VARCHAR",
        "hub_id": "VARCHAR",
        "fulfilment": "VARCHAR NOT NULL",
        "ship_latitude": "DOUBLE",
        "ship_longitude": "DOUBLE",
        "ship_postcode": "VARCHAR",
        "country_code": "VARCHAR",
        "marketing_consent": "BOOLEAN",
    },
    "returns": {
        "return_id": "VARCHAR NOT NULL",
        "order_id": "VARCHAR NOT NULL",
        "line_number": "BIGINT NOT NULL",
        "quantity": "INTEGER NOT NULL",
        "refund_amount": f"{MONEY} NOT NULL",
        "currency_code": "VARCHAR",
        "reason": "VARCHAR NOT NULL",
        "returned_at": "TIMESTAMP NOT NULL",
    },
    "scans": {
        "scan_id": "VARCHAR NOT NULL",
        "kind": "VARCHAR NOT NULL",
        "scanned_at": "TIMESTAMP NOT NULL",
        "digital_link": "VARCHAR",
        "box_id": "VARCHAR",
        "gtin": "VARCHAR",
        "order_id": "VARCHAR",
        "drop_id": "VARCHAR",
        "post_id": "VARCHAR",
        "share_count": "BIGINT",
        "visitor_id": "VARCHAR",
        "platform": "VARCHAR",
        "user_agent": "VARCHAR",
    },
    "deliveries": {
        "event_id": "VARCHAR NOT NULL",
        "parcel_id": "VARCHAR NOT NULL",
        "order_id": "VARCHAR",
        "box_id": "VARCHAR",
        "status": "VARCHAR NOT NULL",
        "occurred_at": "TIMESTAMP NOT NULL",
        "recorded_at": "TIMESTAMP",
        "carrier": "VARCHAR",
        "hub_id": "VARCHAR",
        "latitude": "DOUBLE",
        "longitude": "DOUBLE",
        "cost_amount": MONEY,
        "currency_code": "VARCHAR",
        "promised_at": "TIMESTAMP",
        "withdrawn_at": "TIMESTAMP",
    },
    "hubs": {
        "hub_id": "VARCHAR NOT NULL",
        "updated_at": "TIMESTAMP",
        "name": "VARCHAR NOT NULL",
        "latitude": "DOUBLE NOT NULL",
        "longitude": "DOUBLE NOT NULL",
        "capacity_units": "INTEGER",
    },
    "shown_prices": {
        "sku": "VARCHAR NOT NULL",
        "channel": "VARCHAR NOT NULL",
        "valid_from": "TIMESTAMP NOT NULL",
        "valid_to": "TIMESTAMP NOT NULL",
        "price": f"{MONEY} NOT NULL",
        "currency_code": "VARCHAR NOT NULL",
    },
    "storefront": {
        "event_id": "VARCHAR NOT NULL",
        "session_id": "VARCHAR NOT NULL",
        "order_id": "VARCHAR",
        "reservation_id": "VARCHAR",
        "quantity": "INTEGER",
        "occurred_at": "TIMESTAMP NOT NULL",
        "kind": "VARCHAR NOT NULL",
        "sku": "VARCHAR",
        "channel": "VARCHAR NOT NULL",
        "hub_id": "VARCHAR",
        "latency_ms": "INTEGER",
    },
    "epcis_events": {
        "event_id": "VARCHAR NOT NULL",
        "event_type": "VARCHAR NOT NULL",
        "occurred_at": "TIMESTAMP NOT NULL",
        "recorded_at": "TIMESTAMP",
        "action": "VARCHAR",
        "business_step": "VARCHAR",
        "disposition": "VARCHAR",
        "read_point": "VARCHAR",
        "business_location": "VARCHAR",
        "withdrawn_at": "TIMESTAMP",
        "event_json": "VARCHAR NOT NULL",
    },
}

# A plan is one row of `raw.drops`; these are its parts, tied to it by `_row_hash` (the hash of the whole plan).
PLAN_TABLES: dict[str, dict[str, str]] = {
    "drop_skus": {
        "drop_id": "VARCHAR NOT NULL",
        "version": "INTEGER NOT NULL",
        "sku": "VARCHAR NOT NULL",
        "gtin": "VARCHAR",
        "title": "VARCHAR NOT NULL",
        "list_price": f"{MONEY} NOT NULL",
        "unit_cost": f"{MONEY} NOT NULL",
        "salvage_amount": f"{MONEY} NOT NULL",
        "min_margin_rate": "DECIMAL(9, 6) NOT NULL",
        "low_price": f"{MONEY} NOT NULL",
        "mid_price": f"{MONEY} NOT NULL",
        "high_price": f"{MONEY} NOT NULL",
        "forecast_units": "INTEGER",
        "_row_hash": "UHUGEINT NOT NULL",
    },
    "drop_channels": {
        "drop_id": "VARCHAR NOT NULL",
        "version": "INTEGER NOT NULL",
        "channel": "VARCHAR NOT NULL",
        "fee_rate": "DECIMAL(9, 6) NOT NULL",
        "_row_hash": "UHUGEINT NOT NULL",
    },
    # Stock at the start has `staged_at` = the drop's start; a restock its own instant.
    "drop_stock": {
        "drop_id": "VARCHAR NOT NULL",
        "version": "INTEGER NOT NULL",
        "sku": "VARCHAR NOT NULL",
        "hub_id": "VARCHAR NOT NULL",
        "units": "INTEGER NOT NULL",
        "staged_at": "TIMESTAMP NOT NULL",
        "is_restock": "BOOLEAN NOT NULL",
        "_row_hash": "UHUGEINT NOT NULL",
    },
}

BOOKKEEPING_TABLES: dict[str, dict[str, str]] = {
    # `file_id` is the feed and the start of the content's sha256: the same bytes in two feeds are two files.
    "landing_files": {
        "file_id": "VARCHAR PRIMARY KEY",
        "sha256": "VARCHAR NOT NULL",
        "feed": "VARCHAR NOT NULL",
        "source": "VARCHAR NOT NULL",
        "path": "VARCHAR NOT NULL",
        "bytes": "BIGINT NOT NULL",
        "rows_read": "BIGINT NOT NULL",
        "accepted": "BIGINT NOT NULL",
        "rejected": "BIGINT NOT NULL",
        "duplicate": "BIGINT NOT NULL",
        "conflicting": "BIGINT NOT NULL",
        "extra_columns": "VARCHAR",
        "missing_columns": "VARCHAR",
        "first_error": "VARCHAR",
        "status": "VARCHAR NOT NULL CHECK (status IN ('loaded', 'quarantined'))",
        "is_name_reused": "BOOLEAN NOT NULL",
        "as_of": "TIMESTAMP NOT NULL",
        "loaded_at": "TIMESTAMP NOT NULL",
    },
    "file_sightings": {
        "file_id": "VARCHAR NOT NULL",
        "path": "VARCHAR NOT NULL",
        "as_of": "TIMESTAMP NOT NULL",
        "seen_at": "TIMESTAMP NOT NULL",
    },
    # Rows and money of each file by currency: of what it held (`outcome` accepted, rejected, duplicate).
    "reconciliation": {
        "file_id": "VARCHAR NOT NULL",
        "outcome": "VARCHAR NOT NULL CHECK (outcome IN ('accepted', 'rejected', 'duplicate'))",
        "currency_code": "VARCHAR",
        "rows": "BIGINT NOT NULL",
        "amount": "DECIMAL(38, 4)",
    },
    "rejected_rows": {
        "file_id": "VARCHAR NOT NULL",
        "row_number": "BIGINT NOT NULL",
        "field": "VARCHAR",
        "rule": "VARCHAR NOT NULL",
        "message": "VARCHAR NOT NULL",
        "row_text": "VARCHAR",
    },
    "checks": {
        "as_of": "TIMESTAMP NOT NULL",
        "check_name": "VARCHAR NOT NULL",
        "is_blocking": "BOOLEAN NOT NULL",
        "is_passed": "BOOLEAN NOT NULL",
        "observed": "VARCHAR NOT NULL",
    },
    # One row: the instant up to which staging looks, and the windows that the models use.
    "as_of": {
        "as_of": "TIMESTAMP NOT NULL",
        "lead_time_radius_km": "DOUBLE NOT NULL",
        "velocity_window_hours": "INTEGER NOT NULL",
        "repeat_window_days": "INTEGER NOT NULL",
        "settling_days": "INTEGER NOT NULL",
    },
    # One row: what the last build looked at, and between which instants rows came into view for it.
    "build_state": {
        "status": "VARCHAR NOT NULL CHECK (status IN ('building', 'built'))",
        "as_of": "TIMESTAMP NOT NULL",
        "changed_since": "TIMESTAMP NOT NULL",
        "is_full": "BOOLEAN NOT NULL",
        "project_digest": "VARCHAR NOT NULL",
        "windows": "VARCHAR NOT NULL",
    },
    # One row: the last build and the one directly before it, so that a snapshot can say which one it shows.
    "build_ids": {"build_id": "VARCHAR NOT NULL", "previous_id": "VARCHAR"},
    "new_files": {"file_id": "VARCHAR NOT NULL"},
    "built_files": {"file_id": "VARCHAR NOT NULL"},
    "ticks": {
        "tick_number": "BIGINT PRIMARY KEY",
        "hour": "TIMESTAMP NOT NULL",
        "as_of": "TIMESTAMP NOT NULL",
        "trigger": "VARCHAR NOT NULL",
        "started_at": "TIMESTAMP NOT NULL",
        "finished_at": "TIMESTAMP",
        "status": "VARCHAR NOT NULL CHECK (status IN ('running', 'published', 'failed'))",
        "snapshot_id": "VARCHAR",
    },
}

# PRICING section 4. Amounts of one unit, tax included.
PRICING_TABLES: dict[str, dict[str, str]] = {
    "decisions": {
        "decision_id": "VARCHAR NOT NULL UNIQUE",
        "drop_id": "VARCHAR NOT NULL",
        "sku": "VARCHAR NOT NULL",
        "channel": "VARCHAR NOT NULL",
        "valid_from": "TIMESTAMP NOT NULL",
        "valid_to": "TIMESTAMP NOT NULL",
        "band": "VARCHAR CHECK (band IN ('low', 'mid', 'high'))",
        "price_amount": MONEY,
        "list_amount": f"{MONEY} NOT NULL",
        "floor_amount": f"{MONEY} NOT NULL",
        "lowest_30d_amount": MONEY,
        "currency_code": "VARCHAR NOT NULL",
        "propensity_low": "DOUBLE",
        "propensity_mid": "DOUBLE",
        "propensity_high": "DOUBLE",
        "reason": (
            "VARCHAR NOT NULL CHECK (reason IN ('list', 'optimise', 'explore', 'holdout', 'hold', 'stale', 'sold_out',"
            " 'operator', 'missed'))"
        ),
        "units_left": "BIGINT",
        "hours_left": "DOUBLE",
        "shadow_price_amount": "DOUBLE",
        "prior_source": "VARCHAR",
        "seed": "BIGINT NOT NULL",
        "inputs_sha256": "VARCHAR NOT NULL",
        "previous_sha256": "VARCHAR NOT NULL",
        "policy_version": "VARCHAR NOT NULL",
        "as_of": "TIMESTAMP NOT NULL",
        "decided_at": "TIMESTAMP NOT NULL",
    },
    "clamps": {
        "decision_id": "VARCHAR NOT NULL",
        "position": "INTEGER NOT NULL",
        "guardrail": "VARCHAR NOT NULL",
        "band_before": "VARCHAR",
        "band_after": "VARCHAR",
        "detail": "VARCHAR NOT NULL",
    },
    "beliefs": {
        "decision_id": "VARCHAR NOT NULL",
        "band": "VARCHAR NOT NULL",
        "expected_units": "DOUBLE",
        "lower_units": "DOUBLE",
        "upper_units": "DOUBLE",
        "worth_amount": "DOUBLE",
    },
    # The frame each hour's decisions of a drop were made from: canonical JSON and its hash.
    "inputs": {
        "inputs_sha256": "VARCHAR PRIMARY KEY",
        "drop_id": "VARCHAR NOT NULL",
        "valid_from": "TIMESTAMP NOT NULL",
        "frame_json": "VARCHAR NOT NULL",
    },
    "operator_actions": {
        "action_id": "VARCHAR PRIMARY KEY",
        "drop_id": "VARCHAR NOT NULL",
        "action": "VARCHAR NOT NULL CHECK (action IN ('hold', 'resume', 'override', 'kill'))",
        "sku": "VARCHAR",
        "channel": "VARCHAR",
        "band": "VARCHAR",
        "who": "VARCHAR NOT NULL",
        "why": "VARCHAR NOT NULL",
        "acted_at": "TIMESTAMP NOT NULL",
        "as_of": "TIMESTAMP NOT NULL",
    },
}

_CONSTRAINTS: dict[str, str] = {
    "pricing.decisions": "UNIQUE (drop_id, sku, channel, valid_from)",
}


def create_statements() -> list[str]:
    """The `CREATE … IF NOT EXISTS` statements of every schema and table above, in order."""
    feeds = {name: columns | ROW_ORIGIN for name, columns in FEED_TABLES.items()}
    schemas = {"raw": feeds | PLAN_TABLES | BOOKKEEPING_TABLES, "pricing": PRICING_TABLES}
    statements = []
    for schema, tables in schemas.items():
        statements.append(f"CREATE SCHEMA IF NOT EXISTS {schema}")
        for table, columns in tables.items():
            name = f"{schema}.{table}"
            lines = [f'"{column}" {kind}' for column, kind in columns.items()]
            lines += [_CONSTRAINTS[name]] if name in _CONSTRAINTS else []
            statements.append(f"CREATE TABLE IF NOT EXISTS {name} ({', '.join(lines)})")
    return statements
