from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from pipelines.orchestration.resources import TickResource
from pipelines.orchestration.sensors import landing_sensor


@pytest.fixture
def look(tmp_path: Path) -> Callable[[str | None], Any]:
    sensor = landing_sensor(TickResource(data_dir=str(tmp_path), now="2026-11-22T12:30:00Z"))

    def evaluate(cursor: str | None) -> Any:
        return sensor(dg.build_sensor_context(cursor=cursor))

    return evaluate


def land(folder: Path, text: str) -> None:
    path = folder / "landing/orders/a.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_a_tick_is_asked_for_when_files_have_not_changed_between_two_looks(
    tmp_path: Path, look: Callable[[str | None], Any]
) -> None:
    land(tmp_path, "x")
    first = look(None)
    assert not first.run_requests
    assert "looked at once more" in first.skip_reason.skip_message
    second = look(first.cursor)
    (request,) = second.run_requests
    assert request.partition_key == "2026-11-22-11:00"
    # A third look gives the same run key, which Dagster runs once.
    assert look(second.cursor).run_requests[0].run_key == request.run_key


def test_a_file_that_grows_between_two_looks_is_waited_for(tmp_path: Path, look: Callable[[str | None], Any]) -> None:
    land(tmp_path, "x")
    first = look(None)
    land(tmp_path, "xy")
    assert not look(first.cursor).run_requests


def test_an_empty_or_missing_folder_asks_for_nothing(tmp_path: Path, look: Callable[[str | None], Any]) -> None:
    assert isinstance(look(None), dg.SensorResult | dg.SkipReason)
    (tmp_path / "landing/orders").mkdir(parents=True)
    assert look("old").cursor == ""
