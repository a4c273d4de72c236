from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pytest
from published_snapshot import FINAL, LIVE, write_snapshot

from pipelines.orchestration.assets.report import DROPS, REPORT, report_asset
from pipelines.orchestration.jobs import report_job, tick_job
from pipelines.orchestration.resources import TickResource
from pipelines.orchestration.sensors import report_sensor
from pipelines.warehouse.lock import hold_lock

SENSOR_TAG = {"dagster/sensor_name": "report_sensor"}


@pytest.fixture
def instance() -> Any:
    with dg.DagsterInstance.ephemeral() as instance:
        yield instance


@pytest.fixture
def session(tmp_path: Path) -> TickResource:
    return TickResource(data_dir=str(tmp_path), now="2026-12-05T15:00:00Z")


def publish(data_dir: Path, snapshot_id: str, live_status: str) -> None:
    folder = write_snapshot(data_dir, snapshot_id=snapshot_id)
    with duckdb.connect(str(folder / "warehouse.duckdb")) as connection:
        connection.execute("update marts.dim_drops set status = ? where drop_id = ?", [live_status, LIVE])


def look(session: TickResource, cursor: str | None = None) -> Any:
    return report_sensor(session)(dg.build_sensor_context(cursor=cursor))


def run_report(session: TickResource, instance: dg.DagsterInstance, request: dg.RunRequest) -> Any:
    definitions = dg.Definitions(assets=[report_asset(session)], jobs=[report_job])
    instance.add_dynamic_partitions(DROPS.name or "", [request.partition_key or ""])
    return definitions.resolve_job_def("report_job").execute_in_process(
        instance=instance, partition_key=request.partition_key, tags=SENSOR_TAG
    )


def test_a_drop_that_ends_and_settles_is_asked_for_twice_and_written_twice(
    tmp_path: Path, session: TickResource, instance: dg.DagsterInstance
) -> None:
    publish(tmp_path, "s1", "settling")
    first = look(session)
    assert [request.run_key for request in first.run_requests] == [f"{FINAL}/final/s1", f"{LIVE}/settling/s1"]
    assert first.dynamic_partitions_requests[0].partition_keys == [FINAL, LIVE]
    for request in first.run_requests:
        (event,) = run_report(session, instance, request).get_asset_materialization_events()
        assert event.asset_key == REPORT
        assert event.materialization.metadata["snapshot_id"].value == "s1"
    # Nothing new is published: not even looked at. A restart that lost the cursor asks for nothing either.
    assert "nothing was published" in look(session, first.cursor).skip_message
    assert look(session).run_requests == []
    publish(tmp_path, "s2", "final")
    assert [request.run_key for request in look(session, "s1").run_requests] == [f"{LIVE}/final/s2"]


def test_a_run_that_failed_is_asked_for_again_with_the_next_snapshot(tmp_path: Path, session: TickResource) -> None:
    publish(tmp_path, "s1", "settling")
    cursor = look(session).cursor
    publish(tmp_path, "s2", "settling")
    keys = [request.run_key for request in look(session, cursor).run_requests]
    assert keys == [f"{FINAL}/final/s2", f"{LIVE}/settling/s2"]


def test_a_second_run_for_the_same_state_writes_nothing(
    tmp_path: Path, session: TickResource, instance: dg.DagsterInstance
) -> None:
    write_snapshot(tmp_path)
    (request,) = look(session).run_requests
    run_report(session, instance, request)
    written = (tmp_path / "reports" / FINAL / "manifest.json").stat().st_mtime_ns
    assert run_report(session, instance, request).get_asset_materialization_events() == []
    assert (tmp_path / "reports" / FINAL / "manifest.json").stat().st_mtime_ns == written


def test_a_report_is_written_while_a_tick_holds_its_lock(
    tmp_path: Path, session: TickResource, instance: dg.DagsterInstance
) -> None:
    write_snapshot(tmp_path)
    (request,) = look(session).run_requests
    settings = session.settings()
    with hold_lock(settings.lock_path, "a tick", session.clock()):
        assert run_report(session, instance, request).success
    assert not settings.warehouse_path.exists()


def test_nothing_published_asks_for_nothing(session: TickResource) -> None:
    assert "nothing is published yet" in look(session).skip_message


def test_the_report_is_no_part_of_the_tick() -> None:
    assert REPORT in report_job.selection.resolve([report_asset(TickResource(data_dir=os.devnull))])
    assert REPORT not in tick_job.selection.resolve([report_asset(TickResource(data_dir=os.devnull))])
