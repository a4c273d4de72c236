"""Shopify's JSON: orders, refunds and fulfilment events of the Admin REST interface, and webhook bodies.

The line's identifier is its `line_number`: it stays when an order is edited, and refunds name it. An order that charges
tax on top has its lines' tax put into their price, since our prices include it. Bulk exports become the same shape in
`shopify_bulk.py`; the CSV export is in `shopify_csv.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from pipelines.ingest.readers.raw_rows import BrokenRow
from pipelines.ingest.sources.mapped_rows import FaultError, Mapped, Row, each
from pipelines.ingest.sources.payload import (
    Payload,
    amount,
    latest,
    line_price,
    member,
    members,
    money,
    plain,
    text,
    total,
)
from pipelines.ingest.sources.shopify_bulk import is_bulk_node, joined_nodes
from pipelines.ingest.sources.word_tables import parcel_status, sales_channel

SYSTEM = "shopify"

_WRAPPED = {
    "order": "order",
    "orders": "order",
    "refund": "refund",
    "refunds": "refund",
    "fulfillment": "fulfillment",
    "fulfillments": "fulfillment",
    "fulfillment_event": "event",
    "fulfillment_events": "event",
}
# Of an order's fields only orders of Shopify have these; other shops' orders have line items too.
_MARKS = {
    "order": ("line_items", "financial_status"),
    "refund": ("refund_line_items", "order_id"),
    "event": ("fulfillment_id", "happened_at"),
    "fulfillment": ("tracking_company", "order_id"),
}
Part = tuple[str, Payload]


def feeds_of(document: Any) -> frozenset[str]:
    """The feeds that a document holds rows of; none when it is not Shopify's."""
    if is_bulk_node(document):
        kind = str(document["id"]).removeprefix("gid://shopify/").partition("/")[0]
        found = {"Order": "orders", "LineItem": "orders", "Refund": "returns", "RefundLineItem": "returns"}
        return frozenset({found.get(kind, "deliveries")})
    feeds = set()
    for kind, payload in _parts(document):
        if kind == "order":
            feeds |= {"orders"} | ({"returns"} if payload.get("refunds") else set())
            feeds |= {"deliveries"} if payload.get("fulfillments") else set()
        else:
            feeds.add("returns" if kind == "refund" else "deliveries")
    return frozenset(feeds)


def map_documents(documents: Iterable[Any], feed: str) -> Iterator[Mapped]:
    """The rows of one feed in Shopify's documents."""
    for document in joined_nodes(documents):
        if isinstance(document, BrokenRow):
            yield FaultError(document.rule, document.message, document.field)
            continue
        if isinstance(document, FaultError):
            yield document
            continue
        parts = list(_parts(document))
        if not parts:
            yield FaultError("row_is_of_shopify", "expected an order, a refund, a fulfilment or a fulfilment event")
        yield from each(_rows(kind, payload, feed) for kind, payload in parts)


def _parts(document: Any) -> Iterator[Part]:
    if not isinstance(document, dict):
        return
    for name, kind in _WRAPPED.items():
        wrapped = document.get(name)
        if len(document) == 1 and isinstance(wrapped, dict):
            yield kind, wrapped
            return
        if len(document) == 1 and isinstance(wrapped, list):
            yield from ((kind, item) for item in wrapped if isinstance(item, dict))
            return
    for kind, marks in _MARKS.items():
        if all(mark in document for mark in marks):
            yield kind, document
            return


def _rows(kind: str, payload: Payload, feed: str) -> Iterator[Mapped]:
    if kind == "order" and feed == "orders":
        yield from _order_lines(payload)
    elif kind == "order" and feed == "returns":
        yield from each(_refund_lines(refund, payload) for refund in members(payload, "refunds"))
    elif kind == "order" and feed == "deliveries":
        yield from each(_fulfillment(one, text(payload, "id")) for one in members(payload, "fulfillments"))
    elif kind == "refund" and feed == "returns":
        yield from _refund_lines(payload, {})
    elif kind == "fulfillment" and feed == "deliveries":
        yield from _fulfillment(payload, None)
    elif kind == "event" and feed == "deliveries":
        yield _event(payload)


