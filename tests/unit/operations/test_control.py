"""The operator's hand: one whole file an action, in the ledger once, and a kill that needs no warehouse."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from pydantic import ValidationError

from pipelines.contracts.operator_action import OperatorAction, killed_drops
from pipelines.contracts.price_bands import BandEntry, PriceBands
from pipelines.operations.control import give_action, kill_drop
from pipelines.settings import Settings
from pipelines.warehouse.connect import connect_warehouse
from pipelines.warehouse.control import ControlFileError, read_actions, record_actions
from pipelines.warehouse.publish import make_current

NOON = datetime(2026, 11, 14, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def action(**changes: Any) -> OperatorAction:
    said = {"drop_id": "d", "action": "kill", "who": "Ada", "why": "wrong price", "acted_at": NOON}
    return OperatorAction(**(said | changes))


def entry(drop_id: str, price: str | None) -> BandEntry:
    return BandEntry(
        drop_id=drop_id, sku="007", channel="web", band="low" if price else None,
        price_amount=Decimal(price) if price else None, list_amount=Decimal("10"), currency_code="EUR",
        valid_from=NOON, valid_to=NOON + HOUR, fallback_after=NOON + HOUR,
        reason="optimise" if price else "sold_out", decision_id="x",
    )  # fmt: skip


def publish_feed(settings: Settings, *entries: BandEntry) -> None:
    folder = settings.published_dir / "snapshots/20261114T1200Z-000001"
    folder.mkdir(parents=True)
    (folder / "warehouse.duckdb").write_bytes(b"tables that a kill never opens")
    feed = PriceBands(snapshot_id=folder.name, as_of=NOON, status="live", entries=entries)
    (folder / "price_bands.json").write_text(feed.to_json())
    manifest = {
        "snapshot_id": folder.name,
        "tick_number": 1,
        "files": [{"name": "warehouse.duckdb", "alias": "warehouse"}],
    }
    (folder / "manifest.json").write_text(json.dumps(manifest))
    make_current(settings.published_dir, folder.name)


@pytest.mark.parametrize(
    "changes",
    [{"who": " "}, {"why": ""}, {"band": "mid"}, {"action": "override"}, {"sku": "007"}, {"action": "stop"}],
    ids=["nobody", "no reason", "band without override", "override without band", "kill of one sku", "unknown action"],
)
def test_an_action_that_says_too_little_or_too_much_is_refused(changes: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        action(**changes)


def test_only_a_later_resume_of_the_whole_drop_ends_a_kill() -> None:
    earlier, later = action(action="resume", acted_at=NOON - HOUR), action(action="resume", acted_at=NOON + HOUR)
    partial = action(action="resume", sku="007", acted_at=NOON + HOUR)
    assert killed_drops([action(), earlier, partial]) == {"d"}
    assert killed_drops([later, action()]) == frozenset()


def test_an_action_reaches_the_ledger_once(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    give_action(settings, action(action="override", band="low", sku="007", why="'; DROP TABLE pricing.decisions"))
    connection = connect_warehouse(settings.warehouse_path)
    actions = read_actions(settings.control_dir)
    assert (record_actions(connection, actions, NOON), record_actions(connection, actions, NOON + HOUR)) == (1, 0)
    rows = connection.execute("SELECT action, sku, band, why FROM pricing.operator_actions").fetchall()
    connection.close()
    assert rows == [("override", "007", "low", "'; DROP TABLE pricing.decisions")]


def test_a_file_that_is_no_action_stops_the_tick_by_name(tmp_path: Path) -> None:
    (tmp_path / "20261114-kill.json").write_text('{"action": "kill"')
    with pytest.raises(ControlFileError, match=r"20261114-kill\.json: the file: Invalid JSON"):
        read_actions(tmp_path)


def test_half_a_file_is_not_seen(tmp_path: Path) -> None:
    (tmp_path / ".20261114-kill.json").write_text("{")
    assert read_actions(tmp_path) == ()


def test_a_kill_shows_list_at_once_without_the_warehouse(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    publish_feed(settings, entry("d", "9.00"), entry("d", None), entry("other", "9.00"))
    name = kill_drop(settings, action())
    current = (settings.published_dir / "current").resolve()
    feed = PriceBands.model_validate_json((current / "price_bands.json").read_text())
    assert current.name == name == feed.snapshot_id == "20261114T1200Z-000001-kill1"
    assert feed.status == "killed"
    assert [seen.price_amount for seen in feed.entries] == [Decimal("10.00"), None, Decimal("9.00")]
    assert (current / "warehouse.duckdb").samefile(current.parent / "20261114T1200Z-000001/warehouse.duckdb")
    assert json.loads((current / "manifest.json").read_text())["snapshot_id"] == name
    assert not settings.warehouse_path.exists()


def test_a_kill_works_while_another_process_holds_the_warehouse(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    connect_warehouse(settings.warehouse_path).close()
    publish_feed(settings, entry("d", "9.00"))
    with _held_by_another_process(settings.warehouse_path):
        with pytest.raises(duckdb.IOException, match="lock"):
            connect_warehouse(settings.warehouse_path)
        assert kill_drop(settings, action()) == "20261114T1200Z-000001-kill1"
    assert _published_prices(settings) == [Decimal("10.00")]


def test_a_kill_works_when_the_warehouse_is_corrupt(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    settings.warehouse_path.write_bytes(b"no database at all")
    publish_feed(settings, entry("d", "9.00"))
    with pytest.raises(duckdb.Error):
        connect_warehouse(settings.warehouse_path)
    assert kill_drop(settings, action()) == "20261114T1200Z-000001-kill1"
    assert _published_prices(settings) == [Decimal("10.00")]


@contextmanager
def _held_by_another_process(path: Path) -> Iterator[None]:
    code = "import duckdb, sys; held = duckdb.connect(sys.argv[1]); print('held', flush=True); sys.stdin.read()"
    command = [sys.executable, "-c", code, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        yield
        # Leaving the block closes its input, at which it ends.


def _published_prices(settings: Settings) -> list[Decimal | None]:
    feed = PriceBands.model_validate_json((settings.published_dir / "current/price_bands.json").read_text())
    return [seen.price_amount for seen in feed.entries]


def test_a_second_kill_keeps_the_first(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    publish_feed(settings, entry("d", "9.00"), entry("other", "9.00"))
    kill_drop(settings, action())
    assert kill_drop(settings, action(drop_id="other", acted_at=NOON + HOUR)) == "20261114T1200Z-000001-kill2"
    assert set(_published_prices(settings)) == {Decimal("10.00")}


def test_a_kill_before_the_first_publication_waits_for_the_tick(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    assert kill_drop(settings, action()) is None
    assert [seen.action for seen in read_actions(settings.control_dir)] == ["kill"]
