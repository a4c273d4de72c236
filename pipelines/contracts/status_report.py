"""`sprint status --json`: what is loaded, what is late, what to do next. A stable interface like the metrics."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from pipelines.contracts.price_bands import Instant


class FeedStatus(BaseModel):
    """What one feed has brought so far. `age_hours` runs from the last tick that met a file of it to `as_of`."""

    model_config = ConfigDict(frozen=True)

    feed: str
    files: int
    quarantined_files: int
    rows_read: int
    accepted: int
    rejected: int
    duplicate: int
    waiting_files: int
    last_met_at: Instant | None
    age_hours: float | None
    is_late: bool


class StatusReport(BaseModel):
    """The data folder at a glance.

    `missed_hours` counts the hours between the first tick and the last for which no tick ran.
    """

    model_config = ConfigDict(frozen=True)

    data_dir: str
    snapshot_id: str | None
    as_of: Instant | None
    published_at: Instant | None
    missed_hours: int
    feeds: tuple[FeedStatus, ...]
    next_steps: tuple[str, ...]
