"""Every path, window and secret of one run, in one frozen class read from the environment.

Nothing here touches the disk but `Settings.from_env`, which reads the environment alone. A data folder is the whole
state of a shop: two data folders share nothing, Dagster's storage included.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")
Number = TypeVar("Number", int, float)

PROJECT_ROOT = Path(__file__).resolve().parents[1]

# A row may claim an instant this much after the instant of loading: clocks of tills and carriers differ by minutes.
FUTURE_TOLERANCE = timedelta(minutes=5)


class SettingsError(ValueError):
    """A setting that cannot be used; the message names the variable, its value and what was expected."""


@dataclass(frozen=True)
class Settings:
    """One run's paths, windows and secret.

    Attributes:
        data_dir: The shop's data folder (`SPRINT_DATA`, default `data/` of the checkout), absolute.
        key: The secret of `buyer_key` (`SPRINT_KEY`); None: the one kept in the data folder's private store is used.
        fixed_now: The injected clock (`SPRINT_NOW`, tests and demo only); None: the machine's clock.
        lead_time_radius_km: Doors up to this distance count in the lead time headline (`SPRINT_RADIUS_KM`).
        velocity_window_hours: Hours from a drop's start that count as velocity (`SPRINT_VELOCITY_HOURS`).
        repeat_window_days: Days of 24 hours in which a buyer may come back (`SPRINT_REPEAT_DAYS`).
        settling_days: Days of 24 hours from a drop's end until it can be final (`SPRINT_SETTLING_DAYS`); no fewer than
            `repeat_window_days`.
        sign_in_file: Who vouches for the dashboards' users (`SPRINT_SIGN_IN`, a TOML file); None: `sign_in.toml` of
            the private folder, and without that file the dashboards run open.
        owners: E-mail addresses of owners (`SPRINT_OWNERS`, with commas between).
        analysts: Those of analysts (`SPRINT_ANALYSTS`).
        ops: Those of who runs the drops (`SPRINT_OPS`).
    """

    data_dir: Path
    key: str | None = field(default=None, repr=False)
    fixed_now: datetime | None = None
    lead_time_radius_km: float = 20.0
    velocity_window_hours: int = 48
    repeat_window_days: int = 30
    settling_days: int = 30
    sign_in_file: Path | None = None
    owners: frozenset[str] = field(default=frozenset(), repr=False)
    analysts: frozenset[str] = field(default=frozenset(), repr=False)
    ops: frozenset[str] = field(default=frozenset(), repr=False)

    def __post_init__(self) -> None:
        people = [email for group in (self.owners, self.analysts, self.ops) for email in group]
        if len(people) != len(set(people)):
            message = (
                "an e-mail address has two roles: it may stand in one of SPRINT_OWNERS, SPRINT_ANALYSTS, SPRINT_OPS"
            )
            raise SettingsError(message)
        if self.repeat_window_days > self.settling_days:
            message = (
                f"SPRINT_REPEAT_DAYS={self.repeat_window_days} exceeds SPRINT_SETTLING_DAYS={self.settling_days}:"
                " a drop would be final before its last buyers' time has passed"
            )
            raise SettingsError(message)

    @classmethod
    def from_env(
        cls,
        data_dir: Path | None = None,
        environ: Mapping[str, str] = os.environ,
        overrides: Mapping[str, str] | None = None,
    ) -> Settings:
        """Read the settings; `data_dir` (the CLI's `--data`) goes before `SPRINT_DATA`, `overrides` before `environ`.

        Raises:
            SettingsError: A variable holds what its type does not allow.
        """
        environ = {**environ, **(overrides or {})}
        chosen = data_dir or Path(environ.get("SPRINT_DATA") or PROJECT_ROOT / "data")
        return cls(
            data_dir=chosen.expanduser().resolve(),
            key=environ.get("SPRINT_KEY"),
            fixed_now=_parsed(environ, "SPRINT_NOW", parse_instant, None),
            lead_time_radius_km=_parsed(environ, "SPRINT_RADIUS_KM", _positive(float), cls.lead_time_radius_km),
            velocity_window_hours=_parsed(environ, "SPRINT_VELOCITY_HOURS", _positive(int), cls.velocity_window_hours),
            repeat_window_days=_parsed(environ, "SPRINT_REPEAT_DAYS", _positive(int), cls.repeat_window_days),
            settling_days=_parsed(environ, "SPRINT_SETTLING_DAYS", _positive(int), cls.settling_days),
            sign_in_file=_parsed(environ, "SPRINT_SIGN_IN", _absolute, None),
            owners=_parsed(environ, "SPRINT_OWNERS", _addresses, frozenset()),
            analysts=_parsed(environ, "SPRINT_ANALYSTS", _addresses, frozenset()),
            ops=_parsed(environ, "SPRINT_OPS", _addresses, frozenset()),
        )

    def now(self) -> datetime:
        """The instant of this call by the injected clock, in UTC."""
        return self.fixed_now or datetime.now(UTC)

    def role_of(self, email: str) -> str | None:
        """The role of an address, `owner`, `analyst` or `ops`; None: it has none."""
        roles = {"owner": self.owners, "analyst": self.analysts, "ops": self.ops}
        return next((role for role, people in roles.items() if _address(email) in people), None)

    @property
    def sign_in_path(self) -> Path:
        """Where the sign-in file is, if there is one."""
        return self.sign_in_file or self.private_dir / "sign_in.toml"

    @property
    def landing_dir(self) -> Path:
        """Where files land: one folder a feed."""
        return self.data_dir / "landing"

    @property
    def quarantine_dir(self) -> Path:
        """Files that could not be read, each with its `.reason.json` (owner-only mode)."""
        return self.data_dir / "quarantine"

    @property
    def archive_dir(self) -> Path:
        """Loaded files, compressed, without people's fields."""
        return self.data_dir / "archive"

    @property
    def private_dir(self) -> Path:
        """The key and `buyers.sqlite` (owner-only mode, never published)."""
        return self.data_dir / "private"

    @property
    def followups_dir(self) -> Path:
        """What `sprint followups` writes: addresses of buyers, for the owner alone."""
        return self.private_dir / "followups"

    @property
    def control_dir(self) -> Path:
        """The operator's actions, waiting for the next tick."""
        return self.data_dir / "control"

    @property
    def warehouse_path(self) -> Path:
        """The one file that only a tick opens."""
        return self.data_dir / "warehouse.duckdb"

    @property
    def lock_path(self) -> Path:
        """The file whose OS lock a tick holds for its whole life."""
        return self.data_dir / "tick.lock"

    @property
    def published_dir(self) -> Path:
        """`snapshots/<snapshot_id>/` and the symlink `current`."""
        return self.data_dir / "published"

    @property
    def reports_dir(self) -> Path:
        """`<drop_id>/` with the owner's reports."""
        return self.data_dir / "reports"

    @property
    def dagster_dir(self) -> Path:
        """Dagster's storage of this data folder."""
        return self.data_dir / "dagster"

    @property
    def dbt_target_dir(self) -> Path:
        """What dbt compiles for this data folder."""
        return self.data_dir / "dbt"

    @property
    def logs_dir(self) -> Path:
        """Logs of dbt and of the tick."""
        return self.data_dir / "logs"

    def environment(self) -> dict[str, str]:
        """The variables that Dagster, dbt and child processes need to work on this data folder, telemetry off."""
        return {
            "SPRINT_DATA": str(self.data_dir),
            "DAGSTER_HOME": str(PROJECT_ROOT),
            "DAGSTER_STORAGE_DIR": str(self.dagster_dir),
            "DBT_LOG_PATH": str(self.logs_dir),
            "DO_NOT_TRACK": "1",
            "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        }


def parse_instant(text: str) -> datetime:
    """An ISO 8601 instant with its offset (`2011-12-09T12:00:00Z`, or by the hour `2011-12-09T12Z`), in UTC.

    Raises:
        ValueError: The text is no instant or bears no offset.
    """
    stripped = text.strip()
    # `2011-12-09T12Z` is the spelling of an hour on the command line; fromisoformat wants minutes before an offset.
    if len(stripped) == len("2011-12-09T12Z") and stripped.endswith("Z"):
        stripped = stripped[:-1] + ":00Z"
    instant = datetime.fromisoformat(stripped)
    if instant.tzinfo is None:
        message = f"{text!r} has no offset; write 2011-12-09T12:00:00Z"
        raise ValueError(message)
    return instant.astimezone(UTC)


def parse_hour(text: str) -> datetime:
    """The start of a whole UTC hour from text such as `2011-12-09T12Z`.

    Raises:
        ValueError: It is no instant, bears no offset, or is not the start of an hour.
    """
    hour = parse_instant(text)
    if hour.minute or hour.second or hour.microsecond:
        message = f"{text!r} is not the start of an hour; write {hour:%Y-%m-%dT%H}Z"
        raise ValueError(message)
    return hour


def _address(email: str) -> str:
    # Letters beyond ASCII are left alone: Unicode's lower case makes some of them ASCII, and so two people one.
    stripped = email.strip()
    return stripped.lower() if stripped.isascii() else stripped


def _addresses(text: str) -> frozenset[str]:
    addresses = [_address(part) for part in text.split(",") if part.strip()]
    if not all("@" in address.strip("@") for address in addresses):
        message = "expected e-mail addresses with commas between"
        raise ValueError(message)
    return frozenset(addresses)


def _absolute(text: str) -> Path:
    return Path(text).expanduser().resolve()


def _positive(number: Callable[[str], Number]) -> Callable[[str], Number]:
    def parse(text: str) -> Number:
        value = number(text)
        if not 0 < value < math.inf:
            message = "expected a number above 0"
            raise ValueError(message)
        return value

    return parse


def _parsed(environ: Mapping[str, str], name: str, parse: Callable[[str], T], default: T) -> T:
    text = environ.get(name)
    if not text:
        return default
    try:
        return parse(text)
    except ValueError as error:
        message = f"{name}={text!r}: {error}"
        raise SettingsError(message) from error
