from __future__ import annotations

import gzip
import json
import os
import random
import shutil
import signal
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

import polars as pl
import pytest

from pipelines.contracts.feeds import FEEDS
from pipelines.contracts.parsed_file import FileIdentity, ParsedBatch, ParsedFile
from pipelines.ingest.add import add_paths
from pipelines.ingest.landing import LandingError
from pipelines.ingest.parser_process import ParserProcess
from pipelines.ingest.settling import Settling
from pipelines.orchestration import loading
from pipelines.orchestration.loading import LoadReport, load_landed
from pipelines.privacy import PrivateKeyError
from pipelines.settings import Settings
from pipelines.warehouse.connect import Connection, connect_warehouse

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SHARED = Path(__file__).resolve().parents[4] / "shared/data"
HEADER = (
    "order_id,line_number,sku,quantity,unit_price,currency_code,channel,status,ordered_at,updated_at,buyer_email,"
    "fulfilment,Billing Name\n"
)


def order(number: int, quantity: str = "1", email: str = "ada@example.com") -> str:
    instant = "2026-11-20T10:00:00Z"
    return f"A{number},1,007,{quantity},5.00,EUR,web,placed,{instant},{instant},{email},delivery,Ada L\n"


class Shop:
    """A data folder with its open warehouse."""

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
        return load_landed(self.connection, self.settings, NOW, NOW, self.parser, Settling(seconds=0))

    def rows(self, feed: str) -> list[tuple[object, ...]]:
        return self.connection.execute(f"SELECT DISTINCT _row_hash FROM raw.{feed} ORDER BY 1").fetchall()


@pytest.fixture(scope="module")
def parser() -> Iterator[ParserProcess]:
    """One reading child for all tests: starting one costs more than any of them."""
    with ParserProcess() as process:
        yield process


@pytest.fixture
def new_shop(tmp_path: Path, parser: ParserProcess) -> Iterator[Callable[[], Shop]]:
    shops: list[Shop] = []

    def make() -> Shop:
        shops.append(Shop(tmp_path / f"shop-{len(shops)}", parser))
        return shops[-1]

    yield make
    for shop in shops:
        shop.connection.close()


def test_a_file_is_loaded_archived_and_gone_from_landing(new_shop: Callable[[], Shop]) -> None:
    shop = new_shop()
    path = shop.land("orders/orders.csv", HEADER + order(1) + order(2, quantity="0") + order(1))
    counts = shop.load().counts("orders")
    assert (counts["files"], counts["accepted"], counts["rejected"], counts["duplicate"]) == (1, 1, 1, 1)
    assert not path.exists()
    (archived,) = (shop.settings.archive_dir / "orders").glob("*.parquet")
    rows = pl.read_parquet(archived)
    assert rows["sku"].to_list() == ["007"] * 3
    assert rows["buyer_email"].to_list() == ["[masked]"] * 3


def test_a_person_is_in_the_private_store_and_nowhere_else(new_shop: Callable[[], Shop]) -> None:
    shop = new_shop()
    shop.land("orders/ada@example.com.csv", HEADER + order(1) + order(2, quantity="ada@example.com"))
    shop.land("hubs/hubs.csv", "hub_id,name,latitude,longitude\nh,write to ada@example.com,1,2\n")
    shop.load()
    shop.connection.execute("CHECKPOINT")
    shop.connection.close()
    holding = [
        path.relative_to(shop.settings.data_dir).parts[0]
        for path in shop.settings.data_dir.rglob("*")
        if path.is_file() and b"ada@example.com" in path.read_bytes()
    ]
    assert holding == ["private"]
    with sqlite3.connect(shop.settings.private_dir / "buyers.sqlite") as store:
        assert store.execute("SELECT buyer_email FROM buyers").fetchall() == [("ada@example.com",)]
    store.close()


def test_one_bad_file_never_stops_the_others(new_shop: Callable[[], Shop]) -> None:
    shop = new_shop()
    shop.land("orders/a.csv.gz", gzip.compress((HEADER + order(1)).encode())[:-9])
    shop.land("orders/b.csv", HEADER + order(2))
    shop.land("orders/shopify/c.csv", HEADER)
    shop.land("drops/tea.yaml", "drop_id: tea\n")
    report = shop.load()
    assert {file.identity.path: file.status for file in report.loaded} == {
        "drops/tea.yaml": "quarantined",
        "orders/a.csv.gz": "quarantined",
        "orders/b.csv": "loaded",
        "orders/shopify/c.csv": "quarantined",
    }
    reasons = [json.loads(path.read_text()) for path in shop.settings.quarantine_dir.glob("*.reason.json")]
    assert {reason["file"]: reason["reason"].split(":")[0] for reason in reasons} == {
        "drops/tea.yaml": "row 1",
        "orders/a.csv.gz": "the gzip data is cut",
        "orders/shopify/c.csv": "the header is not that of a Shopify order export (Name, Created at, Lineitem …)",
    }
    assert not [path for path in shop.settings.landing_dir.rglob("*") if path.is_file()]


