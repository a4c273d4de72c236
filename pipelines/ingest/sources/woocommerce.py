"""WooCommerce's JSON: orders and refunds of its REST interface (v3), and webhook bodies.

Totals of a line are text without tax beside the tax in text; its `price` is a float that was divided, and is not used.
Instants are those in GMT; the local ones bear no offset.
"""

from __future__ import annotations

import re
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
from pipelines.ingest.sources.word_tables import sales_channel

SYSTEM = "woocommerce"
_PLACED = frozenset({"pending", "processing", "on-hold", "completed", "refunded"})
_CANCELLED = frozenset({"cancelled", "failed", "trash"})
_ORDER_OF_LINK = re.compile(r"/orders/(\d+)/?$")


def feeds_of(document: Any) -> frozenset[str]:
    """The feeds that a document holds rows of; none when it is not WooCommerce's."""
    kind = _kind(document)
    return frozenset({"orders"} if kind == "order" else {"returns"} if kind == "refund" else ())


def map_documents(documents: Iterable[Any], feed: str) -> Iterator[Mapped]:
    """The rows of one feed in WooCommerce's documents."""
    yield from each(_rows(document, feed) for document in documents)


def _kind(document: Any) -> str | None:
    if not isinstance(document, dict) or "line_items" not in document:
        return None
    if "billing" in document and "created_via" in document:
        return "order"
    return "refund" if "amount" in document and "reason" in document else None


def _rows(document: Any, feed: str) -> Iterator[Mapped]:
    if isinstance(document, BrokenRow):
        raise FaultError(document.rule, document.message, document.field)
    kind = _kind(document)
    if kind is None:
        raise FaultError("row_is_of_woocommerce", "expected an order or a refund")
    if kind == "order" and feed == "orders":
        yield from _order_lines(document)
    elif kind == "refund" and feed == "returns":
        yield from _refund_lines(document)


def _order_lines(order: Payload) -> Iterator[Mapped]:
    shared = _order_fields(order)
    for line in members(order, "line_items"):
        try:
            yield {**shared, **_order_line(line)}
        except FaultError as fault:
            yield fault


def _order_fields(order: Payload) -> Row:
    door, buyer = member(order, "shipping"), member(order, "billing")
    buyer_id = text(order, "customer_id")
    ways = members(order, "shipping_lines")
    is_collected = any((text(way, "method_id") or "") in ("local_pickup", "pickup_location") for way in ways)
    names_a_door = text(door, "postcode", "city", "address_1") is not None
    return {
        "order_id": text(order, "id"),
        "currency_code": text(order, "currency"),
        "channel": sales_channel(SYSTEM, text(order, "created_via")),
        "status": _order_status(text(order, "status")),
        "ordered_at": _instant(order, "date_created"),
        "updated_at": _instant(order, "date_modified")
        or latest(*(_instant(order, name) for name in ("date_created", "date_paid", "date_completed"))),
        "buyer_email": text(buyer, "email"),
        # Guests all have the customer number 0: it names nobody.
        "buyer_id": None if buyer_id == "0" else buyer_id,
        "drop_id": _noted(order, "drop_id"),
        "fulfilment": "pickup" if is_collected or (not ways and not names_a_door) else "delivery",
        "ship_postcode": text(door, "postcode"),
        "country_code": text(door, "country"),
    }


def _order_status(status: str | None) -> str:
    if status in _PLACED:
        return "placed"
    if status in _CANCELLED:
        return "cancelled"
    message = f"expected one of {', '.join(sorted(_PLACED | _CANCELLED))}; found {(status or 'nothing')[:60]!r}"
    raise FaultError("status_is_mapped", message, "status")


def _instant(payload: Payload, name: str) -> str | None:
    """The instant in GMT, which is written without an offset; else the local one, which the contract then refuses."""
    in_gmt = text(payload, f"{name}_gmt")
    return text(payload, name) if in_gmt is None else in_gmt if in_gmt.endswith("Z") else f"{in_gmt}Z"


def _noted(payload: Payload, key: str) -> str | None:
    for note in members(payload, "meta_data"):
        if note.get("key") == key:
            return text(note, "value")
    return None


def _order_line(line: Payload) -> Row:
    gross = total([money(line, "subtotal"), money(line, "subtotal_tax") or "0"])
    net = total([money(line, "total"), money(line, "total_tax") or "0"])
    units = amount(text(line, "quantity"))
    unit_price, discount = money(line, "subtotal"), None
    if gross is not None and net is not None and units:
        unit_price, discount = line_price(gross, net, units)
    return {
        "line_number": text(line, "id"),
        "sku": text(line, "sku"),
        "quantity": text(line, "quantity"),
        "unit_price": unit_price,
        "discount_amount": discount,
    }


def _refund_lines(refund: Payload) -> Iterator[Mapped]:
    lines = members(refund, "line_items")
    paid_back = amount(money(refund, "amount"))
    if not lines and paid_back:
        message = f"a refund of {plain(abs(paid_back))} names no line; expected line_items"
        raise FaultError("refund_names_its_lines", message, "line_number")
    order_id = text(refund, "parent_id") or _order_of(refund)
    for line in lines:
        try:
            yield _refund_line(line, refund, order_id)
        except FaultError as fault:
            yield fault


def _refund_line(line: Payload, refund: Payload, order_id: str | None) -> Row:
    identity = text(line, "id")
    given_back = total([money(line, "total"), money(line, "total_tax") or "0"])
    return {
        "return_id": None if identity is None else f"{SYSTEM}:{identity}",
        "order_id": order_id,
        "line_number": _noted(line, "_refunded_item_id"),
        # Refunds count downwards: -1 unit, -10.00.
        "quantity": (text(line, "quantity") or "").removeprefix("-") or None,
        "refund_amount": None if given_back is None else plain(abs(given_back) + Decimal(0)),
        "currency_code": text(refund, "currency"),
        "reason": text(refund, "reason") or "not stated",
        "returned_at": _instant(refund, "date_created"),
    }


def _order_of(refund: Payload) -> str | None:
    for link in members(member(refund, "_links"), "up"):
        found = _ORDER_OF_LINK.search(text(link, "href") or "")
        if found:
            return found[1]
    return None
