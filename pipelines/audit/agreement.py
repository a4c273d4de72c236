"""Whether the report's tables agree: the same sum by another route, difference beside it, to the last digit."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import polars as pl

SENTENCE = "One row a sum that two tables hold: both values and their difference, which is 0 where they agree."

_SCHEMA: dict[str, Any] = {
    "sum": pl.Utf8,
    "first_table": pl.Utf8,
    "first_value": pl.Decimal(38, 4),
    "second_table": pl.Utf8,
    "second_value": pl.Decimal(38, 4),
    "difference": pl.Decimal(38, 4),
    "unit": pl.Utf8,
}
# What is added up, and the tables whose column of that name must give it.
_OF_SCORECARD = {
    "gross_sales_amount": ("hourly_sales", "margins", "items"),
    "discounts_amount": ("hourly_sales", "margins", "items"),
    "refunds_amount": ("hourly_sales", "margins", "returns_by_reason"),
    "net_sales_amount": ("hourly_sales", "margins", "money"),
    "sold_units": ("hourly_sales", "margins", "stock_by_hub"),
    "returns_count": ("returns_by_reason",),
}
# A column that one table calls otherwise.
_OTHER_NAMES = {("returns_by_reason", "refunds_amount"): "refund_amount"}


def compare_tables(tables: Mapping[str, pl.DataFrame], currency_code: str) -> pl.DataFrame:
    """Sums of the scorecard beside those of the finer tables, and of the files' rows beside what became of them."""
    rows = []
    for column, others in _OF_SCORECARD.items():
        unit = currency_code if column.endswith("_amount") else column.rpartition("_")[2]
        first = _total(tables["scorecard"], column, currency_code)
        for other in others:
            second = _total(tables[other], _OTHER_NAMES.get((other, column), column), currency_code)
            rows.append((column, "scorecard", first, other, second, first - second, unit))
    read = _total(tables["files"], "rows_read", currency_code)
    became = sum(
        (_total(tables["files"], name, currency_code) for name in ("accepted", "rejected", "duplicate")), _ZERO
    )
    booked = _total(tables["reconciliation"], "rows", None)
    rows.append(("rows_read", "files", read, "files: accepted + rejected + duplicate", became, read - became, "rows"))
    rows.append(("rows_read", "files", read, "reconciliation", booked, read - booked, "rows"))
    return pl.DataFrame(rows, schema=_SCHEMA, orient="row")


_ZERO = Decimal(0)


def _total(table: pl.DataFrame, column: str, currency_code: str | None) -> Decimal:
    if currency_code is not None and "currency_code" in table.columns:
        table = table.filter(pl.col("currency_code") == currency_code)
    return sum((Decimal(str(value)) for value in table[column].drop_nulls()), _ZERO)
