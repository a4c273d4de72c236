"""Each line of the table of bad input (B1 to B20), as a file that lands: what becomes of it, and the reason given.

A file is quarantined with its reason, a row is rejected with row, field and rule, or it loads; none of it stops the
others. What a rule does at its edges is tested beside each reader; here the whole way into the ledger is walked.
"""

from __future__ import annotations

import gzip
import io
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from itertools import permutations
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from pipelines.ingest.parser_process import ParserProcess
from pipelines.ingest.settling import Settling
from pipelines.orchestration.loading import LoadReport, load_landed
from pipelines.settings import Settings
from pipelines.warehouse.checks import BLOCKING_CHECKS
from pipelines.warehouse.connect import Connection, connect_warehouse

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
ORDER = {
    "order_id": "A1",
    "line_number": "1",
    "sku": "007",
    "quantity": "2",
    "unit_price": "12.50",
    "currency_code": "EUR",
    "channel": "web",
    "status": "placed",
    "ordered_at": "2026-11-20T10:00:00Z",
    "updated_at": "2026-11-20T10:00:00Z",
    "fulfilment": "delivery",
}
SCAN = {"scan_id": "S1", "kind": "scan", "scanned_at": "2026-11-20T10:00:00Z"}
EVENT = {"event_id": "E1", "parcel_id": "P1", "status": "delivered", "occurred_at": "2026-11-20T10:00:00Z",
         "carrier": "bike"}  # fmt: skip
RETURN = {"return_id": "R1", "order_id": "A1", "line_number": "1", "quantity": "1", "refund_amount": "12.50",
          "currency_code": "EUR", "reason": "broken", "returned_at": "2026-11-20T10:00:00Z"}  # fmt: skip


WITH_OFFSET = "expected an instant with its offset such as 2026-11-27T18:00:00+01:00"


def csv_of(*rows: dict[str, str]) -> str:
    names = list(dict.fromkeys(name for row in rows for name in row))
    lines = [",".join('"' + row.get(name, "").replace('"', '""') + '"' for name in names) for row in rows]
    return "\n".join([",".join(names), *lines]) + "\n"


def ndjson_of(*rows: dict[str, object]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


@dataclass(frozen=True)
class Outcome:
    """What the ledger and the tables say of one landed file."""

    status: str
    reason: str | None
    rows_read: int
    accepted: int
    duplicate: int
    rejects: list[tuple[int, str | None, str, str]]


class Shop:
    """A data folder with its open warehouse and its reading child."""

    def __init__(self, folder: Path, parser: ParserProcess) -> None:
        self.settings = Settings(data_dir=folder)
        self.connection: Connection = connect_warehouse(self.settings.warehouse_path)
        self.parser = parser

    def land(self, landed_path: str, content: str | bytes) -> Path:
        path = self.settings.landing_dir / landed_path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def load(self) -> LoadReport:
        report = load_landed(self.connection, self.settings, NOW, NOW, self.parser, Settling(seconds=0))
        for file in report.loaded:
            assert file.rows_read == file.accepted + file.rejected + file.duplicate
        for check in BLOCKING_CHECKS:  # whatever lands must not stop the tick
            assert (check.name, self.rows(check.query)) == (check.name, [])
        return report

    def take(self, landed_path: str, content: str | bytes) -> Outcome:
        """Land one file, load, and tell what became of it."""
        self.land(landed_path, content)
        (file,) = self.load().loaded
        rejects = self.rows(
            "SELECT row_number, field, rule, message FROM raw.rejected_rows WHERE file_id = ? ORDER BY ALL",
            file.identity.file_id,
        )
        reason = None
        if file.status == "quarantined":
            (card,) = self.settings.quarantine_dir.glob(f"{file.identity.file_id}*.reason.json")
            reason = json.loads(card.read_text(encoding="utf-8"))["reason"]
            assert reason == file.first_error
        return Outcome(file.status, reason, file.rows_read, file.accepted, file.duplicate, rejects)  # type: ignore[arg-type]

    def rows(self, query: str, *values: object) -> list[tuple[object, ...]]:
        return self.connection.execute(query, list(values)).fetchall()


@pytest.fixture(scope="module")
def parser() -> Iterator[ParserProcess]:
    with ParserProcess() as process:
        yield process


@pytest.fixture
def shop(tmp_path: Path, parser: ParserProcess) -> Iterator[Shop]:
    made = Shop(tmp_path / "shop", parser)
    yield made
    made.connection.close()


TEXT = csv_of(ORDER).encode()
PARQUET = io.BytesIO()
pq.write_table(pa.table({name: [value] for name, value in ORDER.items()}), PARQUET, write_page_checksum=True)


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.csv.gz", gzip.compress(TEXT)[:-9], "the gzip data is cut: it ends before its checksum"),
        ("a.csv.gz", gzip.compress(TEXT)[:-8] + b"12345678", "the gzip data is corrupt"),
        ("a.csv.zst", zstandard.compress(TEXT)[:-1], "the zstd data is cut: it ends before its checksum"),
        ("a.ndjson.gz", gzip.compress(b"\n" * 80_000_000), "the gzip data grows to more than 67,108,864 bytes"),
    ],
)
def test_b1_cut_or_corrupt_compression_and_bombs_are_quarantined(
    shop: Shop, name: str, content: bytes, reason: str
) -> None:
    outcome = shop.take(f"orders/{name}", content)
    assert outcome.status == "quarantined"
    assert reason in (outcome.reason or "")
    assert shop.rows("SELECT count(*) FROM raw.orders") == [(0,)]


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.csv", gzip.compress(TEXT), "the name says not compressed, but the content is gzip"),
        ("a.csv.gz", TEXT, "the name says gzip, but the content is not gzip"),
        ("a.parquet", TEXT, "the name says parquet, but the content is not Parquet"),
        ("a.csv", PARQUET.getvalue(), "the name says csv, but the content is Parquet"),
        ("a.xlsx", b"PK\3\4", "the name does not end in .csv, .ndjson"),
        ("a.ndjson", b"<html><body>502</body></html>", "the content is HTML or XML, not JSON"),
    ],
)
def test_b2_content_that_is_not_what_the_name_says_is_quarantined(
    shop: Shop, name: str, content: bytes, reason: str
) -> None:
    outcome = shop.take(f"orders/{name}", content)
    assert outcome.status == "quarantined"
    assert reason in (outcome.reason or "")


