from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from pipelines.ingest.parser_process import ParserProcess
from pipelines.ingest.settling import Settling
from pipelines.operations import rotate_key as operation
from pipelines.operations.erase import erase_buyer
from pipelines.operations.rotate_key import rotate_key
from pipelines.orchestration.loading import load_landed
from pipelines.privacy import PrivateKeyError, buyer_key, open_key
from pipelines.settings import Settings
from pipelines.warehouse.builds import begin_build, finish_build
from pipelines.warehouse.connect import connect_warehouse

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
NEW = "another secret of more than 16 bytes"
ORDERS = """\
order_id,line_number,sku,quantity,unit_price,currency_code,channel,status,ordered_at,updated_at,buyer_email,buyer_id,\
fulfilment
a,1,A,1,1.00,EUR,web,placed,2026-11-20T10:00:00Z,2026-11-20T10:00:00Z,Ada@Example.com,1,delivery
b,1,A,1,1.00,EUR,web,placed,2026-11-20T10:00:00Z,2026-11-20T10:00:00Z,,2,delivery
c,1,A,1,1.00,EUR,web,placed,2026-11-20T10:00:00Z,2026-11-20T10:00:00Z,gone@example.com,,delivery
d,1,A,1,1.00,EUR,web,placed,2026-11-20T10:00:00Z,2026-11-20T10:00:00Z,,,pickup
"""


@pytest.fixture(scope="module")
def parser() -> Iterator[ParserProcess]:
    with ParserProcess() as process:
        yield process


def load(settings: Settings, name: str, text: str, parser: ParserProcess) -> tuple[int, int]:
    path = settings.landing_dir / "orders" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    connection = connect_warehouse(settings.warehouse_path)
    (file,) = load_landed(connection, settings, NOW, NOW, parser, Settling(seconds=0)).loaded
    connection.close()
    return file.accepted, file.duplicate


@pytest.fixture
def shop(tmp_path: Path, parser: ParserProcess) -> Settings:
    """A data folder with four orders, one of a person who was erased since, and a published copy."""
    settings = Settings(data_dir=tmp_path, fixed_now=NOW)
    load(settings, "a.csv", ORDERS, parser)
    erase_buyer(settings, "gone@example.com")
    folder = settings.published_dir / "snapshots/one"
    folder.mkdir(parents=True)
    connection = duckdb.connect(str(folder / "warehouse.duckdb"))
    connection.execute(f"ATTACH '{settings.warehouse_path}' AS source (READ_ONLY)")
    connection.execute("CREATE SCHEMA marts")
    connection.execute("CREATE TABLE marts.dim_buyers AS SELECT DISTINCT buyer_key FROM source.raw.orders")
    connection.close()
    return settings


def begin_next_build(settings: Settings) -> bool:
    """Begin a build as the tick does, and end it; return whether it looked at everything."""
    connection = connect_warehouse(settings.warehouse_path)
    connection.execute("DELETE FROM raw.as_of")
    connection.execute("INSERT INTO raw.as_of VALUES (?, 20, 48, 30, 30)", [NOW.replace(tzinfo=None)])
    is_full = begin_build(connection, "models")
    finish_build(connection)
    connection.close()
    return is_full


def keys(settings: Settings) -> dict[str, str | None]:
    connection = connect_warehouse(settings.warehouse_path)
    found: dict[str, str | None] = dict(connection.execute("SELECT order_id, buyer_key FROM raw.orders").fetchall())
    connection.close()
    return found


def assert_rotated(settings: Settings, before: dict[str, str | None]) -> None:
    after = keys(settings)
    secret = open_key(settings, is_new_folder=False)
    assert after["a"] == buyer_key(secret, "ada@example.com", None)
    assert after["b"] == buyer_key(secret, None, "2")
    assert after["c"] not in (before["c"], None)
    assert after["d"] is None
    published = duckdb.connect(str(settings.published_dir / "snapshots/one/warehouse.duckdb"), read_only=True)
    copied = {key for (key,) in published.execute("SELECT buyer_key FROM marts.dim_buyers").fetchall()}
    published.close()
    assert copied == set(after.values())
    with sqlite3.connect(settings.private_dir / "buyers.sqlite") as store:
        assert {key for (key,) in store.execute("SELECT buyer_key FROM buyers")} == {after["a"], after["b"]}
    store.close()
    for path in settings.private_dir.iterdir():
        assert not any((key or "-").encode() in path.read_bytes() for key in before.values())


def test_every_table_and_the_private_store_take_the_new_key(shop: Settings, parser: ParserProcess) -> None:
    before = keys(shop)
    assert rotate_key(shop, NEW).buyers == 3
    assert (shop.private_dir / "key").read_text() == NEW
    assert_rotated(shop, before)
    # The row that lands again in another file is still the same row; the person who was erased is new.
    assert load(shop, "again.csv", ORDERS + "\n", parser) == (1, 3)


def test_the_build_after_a_rotation_is_a_full_one_and_after_an_erasure_need_not_be(shop: Settings) -> None:
    assert [begin_next_build(shop), begin_next_build(shop)] == [True, False]
    erase_buyer(shop, "ada@example.com")  # the warehouse keeps its rows as they are
    assert not begin_next_build(shop)
    rotate_key(shop, NEW)
    assert [begin_next_build(shop), begin_next_build(shop)] == [True, False]


@pytest.mark.parametrize(
    "step", ["extend_rotation", "forget_build", "rekey_buyers", "rekey_published", "finish_rotation"]
)
@pytest.mark.parametrize("is_after", [False, True])
def test_a_rotation_that_was_stopped_anywhere_goes_on_where_it_stopped(
    shop: Settings, monkeypatch: pytest.MonkeyPatch, step: str, is_after: bool
) -> None:
    before = keys(shop)
    begin_next_build(shop)
    usual = getattr(operation, step)

    def stop(*arguments: object) -> object:
        # Of `finish_rotation` the first call only asks whether anything is left over.
        if step == "finish_rotation" and not operation.is_rotating(shop):
            return usual(*arguments)
        if is_after:
            usual(*arguments)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(operation, step, stop)
        with pytest.raises(KeyboardInterrupt):
            rotate_key(shop, NEW)
    if not (step == "finish_rotation" and is_after):
        with pytest.raises(PrivateKeyError, match="a rotation of the key was interrupted"):
            open_key(shop, is_new_folder=False)
        rotate_key(shop, None)
    assert_rotated(shop, before)
    assert begin_next_build(shop)


@pytest.mark.parametrize("new_key", ["short", None])
def test_an_unusable_key_changes_nothing(shop: Settings, new_key: str | None) -> None:
    before = keys(shop)
    same = (shop.private_dir / "key").read_text()
    with pytest.raises(PrivateKeyError):
        rotate_key(shop, new_key or same)
    assert keys(shop) == before
    open_key(shop, is_new_folder=False)
