from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from system_payloads import ReadFile, read_lines, read_payload
from valid_payloads import shopify_bulk, shopify_fulfillment, shopify_refund
from valid_payloads import shopify_line as line
from valid_payloads import shopify_order as order


def orders(payload: Any) -> ReadFile:
    return read_payload(payload, "orders", "shopify")


@pytest.mark.parametrize("wrap", [lambda one: one, lambda one: {"order": one}, lambda one: {"orders": [one]}])
def test_an_order_is_read_alone_as_a_webhook_sends_it_and_wrapped_as_the_interface_does(wrap: Any) -> None:
    read = orders(wrap(order()))
    (row,) = read.accepted
    assert (row["order_id"], row["line_number"], row["sku"], row["quantity"]) == ("7", 11, "MUG", 2)
    assert (row["unit_price"], row["channel"], row["status"], row["fulfilment"]) == (
        Decimal("12.5"), "web", "placed", "delivery",
    )  # fmt: skip
    assert row["ordered_at"] == datetime(2026, 11, 27, 15)  # noqa: DTZ001
    assert (row["ship_postcode"], row["country_code"]) == ("K2P", "CA")


def test_people_reach_the_private_store_alone() -> None:
    read = orders({"orders": [order(), order(id=8, line_items=[line(sku="")])]})
    assert [buyer["buyer_email"] for buyer in read.buyers] == ["Ann@Example.com"]
    stored = repr([read.accepted, read.rejected])
    for personal in ("Ann", "Buyer", "555", "High St", "xample.com"):
        assert personal not in stored
    assert read.rules == ["sku_is_present"]


def test_discounts_of_the_whole_order_count_by_their_allocations() -> None:
    allocated = line(total_discount="1.00", discount_allocations=[{"amount": "1.00"}, {"amount": "2.25"}])
    (row,) = orders(order(line_items=[allocated])).accepted
    assert row["discount_amount"] == Decimal("3.25")


def test_tax_on_top_is_put_into_the_price_and_the_line_adds_up_to_the_cent() -> None:
    taxed = line(quantity=3, price="10.00", total_discount="1.00", tax_lines=[{"price": "2.32"}])
    (row,) = orders(order(line_items=[taxed], taxes_included=False)).accepted
    assert row["quantity"] * row["unit_price"] - row["discount_amount"] == Decimal("31.32")
    assert Decimal("10.77") < row["unit_price"] < Decimal("10.78")
    (included,) = orders(order(line_items=[taxed], taxes_included=True)).accepted
    assert included["unit_price"] == 10


def test_without_updated_at_the_latest_instant_that_the_order_states_counts() -> None:
    (row,) = orders(order(updated_at=None, cancelled_at="2026-11-27T18:30:00+01:00")).accepted
    assert (row["updated_at"], row["status"]) == (datetime(2026, 11, 27, 17, 30), "cancelled")  # noqa: DTZ001


def test_what_is_collected_has_no_door() -> None:
    (collected,) = orders(order(shipping_address=None)).accepted
    (at_hub,) = orders(order(shipping_lines=[{"delivery_category": "local_pickup"}])).accepted
    (redacted,) = orders(order(shipping_address=None, shipping_lines=[{"title": "Post"}])).accepted
    assert [row["fulfilment"] for row in (collected, at_hub, redacted)] == ["pickup", "pickup", "delivery"]


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"source_name": "fax"}, "channel_is_mapped"),
        ({"source_name": None}, "channel_is_present"),
        ({"line_items": [line(price=12.5)]}, "price_is_not_a_float"),
        ({"line_items": [line(price=None)]}, "unit_price_is_present"),
        ({"line_items": [line(sku=None)]}, "sku_is_present"),
        ({"line_items": ["mug"]}, "line_is_an_object"),
        ({"line_items": None}, "order_has_line_items"),
        ({"customer": "Ann"}, "customer_is_an_object"),
        ({"currency": "\ud800"}, "row_has_whole_characters"),
    ],
)
def test_what_an_order_lacks_is_named_and_nothing_is_invented(changes: dict[str, Any], rule: str) -> None:
    assert orders(order(**changes)).rules == [rule]


def test_amounts_beyond_any_ledger_are_rejected_not_a_fault_of_the_reader() -> None:
    huge = line(quantity="99999999999999", price="99999999999999.99", tax_lines=[{"price": "1"}])
    read = orders(order(taxes_included=False, line_items=[huge, line(id=12)]))
    assert (len(read.accepted), len(read.rejected)) == (1, 1)


def test_one_bad_line_does_not_hold_back_its_order() -> None:
    read = orders(order(line_items=[line(), line(id=12, price=1.5), line(id=13)]))
    assert [row["line_number"] for row in read.accepted] == [11, 13]


def test_refunds_within_an_order_and_alone_give_the_same_return() -> None:
    refund = shopify_refund()
    (alone,) = read_payload({"refund": refund}, "returns", "shopify").accepted
    (within,) = read_payload(order(refunds=[refund], taxes_included=True), "returns", "shopify").accepted
    assert alone == within
    assert (alone["return_id"], alone["line_number"], alone["refund_amount"]) == ("shopify:701", 11, Decimal("12.5"))
    assert alone["reason"] == "return"
    (on_top,) = read_payload(order(refunds=[refund], taxes_included=False), "returns", "shopify").accepted
    assert on_top["refund_amount"] == Decimal("13.75")


def test_a_refund_that_names_no_line_is_rejected_with_its_amount() -> None:
    refund = {"order_id": 7, "refund_line_items": [], "transactions": [{"amount": "5.00"}]}
    (rejected,) = read_payload(refund, "returns", "shopify").rejected
    assert rejected["message"] == "a refund of 5.0000 names no line; expected refund_line_items"


def test_a_fulfilment_ties_the_tracking_number_to_its_order() -> None:
    fulfillment = shopify_fulfillment()
    (event,) = read_payload(order(fulfillments=[fulfillment]), "deliveries", "shopify").accepted
    assert (event["parcel_id"], event["order_id"], event["status"], event["carrier"]) == (
        "EZ1", "7", "pre_transit", "USPS",
    )  # fmt: skip
    (row,) = orders(order(fulfillments=[fulfillment])).accepted
    assert row["hub_id"] == "44"


def test_an_unmapped_status_of_a_fulfilment_event_is_rejected_by_name() -> None:
    event = {"id": 1, "fulfillment_id": 2, "status": "teleported", "happened_at": "2026-11-28T09:00:00Z"}
    (rejected,) = read_payload(event, "deliveries", "shopify").rejected
    assert rejected["rule"] == "status_is_mapped"
    assert "shopify says 'teleported'" in rejected["message"]


def test_a_bulk_export_gives_the_rows_of_the_interface_whatever_the_order_of_its_lines() -> None:
    rest = orders(order(email="ann@example.com")).accepted
    for lines in (shopify_bulk(), shopify_bulk()[::-1]):
        assert read_lines(lines, "orders", "shopify").accepted == rest
        (returned,) = read_lines(lines, "returns", "shopify").accepted
        assert (returned["return_id"], returned["order_id"], returned["line_number"]) == ("shopify:701", "7", 11)
        assert (returned["refund_amount"], returned["reason"]) == (Decimal("12.5"), "broken")


def test_a_line_of_a_bulk_export_without_its_order_is_rejected() -> None:
    assert read_lines(shopify_bulk()[:1], "orders", "shopify").rules == ["parent_is_in_the_file"]
