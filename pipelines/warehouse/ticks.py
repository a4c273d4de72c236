"""The ledger of ticks and the warehouse's clock, `raw.as_of`.

Nothing here decides what a tick does; it records that one began, up to which instant it looks, and how it ended.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from pipelines.settings import Settings, parse_instant
from pipelines.warehouse.connect import Connection, naive, transaction

HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Tick:
    """One run of the chain.

    Attributes:
        number: Counts the ticks of this data folder from 1.
        hour: Start of the closed hour that it was asked for, in UTC.
        as_of: The instant up to which staging looks; never earlier than that of any tick before it.
    """

    number: int
    hour: datetime
    as_of: datetime


def last_closed_hour(now: datetime) -> datetime:
    """Start of the last whole UTC hour that ended at or before `now`."""
    return now.astimezone(UTC).replace(minute=0, second=0, microsecond=0) - HOUR


def start_tick(  # noqa: PLR0913, PLR0917 - what one row of the ledger of ticks says
    connection: Connection,
    settings: Settings,
    hour: datetime,
    trigger: str,
    started_at: datetime,
    published: Mapping[str, Any] | None = None,
) -> Tick:
    """Record a new tick and move `raw.as_of` to it, in one transaction.

    A tick that an earlier process left `running` was killed: before it was published (`failed`), or after, as
    `published`, the newest manifest, tells. Numbers go on from the ledger's and the manifest's, whichever is higher:
    a warehouse made anew beside old snapshots gives no name twice. The caller holds the tick's lock.
    """
    with transaction(connection):
        if published is not None:
            connection.execute(
                "UPDATE raw.ticks SET status = 'published', snapshot_id = ?, finished_at = ?"
                " WHERE tick_number = ? AND status <> 'published'",
                [published["snapshot_id"], naive(parse_instant(published["published_at"])), published["tick_number"]],
            )
        connection.execute("UPDATE raw.ticks SET status = 'failed' WHERE status = 'running'")
        latest = connection.execute("SELECT tick_number, as_of FROM raw.ticks ORDER BY tick_number DESC").fetchone()
        number = 1 + max(latest[0] if latest else 0, published["tick_number"] if published else 0)
        as_of = max(hour + HOUR, latest[1].replace(tzinfo=UTC)) if latest else hour + HOUR
        connection.execute(
            "INSERT INTO raw.ticks VALUES (?, ?, ?, ?, ?, NULL, 'running', NULL)",
            [number, naive(hour), naive(as_of), trigger, naive(started_at)],
        )
        connection.execute("DELETE FROM raw.as_of")
        connection.execute(
            "INSERT INTO raw.as_of VALUES (?, ?, ?, ?, ?)",
            [
                naive(as_of),
                settings.lead_time_radius_km,
                settings.velocity_window_hours,
                settings.repeat_window_days,
                settings.settling_days,
            ],
        )
    return Tick(number=number, hour=hour, as_of=as_of)


def current_tick(connection: Connection) -> Tick:
    """The tick that is running.

    Raises:
        LookupError: None is.
    """
    row = connection.execute("SELECT tick_number, hour, as_of FROM raw.ticks WHERE status = 'running'").fetchone()
    if row is None:
        message = "no tick is running; a stage of a tick runs only inside the tick job"
        raise LookupError(message)
    return Tick(number=row[0], hour=row[1].replace(tzinfo=UTC), as_of=row[2].replace(tzinfo=UTC))


def finish_tick(
    connection: Connection,
    number: int,
    status: str,
    finished_at: datetime,
    snapshot_id: str | None = None,
) -> None:
    """Record how the tick `number` ended: `published` with its snapshot, or `failed`."""
    connection.execute(
        "UPDATE raw.ticks SET status = ?, finished_at = ?, snapshot_id = ? WHERE tick_number = ?",
        [status, naive(finished_at), snapshot_id, number],
    )


def fail_running_ticks(connection: Connection, finished_at: datetime) -> None:
    """Mark whatever is still `running` as `failed`: its process is about to let go of the lock."""
    connection.execute(
        "UPDATE raw.ticks SET status = 'failed', finished_at = ? WHERE status = 'running'", [naive(finished_at)]
    )