def test_b3_cut_ragged_and_unclosed_rows_are_never_fewer_rows_in_silence(shop: Shop) -> None:
    two = csv_of(ORDER, ORDER | {"order_id": "A2"})
    cut = shop.take("orders/cut.csv", two[: two.rindex(",")])
    fields = "row_has_as_many_fields_as_the_header"
    assert (cut.status, cut.rows_read, cut.accepted) == ("loaded", 2, 1)
    assert cut.rejects == [(2, None, fields, "expected 11 fields, found 10")]
    long = shop.take("orders/long.csv", csv_of(ORDER | {"order_id": "A3"}).rstrip("\n") + ",more\n")
    assert long.rejects == [(1, None, fields, "expected 11 fields, found 12")]
    unclosed = shop.take("orders/unclosed.csv", two[:-2] + "\n")
    assert (unclosed.status, unclosed.reason) == ("quarantined", "row 2 opens a quote that is not closed")


def test_b4_byte_order_marks_load_and_other_encodings_say_where(shop: Shop) -> None:
    named = csv_of(ORDER | {"sku": "Käse"})
    for encoding in ("utf-8-sig", "utf-16"):
        outcome = shop.take(f"orders/{encoding}.csv", named.encode(encoding))
        assert (outcome.status, outcome.accepted + outcome.duplicate) == ("loaded", 1)
    assert shop.rows("SELECT DISTINCT sku FROM raw.orders") == [("Käse",)]
    latin = shop.take("orders/latin.csv", named.encode("latin-1"))
    assert latin.status == "quarantined"
    assert latin.reason == f"byte {named.index('ä')} is no UTF-8 text; UTF-8 is expected"