def test_f6_a_file_that_kills_its_reader_is_quarantined_and_the_tick_goes_on(
    new_shop: Callable[[], Shop], monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = new_shop()
    # More than the channel between the two holds, so that the child is still at it when it is killed.
    shop.land("orders/a.csv", HEADER + "".join(map(order, range(10_000))))
    shop.land("orders/b.csv", HEADER + order(2))
    usual = ParserProcess.parse

    def parse_and_die(parser: ParserProcess, file: BinaryIO, identity: FileIdentity, *rest: Any) -> ParsedFile:
        parsed = usual(parser, file, identity, *rest)

        def batches() -> Iterator[ParsedBatch]:
            for number, batch in enumerate(parsed.batches):
                if number == 0 and identity.path == "orders/a.csv":
                    os.kill(parser.process_id or 0, signal.SIGKILL)
                yield batch

        return ParsedFile(identity, batches())

    monkeypatch.setattr(ParserProcess, "parse", parse_and_die)
    dying, well = shop.load().loaded
    assert (dying.status, dying.first_error) == (
        "quarantined",
        "the reader died (SIGKILL) on it, so it was given up",
    )
    assert (well.status, well.accepted) == ("loaded", 1)
    assert len(shop.rows("orders")) == 1  # of the file that was given up nothing is stored
    (reason,) = shop.settings.quarantine_dir.glob("*.reason.json")
    assert json.loads(reason.read_text())["reason"] == dying.first_error
    assert not list(shop.settings.archive_dir.rglob(".*"))


def test_b17_known_content_is_put_away_and_counted_as_seen(new_shop: Callable[[], Shop]) -> None:
    shop = new_shop()
    shop.land("orders/a.csv", HEADER + order(1))
    shop.load()
    path = shop.land("orders/again.csv", HEADER + order(1))
    report = shop.load()
    assert (len(report.loaded), [identity.path for identity in report.known]) == (0, ["orders/again.csv"])
    assert not path.exists()
    assert shop.connection.execute("SELECT path FROM raw.file_sightings").fetchall() == [("orders/again.csv",)]


def _stop(*_: object) -> None:
    raise KeyboardInterrupt


def test_f2_a_file_that_was_committed_but_not_moved_is_put_away_by_the_next_load(
    new_shop: Callable[[], Shop], monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = new_shop()
    path = shop.land("orders/a.csv", HEADER + order(1))
    with monkeypatch.context() as patch:
        patch.setattr(loading, "keep_draft", _stop)
        with pytest.raises(KeyboardInterrupt):
            shop.load()
    assert path.exists()
    shop.load()
    assert not path.exists()
    assert len(list((shop.settings.archive_dir / "orders").glob("*.parquet"))) == 1
    assert len(shop.rows("orders")) == 1


def test_f14_a_file_that_grows_while_it_is_read_is_left_for_later(
    new_shop: Callable[[], Shop], monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = new_shop()
    path = shop.land("orders/a.csv", HEADER + order(1))
    usual = ParserProcess.parse

    def parse_while_it_grows(*arguments: Any) -> ParsedFile:
        with path.open("a") as file:
            file.write(order(2))
        return usual(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(ParserProcess, "parse", parse_while_it_grows)
        report = shop.load()
    assert report.left == (("orders/a.csv", "still being written; it is read when it has settled"),)
    assert shop.rows("orders") == []
    assert shop.load().counts("orders")["accepted"] == 2


def test_b7_an_empty_file_and_a_bare_header_load_no_rows(new_shop: Callable[[], Shop]) -> None:
    shop = new_shop()
    shop.land("orders/empty.csv", "")
    shop.land("orders/header.csv", HEADER)
    shop.land("orders/empty.ndjson", "\n")
    counts = shop.load().counts("orders")
    assert (counts["files"], counts["rows_read"]) == (3, 0)


def test_b5_a_file_without_a_required_column_says_which(new_shop: Callable[[], Shop]) -> None:
    shop = new_shop()
    shop.land("hubs/hubs.csv", "hub_id,Name,latitude,longitude\nh,n,1,2\n")
    (loaded,) = shop.load().loaded
    assert loaded.first_error == "hubs need the columns name; found hub_id, Name, latitude, longitude"


def test_f9_f17_nothing_is_stored_without_landing_folder_or_key(new_shop: Callable[[], Shop]) -> None:
    shop = new_shop()
    shop.land("orders/a.csv", HEADER + order(1))
    shop.load()
    shop.settings.landing_dir.rename(shop.settings.data_dir / "elsewhere")
    with pytest.raises(LandingError):
        shop.load()
    (shop.settings.data_dir / "elsewhere").rename(shop.settings.landing_dir)
    (shop.settings.private_dir / "key").unlink()
    path = shop.land("orders/b.csv", HEADER + order(2))
    with pytest.raises(PrivateKeyError):
        shop.load()
    assert path.exists()
    assert len(shop.rows("orders")) == 1


def test_any_order_and_any_division_of_files_gives_the_same_contents(new_shop: Callable[[], Shop]) -> None:
    lines = [order(number) for number in range(12)] + [order(3, quantity="2"), order(4)]
    whole = new_shop()
    whole.land("orders/all.csv", HEADER + "".join(lines))
    whole.load()
    rng = random.Random(7)  # noqa: S311 (a shuffle, not a secret)
    for _ in range(3):
        shop = new_shop()
        # One key for all shops, or the same buyer would bear another pseudonym in each.
        shop.settings = Settings(data_dir=shop.settings.data_dir, key=(whole.settings.private_dir / "key").read_text())
        rng.shuffle(lines)
        for part in range(3):
            shop.land(f"orders/{part}.csv", HEADER + "".join(lines[part::3] + lines[:2]))
            if rng.random() < 0.5:
                shop.load()
        shop.load()
        assert shop.rows("orders") == whole.rows("orders")


@pytest.mark.parametrize("name", ["olist_a", "online_retail"])
def test_real_folders_load_whole_and_every_row_is_accepted(new_shop: Callable[[], Shop], name: str) -> None:
    folder = SHARED / name
    if not folder.is_dir():
        pytest.skip("the real folders are not here")
    expected = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    shop = new_shop()
    added = {one.path.name: one.feed for one in add_paths([folder], shop.settings.landing_dir, None)}
    assert {path for path, feed in added.items() if feed is None} == {"README.md", "expected.json"}
    report = shop.load()
    counts = {feed: report.counts(feed) for feed in ("drops", *FEEDS)}
    assert all(count["rejected"] == count["duplicate"] == count["files_quarantined"] == 0 for count in counts.values())
    accepted = {feed: count["accepted"] for feed, count in counts.items() if count["files"]}
    if name == "olist_a":
        found = expected["counts"]
        assert accepted == {
            "orders": found["order_lines"],
            "deliveries": found["delivery_events"],
            "hubs": found["hubs_in_hubs_csv"],
        }
    else:
        assert accepted == {
            "drops": 6,
            "orders": expected["totals"]["rows"],
            "returns": expected["returns"]["rows"],
            "hubs": 1,
        }
        money = "SELECT sum(amount) FROM raw.reconciliation WHERE file_id LIKE 'orders-%' AND currency_code = 'GBP'"
        assert str(shop.connection.execute(money).fetchall()[0][0]) == (
            expected["totals"]["sum_quantity_x_unit_price"] + "00"
        )


def quarantined(shop: Shop) -> dict[str, str]:
    reasons = [json.loads(path.read_text()) for path in shop.settings.quarantine_dir.glob("*.reason.json")]
    return {reason["file"]: reason["reason"] for reason in reasons}


def test_b13_a_barcode_in_the_column_of_prices_is_one_reject(new_shop: Callable[[], Shop]) -> None:
    shop = new_shop()
    shop.land("orders/a.csv", HEADER + order(1, "20").replace("5.00", "5012345678900.00") + order(2))
    shop.land("orders/b.csv", HEADER + order(3))
    bad, good = shop.load().loaded
    assert (bad.accepted, bad.rejected, good.accepted) == (1, 1, 1)


def test_values_that_the_warehouse_cannot_hold_stop_their_file_alone(
    new_shop: Callable[[], Shop], monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = new_shop()
    shop.land("orders/a.csv", HEADER + order(1, "20"))
    shop.land("orders/b.csv", HEADER + order(3))
    usual = loading.ParserProcess.parse

    def parse_without_contract(parser: ParserProcess, file: BinaryIO, identity: FileIdentity, *rest: Any) -> ParsedFile:
        absurd = pl.lit(50_123_456_789_000, pl.Decimal(18, 4))

        def batches() -> Iterator[ParsedBatch]:
            for batch in usual(parser, file, identity, *rest).batches:
                is_absurd = identity.path == "orders/a.csv"
                yield replace(batch, accepted=batch.accepted.with_columns(unit_price=absurd)) if is_absurd else batch

        return ParsedFile(identity, batches())

    monkeypatch.setattr(ParserProcess, "parse", parse_without_contract)
    report = shop.load()
    assert [file.status for file in report.loaded] == ["quarantined", "loaded"]
    assert quarantined(shop) == {"orders/a.csv": "the warehouse cannot hold its values: OutOfRangeException"}
    assert len(shop.rows("orders")) == 1


def test_b10_a_plan_with_half_a_character_stops_nothing_else(new_shop: Callable[[], Shop]) -> None:
    shop = new_shop()
    shop.land("drops/tea.yaml", 'drop_id: tea\nname: "\\uD800"\n')
    shop.land("orders/b.csv", HEADER + order(3))
    plan, orders = shop.load().loaded
    assert (plan.status, orders.accepted) == ("quarantined", 1)
    assert plan.first_error is not None
    assert plan.first_error.startswith("row 1: line 2: half a character")


@pytest.mark.parametrize("error", [ValueError("ada@example.com"), KeyError("x"), ZeroDivisionError()])
def test_an_error_that_nobody_foresaw_stops_one_file_and_is_told_by_its_kind(
    new_shop: Callable[[], Shop], monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    shop = new_shop()
    shop.land("orders/a.csv", HEADER + order(1))
    shop.land("orders/b.csv", HEADER + order(2))
    usual = loading.load_file

    def fail_once(*arguments: Any) -> Any:
        if arguments[1].identity.path == "orders/a.csv":
            next(iter(arguments[1].batches))
            raise error
        return usual(*arguments)

    monkeypatch.setattr(loading, "load_file", fail_once)
    assert [file.status for file in shop.load().loaded] == ["quarantined", "loaded"]
    assert quarantined(shop) == {"orders/a.csv": f"loading failed on it: {type(error).__name__}"}


@pytest.mark.parametrize("error", [PrivateKeyError("no key"), OSError(28, "No space left"), RuntimeError("no child")])
def test_key_disk_and_reader_stop_the_stage_and_leave_every_file(
    new_shop: Callable[[], Shop], monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    shop = new_shop()
    paths = [shop.land(f"orders/{name}.csv", HEADER + order(1)) for name in "ab"]

    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(loading, "load_file", fail)
    with pytest.raises(type(error)):
        shop.load()
    assert all(path.exists() for path in paths)


def test_f2_known_content_under_a_name_that_cannot_be_read_is_put_aside_and_seen_once(
    new_shop: Callable[[], Shop],
) -> None:
    shop = new_shop()
    shop.land("orders/a.csv", HEADER + order(1))
    shop.load()
    shutil.rmtree(shop.settings.archive_dir)
    shop.land("orders/a.txt", HEADER + order(1))
    shop.land("orders/p.csv", HEADER + order(2))
    report = shop.load()
    assert [file.identity.path for file in report.loaded] == ["orders/p.csv"]
    shop.load()
    assert shop.connection.execute("SELECT path FROM raw.file_sightings").fetchall() == [("orders/a.txt",)]
    assert quarantined(shop)["orders/a.txt"].startswith("its rows are stored, its copy is not: ")
    assert shop.connection.execute("SELECT DISTINCT status FROM raw.landing_files").fetchall() == [("loaded",)]
    assert len(shop.rows("orders")) == 2


def test_f14_a_right_file_renamed_over_a_bad_one_is_not_quarantined_in_its_place(
    new_shop: Callable[[], Shop], monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = new_shop()
    path = shop.land("orders/a.csv", "not,what,was,meant\n1,2,3,4\n")
    usual = loading.record_unreadable

    def record_while_it_is_put_right(*arguments: Any) -> Any:
        shop.land("right.csv", HEADER + order(1)).replace(path)
        return usual(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(loading, "record_unreadable", record_while_it_is_put_right)
        report = shop.load()
    assert report.left == (("orders/a.csv", "still being written; it is read when it has settled"),)
    assert path.exists()
    assert quarantined(shop) == {}
    assert shop.load().counts("orders")["accepted"] == 1
