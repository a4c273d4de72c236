"""Files of other systems, from the landing folder to raw rows."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

from pipelines.ingest.add import add_paths
from pipelines.ingest.settling import Settling
from pipelines.orchestration.loading import LoadReport, load_landed
from pipelines.settings import Settings
from pipelines.warehouse.checks import WARNING_CHECKS
from pipelines.warehouse.connect import connect_warehouse

NOW = datetime(2026, 12, 5, tzinfo=UTC)
ORDER = {
    "id": 7,
    "email": "ann@example.com",
    "created_at": "2026-11-27T10:00:00Z",
    "updated_at": "2026-11-27T11:00:00Z",
    "currency": "USD",
    "financial_status": "paid",
    "source_name": "web",
    "shipping_address": {"name": "Ann Buyer", "address1": "1 High St", "zip": "K2P", "country_code": "CA"},
    "line_items": [{"id": 14_000_000_000_001, "sku": "MUG", "quantity": 2, "price": "12.50"}],
    "refunds": [
        {
            "created_at": "2026-12-01T09:00:00Z",
            "refund_line_items": [{"id": 701, "line_item_id": 14_000_000_000_001, "quantity": 1, "subtotal": "12.50"}],
        }
    ],
}


def test_one_file_of_two_feeds_is_two_files_of_the_ledger_with_the_sums_of_their_feeds(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "shop")
    export = tmp_path / "hook.json"
    export.write_text(json.dumps(ORDER), encoding="utf-8")
    with connect_warehouse(settings.warehouse_path) as connection:

        def load() -> LoadReport:
            assert {one.feed for one in add_paths([export], settings.landing_dir, None)} == {"orders", "returns"}
            return load_landed(connection, settings, NOW, NOW, settling=Settling(seconds=0))

        loaded = load().loaded
        assert {(one.identity.file_id.partition("-")[0], one.status, one.accepted) for one in loaded} == {
            ("orders", "loaded", 1), ("returns", "loaded", 1),
        }  # fmt: skip
        assert len({one.identity.sha256 for one in loaded}) == 1
        sums = "SELECT split_part(file_id, '-', 1), currency_code, amount::VARCHAR FROM raw.reconciliation ORDER BY ALL"
        assert connection.execute(sums).fetchall() == [("orders", "USD", "25.0000"), ("returns", "USD", "12.5000")]
        joined = "SELECT count(*) FROM raw.orders JOIN raw.returns USING (order_id, line_number)"
        assert connection.execute(joined).fetchall() == [(1,)]
        assert len(load().known) == 2
    holding = {
        path.relative_to(settings.data_dir).as_posix()
        for path in settings.data_dir.rglob("*")
        if path.is_file() and any(word in path.read_bytes() for word in (b"ann@example.com", b"High St", b"Ann Buyer"))
    }
    assert holding == {"private/buyers.sqlite"}


def test_what_a_file_holds_for_another_feed_is_loaded_though_it_was_put_into_one_folder(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "shop")
    folder = settings.landing_dir / "orders/shopify"
    folder.mkdir(parents=True)
    with connect_warehouse(settings.warehouse_path) as connection:
        for _ in range(2):
            (folder / "hook.json").write_text(json.dumps(ORDER), encoding="utf-8")
            load_landed(connection, settings, NOW, NOW, settling=Settling(seconds=0))
            files = "SELECT feed, path, accepted FROM raw.landing_files ORDER BY feed"
            assert connection.execute(files).fetchall() == [
                ("orders", "orders/shopify/hook.json", 1),
                ("returns", "returns/shopify/hook.json", 1),
            ]
            assert not [path for path in settings.landing_dir.rglob("*") if path.is_file()]


def test_an_order_that_came_as_export_and_by_interface_is_warned_of(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "shop")
    (query,) = (one.query for one in WARNING_CHECKS if one.name == "no_shopify_order_came_as_export_and_by_interface")
    export = (
        "Name,Created at,Currency,Lineitem quantity,Lineitem price,Lineitem sku,Source,Id\n"
        "#1,2026-11-27 10:00:00 +0000,USD,2,12.50,MUG,web,7\n"
    )
    with connect_warehouse(settings.warehouse_path) as connection:
        for name, content in (("hook.json", json.dumps(ORDER)), ("export.CSV", export)):
            assert connection.execute(query).fetchall() == []
            (tmp_path / name).write_text(content, encoding="utf-8")
            add_paths([tmp_path / name], settings.landing_dir, None)
            load_landed(connection, settings, NOW, NOW, settling=Settling(seconds=0))
        assert connection.execute(query).fetchall() == [("7",)]