def _order_lines(order: Payload) -> Iterator[Mapped]:
    if not isinstance(order.get("line_items"), list):
        raise FaultError("order_has_line_items", "expected the order's lines in line_items", "line_number")
    shared = _order_fields(order)
    is_taxed_on_top = order.get("taxes_included") is False
    hubs = _hubs_by_line(order)
    for line in order["line_items"]:
        try:
            yield {**shared, **_order_line(line, hubs, is_taxed_on_top=is_taxed_on_top)}
        except FaultError as fault:
            yield fault


def _order_fields(order: Payload) -> Row:
    """What all lines of an order have in common."""
    customer = member(order, "customer")
    door = member(order, "shipping_address")
    cancelled_at = text(order, "cancelled_at")
    return {
        "order_id": text(order, "id"),
        "currency_code": text(order, "currency"),
        "channel": sales_channel(SYSTEM, text(order, "source_name")),
        "status": "placed" if cancelled_at is None else "cancelled",
        "ordered_at": text(order, "created_at"),
        "updated_at": text(order, "updated_at")
        or latest(*(text(order, name) for name in ("created_at", "processed_at", "closed_at", "cancelled_at"))),
        "buyer_email": text(order, "email", "contact_email") or text(customer, "email"),
        "buyer_id": text(customer, "id"),
        "drop_id": _noted(order, "drop_id"),
        "fulfilment": _fulfilment(order),
        "ship_latitude": text(door, "latitude") if text(door, "longitude") else None,
        "ship_longitude": text(door, "longitude") if text(door, "latitude") else None,
        "ship_postcode": text(door, "zip"),
        "country_code": text(door, "country_code"),
        "marketing_consent": _consent(order, customer),
    }


def _noted(order: Payload, name: str) -> str | None:
    """What the shop's own theme wrote beside the order under a name."""
    for note in members(order, "note_attributes"):
        if note.get("name") == name:
            return text(note, "value")
    return None


def _fulfilment(order: Payload) -> str:
    """An order that names neither a door nor a way to it is collected."""
    ways = members(order, "shipping_lines")
    is_collected = any("pickup" in (text(way, "delivery_category") or "").lower() for way in ways)
    return "pickup" if is_collected or (not ways and not order.get("shipping_address")) else "delivery"


def _consent(order: Payload, customer: Payload) -> str | None:
    consent = member(customer, "email_marketing_consent")
    state = text(consent, "state", "marketing_state")
    if state is not None:
        return "true" if state.lower() == "subscribed" else "false"
    return text(order, "buyer_accepts_marketing")


def _hubs_by_line(order: Payload) -> dict[str, str]:
    """The location that a line was sent from, as far as its fulfilments say."""
    return {
        line_id: location
        for fulfillment in members(order, "fulfillments")
        if (location := text(fulfillment, "location_id")) is not None
        for line in members(fulfillment, "line_items")
        if (line_id := text(line, "id")) is not None
    }


def _order_line(line: Any, hubs: dict[str, str], *, is_taxed_on_top: bool) -> Row:
    if not isinstance(line, dict):
        raise FaultError("line_is_an_object", "expected each line as an object", "line_number")
    unit_price, discount = _line_money(line, is_taxed_on_top=is_taxed_on_top)
    line_id = text(line, "id")
    return {
        "line_number": line_id,
        "sku": text(line, "sku"),
        "quantity": text(line, "quantity"),
        "unit_price": unit_price,
        "discount_amount": discount,
        "hub_id": hubs.get(line_id or ""),
    }


def _line_money(line: Payload, *, is_taxed_on_top: bool) -> tuple[str | None, str | None]:
    price = money(line, "price")
    # Discounts of the whole order are allocated to its lines; older payloads have the line's own only.
    allocated = [money(one, "amount") for one in members(line, "discount_allocations")]
    allocated_total = total(allocated)
    discount = plain(allocated_total) if allocated and allocated_total is not None else money(line, "total_discount")
    taxes = total(money(tax, "price") for tax in members(line, "tax_lines")) if is_taxed_on_top else Decimal(0)
    units, unit_price, taken_off = amount(text(line, "quantity")), amount(price), amount(discount or "0")
    if not taxes or not units or unit_price is None or taken_off is None:
        return price, discount
    gross = unit_price * units + taxes
    return line_price(gross, gross - taken_off, units)


