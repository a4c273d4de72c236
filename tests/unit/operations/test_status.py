from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from pipelines.contracts.reconciliation_report import ReconciledFile
from pipelines.operations.status import drift_sentences, read_status
from pipelines.settings import Settings


def test_only_files_that_a_tick_would_load_are_said_to_wait(tmp_path: Path) -> None:
    folder = tmp_path / "landing/orders"
    (folder / "shopify/deeper").mkdir(parents=True)
    for name in ("a.csv", "shopify/b.csv", "c.csv.tmp", ".d.csv", "shopify/e.csv.part", "shopify/deeper/f.csv"):
        (folder / name).touch()
    (folder / "link.csv").symlink_to(folder / "a.csv")
    report = read_status(Settings(data_dir=tmp_path))
    assert {feed.feed: feed.waiting_files for feed in report.feeds if feed.waiting_files} == {"orders": 2}


def landed(path: str, source: str = "canonical", status: str = "loaded", **drift: tuple[str, ...]) -> ReconciledFile:
    columns = {"extra_columns": (), "missing_columns": (), "new_columns": (), "vanished_columns": (), **drift}
    return ReconciledFile(
        file_id=path, path=path, feed="orders", source=source, status=status, first_error=None, is_name_reused=False,
        loaded_at=datetime(2026, 11, 22, tzinfo=UTC), rows_read=1, accepted=1, rejected=0, duplicate=0, conflicting=0,
        is_reconciled=True, money=(), **columns,
    )  # fmt: skip


def test_drift_is_told_of_the_latest_readable_file_of_each_source() -> None:
    files = [
        landed("orders/a.csv", new_columns=("colour",)),
        landed("orders/b.csv", new_columns=("gift",), vanished_columns=("hub_id", "drop_id")),
        landed("orders/c.csv", status="quarantined", vanished_columns=("sku",)),
        landed("orders/shopify/d.json", source="shopify"),
    ]
    assert drift_sentences(files) == (
        "The columns of orders changed with orders/b.csv; new and kept: gift; gone: hub_id, drop_id.",
    )
    assert drift_sentences([*files, landed("orders/e.csv")]) == ()
