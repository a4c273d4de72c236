"""A valid file of each feed, source and format, small enough to be made by the thousand.

Each is a function of a number, so that two files do not say the same of the same order.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from valid_payloads import (
    SHOPIFY_CSV_FIRST,
    SHOPIFY_CSV_HEADER,
    SHOPIFY_CSV_MORE,
    aftership,
    easypost,
    epcis_document,
    epcis_event,
    shippo,
    shopify_bulk,
    shopify_fulfillment,
    shopify_order,
    shopify_refund,
    woocommerce_order,
    woocommerce_refund,
)

from pipelines.contracts.feeds import DROPS
from pipelines.ingest.parse import CANONICAL
from pipelines.ingest.sources.systems import SYSTEMS

Row = dict[str, Any]

PLAN = b"""drop_id: tea
name: Tea
starts_at: 2026-11-13T18:00:00Z
timezone: Europe/Berlin
currency_code: EUR
channels: {web: {fee_rate: 0.03}, popup: {}}
max_staleness_hours: 3
holdout_rate: 0.10
taper_hours: 24
skus:
  - {sku: A, title: Tea, list_price: 2, unit_cost: 1, min_margin_rate: 0.2, bands: {low: 1, mid: 2, high: 3},
     stock: {mitte: 40, nord: 0}, restocks: [{at: "2026-11-13T20:00:00Z", hub_id: nord, units: 12}]}
  - {sku: B, title: Pot, list_price: 2, unit_cost: 1, min_margin_rate: 0.2, bands: {low: 1, mid: 2, high: 3},
     stock: {mitte: 5}}
"""


@dataclass(frozen=True)
class Kind:
    """What a file is meant to be.

    Attributes:
        feed: The feed it lands in.
        source: The system that wrote it, or our own columns.
        ending: Of its name, without compression.
    """

    feed: str
    source: str
    ending: str

    @property
    def folder(self) -> str:
        """Where it lands, below the landing folder."""
        return self.feed if self.source == CANONICAL else f"{self.feed}/{self.source}"


def canonical_row(feed: str, number: int, place: int) -> Row:
    """A valid row of a feed in our own columns, as text."""
    name = f"{number}-{place}"
    rows: dict[str, Row] = {
        "orders": {
            "order_id": name, "line_number": "1", "sku": "007", "quantity": "2", "unit_price": "12.50",
            "currency_code": "EUR", "channel": "web", "status": "placed", "ordered_at": "2026-11-13T18:30:00Z",
            "updated_at": "2026-11-13T18:30:00Z", "buyer_email": f"{place}@example.com", "fulfilment": "delivery",
            "ship_latitude": "51.3", "ship_longitude": "12.4", "Billing Name": "Ada L",
        },
        "returns": {
            "return_id": name, "order_id": f"{number}", "line_number": "1", "quantity": "1", "refund_amount": "12.50",
            "currency_code": "EUR", "reason": "broken", "returned_at": "2026-11-16T08:00:00Z",
        },
        "scans": {
            "scan_id": name, "kind": "scan", "scanned_at": "2026-11-15T08:00:00Z", "visitor_id": "v",
            "digital_link": f"https://shop.example/01/09506000134352/21/B{place}",
        },
        "deliveries": {
            "event_id": name, "parcel_id": f"p{number}", "order_id": f"{number}", "status": "in_transit",
            "occurred_at": "2026-11-14T08:00:00+01:00", "carrier": "bike", "hub_id": "nord", "cost_amount": "3.10",
            "currency_code": "EUR",
        },
        "hubs": {"hub_id": name, "name": "Nörd", "latitude": "51.3", "longitude": "12.4"},
        "shown_prices": {
            "sku": name, "channel": "web", "valid_from": "2026-11-13T18:00:00Z", "valid_to": "2026-11-13T19:00:00Z",
            "price": "12.50", "currency_code": "EUR",
        },
        "storefront": {
            "event_id": name, "session_id": f"s{number}", "occurred_at": "2026-11-13T18:20:00Z", "kind": "reserve",
            "reservation_id": f"r{place}", "quantity": "2", "sku": "007", "channel": "web", "latency_ms": "40",
        },
        "epcis_events": {
            "event_id": name, "event_type": "ObjectEvent", "occurred_at": "2026-11-14T08:00:00Z", "action": "OBSERVE",
            "business_step": "departing", "event_json": '{"type": "ObjectEvent"}',
        },
    }  # fmt: skip
    return rows[feed]


CANONICAL_FEEDS = ("orders", "returns", "scans", "deliveries", "hubs", "shown_prices", "storefront", "epcis_events")


def system_documents(kind: Kind, number: int) -> list[Any]:
    """The JSON documents of a system's file: one, or one a line."""
    if kind.source == "shopify":
        if kind.ending == ".ndjson" and kind.feed != "deliveries":
            return shopify_bulk(number)
        refund, fulfillment = shopify_refund(order_id=number), shopify_fulfillment(id=number)
        return [{"orders": [shopify_order(id=number, refunds=[refund], fulfillments=[fulfillment])]}]
    if kind.source == "woocommerce":
        refund = woocommerce_refund(id=number)
        return [woocommerce_order(id=number)] if kind.feed == "orders" else [refund]
    if kind.source == "epcis":
        return [epcis_document(epcis_event(eventID=f"urn:uuid:{number}"), epcis_event(bizStep="receiving"))]
    status = {"message": f"{number}", "status_details": f"{number}"}
    return [{"easypost": easypost, "shippo": shippo, "aftership": aftership}[kind.source](**status)]


def valid_file(kind: Kind, number: int, rows: int = 3) -> bytes:
    """The bytes of a file that loads without a reject."""
    if kind.feed == DROPS:
        return PLAN.replace(b"drop_id: tea", f"drop_id: tea{number}".encode())
    if kind.source == CANONICAL:
        return write_rows(kind.ending, [canonical_row(kind.feed, number, place) for place in range(rows)])
    if kind.ending == ".csv":
        text = SHOPIFY_CSV_HEADER + (SHOPIFY_CSV_FIRST + SHOPIFY_CSV_MORE).replace("#1001", f"#{number}")
        return text.encode()
    return write_documents(kind.ending, system_documents(kind, number))


def write_documents(ending: str, documents: Sequence[Any]) -> bytes:
    """One document, or a line each."""
    return ("\n".join(map(json.dumps, documents)) if ending == ".ndjson" else json.dumps(documents[0])).encode()


def write_rows(ending: str, rows: list[Row]) -> bytes:
    """Rows of one header, in a format."""
    return _WRITERS[ending](rows)


def _csv(rows: list[Row]) -> bytes:
    written = io.StringIO(newline="")
    writer = csv.DictWriter(written, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return written.getvalue().encode()


def _ndjson(rows: list[Row]) -> bytes:
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def _json(rows: list[Row]) -> bytes:
    return json.dumps(rows).encode()


def _parquet(rows: list[Row]) -> bytes:
    written = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), written, write_page_checksum=len(rows) > 1, compression="snappy")
    return written.getvalue()


_WRITERS: dict[str, Callable[[list[Row]], bytes]] = {
    ".csv": _csv,
    ".ndjson": _ndjson,
    ".json": _json,
    ".parquet": _parquet,
}

KINDS = (
    Kind(DROPS, CANONICAL, ".yaml"),
    *(Kind(feed, CANONICAL, ending) for feed in CANONICAL_FEEDS for ending in _WRITERS),
    Kind("orders", "shopify", ".csv"),
    *(
        Kind(feed, system.name, ending)
        for system in SYSTEMS.values()
        for feed in system.feeds
        for ending in (".json", ".ndjson")
    ),
)
