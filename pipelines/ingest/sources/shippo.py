"""Shippo's tracks, as its interface answers them and as its webhooks wrap them: one row a tracking status.

The newest status stands beside the history and within it under another identifier, so events are identified by what
they say. `metadata` is free text of the shop's and names no order reliably.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from pipelines.ingest.readers.raw_rows import BrokenRow
from pipelines.ingest.sources.mapped_rows import FaultError, Mapped, Row, each, made_identifier
from pipelines.ingest.sources.payload import Payload, member, members, text
from pipelines.ingest.sources.word_tables import parcel_status

SYSTEM = "shippo"


def feeds_of(document: Any) -> frozenset[str]:
    """The feeds that a document holds rows of; none when it is not Shippo's."""
    return frozenset({"deliveries"}) if _track(document) is not None else frozenset()


def map_documents(documents: Iterable[Any], feed: str) -> Iterator[Mapped]:  # noqa: ARG001 - one shape for all systems
    """One row from each status of a track's history, and one from the newest if it is not in it."""
    yield from each(_rows(document) for document in documents)


def _track(document: Any) -> Payload | None:
    if not isinstance(document, dict):
        return None
    if isinstance(document.get("data"), dict) and str(document.get("event", "")).startswith("track_"):
        return _track(document["data"])
    return document if "tracking_history" in document and "tracking_number" in document else None


def _rows(document: Any) -> Iterator[Mapped]:
    if isinstance(document, BrokenRow):
        raise FaultError(document.rule, document.message, document.field)
    track = _track(document)
    if track is None:
        raise FaultError("row_is_of_shippo", "expected a track with tracking_number and tracking_history")
    newest = member(track, "tracking_status")
    seen = set()
    for status in [*members(track, "tracking_history"), *([newest] if newest else [])]:
        try:
            row = _status_change(status, track)
        except FaultError as fault:
            yield fault
            continue
        if row["event_id"] not in seen or status is not newest:
            yield row
        seen.add(row["event_id"])


def _status_change(status: Payload, track: Payload) -> Row:
    parcel_id, carrier = text(track, "tracking_number"), text(track, "carrier")
    said, occurred_at = text(status, "status"), text(status, "status_date")
    closer = text(member(status, "substatus"), "code")
    return {
        "event_id": made_identifier(SYSTEM, carrier, parcel_id, occurred_at, said, text(status, "status_details")),
        "parcel_id": parcel_id,
        "status": parcel_status(SYSTEM, said, closer),
        "occurred_at": occurred_at,
        "recorded_at": text(status, "object_created"),
        "carrier": carrier,
    }