def test_b5_columns_go_by_name_and_drift_is_told(shop: Shop) -> None:
    shop.take("orders/a.csv", csv_of(ORDER))
    reordered = shop.take("orders/b.csv", csv_of(dict(reversed(ORDER.items()))))
    assert (reordered.status, reordered.duplicate) == ("loaded", 1)
    missing = shop.take("orders/c.csv", csv_of({name: text for name, text in ORDER.items() if name != "sku"}))
    assert missing.status == "quarantined"
    assert (missing.reason or "").startswith("orders need the columns sku; found order_id, line_number, quantity")
    doubled = shop.take("orders/d.csv", csv_of(ORDER).replace("line_number", "order_id", 1))
    assert (doubled.status, doubled.reason) == ("quarantined", "the header names 'order_id' twice")
    extra = shop.take("orders/e.csv", csv_of(ORDER | {"order_id": "A2", "colour": "red"}))
    assert (extra.status, extra.accepted) == ("loaded", 1)
    drift = "SELECT extra_columns FROM raw.landing_files WHERE path = 'orders/e.csv'"
    assert shop.rows(drift) == [("colour",)]
    assert shop.rows("SELECT _extra FROM raw.orders WHERE order_id = 'A2'") == [('{"colour":"red"}',)]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"unit_price": "12,50"}, "expected decimal text with at most 4 decimals such as 12.50; found 12,50"),
        ({"unit_price": "1.234,50"}, "expected decimal text with at most 4 decimals such as 12.50; found 1.234,50"),
        (
            {"ordered_at": "01/02/2026"},
            "expected an instant with its offset such as 2026-11-27T18:00:00+01:00; found 01/02/2026",
        ),
    ],
)
def test_b6_local_spellings_are_never_guessed(shop: Shop, change: dict[str, str], message: str) -> None:
    outcome = shop.take("orders/a.csv", csv_of(ORDER | change))
    assert [reject[3] for reject in outcome.rejects] == [message]
    semicolons = shop.take("orders/b.csv", csv_of(ORDER).replace(",", ";"))
    assert (semicolons.status, semicolons.reason) == (
        "quarantined",
        "the header's names are separated by semicolons; commas are expected",
    )


@pytest.mark.parametrize(
    ("name", "content"), [("a.csv", ""), ("a.csv", ",".join(ORDER) + "\n"), ("a.ndjson", "\n"), ("a.json", "[]")]
)
def test_b7_an_empty_file_and_a_bare_header_load_no_rows_and_say_so(shop: Shop, name: str, content: str) -> None:
    outcome = shop.take(f"orders/{name}", content)
    assert (outcome.status, outcome.rows_read, outcome.accepted, outcome.rejects) == ("loaded", 0, 0, [])
    assert shop.rows("SELECT path, rows_read, status FROM raw.landing_files") == [(f"orders/{name}", 0, "loaded")]


@pytest.mark.parametrize("text", ["007", "1E5", "123456789012345678901234567890"])
def test_b8_identifiers_are_text_and_unchanged(shop: Shop, text: str) -> None:
    shop.take("orders/a.csv", csv_of(ORDER | {"sku": text}))
    shop.take("orders/b.ndjson", ndjson_of({**ORDER, "sku": text, "order_id": "A2"}))
    assert shop.rows("SELECT DISTINCT sku FROM raw.orders") == [(text,)]


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-0", "12.50001", "1e2"])
def test_b9_money_that_is_no_decimal_text_is_rejected(shop: Shop, text: str) -> None:
    outcome = shop.take("orders/a.csv", csv_of(ORDER | {"unit_price": text}))
    expected = f"expected decimal text with at most 4 decimals such as 12.50; found {text}"
    assert outcome.rejects == [(1, "unit_price", "unit_price_is_decimal_text", expected)]


def test_b9_money_as_a_float_is_rejected_in_json_and_quarantined_in_parquet(shop: Shop) -> None:
    outcome = shop.take("orders/a.ndjson", ndjson_of({**ORDER, "unit_price": 12.5}))
    expected = 'expected money as text such as "12.50"; found the float 12.5'
    assert outcome.rejects == [(1, "unit_price", "unit_price_is_not_a_float", expected)]
    written = io.BytesIO()
    pq.write_table(pa.table({name: [value] for name, value in (ORDER | {"unit_price": 12.5}).items()}), written)  # type: ignore[dict-item]
    floats = shop.take("orders/b.parquet", written.getvalue())
    assert floats.status == "quarantined"
    assert floats.reason == "column unit_price holds floats (double); money is expected as text or DECIMAL"


