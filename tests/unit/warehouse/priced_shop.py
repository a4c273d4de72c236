"""A warehouse with one drop, as `load` and dbt would leave it, with only the columns that pricing reads."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import duckdb

STARTS_AT = datetime(2026, 11, 20, 9, tzinfo=UTC)

_MARTS = (
    "create schema marts",
    """create table marts.dim_drops (drop_id varchar, version integer, starts_at timestamp, ends_at timestamp,
       timezone varchar, currency_code varchar, tax_rate decimal(9, 6), max_staleness_hours integer,
       holdout_rate decimal(9, 6),
       taper_hours integer, seed bigint)""",
    """create table marts.dim_skus (drop_id varchar, sku varchar, currency_code varchar,
       low_price_amount decimal(18, 4), mid_price_amount decimal(18, 4), high_price_amount decimal(18, 4),
       unit_cost_amount decimal(18, 4), salvage_amount decimal(18, 4), min_margin_rate decimal(9, 6),
       forecast_units integer, staged_units bigint)""",
    """create table marts.fct_sku_sales_hourly (drop_id varchar, sku varchar, channel varchar, hour_at timestamp,
       sold_units bigint)""",
    """create table marts.fct_pricing_outcomes (drop_id varchar, sku varchar, channel varchar, hour_at timestamp,
       sold_units bigint, shown_price_amount decimal(18, 4), shown_rate double, shown_units bigint)""",
    """create view marts.fct_price_decisions as select *, null::timestamp as killed_at,
       coalesce(band, 'mid') as shown_band, price_amount as shown_price_amount from pricing.decisions""",
    "create schema staging",
    "create table staging.stg_landing_files__orders_met (orders_met_at timestamp)",
    "insert into staging.stg_landing_files__orders_met values (null)",
    """create table staging.stg_shown_prices__prices (sku varchar, channel varchar, valid_from timestamp,
       valid_to timestamp, price_amount decimal(18, 4), currency_code varchar)""",
)


def naive(instant: datetime) -> datetime:
    return instant.astimezone(UTC).replace(tzinfo=None)


def make_marts(connection: duckdb.DuckDBPyConnection) -> None:
    for statement in _MARTS:
        connection.execute(statement)


def add_drop(
    connection: duckdb.DuckDBPyConnection,
    drop_id: str = "advent",
    *,
    sku: str = "candle",
    version: int = 1,
    row_hash: int = 1,
    units: int = 5,
    fee_rate: str = "0.03",
    known_since: datetime = STARTS_AT - timedelta(days=1),
    with_marts: bool = True,
    holdout_rate: str = "0",
    starts_at: datetime = STARTS_AT,
) -> None:
    start, end = naive(starts_at), naive(starts_at + timedelta(hours=72))
    file_id = f"drops_{drop_id}_{version}_{row_hash}"
    connection.execute(
        "insert into raw.drops values (?, ?, 'Advent', ?, ?, 'UTC', 'EUR', 0.19, 3, ?, 0, 7, '{}', ?, 1, ?, ?, null)",
        [drop_id, version, start, end, holdout_rate, file_id, naive(known_since), row_hash],
    )
    add_file(connection, file_id, "drops", known_since)
    connection.execute(
        "insert into raw.drop_channels values (?, ?, 'web', ?, ?)", [drop_id, version, fee_rate, row_hash]
    )
    connection.execute(
        "insert into raw.drop_stock values (?, ?, ?, 'hub', ?, ?, false, ?)",
        [drop_id, version, sku, units, start, row_hash],
    )
    if with_marts:
        connection.execute(
            "insert into marts.dim_drops values (?, ?, ?, ?, 'UTC', 'EUR', 0.19, 3, ?, 0, 7)",
            [drop_id, version, start, end, holdout_rate],
        )
        connection.execute(
            "insert into marts.dim_skus values (?, ?, 'EUR', 8.8, 10, 11.2, 5, 3, 0.05, 100, ?)", [drop_id, sku, units]
        )


def add_file(connection: duckdb.DuckDBPyConnection, file_id: str, feed: str, as_of: datetime) -> None:
    connection.execute(
        """insert into raw.landing_files by name
           select ? as file_id, '' as sha256, ? as feed, 'canonical' as source, '' as path, 0 as bytes, 0 as rows_read,
                  0 as accepted, 0 as rejected, 0 as duplicate, 0 as conflicting, 'loaded' as status,
                  false as is_name_reused, ?::timestamp as as_of, ?::timestamp as loaded_at""",
        [file_id, feed, naive(as_of), naive(as_of)],
    )


def met_orders(connection: duckdb.DuckDBPyConnection, as_of: datetime) -> None:
    """The last tick that met an orders file."""
    connection.execute("update staging.stg_landing_files__orders_met set orders_met_at = ?", [naive(as_of)])


def sell(connection: duckdb.DuckDBPyConnection, hours_in: int, units: int, sku: str = "candle") -> None:
    connection.execute(
        "insert into marts.fct_sku_sales_hourly values ('advent', ?, 'web', ?, ?)",
        [sku, naive(STARTS_AT + timedelta(hours=hours_in)), units],
    )
    connection.execute(
        "insert into marts.fct_pricing_outcomes values ('advent', ?, 'web', ?, ?, 10, 1, ?)",
        [sku, naive(STARTS_AT + timedelta(hours=hours_in)), units, units],
    )
