from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from system_payloads import read_payload
from valid_payloads import woocommerce_order as order
from valid_payloads import woocommerce_refund


def test_an_order_adds_up_to_its_own_totals_with_tax() -> None:
    read = read_payload([order()], "orders", "woocommerce")
    (row,) = read.accepted
    assert row["quantity"] * row["unit_price"] - row["discount_amount"] == Decimal("18.00")
    assert (row["order_id"], row["line_number"], row["channel"], row["status"]) == ("727", 315, "web", "placed")
    assert row["ordered_at"] == datetime(2026, 11, 27, 15)  # noqa: DTZ001
    assert [(buyer["buyer_email"], buyer["buyer_id"]) for buyer in read.buyers] == [("bo@example.com", None)]
    assert "Bo" not in repr(read.accepted)


@pytest.mark.parametrize(("status", "expected"), [("refunded", "placed"), ("failed", "cancelled")])
def test_a_status_is_placed_or_cancelled(status: str, expected: str) -> None:
    (row,) = read_payload(order(status=status), "orders", "woocommerce").accepted
    assert row["status"] == expected


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"status": "checkout-draft"}, "status_is_mapped"),
        ({"created_via": "carrier pigeon"}, "channel_is_mapped"),
        ({"date_created_gmt": None}, "ordered_at_is_an_instant_with_offset"),
        ({"line_items": [{"id": 1, "sku": "", "quantity": 1, "subtotal": "1", "total": "1"}]}, "sku_is_present"),
        ({"line_items": [{"id": 1, "sku": "A", "quantity": 1}]}, "unit_price_is_present"),
    ],
)
def test_what_an_order_lacks_is_named(changes: dict[str, Any], rule: str) -> None:
    assert read_payload(order(**changes), "orders", "woocommerce").rules == [rule]


def test_a_refund_names_its_order_by_parent_or_link_and_its_line_by_what_it_refunds() -> None:
    refund = woocommerce_refund()
    (by_link,) = read_payload(refund, "returns", "woocommerce").accepted
    (by_parent,) = read_payload([refund | {"parent_id": 727, "_links": {}}], "returns", "woocommerce").accepted
    assert by_link == by_parent
    assert (by_link["order_id"], by_link["line_number"], by_link["quantity"]) == ("727", 315, 1)
    assert (by_link["refund_amount"], by_link["currency_code"]) == (Decimal("6.00"), None)
    assert by_link["reason"] == "not stated"
    assert read_payload(refund | {"line_items": []}, "returns", "woocommerce").rules == ["refund_names_its_lines"]