@pytest.mark.parametrize(
    ("line", "rule", "message"),
    [
        (b'{"order_id": "a", "order_id": "b"}', "row_writes_each_key_once", "expected each key once"),
        (b'{"x": ' + b"[" * 65 + b"]" * 65 + b"}", "row_is_not_nested_too_deep", "nested more than 64 deep"),
        (b"[" * 100_000, None, "the content is one JSON array; one object a line is expected (or name it .json)"),
        (b'{"x": "' + b"y" * (16 * 2**20) + b'"}', "row_is_not_too_long", "expected at most 16,777,216 bytes"),
        (b'{"x": "' + b"y" * (26 * 2**20) + b'"}', None, "a line is longer than 16,777,216 bytes"),
        (b'{"order_id": "\\ud800"}', "row_has_no_lone_surrogates", "expected whole characters"),
        (b'{"order_id": "a"} trailing', "row_is_json", "no JSON: Extra data: line 1 column 19 (char 18)"),
        (b'{"order_id": "\xff"}', None, "byte 14 is no UTF-8 text; UTF-8 is expected"),
        (b"<!DOCTYPE html><title>502</title>", None, "the content is HTML or XML, not JSON"),
    ],
)
def test_b10_hostile_json_is_rejected_or_quarantined_and_the_process_never_dies(
    shop: Shop, line: bytes, rule: str | None, message: str
) -> None:
    before = shop.parser.process_id
    outcome = shop.take("orders/a.ndjson", line + b"\n")
    if rule is None:
        assert (outcome.status, outcome.reason) == ("quarantined", message)
    else:
        assert [(reject[2], reject[3]) for reject in outcome.rejects] == [(rule, message)]
    assert before is None or shop.parser.process_id == before


def test_b11_a_cut_last_line_of_ndjson_is_that_row_rejected(shop: Shop) -> None:
    whole = ndjson_of({**ORDER}, {**ORDER, "order_id": "A2"})
    outcome = shop.take("orders/a.ndjson", whole[:-20])
    assert (outcome.rows_read, outcome.accepted) == (2, 1)
    opened = whole[:-20].splitlines()[1].rindex('"')  # the quote that the cut left open
    reason = f"no JSON: Unterminated string starting at: line 1 column {opened + 1} (char {opened})"
    assert outcome.rejects == [(2, None, "row_is_json", reason)]


def test_b12_parquet_that_is_cut_corrupt_or_of_impossible_columns_is_quarantined(shop: Shop) -> None:
    whole = PARQUET.getvalue()
    cut = shop.take("orders/cut.parquet", whole[:-20])
    assert cut.status == "quarantined"
    assert "the Parquet data is cut or corrupt" in (cut.reason or "")
    flipped = bytearray(whole)
    flipped[whole.index(b"007")] ^= 1
    corrupt = shop.take("orders/corrupt.parquet", bytes(flipped))
    assert corrupt.status == "quarantined"
    assert "the Parquet data is cut or corrupt" in (corrupt.reason or "")
    wide = io.BytesIO()
    pq.write_table(pa.table({f"c{number}": ["x"] for number in range(20_000)}), wide)
    columns = shop.take("orders/wide.parquet", wide.getvalue())
    assert (columns.status, columns.reason) == ("quarantined", "20,000 columns; at most 2,000 are read")
    nested = io.BytesIO()
    pq.write_table(pa.table({name: [[value]] for name, value in ORDER.items()}), nested)
    wrong = shop.take("orders/nested.parquet", nested.getvalue())
    assert wrong.status == "quarantined"
    assert (wrong.reason or "").startswith("column order_id is nested (list<")


def test_b12_a_nul_inside_parquet_text_is_that_row_rejected(shop: Shop) -> None:
    rows = [ORDER, ORDER | {"order_id": "A\0"}, ORDER | {"order_id": "A2"}]
    written = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), written)
    outcome = shop.take("orders/a.parquet", written.getvalue())
    assert (outcome.rows_read, outcome.accepted) == (3, 2)
    assert outcome.rejects == [(2, "order_id", "row_has_no_nul", "expected text without NUL characters")]


@pytest.mark.parametrize(
    ("change", "rule", "message"),
    [
        ({"quantity": "0"}, "quantity_is_from_1_to_1000000", "expected: quantity is from 1 to 1000000; found 0"),
        (
            {"quantity": "1000000000"},
            "quantity_is_from_1_to_1000000",
            "expected: quantity is from 1 to 1000000; found 1000000000",
        ),
        ({"unit_price": "-1"}, "unit_price_is_not_negative", "expected: unit_price is not negative; found -1"),
        ({"currency_code": ""}, "currency_code_is_present", "expected: currency_code is present; found nothing"),
        (
            {"currency_code": "XXX"},
            "currency_code_is_an_iso_4217_code",
            "expected: currency_code is an iso 4217 code; found XXX",
        ),
    ],
)
def test_b13_quantities_prices_and_currencies_that_cannot_be_are_rejected(
    shop: Shop, change: dict[str, str], rule: str, message: str
) -> None:
    outcome = shop.take("orders/a.csv", csv_of(ORDER, ORDER | change))
    assert (outcome.rows_read, outcome.accepted) == (2, 1)
    assert [(number, found, told) for number, _, found, told in outcome.rejects] == [(2, rule, message)]


