from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pipelines.ingest.settling import Settling, find_unsettled

NOW = 1_795_000_000.0


def a_file(folder: Path, age: float, name: str = "a.csv") -> Path:
    path = folder / name
    path.write_text("x")
    os.utime(path, (NOW - age, NOW - age))
    return path


def settling(slept: list[float], meanwhile: Callable[[], object] = lambda: None) -> Settling:
    def sleep(seconds: float) -> None:
        slept.append(seconds)
        meanwhile()

    return Settling(seconds=1.0, clock=lambda: NOW, sleep=sleep)


def test_files_that_have_lain_still_are_not_waited_for(tmp_path: Path) -> None:
    slept: list[float] = []
    assert find_unsettled([a_file(tmp_path, 1.0), a_file(tmp_path, 99, "b.csv")], settling(slept)) == {}
    assert find_unsettled([], settling(slept)) == {}
    assert slept == []


def test_the_youngest_file_is_waited_for_once(tmp_path: Path) -> None:
    slept: list[float] = []
    assert find_unsettled([a_file(tmp_path, 0.75), a_file(tmp_path, 0.25, "b.csv")], settling(slept)) == {}
    assert slept == [pytest.approx(0.75)]


def test_a_time_that_lies_ahead_waits_no_longer(tmp_path: Path) -> None:
    slept: list[float] = []
    assert find_unsettled([a_file(tmp_path, -3_600)], settling(slept)) == {}
    assert slept == [1.0]


def test_f14_a_file_that_grows_or_goes_meanwhile_is_left_alone(tmp_path: Path) -> None:
    growing, going, still = (a_file(tmp_path, 0, name) for name in ("a.csv", "b.csv", "c.csv"))

    def change() -> None:
        growing.write_text("xy")
        going.unlink()

    unsettled = find_unsettled([growing, going, still], settling([], change))
    assert unsettled == dict.fromkeys((growing, going), "still being written; it is read when it has settled")


@pytest.mark.skipif(sys.platform != "linux", reason="who has a file open is asked of Linux")
def test_f14_a_file_that_a_program_has_open_for_writing_is_left_alone_however_long_it_pauses(tmp_path: Path) -> None:
    path = a_file(tmp_path, 0)
    with path.open("a") as file:
        file.write("half a row")
        file.flush()
        os.utime(path, (NOW - 9_999, NOW - 9_999))
        assert "open for writing" in find_unsettled([path], settling([]))[path]
    os.utime(path, (NOW - 9_999, NOW - 9_999))
    with path.open() as _:
        assert find_unsettled([path], settling([])) == {}
