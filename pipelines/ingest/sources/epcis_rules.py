"""What an EPCIS 2.0 document and event must be, beyond what GS1's JSON schema can say.

The schema leaves open, among others, that a field outside of the standard must bear the prefix of a declared namespace,
that a word must be one of the Core Business Vocabulary, and which lists an event of each type and action needs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any

from pipelines.ingest.readers.json_rows import is_number
from pipelines.ingest.sources import epcis_vocabulary as cbv
from pipelines.ingest.sources.mapped_rows import FaultError

Context = frozenset[str]
_Check = Callable[[str, Any, Context], None]

_STANDARD_CONTEXT = re.compile(r"https://ref\.gs1\.org/standards/epcis/([\d.]+/)?epcis-context\.jsonld")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)", re.ASCII)
_OFFSET = re.compile(r"[+-](0\d|1[0-3]):[0-5]\d|[+-]14:00", re.ASCII)
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]+", re.ASCII)
_UNIT = re.compile(r"[A-Z0-9]{2,3}")
_NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?", re.ASCII)
_HEX = re.compile(r"([0-9A-Fa-f]{2})+")
_WORD = re.compile(r"[A-Za-z0-9_]+", re.ASCII)
_EVENT_TYPES = ("ObjectEvent", "AggregationEvent", "TransactionEvent", "TransformationEvent", "AssociationEvent")


def document_events(document: Mapping[str, Any]) -> list[Any]:
    """The events of a document, or the one event that the document is.

    Raises:
        FaultError: The document breaks a rule of its own, so that none of its events can be read.
    """
    context = read_context(document, frozenset())
    if document.get("type") in _EVENT_TYPES:
        return [document]
    _check_fields("document", document, _DOCUMENT, ("type", "schemaVersion", "creationDate", "epcisBody"), context)
    body = document["epcisBody"]
    if document["type"] == "EPCISQueryDocument":
        results = body.get("queryResults")
        body = results.get("resultsBody") if isinstance(results, dict) else None
    events = body.get("eventList", [body["event"]] if "event" in body else None) if isinstance(body, dict) else None
    if not isinstance(events, list):
        raise FaultError("document_has_an_event_list", "expected epcisBody.eventList")
    return events


def read_context(holder: Mapping[str, Any], outer: Context) -> Context:
    """The prefixes that hold within a document or an event.

    Raises:
        FaultError: A document does not name the standard's context, or a declaration is malformed.
    """
    written = holder.get("@context", [])
    entries = written if isinstance(written, list) else [written]
    if not outer and not any(isinstance(one, str) and _STANDARD_CONTEXT.fullmatch(one) for one in entries):
        raise FaultError("document_names_the_epcis_context", "expected GS1's EPCIS context in @context")
    prefixes = set(outer or cbv.PREFIXES)
    for entry in entries:
        if isinstance(entry, dict):
            prefixes |= set(entry)
        elif not isinstance(entry, str):
            raise FaultError("context_is_addresses_and_prefixes", "expected addresses or prefixes in @context")
    return frozenset(prefixes)


def check_event(event: Any, context: Context) -> None:
    """Check one event.

    Raises:
        FaultError: It breaks a rule; the first one found is named.
    """
    if not isinstance(event, dict) or event.get("type") not in _EVENT_TYPES:
        raise FaultError("type_is_an_event_type", f"expected one of {', '.join(_EVENT_TYPES)}", "event_type")
    kind = event["type"]
    required = ["eventTime", "eventTimeZoneOffset"]
    required += [] if kind == "TransformationEvent" else ["action"]
    known = _COMMON | _BY_TYPE[kind]
    _check_fields("event", event, known, required, context)
    _NEEDS[kind](event)


def _check_fields(
    holder: str, found: Mapping[str, Any], known: Mapping[str, _Check], required: Collection[str], context: Context
) -> None:
    for name in required:
        if found.get(name) is None:
            raise FaultError(f"{name}_is_present", f"expected {name} in the {holder}", name)
    for name, value in found.items():
        if name in known:
            known[name](name, value, context)
        else:
            _check_extension(holder, name, context)


def _check_extension(holder: str, name: str, context: Context) -> None:
    prefix, colon, rest = name.partition(":")
    is_address = rest.startswith("//") or prefix == "urn"
    if name == "@context":
        return
    if not colon or not rest or not (is_address or prefix in context):
        shown = name[:60]
        message = f"expected fields of the standard, or with the prefix of a declared namespace; found {shown!r}"
        raise FaultError(f"{holder}_fields_are_of_a_declared_namespace", message)


def _refuse(name: str, expected: str) -> FaultError:
    return FaultError(
        f"{name}_is_{expected.replace(' ', '_').replace('-', '_')}", f"expected {name} as {expected}", name
    )


def _instant(name: str, value: Any, context: Context) -> None:  # noqa: ARG001 - one shape for all checks
    try:
        if not (isinstance(value, str) and _INSTANT.fullmatch(value)):
            raise ValueError
        datetime.fromisoformat(value)
    except ValueError:
        raise _refuse(name, "an instant with offset") from None


def _offset(name: str, value: Any, context: Context) -> None:  # noqa: ARG001
    if not (isinstance(value, str) and _OFFSET.fullmatch(value)):
        raise _refuse(name, "an offset such as +02:00")


def _address(name: str, value: Any, context: Context) -> None:  # noqa: ARG001
    if is_number(value) or not isinstance(value, str) or not _ADDRESS.fullmatch(value):
        raise _refuse(name, "an identifier that is an address")


def _addresses(name: str, value: Any, context: Context) -> None:
    if not isinstance(value, list):
        raise _refuse(name, "a list of identifiers")
    for one in value:
        _address(name, one, context)


def _address_or_addresses(name: str, value: Any, context: Context) -> None:
    (_addresses if isinstance(value, list) else _address)(name, value, context)


def _number(name: str, value: Any, context: Context) -> None:  # noqa: ARG001
    if not is_number(value) or not _NUMBER.fullmatch(value):
        raise _refuse(name, "a number")


def _text(name: str, value: Any, context: Context) -> None:  # noqa: ARG001
    if is_number(value) or not isinstance(value, str):
        raise _refuse(name, "text")


def _truth(name: str, value: Any, context: Context) -> None:  # noqa: ARG001
    if not isinstance(value, bool):
        raise _refuse(name, "true or false")


def _anything(name: str, value: Any, context: Context) -> None:
    """A field whose value is checked elsewhere."""


def _matching(pattern: re.Pattern[str], expected: str) -> _Check:
    def check(name: str, value: Any, context: Context) -> None:  # noqa: ARG001
        if is_number(value) or not isinstance(value, str) or not pattern.fullmatch(value):
            raise _refuse(name, expected)

    return check


def _one_of(*words: str) -> _Check:
    def check(name: str, value: Any, context: Context) -> None:  # noqa: ARG001
        if value not in words:
            raise _refuse(name, f"one of {' '.join(words)}")

    return check


def _vocabulary(listed: str) -> _Check:
    """A word of the standard's list, its address, or an address or prefixed word of somebody else's list."""
    urn, words = cbv.ADDRESSES[listed]
    own = (urn, f"https://ref.gs1.org/cbv/{listed}-", f"cbv:{listed}-", f"https://gs1.org/voc/{listed}-")

    def check(name: str, value: Any, context: Context) -> None:
        if not isinstance(value, str) or is_number(value):
            raise _refuse(name, "text")
        tail = next((value.removeprefix(start) for start in own if value.startswith(start)), value)
        if tail in words:
            return
        prefix, colon, rest = value.partition(":")
        is_foreign = tail == value and colon and (prefix in context or rest.startswith("//") or prefix == "urn")
        if not is_foreign or not _ADDRESS.fullmatch(value):
            message = f"expected {name} as a word of GS1's Core Business Vocabulary or an address; found {value[:60]!r}"
            raise FaultError(f"{name}_is_of_the_core_business_vocabulary", message, name)

    return check


def _word_or_address(name: str, value: Any, context: Context) -> None:
    if isinstance(value, str) and not is_number(value) and _WORD.fullmatch(value):
        return
    _address(name, value, context)


def _object(known: Mapping[str, _Check], required: Collection[str] = ()) -> _Check:
    def check(name: str, value: Any, context: Context) -> None:
        if not isinstance(value, dict):
            raise _refuse(name, "an object")
        _check_fields(name, value, known, required, read_context(value, context) if "@context" in value else context)

    return check


def _list_of(each: _Check, *, is_filled: bool = False) -> _Check:
    def check(name: str, value: Any, context: Context) -> None:
        if not isinstance(value, list) or (is_filled and not value):
            raise _refuse(name, "a list")
        for one in value:
            each(name, one, context)

    return check


_QUANTITIES = _list_of(_object({"epcClass": _address, "quantity": _number, "uom": _matching(_UNIT, "a unit code")},
                               ("epcClass",)))  # fmt: skip
_PLACE = _object({"id": _address}, ("id",))
_SENSOR_METADATA = {
    "time": _instant,
    "startTime": _instant,
    "endTime": _instant,
    "deviceID": _address,
    "deviceMetadata": _address,
    "rawData": _address,
    "dataProcessingMethod": _address,
    "bizRules": _address,
}
_SENSOR_REPORT = {
    "type": _word_or_address,
    "exception": _word_or_address,
    "deviceID": _address,
    "deviceMetadata": _address,
    "rawData": _address,
    "dataProcessingMethod": _address,
    "bizRules": _address,
    "time": _instant,
    "microorganism": _address,
    "chemicalSubstance": _address,
    "coordinateReferenceSystem": _address,
    "value": _number,
    "component": _word_or_address,
    "stringValue": _text,
    "booleanValue": _truth,
    "hexBinaryValue": _matching(_HEX, "hex digits"),
    "uriValue": _address,
    "minValue": _number,
    "maxValue": _number,
    "meanValue": _number,
    "sDev": _number,
    "percRank": _number,
    "percValue": _number,
    "uom": _matching(re.compile(r"[A-Z0-9]{2,3}"), "a unit code"),
}
_SENSOR_ELEMENT = {
    "sensorMetadata": _object(_SENSOR_METADATA),
    "sensorReport": _list_of(_object(_SENSOR_REPORT), is_filled=True),
}
_ERROR = {
    "declarationTime": _instant,
    "reason": _vocabulary("ER"),
    "correctiveEventIDs": _addresses,
}
_DISPOSITIONS = _list_of(_vocabulary("Disp"))

_DOCUMENT: dict[str, _Check] = {
    "@context": _anything,
    "id": _text,
    "type": _one_of("EPCISDocument", "EPCISQueryDocument"),
    "schemaVersion": _matching(re.compile(r"2\.\d+(\.\d+)?"), "a version 2 of EPCIS"),
    "creationDate": _instant,
    "sender": _text,
    "receiver": _text,
    "instanceIdentifier": _text,
    "epcisHeader": _object({"epcisMasterData": _anything}),
    "epcisBody": _anything,
}
# Of an event that stands alone `schemaVersion` and the like do not exist; these are of every event.
_COMMON: dict[str, _Check] = {
    "@context": _anything,
    "type": _anything,
    "eventTime": _instant,
    "eventTimeZoneOffset": _offset,
    "recordTime": _instant,
    "eventID": _address,
    "errorDeclaration": _object(_ERROR, ("declarationTime",)),
    "certificationInfo": _address_or_addresses,
    "bizStep": _vocabulary("BizStep"),
    "disposition": _vocabulary("Disp"),
    "persistentDisposition": _object({"set": _DISPOSITIONS, "unset": _DISPOSITIONS}),
    "readPoint": _PLACE,
    "bizLocation": _PLACE,
    "bizTransactionList": _list_of(
        _object({"type": _vocabulary("BTT"), "bizTransaction": _address}, ("bizTransaction",))
    ),
    "sourceList": _list_of(_object({"type": _vocabulary("SDT"), "source": _address}, ("type", "source"))),
    "destinationList": _list_of(
        _object({"type": _vocabulary("SDT"), "destination": _address}, ("type", "destination"))
    ),
    "sensorElementList": _list_of(_object(_SENSOR_ELEMENT, ("sensorReport",)), is_filled=True),
}
_ACTION = {"action": _one_of("ADD", "OBSERVE", "DELETE")}
# Of master data of instances the standard names fields with a prefix of its own, so none comes without one.
_MASTER_DATA = {"ilmd": _object({})}
_CHILDREN = {"parentID": _address, "childEPCs": _addresses, "childQuantityList": _QUANTITIES}
_BY_TYPE: dict[str, dict[str, _Check]] = {
    "ObjectEvent": {**_ACTION, **_MASTER_DATA, "epcList": _addresses, "quantityList": _QUANTITIES},
    "AggregationEvent": {**_ACTION, **_CHILDREN},
    "AssociationEvent": {**_ACTION, **_CHILDREN},
    "TransactionEvent": {**_ACTION, "parentID": _address, "epcList": _addresses, "quantityList": _QUANTITIES},
    "TransformationEvent": {
        **_MASTER_DATA,
        "inputEPCList": _addresses,
        "inputQuantityList": _QUANTITIES,
        "outputEPCList": _addresses,
        "outputQuantityList": _QUANTITIES,
        "transformationID": _address,
    },
}


def _need(event: Mapping[str, Any], *names: str) -> None:
    if not any(event.get(name) for name in names):
        raise FaultError(f"event_has_{names[0]}", f"expected {' or '.join(names)} in the {event['type']}")


def _need_of_object(event: Mapping[str, Any]) -> None:
    _need(event, "epcList", "quantityList", "sensorElementList")
    if event.get("ilmd") is not None and event["action"] != "ADD":
        raise FaultError("ilmd_comes_with_action_ADD", "expected master data only where instances begin", "ilmd")


def _need_of_aggregation(event: Mapping[str, Any]) -> None:
    if event["action"] != "OBSERVE":
        _need(event, "parentID")
    if event["action"] != "DELETE":
        _need(event, "childEPCs", "childQuantityList", "sensorElementList")


def _need_of_association(event: Mapping[str, Any]) -> None:
    _need(event, "parentID")
    if event["action"] != "DELETE":
        _need(event, "childEPCs", "childQuantityList", "sensorElementList")


def _need_of_transaction(event: Mapping[str, Any]) -> None:
    _need(event, "bizTransactionList")
    if event["action"] != "DELETE":
        _need(event, "epcList", "quantityList", "parentID")


def _need_of_transformation(event: Mapping[str, Any]) -> None:
    _need(event, "inputEPCList", "inputQuantityList", "transformationID")
    _need(event, "outputEPCList", "outputQuantityList", "transformationID")


_NEEDS: dict[str, Callable[[Mapping[str, Any]], None]] = {
    "ObjectEvent": _need_of_object,
    "AggregationEvent": _need_of_aggregation,
    "AssociationEvent": _need_of_association,
    "TransactionEvent": _need_of_transaction,
    "TransformationEvent": _need_of_transformation,
}
