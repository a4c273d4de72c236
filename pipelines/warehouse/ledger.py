"""The pricing ledger: reading what a decision needs, appending what was decided.

Rows go out and come in as plain mappings with the columns of their tables, instants aware and in UTC; what they mean
is known by `pricing`, which this room may not import. Nothing here changes or removes a row of the ledger.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import duckdb

from pipelines.warehouse.published import PublishedSnapshot
from pipelines.warehouse.tables import PRICING_TABLES

Row = dict[str, Any]


@dataclass(frozen=True)
class DropRows:
    """All rows of one drop that a decision needs; fields as in `pricing.assemble.DropRows`."""

    drop: Row
    skus: list[Row]
    channels: list[Row]
    sold: list[Row]
    outcomes: list[Row]
    decisions: list[Row]
    lowest_prices: list[Row]
    actions: list[Row]
    orders_met_at: datetime | None
    known_since: datetime


# When a plan was first loaded: before that no tick could have decided.
_KNOWN = """
(select drops.drop_id, min(files.as_of) as known_since
 from raw.drops as drops inner join raw.landing_files as files on drops._file_id = files.file_id
 group by drops.drop_id)
"""

# A drop is due while an hour of it that this shop's ticks were there for has no decision: the coming hour, or hours
# that passed since the plan was first loaded, also when the drop ended meanwhile.
_DUE = """
with decided as (select drop_id, max(valid_to) as decided_to from pricing.decisions group by drop_id),
due as (
    select dims.*, known.known_since, decided.decided_to
    from marts.dim_drops as dims
    inner join {known} as known using (drop_id)
    left join decided using (drop_id)
)
select * from due
where starts_at < $as_of + interval 1 hour
    and ends_at > coalesce(decided_to, known_since)
    and coalesce(decided_to, $as_of) <= $as_of
    and known_since <= $as_of
order by drop_id
""".replace("{known}", _KNOWN)

_PAST = """
select dims.*, known.known_since
from marts.dim_drops as dims inner join {known} as known using (drop_id)
where ends_at <= $as_of and drop_id in (select drop_id from marts.fct_sku_sales_hourly)
order by ends_at desc, drop_id limit $limit
""".replace("{known}", _KNOWN)

# Parts of a plan are tied to it by its hash; of equal versions the smallest hash wins, as in staging.
_WINNING_PLAN = """
(select drop_id, _row_hash from raw.drops
 qualify row_number() over (partition by drop_id order by version desc, _row_hash) = 1)
