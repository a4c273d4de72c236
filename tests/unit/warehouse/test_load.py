from __future__ import annotations

import io
import mmap
import weakref
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from itertools import permutations
from pathlib import Path

import polars as pl
import pyarrow as pa
import pytest

from pipelines.contracts.drop_plan import parse_drop_plan
from pipelines.contracts.feeds import FEEDS
from pipelines.contracts.parsed_file import (
    REJECTS_SCHEMA,
    FileIdentity,
    ParsedBatch,
    ParsedFile,
    UnreadableFileError,
    no_buyers,
    no_rejects,
)
from pipelines.contracts.plan_text import read_plan_text
from pipelines.warehouse import load as load_module
from pipelines.warehouse.checks import BLOCKING_CHECKS
from pipelines.warehouse.connect import Connection, connect_warehouse, loading_memory
from pipelines.warehouse.load import (
    LoadedFile,
    ReconciliationError,
    is_loaded,
    load_file,
    record_sighting,
    record_unreadable,
)

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
RETURNS = {name: column.dtype for name, column in FEEDS["returns"].contract.columns().items() if name[0] != "_"}


def at(text: str) -> datetime:
    """Naive UTC, as frames and the warehouse hold it."""
    return datetime.fromisoformat(text)


@pytest.fixture
def warehouse(tmp_path: Path) -> Iterator[Connection]:
    connection = connect_warehouse(tmp_path / "warehouse.duckdb")
    yield connection
    connection.close()


def a_return(**changes: object) -> dict[str, object]:
    row: dict[str, object] = {
        "return_id": "R1",
        "order_id": "A1",
        "line_number": 1,
        "quantity": 1,
        "refund_amount": Decimal("5.5000"),
        "currency_code": "EUR",
        "reason": "broken",
        "returned_at": at("2026-11-20T00:00:00"),
        "_extra": None,
    }
    return row | changes


def batch(*rows: dict[str, object], first: int = 1, rejects: Sequence[int] = ()) -> ParsedBatch:
    accepted = pl.DataFrame(
        [row | {"_row_number": number} for number, row in enumerate(rows, start=first)],
        schema={"_row_number": pl.Int64, **RETURNS, "_extra": pl.String},
    )
    rejected = pl.DataFrame(
        [(number, "quantity", "quantity_is_present", "expected", "{}") for number in rejects],
        schema=REJECTS_SCHEMA,
        orient="row",
    )
    columns = frozenset(RETURNS)
    return ParsedBatch(len(rows) + len(rejects), accepted, rejected, no_buyers(), columns)


def parsed(name: str, *batches: ParsedBatch, feed: str = "returns") -> ParsedFile:
    identity = FileIdentity(
        feed=feed, sha256=name.ljust(64, "0"), path=f"{feed}/{name}.csv", source="canonical", bytes=1
    )
    return ParsedFile(identity, iter(batches))


def load(warehouse: Connection, file: ParsedFile) -> LoadedFile:
    loaded = load_file(warehouse, file, NOW, NOW)
    assert loaded.rows_read == loaded.accepted + loaded.rejected + loaded.duplicate
    return loaded


def contents(warehouse: Connection) -> list[tuple[object, ...]]:
    return warehouse.execute("SELECT return_id, reason, _row_hash FROM raw.returns ORDER BY ALL").fetchall()


def test_rows_rejects_sums_and_ledger_are_stored_together(warehouse: Connection) -> None:
    other = a_return(return_id="R2", currency_code="GBP", refund_amount=Decimal("1.25"))
    loaded = load(warehouse, parsed("a", batch(a_return(), other, rejects=[3])))
    assert (loaded.status, loaded.accepted, loaded.rejected, loaded.duplicate) == ("loaded", 2, 1, 0)
    assert loaded.first_error == "row 3: expected"
    ledger = warehouse.execute(
        "SELECT file_id, rows_read, accepted, rejected, status FROM raw.landing_files"
    ).fetchall()
    assert ledger == [("returns-a" + "0" * 15, 3, 2, 1, "loaded")]
    sums = warehouse.execute(
        "SELECT outcome, currency_code, rows, amount FROM raw.reconciliation ORDER BY ALL"
    ).fetchall()
    assert sums == [
        ("accepted", "EUR", 1, Decimal("5.5000")),
        ("accepted", "GBP", 1, Decimal("1.2500")),
        ("rejected", None, 1, None),
    ]
    assert warehouse.execute("SELECT row_number, rule FROM raw.rejected_rows").fetchall() == [
        (3, "quantity_is_present")
    ]


