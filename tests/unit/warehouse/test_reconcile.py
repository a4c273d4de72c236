from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from pipelines.contracts.reconciliation_report import ReconciliationReport
from pipelines.warehouse.connect import Connection, connect_warehouse, naive
from pipelines.warehouse.published import PublishedSnapshot
from pipelines.warehouse.reconcile import read_reconciliation

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
def warehouse(tmp_path: Path) -> Iterator[Connection]:
    connection = connect_warehouse(tmp_path / "warehouse.duckdb")
    connection.execute("INSERT INTO raw.as_of VALUES (?, 20, 48, 30, 30)", [naive(NOW)])
    yield connection
    connection.close()


def ledger(warehouse: Connection, number: int, *, extra: str | None = None, rejected: int = 0, rows: int = 2) -> None:
    """One file of returns: `rows` rows in the sums, of which `rejected` were rejected."""
    file_id = f"returns-{number}"
    warehouse.execute(
        "INSERT INTO raw.landing_files VALUES (?, ?, 'returns', 'canonical', ?, 1, 2, ?, ?, 0, 0, ?, NULL, NULL,"
        " 'loaded', false, ?, ?)",
        [file_id, file_id, f"returns/{number}.csv", 2 - rejected, rejected, extra, naive(NOW),
         naive(NOW + timedelta(minutes=number))],
    )  # fmt: skip
    for outcome, count, amount in (("accepted", rows - rejected, "5.50"), ("rejected", rejected, "1.25")):
        if count:
            warehouse.execute(
                "INSERT INTO raw.reconciliation VALUES (?, ?, 'EUR', ?, ?)", [file_id, outcome, count, Decimal(amount)]
            )


def read(warehouse: Connection, folder: Path) -> ReconciliationReport:
    warehouse.execute("CHECKPOINT")
    path = folder / "warehouse.duckdb"
    ((same,),) = warehouse.execute("SELECT current_catalog()").fetchall()
    assert same == "warehouse"
    warehouse.close()
    connection = duckdb.connect()
    connection.execute(f"ATTACH '{path}' AS warehouse (READ_ONLY)")
    snapshot = PublishedSnapshot("s", NOW, folder, connection)
    report = read_reconciliation(snapshot)
    snapshot.close()
    return report


def test_rows_and_money_of_files_add_up_to_their_feed(warehouse: Connection, tmp_path: Path) -> None:
    ledger(warehouse, 1)
    ledger(warehouse, 2, rejected=1)
    report = read(warehouse, tmp_path)
    (feed,) = [feed for feed in report.feeds if feed.files]
    assert (feed.files, feed.rows_read, feed.accepted, feed.rejected) == (2, 4, 3, 1)
    (money,) = feed.money
    assert (money.currency_code, money.accepted_amount, money.rejected_amount) == (
        "EUR",
        Decimal("11.0000"),
        Decimal("1.2500"),
    )
    assert report.is_reconciled
    assert '"accepted_amount":"11.00"' in report.model_dump_json()


def test_a_file_whose_sums_lack_a_row_is_not_reconciled(warehouse: Connection, tmp_path: Path) -> None:
    ledger(warehouse, 1, rows=1)
    report = read(warehouse, tmp_path)
    assert [file.is_reconciled for file in report.files] == [False]
    assert not report.is_reconciled


def test_drift_is_told_against_the_file_before(warehouse: Connection, tmp_path: Path) -> None:
    for number, extra in enumerate((None, "colour", "colour, size", "size")):
        ledger(warehouse, number, extra=extra)
    drift = [(file.new_columns, file.vanished_columns) for file in read(warehouse, tmp_path).files]
    assert drift == [((), ()), (("colour",), ()), (("size",), ()), ((), ("colour",))]


def test_a_blocking_check_that_failed_is_named(warehouse: Connection, tmp_path: Path) -> None:
    warehouse.execute("INSERT INTO raw.checks VALUES (?, 'every_row', true, false, 'broken by 1')", [naive(NOW)])
    report = read(warehouse, tmp_path)
    assert [check.check for check in report.failed_checks] == ["every_row"]
    assert not report.is_reconciled