def _refund_lines(refund: Payload, order: Payload) -> Iterator[Mapped]:
    lines = members(refund, "refund_line_items")
    if not lines:
        paid_back = total(money(one, "amount") for one in members(refund, "transactions"))
        if paid_back:
            message = f"a refund of {plain(paid_back)} names no line; expected refund_line_items"
            raise FaultError("refund_names_its_lines", message, "line_number")
    for line in lines:
        try:
            yield _refund_line(line, refund, order)
        except FaultError as fault:
            yield fault


def _refund_line(line: Payload, refund: Payload, order: Payload) -> Row:
    identity = text(line, "id")
    return {
        "return_id": None if identity is None else f"{SYSTEM}:{identity}",
        "order_id": text(refund, "order_id") or text(order, "id"),
        "line_number": text(line, "line_item_id") or text(member(line, "line_item"), "id"),
        "quantity": text(line, "quantity"),
        "refund_amount": _refunded(line, is_taxed_on_top=order.get("taxes_included") is False),
        "currency_code": _refund_currency(refund, order),
        "reason": text(refund, "note") or text(line, "restock_type") or "not stated",
        "returned_at": text(refund, "processed_at", "created_at"),
    }


def _refund_currency(refund: Payload, order: Payload) -> str | None:
    paid = [text(one, "currency") for one in members(refund, "transactions")]
    return text(order, "currency") or text(refund, "currency") or next((one for one in paid if one), None)


def _refunded(line: Payload, *, is_taxed_on_top: bool) -> str | None:
    """What was given back for a line: as stated, or from its price where old payloads state nothing else."""
    subtotal = money(line, "subtotal")
    if subtotal is not None:
        tax = money(line, "total_tax") if is_taxed_on_top else None
        both = total([subtotal, tax or "0"])
        return subtotal if both is None else plain(both)
    bought = member(line, "line_item")
    price, discount = amount(money(bought, "price")), amount(money(bought, "total_discount") or "0")
    units, all_units = amount(text(line, "quantity")), amount(text(bought, "quantity"))
    if price is None or discount is None or not units or not all_units:
        return None
    return plain(price * units - discount * units / all_units)


def _fulfillment(fulfillment: Payload, order_id: str | None) -> Iterator[Mapped]:
    """A fulfilment ties the carrier's tracking number, by which carriers' own events go, to its order."""
    tracking_number = text(fulfillment, "tracking_number")
    if tracking_number is None:
        return
    status = text(fulfillment, "status")
    mapped = parcel_status("shopify_fulfillment", status)
    identity = text(fulfillment, "id")
    yield {
        "event_id": None if identity is None else f"{SYSTEM}:fulfillment:{identity}:{mapped}",
        "parcel_id": tracking_number,
        "order_id": text(fulfillment, "order_id") or order_id,
        "status": mapped,
        "occurred_at": text(fulfillment, "updated_at" if mapped == "cancelled" else "created_at"),
        "carrier": text(fulfillment, "tracking_company"),
        "hub_id": text(fulfillment, "location_id"),
    }


def _event(event: Payload) -> Row:
    identity = text(event, "id")
    has_place = text(event, "latitude") is not None and text(event, "longitude") is not None
    return {
        "event_id": None if identity is None else f"{SYSTEM}:{identity}",
        "parcel_id": text(event, "fulfillment_id"),
        "order_id": text(event, "order_id"),
        "status": parcel_status(SYSTEM, text(event, "status")),
        "occurred_at": text(event, "happened_at", "created_at"),
        "recorded_at": text(event, "created_at"),
        "latitude": text(event, "latitude") if has_place else None,
        "longitude": text(event, "longitude") if has_place else None,
    }
