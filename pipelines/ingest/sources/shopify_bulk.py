"""Shopify's bulk exports: one GraphQL object a line, children naming their parent in `__parentId`, made REST's shape.

Children need not stand behind their parents, so a file's objects are held until its end, without what is not mapped.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from pipelines.contracts.parsed_file import UnreadableFileError
from pipelines.ingest.readers.raw_rows import BrokenRow
from pipelines.ingest.sources.mapped_rows import FaultError

_GID = "gid://shopify/"
_PARENT = "__parentId"
# About 1 GB of Python objects; an export of more orders is taken in two parts, by date.
_MOST_NODES = 1_000_000
# Where a child of a kind belongs in the REST shape of its parent.
_LISTS = {
    "LineItem": "line_items",
    "Refund": "refunds",
    "RefundLineItem": "refund_line_items",
    "Fulfillment": "fulfillments",
    "OrderTransaction": "transactions",
}
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_NAMES = {
    "original_unit_price": "price",
    "allocated_amount": "amount",
    "country_code_v2": "country_code",
    "currency_code": "currency",
    "custom_attributes": "note_attributes",
}
# Not held: long, or about people, and mapped to nothing.
_UNMAPPED = frozenset({_PARENT, "billingAddress", "phone", "tags", "title", "variantTitle", "vendor"})


def is_bulk_node(document: Any) -> bool:
    """Whether a JSON value is a line of a bulk export."""
    return isinstance(document, dict) and str(document.get("id", "")).startswith(_GID)


def joined_nodes(documents: Iterable[Any]) -> Iterator[Any]:
    """Documents as they come, but lines of a bulk export as whole orders, refunds and events at the file's end.

    Raises:
        UnreadableFileError: More lines than can be held.
    """
    nodes: dict[str, dict[str, Any]] = {}
    parents: dict[str, str | None] = {}
    for document in documents:
        if isinstance(document, BrokenRow) or not is_bulk_node(document):
            yield document
            continue
        gid, node = str(document["id"]), _rest_shape(document)
        nodes[gid] = node
        parent = document.get(_PARENT)
        parents[gid] = None if parent is None else str(parent)
        if len(nodes) > _MOST_NODES:
            message = f"a bulk export of more than {_MOST_NODES:,} lines; export it in parts, by date"
            raise UnreadableFileError(message)
    yield from _attached(nodes, parents)


def _attached(nodes: dict[str, dict[str, Any]], parents: dict[str, str | None]) -> Iterator[Any]:
    for gid, parent in parents.items():
        kind = _kind(gid)
        if parent is None:
            continue
        if parent not in nodes:
            yield FaultError("parent_is_in_the_file", f"expected the parent of this {kind} in the file", "order_id")
        elif kind == "FulfillmentEvent":
            nodes[gid]["fulfillment_id"] = nodes[parent].get("id")
            nodes[gid].setdefault("order_id", _order_of(parent, nodes, parents))
        elif kind in _LISTS:
            nodes[parent].setdefault(_LISTS[kind], []).append(nodes[gid])
    for gid, node in nodes.items():
        kind = _kind(gid)
        if kind == "Order":
            yield {"order": _whole_order(node)}
        elif kind == "FulfillmentEvent" and parents[gid] in nodes:
            yield {"fulfillment_event": node}
        elif parents[gid] is None and kind == "Refund":
            yield {"refund": node}


def _order_of(gid: str, nodes: dict[str, dict[str, Any]], parents: dict[str, str | None]) -> str | None:
    parent = parents.get(gid)
    return nodes[parent].get("id") if parent in nodes else None


def _whole_order(order: dict[str, Any]) -> dict[str, Any]:
    order.setdefault("line_items", [])
    for line in order["line_items"]:
        if "currency" not in order and isinstance(line, dict) and "currency" in line:
            order["currency"] = line["currency"]
    for fulfillment in order.get("fulfillments") or []:
        tracking = fulfillment.get("tracking_info") if isinstance(fulfillment, dict) else None
        if isinstance(tracking, list) and tracking and isinstance(tracking[0], dict):
            fulfillment.setdefault("tracking_number", tracking[0].get("number"))
            fulfillment.setdefault("tracking_company", tracking[0].get("company"))
    return order


def _kind(gid: str) -> str:
    return gid.removeprefix(_GID).partition("/")[0]


def _rest_shape(value: Any) -> Any:
    """GraphQL's names, identifiers and money in the shape of REST."""
    if isinstance(value, list):
        return [_rest_shape(item) for item in value]
    if isinstance(value, str) and value.startswith(_GID):
        return value.rpartition("/")[2].partition("?")[0]
    if not isinstance(value, dict):
        return value
    shaped: dict[str, Any] = {}
    for name, item in value.items():
        if name in _UNMAPPED:
            continue
        snake = _CAMEL.sub("_", name).lower()
        amount = _shop_money(item)
        if amount is not None:
            snake = snake.removesuffix("_set")
            shaped.setdefault("currency", amount.get("currencyCode"))
            item = amount.get("amount")  # noqa: PLW2901 - the same field, without its wrapping
        shaped[_NAMES.get(snake, snake)] = _rest_shape(item)
    return shaped


def _shop_money(item: Any) -> dict[str, Any] | None:
    found = item.get("shopMoney") if isinstance(item, dict) else None
    return found if isinstance(found, dict) else None
