"""EasyPost's trackers, alone, in lists, and in the events of its webhooks: one row a tracking detail.

A tracker says nothing of the order; another event of the same parcel (a shop's fulfilment) ties them. The estimated
delivery is the carrier's guess, which changes from event to event, and no promise: it is not taken.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from pipelines.ingest.readers.raw_rows import BrokenRow
from pipelines.ingest.sources.mapped_rows import FaultError, Mapped, Row, each, made_identifier
from pipelines.ingest.sources.payload import Payload, member, members, text
from pipelines.ingest.sources.word_tables import parcel_status

SYSTEM = "easypost"
_LISTS = ("trackers", "events")


def feeds_of(document: Any) -> frozenset[str]:
    """The feeds that a document holds rows of; none when it is not EasyPost's."""
    is_own = any(item.get("object") in ("Tracker", "Event") for item in _objects(document))
    return frozenset({"deliveries"}) if is_own else frozenset()


def map_documents(documents: Iterable[Any], feed: str) -> Iterator[Mapped]:  # noqa: ARG001 - one shape for all systems
    """One row from each tracking detail."""
    yield from each(_rows(document) for document in documents)


def _objects(document: Any) -> list[Payload]:
    if not isinstance(document, dict):
        return []
    for name in _LISTS:
        if isinstance(document.get(name), list):
            return [item for item in document[name] if isinstance(item, dict)]
    return [document]


def _rows(document: Any) -> Iterator[Mapped]:
    if isinstance(document, BrokenRow):
        raise FaultError(document.rule, document.message, document.field)
    objects = _objects(document)
    if not any(item.get("object") in ("Tracker", "Event") for item in objects) and not _is_empty_list(document):
        raise FaultError("row_is_of_easypost", "expected a tracker, an event, or a list of them")
    for item in objects:
        # Events of other things than trackers (a batch, a refund of postage) move no parcel.
        tracker = member(item, "result") if item.get("object") == "Event" else item
        if tracker.get("object") == "Tracker":
            for detail in members(tracker, "tracking_details"):
                try:
                    yield _status_change(detail, tracker)
                except FaultError as fault:
                    yield fault


def _is_empty_list(document: Any) -> bool:
    return isinstance(document, dict) and any(document.get(name) == [] for name in _LISTS)


def _status_change(detail: Payload, tracker: Payload) -> Row:
    parcel_id, carrier = text(tracker, "tracking_code"), text(tracker, "carrier")
    status, occurred_at = text(detail, "status"), text(detail, "datetime")
    told = (text(detail, name) for name in ("status_detail", "message", "carrier_code"))
    return {
        "event_id": made_identifier(SYSTEM, carrier, parcel_id, occurred_at, status, *told),
        "parcel_id": parcel_id,
        "status": parcel_status(SYSTEM, status, text(detail, "status_detail")),
        "occurred_at": occurred_at,
        "carrier": carrier,
    }
