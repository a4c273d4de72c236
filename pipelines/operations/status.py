"""What is loaded, what is late, what to do next: one look at the published snapshot and the folders around it.

The warehouse itself is not opened, so that asking never disturbs a running tick.
"""

from __future__ import annotations

import stat
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from pipelines.contracts.landed_names import is_unfinished
from pipelines.contracts.reconciliation_report import ReconciledFile
from pipelines.contracts.status_report import FeedStatus, StatusReport
from pipelines.settings import Settings
from pipelines.warehouse.published import NotPublishedError, PublishedSnapshot, open_published
from pipelines.warehouse.reconcile import read_reconciliation
from pipelines.warehouse.tables import FEED_TABLES

# What a shop sends at least: without one of these a metric stays unknown, and the sentence says which.
_WANTED_FEEDS = {
    "orders": "Add your orders: sprint add PATH. Without them there is nothing to measure.",
    "drops": "Add a drop plan (YAML) to see inventory velocity and to have prices decided.",
    "deliveries": "Add delivery events to see how long orders take to the door.",
    "hubs": "Add your hubs with their coordinates: the distance from hub to door decides what counts as near.",
    "scans": "Add QR scans and shares to see the unboxing engagement.",
}

_FILES = """
    SELECT feed, count(*) AS files, count(*) FILTER (status = 'quarantined') AS quarantined_files,
        sum(rows_read)::BIGINT AS rows_read, sum(accepted)::BIGINT AS accepted, sum(rejected)::BIGINT AS rejected,
        sum(duplicate)::BIGINT AS duplicate
    FROM raw.landing_files GROUP BY feed
"""
_LAST_MET = """
    SELECT feed, max(met.as_of) AS last_met_at FROM raw.landing_files
    JOIN (
        SELECT file_id, as_of FROM raw.landing_files UNION ALL SELECT file_id, as_of FROM raw.file_sightings
    ) AS met USING (file_id)
    WHERE status = 'loaded' GROUP BY feed
"""
_MISSED = """
    SELECT coalesce(date_diff('hour', min(hour), max(hour)) + 1 - count(DISTINCT hour), 0)::BIGINT FROM raw.ticks
"""
_STALENESS = "SELECT min(max_staleness_hours) FROM marts.dim_drops WHERE status = 'live'"


def read_status(settings: Settings) -> StatusReport:
    """The state of a data folder, whether anything has been published in it or not."""
    waiting = {feed: _waiting_files(settings.landing_dir / feed) for feed in FEED_TABLES}
    try:
        snapshot = open_published(settings.published_dir)
    except NotPublishedError:
        feeds = tuple(_feed_status(feed, waiting[feed]) for feed in FEED_TABLES)
        return StatusReport(
            data_dir=str(settings.data_dir),
            snapshot_id=None,
            as_of=None,
            published_at=None,
            missed_hours=0,
            feeds=feeds,
            next_steps=_next_steps(feeds),
        )
    feeds = _published_feeds(snapshot, waiting)
    published_at = snapshot.frame("SELECT max(finished_at) FROM raw.ticks WHERE status = 'published'").item()
    report = StatusReport(
        data_dir=str(settings.data_dir),
        snapshot_id=snapshot.snapshot_id,
        as_of=snapshot.as_of,
        published_at=published_at.replace(tzinfo=UTC),
        missed_hours=snapshot.frame(_MISSED).item(),
        feeds=feeds,
        next_steps=(*_next_steps(feeds), *drift_sentences(read_reconciliation(snapshot).files)),
    )
    snapshot.close()
    return report


def _published_feeds(snapshot: PublishedSnapshot, waiting: dict[str, int]) -> tuple[FeedStatus, ...]:
    files = {row["feed"]: row for row in snapshot.frame(_FILES).iter_rows(named=True)}
    last_met = {feed: met.replace(tzinfo=UTC) for feed, met in snapshot.frame(_LAST_MET).iter_rows()}
    allowed_hours = snapshot.frame(_STALENESS).item()
    return tuple(
        _feed_status(
            feed, waiting[feed], files.get(feed), last_met.get(feed), as_of=snapshot.as_of, allowed_hours=allowed_hours
        )
        for feed in FEED_TABLES
    )


def _feed_status(  # noqa: PLR0913, PLR0917 - one row, each field from another place
    feed: str,
    waiting_files: int,
    counts: dict[str, int | str] | None = None,
    last_met_at: datetime | None = None,
    as_of: datetime | None = None,
    allowed_hours: int | None = None,
) -> FeedStatus:
    counts = counts or {}
    age_hours = (as_of - last_met_at).total_seconds() / 3600 if as_of and last_met_at else None
    numbers = ("files", "quarantined_files", "rows_read", "accepted", "rejected", "duplicate")
    # Only orders steer prices, so only they can be late; of the others the age is shown.
    is_late = feed == "orders" and allowed_hours is not None and (age_hours is None or age_hours > allowed_hours)
    return FeedStatus(
        feed=feed,
        **{name: int(counts.get(name, 0)) for name in numbers},
        waiting_files=waiting_files,
        last_met_at=last_met_at,
        age_hours=age_hours,
        is_late=is_late,
    )


def _waiting_files(folder: Path) -> int:
    if not folder.is_dir():
        return 0
    found = (path for pattern in ("*", "*/*") for path in folder.glob(pattern))
    return sum(stat.S_ISREG(path.lstat().st_mode) and not is_unfinished(path.name) for path in found)


def _next_steps(feeds: tuple[FeedStatus, ...]) -> tuple[str, ...]:
    by_name = {feed.feed: feed for feed in feeds}
    steps = []
    if waiting := sum(feed.waiting_files for feed in feeds):
        steps.append(
            f"{_counted(waiting, 'file waits', 'files wait')} in the landing folder: run `sprint tick` to load them."
        )
    steps += [
        sentence
        for feed, sentence in _WANTED_FEEDS.items()
        if not by_name[feed].accepted and not by_name[feed].waiting_files
    ]
    if quarantined := sum(feed.quarantined_files for feed in feeds):
        files = _counted(quarantined, "file", "files")
        steps.append(f"{files} could not be read: see the .reason.json beside each in quarantine/.")
    if rejected := sum(feed.rejected for feed in feeds):
        rows = _counted(rejected, "row was", "rows were")
        steps.append(f"{rows} rejected: `sprint inspect FILE` names each with its rule.")
    if by_name["orders"].is_late:
        steps.append("Orders are late while a drop is live: prices hold still until they arrive.")
    return tuple(steps)


def drift_sentences(files: Iterable[ReconciledFile]) -> tuple[str, ...]:
    """How the columns of each feed and source's latest file differ from those of the file before it.

    Args:
        files: The ledger's files in the order of their loading.
    """
    latest = {(file.feed, file.source): file for file in files if file.status == "loaded"}
    sentences = []
    for (feed, source), file in latest.items():
        changes = [f"new and kept: {', '.join(file.new_columns)}"] * bool(file.new_columns)
        changes += [f"gone: {', '.join(file.vanished_columns)}"] * bool(file.vanished_columns)
        if changes:
            origin = feed if source == "canonical" else f"{feed} ({source})"
            sentences.append(f"The columns of {origin} changed with {file.path}; {'; '.join(changes)}.")
    return tuple(sentences)


def _counted(number: int, one: str, more: str) -> str:
    return f"{number:,} {one if number == 1 else more}"
