"""Settings come from the environment; what cannot be used is refused by name."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipelines.settings import Settings, SettingsError, parse_hour, parse_instant


def test_the_data_option_goes_before_the_environment(tmp_path: Path) -> None:
    environ = {"SPRINT_DATA": str(tmp_path / "a")}
    assert Settings.from_env(environ=environ).data_dir == tmp_path / "a"
    assert Settings.from_env(tmp_path / "b", environ).data_dir == tmp_path / "b"


def test_two_data_folders_share_no_path(tmp_path: Path) -> None:
    one, two = (Settings(data_dir=tmp_path / name) for name in "ab")
    assert not set(one.environment().values()) & {
        value for name, value in two.environment().items() if value.startswith(str(tmp_path))
    }


@pytest.mark.parametrize("name", ["SPRINT_RADIUS_KM", "SPRINT_NOW", "SPRINT_REPEAT_DAYS"])
def test_a_setting_of_the_wrong_type_is_refused_by_name(name: str) -> None:
    with pytest.raises(SettingsError, match=f"{name}='soon'"):
        Settings.from_env(environ={name: "soon"})


@pytest.mark.parametrize("value", ["nan", "-5", "0", "inf"])
def test_a_window_that_is_no_number_above_0_is_refused(value: str) -> None:
    with pytest.raises(SettingsError, match="SPRINT_RADIUS_KM"):
        Settings.from_env(environ={"SPRINT_RADIUS_KM": value})


def test_buyers_may_not_come_back_to_a_drop_that_is_final() -> None:
    assert Settings.from_env(environ={"SPRINT_REPEAT_DAYS": "30"}).repeat_window_days == 30
    with pytest.raises(SettingsError, match=r"SPRINT_REPEAT_DAYS=31 exceeds SPRINT_SETTLING_DAYS=30"):
        Settings.from_env(environ={"SPRINT_REPEAT_DAYS": "31"})


def test_the_secret_is_not_shown() -> None:
    assert "hunter2" not in repr(Settings.from_env(environ={"SPRINT_KEY": "hunter2"}))


@pytest.mark.parametrize(
    "text", ["2011-12-09T12Z", "2011-12-09T12:00Z", "2011-12-09T12:00:00+00:00", "2011-12-09T13:00:00+01:00"]
)
def test_an_hour_may_be_written_in_every_iso_way(text: str) -> None:
    assert parse_hour(text) == datetime(2011, 12, 9, 12, tzinfo=UTC)


def test_an_instant_without_an_offset_is_refused() -> None:
    with pytest.raises(ValueError, match="has no offset"):
        parse_instant("2011-12-09T12:00:00")


def test_an_hour_with_minutes_is_refused() -> None:
    with pytest.raises(ValueError, match="not the start of an hour"):
        parse_hour("2011-12-09T12:30Z")