def test_b13_money_of_two_currencies_is_reconciled_apart(shop: Shop) -> None:
    shop.take("orders/a.csv", csv_of(ORDER, ORDER | {"order_id": "A2", "currency_code": "GBP"}))
    assert shop.rows("SELECT currency_code, rows, amount FROM raw.reconciliation ORDER BY ALL") == [
        ("EUR", 1, Decimal("25.0000")),
        ("GBP", 1, Decimal("25.0000")),
    ]


@pytest.mark.parametrize(
    ("text", "rule", "expected"),
    [
        ("2026-11-20T10:00:00", "is_an_instant_with_offset", WITH_OFFSET),
        ("2026-11-20T24:00:00Z", "is_an_instant_with_offset", WITH_OFFSET),
        ("2016-12-31T23:59:60Z", "is_an_instant_with_offset", WITH_OFFSET),
        ("1999-12-31T23:59:59Z", "is_not_before_2000", "expected: updated_at is not before 2000"),
        ("0001-01-01T00:00:00Z", "is_not_before_2000", "expected: updated_at is not before 2000"),
        ("2026-11-22T12:05:00.000001Z", "is_not_in_the_future", "expected: updated_at is not in the future"),
    ],
)
def test_b14_instants_that_cannot_be_are_rejected(shop: Shop, text: str, rule: str, expected: str) -> None:
    outcome = shop.take("orders/a.csv", csv_of(ORDER | {"updated_at": text}))
    assert outcome.rejects == [(1, "updated_at", f"updated_at_{rule}", f"{expected}; found {text}")]


def test_b15_events_in_any_order_are_kept_and_give_the_same_rows(tmp_path: Path, parser: ParserProcess) -> None:
    """That the marts are equal too, and impossible times flagged, is tested on the models (tests/dbt)."""
    files = {
        "orders/late_edit.csv": csv_of(ORDER | {"updated_at": "2026-11-21T10:00:00Z", "status": "cancelled"}, ORDER),
        "returns/before_its_order.csv": csv_of(RETURN | {"returned_at": "2026-11-19T10:00:00Z"}),
        "deliveries/delivered_before_shipped.csv": csv_of(
            EVENT, EVENT | {"event_id": "E2"}, EVENT | {"event_id": "E3", "status": "in_transit"}
        ),
    }
    seen = []
    for place, order in enumerate(permutations(files)):
        made = Shop(tmp_path / str(place), parser)
        outcomes = [made.take(landed_path, files[landed_path]) for landed_path in order]
        assert not any(outcome.rejects for outcome in outcomes)
        seen.append([made.rows(f"SELECT _row_hash FROM raw.{feed} ORDER BY 1") for feed in ("orders", "returns")])
        seen[-1].append(made.rows("SELECT event_id, status FROM raw.deliveries ORDER BY 1"))
        made.connection.close()
    assert [len(rows) for rows in seen[0]] == [2, 1, 3]
    assert all(contents == seen[0] for contents in seen)


def test_b16_an_unknown_carrier_status_is_rejected_and_an_unknown_sku_or_hub_is_kept(shop: Shop) -> None:
    outcome = shop.take("deliveries/a.csv", csv_of(EVENT | {"status": "teleported"}))
    message = "expected: status is a known parcel status; found teleported"
    assert outcome.rejects == [(1, "status", "status_is_a_known_parcel_status", message)]
    kept = shop.take("orders/a.csv", csv_of(ORDER | {"sku": "no such", "hub_id": "nowhere", "drop_id": "none"}))
    assert (kept.accepted, kept.rejects) == (1, [])
    assert shop.rows("SELECT sku, hub_id, drop_id FROM raw.orders") == [("no such", "nowhere", "none")]


def test_b17_replays_are_counted_and_conflicts_and_reused_names_are_told(shop: Shop) -> None:
    shop.take("deliveries/a.csv", csv_of(EVENT))
    shop.land("deliveries/again.csv", csv_of(EVENT))
    replay = shop.load()
    assert [identity.path for identity in replay.known] == ["deliveries/again.csv"]
    replayed_event = shop.take("deliveries/b.csv", csv_of(EVENT, EVENT | {"event_id": "E2"}))
    assert (replayed_event.accepted, replayed_event.duplicate) == (1, 1)
    conflict = shop.take("deliveries/a.csv", csv_of(EVENT | {"status": "failure"}))
    assert conflict.accepted == 1
    ledger = "SELECT path, conflicting, is_name_reused FROM raw.landing_files ORDER BY conflicting, path"
    assert shop.rows(ledger) == [
        ("deliveries/a.csv", 0, False),
        ("deliveries/b.csv", 0, False),
        ("deliveries/a.csv", 1, True),
    ]


