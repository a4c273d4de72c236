from __future__ import annotations

from decimal import Decimal

import polars as pl

from pipelines.audit.agreement import compare_tables

MONEY = ("gross_sales_amount", "discounts_amount", "refunds_amount", "net_sales_amount")


def table(currency: str | None = "EUR", **sums: object) -> pl.DataFrame:
    columns = {name: [Decimal(str(value))] if name.endswith("amount") else [value] for name, value in sums.items()}
    return pl.DataFrame(columns | ({"currency_code": [currency]} if currency else {}))


def tables(**changed: pl.DataFrame) -> dict[str, pl.DataFrame]:
    whole = dict(zip(MONEY, ("100.00", "5.00", "10.01", "84.99"), strict=True)) | {"sold_units": 7}
    same = {name: table(**whole) for name in ("hourly_sales", "margins", "items", "money", "stock_by_hub")}
    return same | {
        "scorecard": table(**whole, returns_count=2),
        "returns_by_reason": table(refund_amount="10.01", returns_count=2),
        "files": table(None, rows_read=10, accepted=7, rejected=2, duplicate=1),
        "reconciliation": table(rows=10),
    } | changed  # fmt: skip


def test_tables_that_agree_differ_by_nothing() -> None:
    compared = compare_tables(tables(), "EUR")
    assert compared.height == 18
    assert compared["difference"].to_list() == [Decimal(0)] * 18


def test_a_cent_is_found_and_both_tables_named() -> None:
    apart = compare_tables(tables(returns_by_reason=table(refund_amount="10.00", returns_count=2)), "EUR").filter(
        pl.col("difference") != 0
    )
    assert apart.select("sum", "first_table", "second_table", "difference", "unit").rows() == [
        ("refunds_amount", "scorecard", "returns_by_reason", Decimal("0.0100"), "EUR")
    ]


def test_a_lost_row_is_found_whatever_currency_its_file_had() -> None:
    ledger = pl.concat([table("EUR", rows=6), table(None, rows=3).with_columns(currency_code=pl.lit(None, pl.Utf8))])
    (apart,) = compare_tables(tables(reconciliation=ledger), "EUR").filter(pl.col("difference") != 0).rows(named=True)
    assert (apart["sum"], apart["difference"]) == ("rows_read", Decimal(1))


def test_amounts_of_another_currency_are_not_added_up() -> None:
    mixed = pl.concat(
        [table(refund_amount="10.01", returns_count=2), table("USD", refund_amount="99", returns_count=0)]
    )
    compared = compare_tables(tables(returns_by_reason=mixed), "EUR")
    assert compared["difference"].to_list() == [Decimal(0)] * 18
