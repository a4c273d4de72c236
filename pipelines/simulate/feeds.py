"""Rows of the simulated world as files in the canonical feeds (ARCHITECTURE section 4), and landing them.

Columns, text forms and the atomic write belong here; what a row says does not.
"""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from pathlib import Path

CSV_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "orders": (
        "order_id",
        "line_number",
        "sku",
        "quantity",
        "unit_price",
        "discount_amount",
        "currency_code",
        "channel",
        "status",
        "ordered_at",
        "updated_at",
        "buyer_email",
        "buyer_id",
        "drop_id",
        "hub_id",
        "fulfilment",
        "ship_latitude",
        "ship_longitude",
        "ship_postcode",
        "country_code",
        "marketing_consent",
    ),
    "returns": (
        "return_id",
        "order_id",
        "line_number",
        "quantity",
        "refund_amount",
        "currency_code",
        "reason",
        "returned_at",
    ),
    "hubs": ("hub_id", "updated_at", "name", "latitude", "longitude", "capacity_units"),
    "shown_prices": ("sku", "channel", "valid_from", "valid_to", "price", "currency_code"),
}
# Feeds that arrive as one JSON object a line; a field that is absent is left out.
NDJSON_FEEDS: frozenset[str] = frozenset({"deliveries", "scans"})


@dataclass(frozen=True)
class Row:
    """One row of a feed and the instant from which the shop's systems hold it."""

    feed: str
    known_at: datetime
    fields: Mapping[str, object]


@dataclass(frozen=True)
class LandedFile:
    """One file of a feed, ready to land."""

    feed: str
    name: str
    content: bytes


def text_of_instant(instant: datetime, zone: tzinfo = UTC) -> str:
    """ISO 8601 in whole seconds, with `Z` for UTC and else the zone's offset.

    Examples:
        >>> text_of_instant(datetime(2025, 12, 5, 19, tzinfo=UTC))
        '2025-12-05T19:00:00Z'
    """
    return instant.astimezone(zone).isoformat(timespec="seconds").replace("+00:00", "Z")


def render_file(feed: str, label: str, rows: Iterable[Row]) -> LandedFile:
    """The file `<feed>-<label>` with the rows in the order given; a CSV without rows keeps its header."""
    if feed in NDJSON_FEEDS:
        lines = [json.dumps(row.fields, ensure_ascii=False) for row in rows]
        return LandedFile(feed, f"{feed}-{label}.ndjson", "".join(f"{line}\n" for line in lines).encode())
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, CSV_COLUMNS[feed], lineterminator="\n")
    writer.writeheader()
    writer.writerows(row.fields for row in rows)
    return LandedFile(feed, f"{feed}-{label}.csv", buffer.getvalue().encode())


def land_files(files: Iterable[LandedFile], directory: Path) -> list[Path]:
    """Write each file to `directory/<feed>/`, appearing there by one rename, and return the paths."""
    paths = []
    for file in files:
        folder = directory / file.feed
        folder.mkdir(parents=True, exist_ok=True)
        path, partial = folder / file.name, folder / f".{file.name}.part"
        with partial.open("wb") as handle:
            handle.write(file.content)
            handle.flush()
            os.fsync(handle.fileno())
        partial.replace(path)
        paths.append(path)
    return paths