"""

_PARTS: dict[str, str] = {
    "skus": "select * from marts.dim_skus where drop_id in (select unnest($drops))",
    "channels": f"""
        select part.drop_id, part.channel, part.fee_rate
        from raw.drop_channels as part inner join {_WINNING_PLAN} as plan using (drop_id, _row_hash)
        where drop_id in (select unnest($drops))""",
    "sold": """
        select drop_id, sku, sum(sold_units) as sold_units from marts.fct_sku_sales_hourly
        where drop_id in (select unnest($drops)) group by all""",
    "outcomes": """
        select drop_id, sku, channel, hour_at, sold_units, shown_price_amount, shown_rate, shown_units
        from marts.fct_pricing_outcomes where drop_id in (select unnest($drops))""",
    "decisions": "select * from marts.fct_price_decisions where drop_id in (select unnest($drops))",
    # The law on reduced prices (EU) looks at the thirty days before, whatever drop a SKU was in, or none.
    "lowest_prices": """
        with shown as (
            select sku, channel, currency_code, valid_from, valid_to,
                case when killed_at is null then shown_price_amount
                    else least(shown_price_amount, list_amount) end as price_amount
            from marts.fct_price_decisions
            union all
            select sku, channel, currency_code, valid_from, valid_to, price_amount
            from staging.stg_shown_prices__prices
        )
        select dims.drop_id, shown.sku, shown.channel, min(shown.price_amount) as lowest_amount
        from shown
        inner join marts.dim_skus as dims
            on shown.sku = dims.sku and shown.currency_code = dims.currency_code
        where shown.valid_to > $as_of - interval 30 day and shown.valid_from < $as_of
            and shown.price_amount is not null and dims.drop_id in (select unnest($drops))
        group by all""",
    "actions": """
        select * from pricing.operator_actions
        where as_of <= $as_of and drop_id in (select unnest($drops))""",
}

_ORDERS_MET = "select orders_met_at from staging.stg_landing_files__orders_met"

_OF_DROP = "select decision_id from pricing.decisions where drop_id = $drop"
_LEDGER: dict[str, str] = {
    "inputs": "select * from pricing.inputs where drop_id = $drop order by valid_from, inputs_sha256",
    "decisions": "select * from pricing.decisions where drop_id = $drop order by valid_from, sku, channel",
    "clamps": f"select * from pricing.clamps where decision_id in ({_OF_DROP}) order by decision_id, position",
    "beliefs": f"select * from pricing.beliefs where decision_id in ({_OF_DROP}) order by decision_id, band",
}


def fetch_due_drops(connection: duckdb.DuckDBPyConnection, as_of: datetime) -> list[DropRows]:
    """The rows of each drop that has an hour to decide or to write down as missed at `as_of` (aware, a full hour)."""
    instant = as_of.astimezone(UTC).replace(tzinfo=None)
    return _fetch_parts(connection, _fetch(connection, _DUE, {"as_of": instant}), instant)


def fetch_past_drops(connection: duckdb.DuckDBPyConnection, as_of: datetime, limit: int) -> list[DropRows]:
    """The rows of the last drops that ended by `as_of` and sold something, in order of time."""
    instant = as_of.astimezone(UTC).replace(tzinfo=None)
    past = _fetch(connection, _PAST, {"as_of": instant, "limit": limit})
    return _fetch_parts(connection, past[::-1], instant)


def _fetch_parts(connection: duckdb.DuckDBPyConnection, drops: Sequence[Row], instant: datetime) -> list[DropRows]:
    """All parts of some drops, a query a table whatever their number."""
    if not drops:
        return []
    parameters = {"as_of": instant, "drops": [row["drop_id"] for row in drops]}
    parts = {
        name: _group_by_drop(_fetch(connection, query, _used(query, parameters))) for name, query in _PARTS.items()
    }
    met_at = _fetch(connection, _ORDERS_MET, {})[0]["orders_met_at"]
    return [
        DropRows(
            drop=row,
            **{name: by_drop.get(row["drop_id"], []) for name, by_drop in parts.items()},
            orders_met_at=met_at,
            known_since=row["known_since"],
        )
        for row in drops
    ]


def append_decisions(
    connection: duckdb.DuckDBPyConnection,
    rows: Mapping[str, Sequence[Mapping[str, object]]],
    decided_at: datetime,
) -> None:
    """Append decided hours in one transaction, so that no reader and no crash leaves a part of an hour.

    Args:
        connection: The warehouse, no transaction open.
        rows: Rows by table of `pricing`: `inputs`, `decisions`, `clamps`, `beliefs`.
        decided_at: The instant of writing, of every decision.

    Raises:
        duckdb.ConstraintException: An hour of a cell is there already; nothing was appended.
    """
    connection.begin()
    try:
        for table in ("inputs", "decisions", "clamps", "beliefs"):
            stamp = {"decided_at": decided_at} if table == "decisions" else {}
            _insert(connection, table, [{**row, **stamp} for row in rows.get(table, ())])
    except BaseException:
        connection.rollback()
        raise
    connection.commit()


def fetch_ledger(connection: duckdb.DuckDBPyConnection, drop_id: str) -> dict[str, list[Row]]:
    """The ledger's rows of one drop by table: `inputs`, `decisions`, `clamps`, `beliefs`, in a fixed order."""
    return {table: _fetch(connection, query, {"drop": drop_id}) for table, query in _LEDGER.items()}


def read_ledger(snapshot: PublishedSnapshot, drop_id: str) -> dict[str, list[Row]]:
    """The same rows from a published snapshot."""
    return {
        table: [
            {name: _aware(value) for name, value in row.items()}
            for row in snapshot.frame(query, {"drop": drop_id}).iter_rows(named=True)
        ]
        for table, query in _LEDGER.items()
    }


def read_priced_drops(snapshot: PublishedSnapshot) -> list[str]:
    """Drops that have decisions in a published snapshot."""
    frame = snapshot.frame("select distinct drop_id from pricing.decisions order by drop_id")
    return [str(drop_id) for drop_id in frame["drop_id"]]


def _insert(connection: duckdb.DuckDBPyConnection, table: str, rows: Sequence[Mapping[str, object]]) -> None:
    if not rows:
        return
    columns = list(PRICING_TABLES[table])
    marks = ", ".join("?" for _ in columns)
    values = [[_naive(row[column]) for column in columns] for row in rows]
    connection.executemany(f"insert into pricing.{table} values ({marks})", values)


def _fetch(connection: duckdb.DuckDBPyConnection, query: str, parameters: Mapping[str, object]) -> list[Row]:
    cursor = connection.execute(query, dict(parameters))
    names = [column[0] for column in cursor.description or ()]
    return [{name: _aware(value) for name, value in zip(names, row, strict=True)} for row in cursor.fetchall()]


def _used(query: str, parameters: Mapping[str, object]) -> dict[str, object]:
    """Only the parameters that the query names: DuckDB refuses others."""
    return {name: value for name, value in parameters.items() if f"${name}" in query}


def _group_by_drop(rows: Iterable[Row]) -> dict[str, list[Row]]:
    grouped: dict[str, list[Row]] = {}
    for row in rows:
        grouped.setdefault(row["drop_id"], []).append(row)
    return grouped


def _aware(value: object) -> object:
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) and value.tzinfo is None else value


def _naive(value: object) -> object:
    return value.astimezone(UTC).replace(tzinfo=None) if isinstance(value, datetime) else value