def test_b17_a_name_used_every_day_with_as_many_rows_stops_no_tick(shop: Shop) -> None:
    bad = EVENT | {"event_id": "E9", "status": "teleported"}
    for number, rows in enumerate([(bad, EVENT), (EVENT | {"event_id": "E2"}, bad), (EVENT | {"event_id": "E3"}, bad)]):
        outcome = shop.take("deliveries/today.csv", csv_of(*rows))
        assert (outcome.rows_read, outcome.accepted, len(outcome.rejects)) == (2, 1, 1)
        reused = "SELECT count(*) FROM raw.landing_files WHERE is_name_reused"
        assert shop.rows(reused) == [(number,)]


@pytest.mark.parametrize(
    "text",
    ["=cmd|'/c calc'!A1", "<script>alert(1)</script>", "#set page(width: 1pt) *x* $y$", "[a](http://x) **b**",
     "\u202etxt.exe\u200b", "'; DROP TABLE raw.orders; --"],
)  # fmt: skip
def test_b18_markup_in_names_is_stored_as_it_is(shop: Shop, text: str) -> None:
    shop.take("orders/a.csv", csv_of(ORDER | {"sku": text, f"extra {text}": text}))
    shop.take("hubs/a.csv", csv_of({"hub_id": text, "name": text, "latitude": "1", "longitude": "2"}))
    assert shop.rows("SELECT sku, _extra FROM raw.orders") == [
        (text, json.dumps({f"extra {text}": text}, ensure_ascii=False, separators=(",", ":")))
    ]
    assert shop.rows("SELECT hub_id, name FROM raw.hubs") == [(text, text)]


def test_b19_only_regular_files_are_opened_whatever_their_names(shop: Shop, tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text(csv_of(ORDER | {"order_id": "secret"}))
    odd = ["new\nline.csv", "quo'te\".csv", "..csv", "*?[x].csv", "x" * 251 + ".csv", "a; rm -rf $HOME.csv"]
    for number, name in enumerate(odd):
        shop.land(f"orders/{name}", csv_of(ORDER | {"order_id": str(number)}))
    orders = shop.settings.landing_dir / "orders"
    (orders / ".hidden.csv").write_text(csv_of(ORDER | {"order_id": "hidden"}))
    (orders / "link.csv").symlink_to(secret)
    os.mkfifo(orders / "pipe.csv")
    report = shop.load()
    assert dict(report.left) == {"orders/link.csv": "not a regular file", "orders/pipe.csv": "not a regular file"}
    found = {order_id for (order_id,) in shop.rows("SELECT order_id FROM raw.orders")}
    # A name that begins with a dot is hidden, `..csv` too.
    assert found == {str(number) for number, name in enumerate(odd) if not name.startswith(".")}
    assert secret.exists()


@pytest.mark.parametrize(
    ("link", "rule", "expected"),
    [
        ("https://shop.example/01/09506000134353/21/BOX-1", "has_a_valid_gtin",
         "expected (01) with a valid check digit"),
        ("ftp://shop.example/01/09506000134352/21/BOX-1", "is_a_web_address", "expected https://…/01/<GTIN>/21/<box>"),
        ("https://shop.example/01/09506000134352/21/BOX%ZZ", "has_whole_escapes",
         "expected two hex digits after each %"),
        ("https://shop.example/01/09506000134352/21/BOX-1/trailing", "has_no_trailing_parts",
         "expected a key such as 01 and its qualifiers in order at the end"),
        ("https://shop.example/01/09506000134352", "names_product_and_box",
         "expected both 01 (product) and 21 (box)"),
    ],
)  # fmt: skip
def test_b20_a_link_that_is_no_label_is_rejected_with_the_rule(shop: Shop, link: str, rule: str, expected: str) -> None:
    outcome = shop.take("scans/a.csv", csv_of(SCAN | {"digital_link": link}))
    assert outcome.rejects == [(1, "digital_link", f"digital_link_{rule}", f"{expected}; found {link}")]