def test_b17_equal_rows_are_stored_once_within_a_file_over_batches_and_over_files(warehouse: Connection) -> None:
    first = load(warehouse, parsed("a", batch(a_return(), a_return()), batch(a_return(), first=3)))
    assert (first.accepted, first.duplicate) == (1, 2)
    again = load(warehouse, parsed("b", batch(a_return(), a_return(return_id="R2"))))
    assert (again.accepted, again.duplicate, again.conflicting) == (1, 1, 0)
    sums = warehouse.execute("SELECT outcome, rows, amount FROM raw.reconciliation WHERE file_id LIKE 'returns-b%'")
    assert sorted(sums.fetchall()) == [("accepted", 1, Decimal("5.5000")), ("duplicate", 1, Decimal("5.5000"))]


def test_b17_rows_too_wide_to_be_stored_at_once_are_counted_alike(
    warehouse: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(load_module, "_MOST_BYTES_AT_ONCE", 1)
    wide = load(warehouse, parsed("a", batch(a_return(), a_return(), a_return(return_id="R2"))))
    assert (wide.accepted, wide.duplicate) == (2, 1)


def test_a_stored_batch_is_held_no_longer_so_that_memory_does_not_grow_with_the_file(warehouse: Connection) -> None:
    memory: list[weakref.ref[mmap.mmap]] = []

    def batches() -> Iterator[ParsedBatch]:
        for number in range(1, 4):
            made = batch(a_return(return_id=f"R{number}"), first=number, rejects=[number])
            shared = in_shared_memory(made.accepted)
            memory.append(weakref.ref(shared))
            rows = pl.DataFrame(pl.from_arrow(pa.ipc.open_stream(pa.py_buffer(shared)).read_all(), rechunk=False))
            del shared
            yield replace(made, accepted=rows)
            del made, rows
            # The one that was stored last is still in its caller's hand.
            assert not any(held() for held in memory[:-1])

    assert load(warehouse, replace(parsed("a"), batches=batches())).accepted == 3


def in_shared_memory(rows: pl.DataFrame) -> mmap.mmap:
    """Rows as the reading child hands them over."""
    content = io.BytesIO()
    rows.write_ipc_stream(content)
    shared = mmap.mmap(-1, len(content.getvalue()))
    shared.write(content.getvalue())
    return shared


def test_loading_has_little_memory_and_gives_the_rest_back(warehouse: Connection) -> None:
    def limit() -> str:
        ((setting,),) = warehouse.execute("SELECT current_setting('memory_limit')").fetchall()
        return str(setting)

    before = limit()
    with loading_memory(warehouse):
        assert limit() != before
    assert limit() == before
    with pytest.raises(ZeroDivisionError), loading_memory(warehouse):
        raise ZeroDivisionError
    assert limit() == before


def test_b17_one_key_with_other_content_is_accepted_and_counted(warehouse: Connection) -> None:
    inside = load(warehouse, parsed("a", batch(a_return(), a_return(reason="late"))))
    assert (inside.accepted, inside.conflicting) == (2, 1)
    outside = load(warehouse, parsed("b", batch(a_return(reason="wrong size"), a_return(reason="late"))))
    assert (outside.accepted, outside.duplicate, outside.conflicting) == (1, 1, 1)


def test_any_order_and_any_division_of_files_gives_the_same_contents(tmp_path: Path) -> None:
    rows = [a_return(), a_return(reason="late"), a_return(return_id="R2"), a_return(return_id="R2", _extra='{"a":"1"}')]
    divisions = [[rows[:1], rows[1:3], rows[2:]], [rows]]
    seen = []
    for number, files in enumerate(order for division in divisions for order in permutations(division)):
        connection = connect_warehouse(tmp_path / f"{number}.duckdb")
        for place, file_rows in enumerate(files):
            load(connection, parsed(str(place), batch(*file_rows)))
        seen.append(contents(connection))
        connection.close()
    assert len(seen[0]) == 4
    assert all(content == seen[0] for content in seen)


def test_values_do_not_run_into_each_other_in_the_hash(warehouse: Connection) -> None:
    rows = [
        a_return(order_id="A", reason="1:B"),
        a_return(order_id="A1:", reason="B"),
        a_return(reason="-"),
        a_return(_extra="-"),
        a_return(),
    ]
    assert load(warehouse, parsed("a", batch(*rows))).accepted == 5


def test_a_file_that_turns_out_unreadable_leaves_nothing(warehouse: Connection) -> None:
    def batches() -> Iterator[ParsedBatch]:
        yield batch(a_return())
        message = "the gzip data is cut"
        raise UnreadableFileError(message)

    file = ParsedFile(parsed("a").identity, batches())
    with pytest.raises(UnreadableFileError):
        load_file(warehouse, file, NOW, NOW)
    assert contents(warehouse) == []
    record_unreadable(warehouse, file.identity, "the gzip data is cut", NOW, NOW)
    assert not is_loaded(warehouse, file.identity.file_id)


def test_a_quarantined_file_may_be_tried_again(warehouse: Connection) -> None:
    file = parsed("a", batch(a_return(), rejects=[2]))
    record_unreadable(warehouse, file.identity, "cut", NOW, NOW)
    load(warehouse, file)
    assert warehouse.execute("SELECT status, accepted, first_error FROM raw.landing_files").fetchall() == [
        ("loaded", 1, "row 2: expected")
    ]
    assert is_loaded(warehouse, file.identity.file_id)


def test_rows_that_do_not_add_up_are_not_stored(warehouse: Connection) -> None:
    short = ParsedBatch(5, batch(a_return()).accepted, no_rejects(), no_buyers(), frozenset())
    with pytest.raises(ReconciliationError, match="5 rows read, but 1 accepted"):
        load_file(warehouse, parsed("a", short), NOW, NOW)
    assert contents(warehouse) == []


def test_b5_new_and_vanished_columns_and_a_reused_name_are_reported(warehouse: Connection) -> None:
    drifted = ParsedBatch(
        1, batch(a_return()).accepted, no_rejects(), no_buyers(), (frozenset(RETURNS) - {"reason"}) | {"colour"}
    )
    loaded = load(warehouse, parsed("a", drifted))
    assert (loaded.extra_columns, loaded.missing_columns, loaded.is_name_reused) == (("colour",), ("reason",), False)
    other = FileIdentity("returns", "b" * 64, "returns/a.csv", "canonical", 1)
    assert load(warehouse, ParsedFile(other, iter([batch(a_return())]))).is_name_reused


def test_known_content_met_again_is_a_sighting(warehouse: Connection) -> None:
    file = parsed("a", batch(a_return()))
    load(warehouse, file)
    record_sighting(warehouse, file.identity, NOW, NOW)
    seen = warehouse.execute("SELECT file_id, seen_at FROM raw.file_sightings").fetchall()
    assert seen == [(file.identity.file_id, NOW.replace(tzinfo=None))]


PLAN = """\
drop_id: {drop_id}
version: {version}
name: Tea
starts_at: 2026-11-{day}T18:00:00Z
timezone: Europe/Berlin
currency_code: EUR
channels: [web, popup]
max_staleness_hours: 3
holdout_rate: 0.10
taper_hours: 24
skus:
  - {{sku: A, title: Tea, list_price: 2, unit_cost: 1, min_margin_rate: 0.2, bands: {{low: 1, mid: 2, high: 3}},
     stock: {{mitte: 40, nord: 0}}, restocks: [{{at: "2026-11-{day}T20:00:00Z", hub_id: nord, units: 12}}]}}
  - {{sku: {sku}, title: Pot, list_price: 2, unit_cost: 1, min_margin_rate: 0.2, bands: {{low: 1, mid: 2, high: 3}},
     stock: {{mitte: 5}}}}
"""


def plan_file(name: str, drop_id: str = "tea", day: int = 20, sku: str = "B", version: int = 1) -> ParsedFile:
    plan = parse_drop_plan(read_plan_text(PLAN.format(drop_id=drop_id, day=day, sku=sku, version=version)))
    accepted = pl.DataFrame({"_row_number": [1]})
    lines = {"A": 11, sku: 13}
    return parsed(name, ParsedBatch(1, accepted, no_rejects(), no_buyers(), frozenset(), plan, lines), feed="drops")


def test_a_plan_is_one_row_with_its_parts_tied_to_it(warehouse: Connection) -> None:
    assert load(warehouse, plan_file("a")).accepted == 1
    parts = """
        SELECT count(DISTINCT s.sku), count(DISTINCT c.channel), sum(DISTINCT k.units)
        FROM raw.drops d JOIN raw.drop_skus s USING (_row_hash) JOIN raw.drop_channels c USING (_row_hash)
        JOIN raw.drop_stock k USING (_row_hash)
    """
    assert warehouse.execute(parts).fetchall() == [(2, 2, 57)]
    staged = warehouse.execute("SELECT staged_at FROM raw.drop_stock WHERE is_restock").fetchall()
    assert staged == [(at("2026-11-20T20:00:00"),)]
    again = load(warehouse, plan_file("b"))
    assert (again.accepted, again.duplicate) == (0, 1)
    other = load(warehouse, plan_file("c", sku="C"))
    assert (other.accepted, other.conflicting) == (1, 1)


def test_a_sku_in_two_drops_at_once_stops_the_second_plan_and_no_other(warehouse: Connection) -> None:
    load(warehouse, plan_file("a"))
    refused = load(warehouse, plan_file("b", drop_id="pots", day=22, sku="C"))
    assert (refused.status, refused.rejected) == ("quarantined", 1)
    assert refused.first_error is not None
    assert "line 11: sku: expected a sku that is in no other drop at that time; found A, which is in tea" in (
        refused.first_error
    )
    assert load(warehouse, plan_file("c", drop_id="later", day=23)).status == "loaded"
    assert warehouse.execute("SELECT drop_id FROM raw.drops ORDER BY ALL").fetchall() == [("later",), ("tea",)]


def test_only_the_latest_version_of_another_plan_stands_in_the_way(warehouse: Connection) -> None:
    load(warehouse, plan_file("a"))
    load(warehouse, plan_file("b", day=10, version=2))
    assert load(warehouse, plan_file("c", drop_id="pots", day=20)).status == "loaded"


def broken(warehouse: Connection, name: str) -> list[tuple[object, ...]]:
    (check,) = [check for check in BLOCKING_CHECKS if check.name == name]
    return warehouse.execute(check.query).fetchall()


def test_an_amount_that_is_not_the_one_read_blocks_publication(warehouse: Connection) -> None:
    load(warehouse, parsed("a", batch(a_return(), a_return(return_id="R2", currency_code="GBP")), batch(first=3)))
    assert broken(warehouse, "every_accepted_amount_is_stored") == []
    warehouse.execute("UPDATE raw.returns SET refund_amount = 5.51 WHERE currency_code = 'GBP'")
    assert broken(warehouse, "every_accepted_amount_is_stored") == [
        ("returns/a.csv", "GBP", Decimal("5.5000"), Decimal("5.5100"))
    ]


def test_money_of_rejected_rows_is_reconciled_as_far_as_it_could_be_read(warehouse: Connection) -> None:
    with_money = replace(batch(a_return(), rejects=[2, 3]), rejected_money={"EUR": (1, Decimal("7.25"))})
    load(warehouse, parsed("a", with_money))
    sums = "SELECT currency_code, rows, amount FROM raw.reconciliation WHERE outcome = 'rejected' ORDER BY ALL"
    assert warehouse.execute(sums).fetchall() == [("EUR", 1, Decimal("7.2500")), (None, 1, None)]
