"""Ticks of a tiny shop: the same hour twice, an hour already passed, missed hours, and readers all the while."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import jsonschema
import polars as pl
import pytest

from pipelines.contracts.audit_report import AuditReportFile
from pipelines.contracts.metrics_report import MetricsReport
from pipelines.contracts.reconciliation_report import ReconciliationReport
from pipelines.contracts.status_report import StatusReport
from pipelines.warehouse.lock import LockHeldError, hold_lock
from pipelines.warehouse.metrics import read_metrics
from pipelines.warehouse.published import open_published

Run = Callable[..., str]


@dataclass(frozen=True)
class Seen:
    """What the published snapshot showed after one tick."""

    snapshot_id: str
    as_of: str
    decisions: pl.DataFrame
    ticks: pl.DataFrame


@dataclass(frozen=True)
class Story:
    """The same shop after each of its ticks, and what a reader in a loop met meanwhile."""

    data: Path
    first: Seen
    again: Seen
    earlier: Seen
    later: Seen
    read: list[tuple[str, str, int]]
    failures: list[str]


def look(data: Path) -> Seen:
    snapshot = open_published(data / "published")
    seen = Seen(
        snapshot.snapshot_id,
        f"{snapshot.as_of:%Y-%m-%dT%HZ}",
        snapshot.frame("FROM pricing.decisions ORDER BY drop_id, sku, channel, valid_from"),
        snapshot.frame("FROM raw.ticks ORDER BY tick_number"),
    )
    snapshot.close()
    return seen


@pytest.fixture(scope="module")
def story(sprint: Run, tiny_shop: Callable[[Path], Path], tmp_path_factory: pytest.TempPathFactory) -> Story:
    folder = tmp_path_factory.mktemp("ticks")
    data = folder / "data"
    sprint("add", tiny_shop(folder / "files"), "--data", data)
    done = threading.Event()
    read: list[tuple[str, str, int]] = []
    failures: list[str] = []

    def watch() -> None:
        while not done.wait(0.05):
            if not (data / "published/current").exists():
                continue
            try:
                snapshot = open_published(data / "published")
                feed = snapshot.bands()
                ticks = snapshot.frame("SELECT max(tick_number) FROM raw.ticks WHERE status = 'published'").item()
                read.append((snapshot.snapshot_id, feed["snapshot_id"], ticks))
                snapshot.close()
            except Exception as error:  # noqa: BLE001 - every kind of failure counts here
                failures.append(repr(error))

    reader = threading.Thread(target=watch)
    reader.start()
    seen = []
    try:
        for hour in ("2026-11-14T09Z", "2026-11-14T09Z", "2026-11-14T05Z", "2026-11-14T12Z"):
            sprint("tick", "--data", data, "--hour", hour)
            seen.append(look(data))
    finally:
        done.set()
        reader.join()
    return Story(data, *seen, read=read, failures=failures)


def test_a_tick_decides_the_next_hour_for_every_cell(story: Story) -> None:
    decided = story.first.decisions
    assert decided.select("sku", "channel").rows() == [
        ("007", "popup"),
        ("007", "web"),
        ("1E5", "popup"),
        ("1E5", "web"),
    ]
    assert set(decided["valid_from"].dt.strftime("%Y-%m-%dT%H")) == {"2026-11-14T10"}
    assert decided.filter(pl.col("sku") == "007")["units_left"].to_list() == [26, 26]


def test_the_same_hour_twice_gives_one_set_of_decisions(story: Story) -> None:
    assert story.again.decisions.equals(story.first.decisions)
    assert story.again.snapshot_id != story.first.snapshot_id


def test_an_hour_already_passed_moves_nothing_back(story: Story) -> None:
    assert story.earlier.as_of == story.first.as_of == "2026-11-14T10Z"
    assert story.earlier.decisions.equals(story.first.decisions)


def test_missed_hours_have_one_row_a_cell_and_the_present_hour_is_decided(story: Story) -> None:
    by_hour = (
        story.later.decisions.with_columns(hour=pl.col("valid_from").dt.hour())
        .group_by("hour", pl.col("reason") == "missed")
        .len()
        .sort("hour")
    )
    assert by_hour.rows() == [(10, False, 4), (11, True, 4), (12, True, 4), (13, False, 4)]


def test_every_run_leaves_a_row_in_the_ledger_of_ticks(story: Story) -> None:
    assert story.later.ticks["status"].to_list() == ["published"] * 4
    assert story.later.ticks["snapshot_id"][-1] == story.later.snapshot_id


def test_a_reader_in_a_loop_met_no_error_and_no_mix(story: Story) -> None:
    assert not story.failures
    assert story.read
    for snapshot_id, feed_id, ticks in story.read:
        assert snapshot_id == feed_id
        assert int(snapshot_id.rpartition("-")[2]) == ticks


def test_a_tick_beside_another_is_refused_and_told_who_works(story: Story, sprint: Run) -> None:
    with (
        hold_lock(story.data / "tick.lock", "another tick", datetime(2026, 11, 14, tzinfo=UTC)),
        pytest.raises(LockHeldError, match="is being worked on by another tick"),
    ):
        sprint("tick", "--data", story.data, "--hour", "2026-11-14T12Z")
    assert look(story.data).snapshot_id == story.later.snapshot_id


@pytest.mark.parametrize("hour", ["2009-12-31T23Z", "2199-01-01T00Z"])
def test_an_hour_that_no_tick_can_be_for_is_refused_with_those_it_can(story: Story, sprint: Run, hour: str) -> None:
    with pytest.raises(ValueError, match=f"{hour} is not between 2010-01-01T00Z and the last closed hour"):
        sprint("tick", "--data", story.data, "--hour", hour)


def test_what_commands_print_keeps_to_its_published_schema(story: Story, sprint: Run) -> None:
    for command, model in (
        ("metrics", MetricsReport),
        ("status", StatusReport),
        ("reconcile", ReconciliationReport),
    ):
        printed = json.loads(sprint(command, "--json", "--data", story.data))
        jsonschema.validate(printed, model.model_json_schema(mode="serialization"))
        assert model.model_validate(printed)


def test_the_tiny_shops_numbers_are_those_of_a_hand_count(story: Story) -> None:
    snapshot = open_published(story.data / "published")
    drop = next(scope for scope in read_metrics(snapshot).scopes if scope.scope == "tiny")
    snapshot.close()
    assert drop.status == "live"
    assert (drop.velocity_48h.units_sold, drop.velocity_48h.units_staged, drop.velocity_48h.is_final) == (5, 50, False)
    assert (drop.lead_time.n, drop.lead_time.n_not_handed_over, drop.lead_time.median_hours) == (1, 1, 6.0)
    assert (drop.unboxing.boxes_delivered, drop.unboxing.scans, drop.unboxing.engagement_per_box) == (1, 1, 1.0)
    assert (drop.repeat_30d.buyers, drop.repeat_30d.pending, drop.repeat_30d.rate) == (2, 2, None)


def test_no_address_of_a_buyer_is_in_the_warehouse_or_the_publication(story: Story) -> None:
    for path in [story.data / "warehouse.duckdb", *(story.data / "published").rglob("*")]:
        if path.is_file():
            assert b"@example.org" not in path.read_bytes(), path


def test_a_report_of_a_real_tick_agrees_with_itself_and_with_the_metrics(story: Story, sprint: Run) -> None:
    printed = sprint("report", "tiny", "--data", story.data)
    assert "Tiny drop, live" in printed
    content = AuditReportFile.model_validate_json((story.data / "reports/tiny/report.json").read_text())
    agreement = content.tables["agreement"].rows
    assert len(agreement) == 18
    assert {row["difference"] for row in agreement} == {"0.0000"}
    scorecard, (money,) = content.tables["scorecard"].rows[0], content.tables["money"].rows
    assert (scorecard["sold_units"], scorecard["net_sales_amount"]) == (5, "45.0000")
    assert (money["net_sales_amount"], money["margin_amount"]) == ("45.0000", "27.0000")
    assert content.snapshot_id == story.later.snapshot_id
