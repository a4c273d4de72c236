"""Files that shops never meant to send: valid ones of each format and source, broken at random, the same for a seed.

Each file is a function of (seed, number), so a file that does harm can be made again by its number alone.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import random
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import zstandard

SHARED = Path(__file__).resolve().parents[3] / "shared/fixtures"

# What is repeated again and again would outgrow the memory of whoever writes it.
LONGEST_BYTES = 4_000_000

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

# What has broken readers before: numbers at the edge, other people's quotes, marks, brackets, addresses, links.
TOKENS = (
    b"NaN", b"1e999", b"-0", b"1E5", b"9" * 30, b"0001-01-01T00:00:00Z", b"24:00:00", b'"', b'""', b"'", b",", b";",
    b"\0", b"\r", b"\n", b"\r\n", b"\xef\xbb\xbf", b"\xff\xfe", b"\xff", b"\\ud800", b"\\u0000", b"[" * 200, b"{" * 200,
    b"]", b"}", b"null", b"true", b"{}", b"[]", b'{"a":1,"a":2}', b"<script>", b"=cmd()", b"\xe2\x80\xae", b"%ZZ",
    b"https://x.example/01/09506000134352/21/B", b"ada@example.com", b"&a", b"*a", b"!!python/object", b"<<:",
    b"x" * 3_000, b"PAR1", b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"order_id", b"_row_number", b"-", b".", b"1.234,50",
)  # fmt: skip


def fuzzed_file(seed: int, number: int) -> tuple[str, bytes]:
    """A landed path and its bytes; one in ten is left valid."""
    rng = random.Random(f"{seed}/{number}")  # noqa: S311 (a repeatable shuffle, not a secret)
    folder, ending, content = _valid_file(rng, number)
    if rng.random() < 0.9:
        for _ in range(rng.choice((1, 1, 1, 1, 2, 3, 16))):
            content = rng.choice(_MUTATIONS)(rng, content)[:LONGEST_BYTES]
    compression = rng.choice(("", "", "", ".gz", ".zst"))
    if compression:
        content = gzip.compress(content, 1) if compression == ".gz" else zstandard.compress(content)
        if rng.random() < 0.15:
            content = rng.choice(_MUTATIONS)(rng, content)
    if rng.random() < 0.03:
        ending = rng.choice((".csv", ".json", ".ndjson", ".parquet", ".yaml", ".txt", ""))
    return f"{folder}/{number}{ending}{compression}", content


def _valid_file(rng: random.Random, number: int) -> tuple[str, str, bytes]:
    samples = _system_samples()
    choice = rng.random()
    if choice < 0.05:
        return "drops", ".yaml", PLAN
    if choice < 0.35 and samples:
        return rng.choice(samples)
    feed = rng.choice(tuple(_ROWS))
    rows = [_ROWS[feed](number, place) for place in range(rng.choice((1, 3, 12)))]
    ending = rng.choice(tuple(_WRITERS))
    return feed, ending, _WRITERS[ending](rows)


@cache
def _system_samples() -> tuple[tuple[str, str, bytes], ...]:
    """Payloads of other systems with the folder that each lands in; none where the fixtures are not at hand."""
    kinds = (
        ("shopify/go-shopify/order*.json", ("orders/shopify", "returns/shopify", "deliveries/shopify")),
        ("shopify/shopify_python_api/*.json", ("orders/shopify", "returns/shopify")),
        ("shopify/ltv-cohort-kit/*_sample.csv", ("orders/shopify",)),
        ("easypost/**/*.json", ("deliveries/easypost",)),
        ("shippo/decoded/*.json", ("deliveries/shippo",)),
        ("epcis/Documents/*.json", ("epcis_events/epcis", "deliveries/epcis")),
        ("csv/csvs/*.csv", ("orders", "hubs")),
        ("json/test_parsing/*.json", ("orders", "deliveries/easypost")),
    )
    return tuple(
        (folder, path.suffix, path.read_bytes()[:100_000])
        for pattern, folders in kinds
        for folder in folders
        for path in sorted(SHARED.glob(pattern))
    )


def _order(number: int, place: int) -> dict[str, str]:
    return {
        "order_id": f"{number}-{place}", "line_number": "1", "sku": "007", "quantity": "2", "unit_price": "12.50",
        "currency_code": "EUR", "channel": "web", "status": "placed", "ordered_at": "2026-11-13T18:30:00Z",
        "updated_at": "2026-11-13T18:30:00Z", "buyer_email": f"{place}@example.com", "fulfilment": "delivery",
        "ship_latitude": "51.3", "ship_longitude": "12.4", "Billing Name": "Ada L",
    }  # fmt: skip


def _delivery(number: int, place: int) -> dict[str, str]:
    return {
        "event_id": f"{number}-{place}", "parcel_id": f"p{number}", "order_id": f"{number}", "status": "in_transit",
        "occurred_at": "2026-11-14T08:00:00+01:00", "carrier": "bike", "hub_id": "nord", "cost_amount": "3.10",
        "currency_code": "EUR",
    }  # fmt: skip


def _scan(number: int, place: int) -> dict[str, str]:
    return {
        "scan_id": f"{number}-{place}", "kind": "scan", "scanned_at": "2026-11-15T08:00:00Z", "visitor_id": "v",
        "digital_link": f"https://shop.example/01/09506000134352/21/B{place}",
    }  # fmt: skip


def _return(number: int, place: int) -> dict[str, str]:
    return {
        "return_id": f"{number}-{place}", "order_id": f"{number}", "line_number": "1", "quantity": "1",
        "refund_amount": "12.50", "currency_code": "EUR", "reason": "broken", "returned_at": "2026-11-16T08:00:00Z",
    }  # fmt: skip


def _hub(number: int, place: int) -> dict[str, str]:
    return {"hub_id": f"{number}-{place}", "name": "Nörd", "latitude": "51.3", "longitude": "12.4"}


_ROWS: dict[str, Callable[[int, int], dict[str, str]]] = {
    "orders": _order,
    "deliveries": _delivery,
    "scans": _scan,
    "returns": _return,
    "hubs": _hub,
}


def _csv(rows: list[dict[str, str]]) -> bytes:
    written = io.StringIO(newline="")
    writer = csv.DictWriter(written, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return written.getvalue().encode()


def _ndjson(rows: list[dict[str, str]]) -> bytes:
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def _json(rows: list[dict[str, str]]) -> bytes:
    return json.dumps(rows).encode()


def _parquet(rows: list[dict[str, Any]]) -> bytes:
    written = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), written, write_page_checksum=len(rows) > 1, compression="snappy")
    return written.getvalue()


_WRITERS: dict[str, Callable[[list[dict[str, str]]], bytes]] = {
    ".csv": _csv,
    ".ndjson": _ndjson,
    ".json": _json,
    ".parquet": _parquet,
}


def _place(rng: random.Random, content: bytes) -> int:
    return rng.randrange(len(content) + 1)


def _flip(rng: random.Random, content: bytes) -> bytes:
    if not content:
        return content
    at = rng.randrange(len(content))
    return content[:at] + bytes([content[at] ^ (1 << rng.randrange(8))]) + content[at + 1 :]


def _cut(rng: random.Random, content: bytes) -> bytes:
    return content[: _place(rng, content)]


def _remove(rng: random.Random, content: bytes) -> bytes:
    at = _place(rng, content)
    return content[:at] + content[at + rng.randrange(1, 40) :]


def _insert(rng: random.Random, content: bytes) -> bytes:
    at = _place(rng, content)
    return content[:at] + rng.choice(TOKENS) + content[at:]


def _overwrite(rng: random.Random, content: bytes) -> bytes:
    at, token = _place(rng, content), rng.choice(TOKENS)
    return content[:at] + token + content[at + len(token) :]


def _repeat(rng: random.Random, content: bytes) -> bytes:
    one, other = sorted((_place(rng, content), _place(rng, content)))
    return content[:other] + content[one:other] * rng.choice((1, 2, 20)) + content[other:]


def _noise(rng: random.Random, content: bytes) -> bytes:
    at = _place(rng, content)
    return content[:at] + rng.randbytes(rng.randrange(1, 60)) + content[at:]


def _reverse_lines(rng: random.Random, content: bytes) -> bytes:
    lines = content.split(b"\n")
    rng.shuffle(lines)
    return b"\n".join(lines)


_MUTATIONS = (_flip, _cut, _remove, _insert, _overwrite, _repeat, _noise, _reverse_lines)
