"""AfterShip's trackings, as its interface answers them and as its webhooks wrap them: one row a checkpoint.

Some carriers' checkpoints have local times without an offset; those are refused by the contract, never guessed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from pipelines.ingest.readers.raw_rows import BrokenRow
from pipelines.ingest.sources.mapped_rows import FaultError, Mapped, Row, each, made_identifier
from pipelines.ingest.sources.payload import Payload, members, text
from pipelines.ingest.sources.word_tables import parcel_status

SYSTEM = "aftership"
_WRAPPINGS = ("msg", "data", "tracking")


def feeds_of(document: Any) -> frozenset[str]:
    """The feeds that a document holds rows of; none when it is not AfterShip's."""
    return frozenset({"deliveries"}) if _trackings(document) else frozenset()


def map_documents(documents: Iterable[Any], feed: str) -> Iterator[Mapped]:  # noqa: ARG001 - one shape for all systems
    """One row from each checkpoint."""
    yield from each(_rows(document) for document in documents)


def _trackings(document: Any) -> list[Payload]:
    if not isinstance(document, dict):
        return []
    if isinstance(document.get("trackings"), list):
        return [one for item in document["trackings"] for one in _trackings(item)]
    for name in _WRAPPINGS:
        if isinstance(document.get(name), dict):
            return _trackings(document[name])
    return [document] if "checkpoints" in document and "slug" in document else []


def _rows(document: Any) -> Iterator[Mapped]:
    if isinstance(document, BrokenRow):
        raise FaultError(document.rule, document.message, document.field)
    trackings = _trackings(document)
    if not trackings:
        raise FaultError("row_is_of_aftership", "expected a tracking with slug and checkpoints")
    for tracking in trackings:
        for checkpoint in members(tracking, "checkpoints"):
            try:
                yield _status_change(checkpoint, tracking)
            except FaultError as fault:
                yield fault


def _status_change(checkpoint: Payload, tracking: Payload) -> Row:
    parcel_id, carrier = text(tracking, "tracking_number"), text(checkpoint, "slug") or text(tracking, "slug")
    tag, subtag = text(checkpoint, "tag"), text(checkpoint, "subtag")
    occurred_at = text(checkpoint, "checkpoint_time", "date_time")
    longitude, latitude = _coordinates(checkpoint)
    return {
        "event_id": made_identifier(SYSTEM, carrier, parcel_id, occurred_at, tag, subtag, text(checkpoint, "message")),
        "parcel_id": parcel_id,
        "order_id": text(tracking, "order_id"),
        "status": parcel_status(SYSTEM, tag, subtag),
        "occurred_at": occurred_at,
        "recorded_at": text(checkpoint, "created_at"),
        "carrier": carrier,
        "latitude": latitude,
        "longitude": longitude,
    }


def _coordinates(checkpoint: Payload) -> tuple[str | None, str | None]:
    """Longitude before latitude: an array, as AfterShip writes it, or an object in newer versions."""
    place = checkpoint.get("coordinates") or checkpoint.get("coordinate")
    if isinstance(place, list) and len(place) == 2 and all(isinstance(one, str) for one in place):  # noqa: PLR2004
        return str(place[0]), str(place[1])
    if isinstance(place, dict):
        return text(place, "longitude"), text(place, "latitude")
    return None, None
