"""GS1 EPCIS 2.0 in JSON-LD: every valid event is stored; those of a parcel at a hub are its status changes too.

A parcel is a logistic unit (SSCC), a hub a location (GLN, with its extension if it has one), a box an item with a
serial number. An event that is declared an error withdraws the one with the same identity; one without `eventID` is
known by what it says, so that its declaration finds it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import unquote

from pipelines.contracts.digital_link import DigitalLinkError, parse_elements
from pipelines.contracts.drop_plan import gtin_check_digit
from pipelines.ingest.readers.raw_rows import BrokenRow
from pipelines.ingest.sources.epcis_rules import Context, check_event, document_events, read_context
from pipelines.ingest.sources.mapped_rows import FaultError, Mapped, Row, each, made_identifier
from pipelines.ingest.sources.payload import Payload, member, members, text
from pipelines.ingest.sources.word_tables import is_mapped_status, parcel_status
from pipelines.privacy import MASK, is_personal

SYSTEM = "epcis"
_TYPES = ("EPCISDocument", "EPCISQueryDocument")
# Not part of what an event says: an event and its declaration as an error differ in these alone.
_BESIDE = frozenset({"@context", "errorDeclaration", "recordTime"})
_LEAVING = frozenset({"shipping", "departing", "transporting", "void_shipping"})
_TRANSACTION = "urn:epcglobal:cbv:bt:"
_NO_EXTENSION = "0"
# A logistic unit in either of its forms.
_PARCEL = re.compile(r"urn:epc:id:sscc:|/(00|sscc)/")


def feeds_of(document: Any) -> frozenset[str]:
    """The feeds that a document holds rows of; none when it is no EPCIS."""
    is_own = isinstance(document, dict) and (
        document.get("type") in _TYPES or ("eventTime" in document and "eventTimeZoneOffset" in document)
    )
    if not is_own:
        return frozenset()
    has_parcels = _PARCEL.search(json.dumps(document)) is not None
    return frozenset({"deliveries", "epcis_events"} if has_parcels else {"epcis_events"})


def map_documents(documents: Iterable[Any], feed: str) -> Iterator[Mapped]:
    """The rows of one feed in EPCIS documents: an event that breaks a rule is a fault in either."""
    yield from each(_rows(document, feed) for document in documents)


def _rows(document: Any, feed: str) -> Iterator[Mapped]:
    if isinstance(document, BrokenRow):
        raise FaultError(document.rule, document.message, document.field)
    if not isinstance(document, dict):
        raise FaultError("row_is_of_epcis", "expected an EPCIS document or event")
    events = document_events(document)
    context = read_context(document, frozenset())
    yield from each(_event_rows(event, context, feed) for event in events)


def _event_rows(event: Any, context: Context, feed: str) -> Iterator[Mapped]:
    inner = read_context(event, context) if isinstance(event, dict) else context
    check_event(event, inner)
    identity = text(event, "eventID") or made_identifier(SYSTEM, _said(event))
    shared: Row = {
        "occurred_at": text(event, "eventTime"),
        "recorded_at": text(event, "recordTime"),
        "withdrawn_at": text(member(event, "errorDeclaration"), "declarationTime"),
    }
    if feed == "deliveries":
        yield from _status_changes(event, identity, shared)
        return
    yield {
        **shared,
        "event_id": identity,
        "event_type": text(event, "type"),
        "action": text(event, "action"),
        "business_step": text(event, "bizStep"),
        "disposition": text(event, "disposition"),
        "read_point": text(member(event, "readPoint"), "id"),
        "business_location": text(member(event, "bizLocation"), "id"),
        "event_json": json.dumps(_without_people(event), ensure_ascii=False, sort_keys=True),
    }


def _said(event: Payload) -> str:
    return json.dumps({name: value for name, value in event.items() if name not in _BESIDE}, sort_keys=True)


def _without_people(value: Any) -> Any:
    """Fields of others' namespaces may hold anything; those that are called after a person are masked."""
    if isinstance(value, list):
        return [_without_people(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        name: MASK if ":" in name and is_personal(name.rpartition(":")[2]) else _without_people(item)
        for name, item in value.items()
    }


def _status_changes(event: Payload, identity: str, shared: Row) -> Iterator[Mapped]:
    step = _word(text(event, "bizStep"))
    parcels, boxes = _parcels_and_boxes(event)
    hub_id = _hub(event, is_leaving=step in _LEAVING)
    if not parcels or hub_id is None or not is_mapped_status(SYSTEM, step):
        return
    for parcel_id in parcels:
        yield {
            **shared,
            "event_id": identity if len(parcels) == 1 else f"{identity}#{parcel_id}",
            "parcel_id": parcel_id,
            "order_id": _order(event),
            "box_id": boxes[0] if len(boxes) == 1 and len(parcels) == 1 else None,
            "status": parcel_status(SYSTEM, step, _word(text(event, "disposition"))),
            "hub_id": hub_id,
        }


def _word(written: str | None) -> str | None:
    """A vocabulary's word without the address before it."""
    return None if written is None else written.rpartition(":")[2].rpartition("/")[2].rpartition("-")[2]


def _parcels_and_boxes(event: Payload) -> tuple[list[str], list[str]]:
    named = [event["parentID"]] if event.get("parentID") else []
    for listed in ("epcList", "childEPCs"):
        named += event.get(listed) or []
    elements = [_elements(one) for one in named]
    parcels = [found["00"] for found in elements if "00" in found]
    boxes = [found["21"] for found in elements if "01" in found and "21" in found]
    return list(dict.fromkeys(parcels)), list(dict.fromkeys(boxes))


def _hub(event: Payload, *, is_leaving: bool) -> str | None:
    """Where it happened: a parcel leaves by the point where it was read, and arrives at a business location."""
    order = ("readPoint", "bizLocation") if is_leaving else ("bizLocation", "readPoint")
    place = next((found for name in order if (found := text(member(event, name), "id")) is not None), None)
    if place is None:
        return None
    elements = _elements(place)
    if "414" not in elements:
        return place
    extension = elements.get("254", _NO_EXTENSION)
    return elements["414"] if extension == _NO_EXTENSION else f"{elements['414']}.{extension}"


def _order(event: Payload) -> str | None:
    """The order behind a purchase order's identifier in the standard's form: who issued it, and its number."""
    for transaction in members(event, "bizTransactionList"):
        written = text(transaction, "bizTransaction") or ""
        if _word(text(transaction, "type")) == "po" and written.startswith(_TRANSACTION):
            return unquote(written.removeprefix(_TRANSACTION).partition(":")[2]) or None
    return None


def _elements(identifier: str) -> dict[str, str]:
    """The application identifiers behind an EPC in either of its forms; none when it is somebody's own address."""
    if identifier.startswith("urn:epc:id:"):
        return _elements_of_urn(identifier)
    try:
        return parse_elements(identifier)
    except DigitalLinkError:
        return {}


def _elements_of_urn(urn: str) -> dict[str, str]:
    """GS1 Tag Data Standard: company prefix, reference and serial, separated by dots, without the check digit."""
    scheme, _, rest = urn.removeprefix("urn:epc:id:").partition(":")
    company, _, rest = rest.partition(".")
    reference, _, serial = rest.partition(".")
    if not (company + reference).isdigit() or not (company + reference).isascii():
        return {}
    if scheme == "sscc" and len(company + reference) == 17:  # noqa: PLR2004 - an SSCC is 18 digits with its check
        digits = reference[0] + company + reference[1:]
        return {"00": digits + gtin_check_digit(digits)}
    if scheme == "sgtin" and len(company + reference) == 13:  # noqa: PLR2004 - and a GTIN 14
        digits = reference[0] + company + reference[1:]
        return {"01": digits + gtin_check_digit(digits), "21": unquote(serial)}
    if scheme == "sgln" and len(company + reference) == 12:  # noqa: PLR2004 - and a GLN 13
        digits = company + reference
        return {"414": digits + gtin_check_digit(digits), "254": unquote(serial)}
    return {}
