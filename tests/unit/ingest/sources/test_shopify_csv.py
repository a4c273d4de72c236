from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import pytest
from system_payloads import ReadFile, read_file
from valid_payloads import SHOPIFY_CSV_FIRST as FIRST
from valid_payloads import SHOPIFY_CSV_HEADER as HEADER
from valid_payloads import SHOPIFY_CSV_MORE as MORE

from pipelines.contracts.parsed_file import UnreadableFileError


def read(*rows: str, header: str = HEADER) -> ReadFile:
    return read_file((header + "".join(rows)).encode(), "any name.csv", "orders", "shopify")


def test_further_rows_continue_their_order() -> None:
    rows = read(FIRST, MORE).accepted
    assert [(row["order_id"], row["line_number"], row["sku"]) for row in rows] == [("77", 1, "MUG"), ("77", 2, "BOWL")]
    assert {row["ordered_at"] for row in rows} == {datetime(2026, 11, 27, 15)}  # noqa: DTZ001
    assert {row["updated_at"] for row in rows} == {datetime(2026, 11, 27, 15, 5)}  # noqa: DTZ001
    assert {(row["ship_postcode"], row["marketing_consent"], row["currency_code"]) for row in rows} == {
        ("0123", True, "USD")
    }
    assert rows[0]["buyer_key"] == rows[1]["buyer_key"] is not None


def test_the_orders_discount_is_what_its_lines_cost_above_its_subtotal() -> None:
    rows = read(FIRST, MORE).accepted
    assert [row["discount_amount"] for row in rows] == [Decimal("3.33"), Decimal("1.67")]
    net = sum(row["quantity"] * row["unit_price"] - row["discount_amount"] for row in rows)
    assert net == Decimal("25.00")


def test_an_export_without_sku_or_price_is_refused_with_that_sentence() -> None:
    with pytest.raises(UnreadableFileError) as caught:
        read(header="Name,Email,Created at,Total,Lineitem name,Lineitem quantity,Currency\n")
    assert str(caught.value) == (
        "this Shopify order export lacks the columns 'Lineitem sku' (without a SKU no sale can be counted);"
        " 'Lineitem price' (without a line's price no sale can be counted); export all columns from Shopify"
    )


def test_a_blank_sku_or_price_is_rejected_row_by_row() -> None:
    rows = read(FIRST.replace("MUG", ""), MORE, "#1002" + FIRST[5:].replace("10.00,MUG", ",MUG"))
    assert rows.rules == ["sku_is_present", "unit_price_is_present"]
    assert len(rows.accepted) == 1


def test_a_continuation_without_its_first_row_is_rejected() -> None:
    assert read(MORE).rules == ["order_begins_with_its_first_row"]


def test_a_torn_row_is_rejected_and_the_others_keep_their_numbers() -> None:
    rows = read(FIRST, "#1001,,\n", MORE)
    assert [row["line_number"] for row in rows.accepted] == [1, 3]
    assert rows.rules == ["row_has_as_many_fields_as_the_header"]


def test_an_export_holds_no_returns() -> None:
    with pytest.raises(UnreadableFileError, match="refunds are in it without their lines"):
        read_file(HEADER.encode(), "x.csv", "returns", "shopify")
