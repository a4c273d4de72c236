from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest
from system_payloads import ReadFile, read_payload
from valid_payloads import EPCIS_PARCEL as PARCEL
from valid_payloads import epcis_document as document
from valid_payloads import epcis_event as event


def deliveries(*events: Any) -> ReadFile:
    return read_payload(document(*events), "deliveries", "epcis")


def test_a_parcel_at_a_hub_goes_in_and_out() -> None:
    read = deliveries(event(bizStep="receiving"), event(), event(bizStep="receiving", disposition="returned"))
    assert [row["status"] for row in read.accepted] == ["pre_transit", "in_transit", "return_to_sender"]
    row = read.accepted[1]
    assert (row["parcel_id"], row["hub_id"]) == ("095213210000000018", "9521321000018")
    assert (row["occurred_at"], row["carrier"]) == (datetime(2026, 11, 28, 8), None)  # noqa: DTZ001


@pytest.mark.parametrize(
    ("parcel", "hub", "parcel_id", "hub_id"),
    [
        ("https://id.gs1.org/00/095213210000000018", "https://id.gs1.org/414/9521321000018", "095213210000000018",
         "9521321000018"),
        (PARCEL, "urn:epc:id:sgln:9521321.00001.east", "095213210000000018", "9521321000018.east"),
        (PARCEL, "https://id.gs1.org/414/9521321000018/254/east", "095213210000000018", "9521321000018.east"),
        (PARCEL, "https://shop.example/hubs/north", "095213210000000018", "https://shop.example/hubs/north"),
    ],
)  # fmt: skip
def test_identifiers_are_read_in_either_form(parcel: str, hub: str, parcel_id: str, hub_id: str) -> None:
    (row,) = deliveries(event(epcList=[parcel], readPoint={"id": hub})).accepted
    assert (row["parcel_id"], row["hub_id"]) == (parcel_id, hub_id)


def test_a_parcel_that_is_packed_names_its_box_and_its_order() -> None:
    packed = event(
        type="AggregationEvent", bizStep="packing", action="ADD", epcList=None, parentID=PARCEL,
        childEPCs=["urn:epc:id:sgtin:9521321.012345.BOX-1"],
        bizTransactionList=[{"type": "po", "bizTransaction": "urn:epcglobal:cbv:bt:9521321000018:ORDER%2F7"}],
    )  # fmt: skip
    (row,) = deliveries(packed).accepted
    assert (row["box_id"], row["order_id"], row["status"]) == ("BOX-1", "ORDER/7", "pre_transit")


def test_several_parcels_of_one_event_are_a_row_each() -> None:
    rows = deliveries(event(epcList=[PARCEL, PARCEL[:-1] + "2"], eventID="urn:uuid:1")).accepted
    assert [row["event_id"] for row in rows] == [f"urn:uuid:1#{row['parcel_id']}" for row in rows]
    assert len(rows) == 2


@pytest.mark.parametrize(
    "changes",
    [{"epcList": ["urn:epc:id:sgtin:9521321.012345.1"]}, {"readPoint": None}, {"bizStep": "inspecting"}],
)
def test_an_event_about_no_parcel_or_hub_is_checked_and_stored_but_no_status_change(changes: dict[str, Any]) -> None:
    assert deliveries(event(**changes)).rows_read == 0
    (row,) = read_payload(document(event(**changes)), "epcis_events", "epcis").accepted
    assert json.loads(row["event_json"])["type"] == row["event_type"] == "ObjectEvent"


def test_an_error_declaration_withdraws_the_event_that_says_the_same() -> None:
    declared = event(errorDeclaration={"declarationTime": "2026-11-29T00:00:00Z", "reason": "did_not_occur"})
    first, second = deliveries(event(), declared).accepted
    assert first["event_id"] == second["event_id"]
    assert (first["withdrawn_at"], second["withdrawn_at"]) == (None, datetime(2026, 11, 29))  # noqa: DTZ001


def test_people_in_fields_of_others_are_masked() -> None:
    told = event(**{"shop:recipientName": "Ann Buyer", "shop:note": "for ann@example.com"})
    read = read_payload(document(told), "epcis_events", "epcis")
    assert len(read.accepted) == 1
    assert "Ann" not in repr(read)
    assert "ann@" not in repr(read)


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"bizStep": "teleporting"}, "bizStep_is_of_the_core_business_vocabulary"),
        ({"bizStep": "https://ref.gs1.org/cbv/BizStep-teleporting"}, "bizStep_is_of_the_core_business_vocabulary"),
        ({"bizStep": "unknown:step"}, "bizStep_is_of_the_core_business_vocabulary"),
        ({"eventTime": "2026-11-31T09:00:00Z"}, "eventTime_is_an_instant_with_offset"),
        ({"eventTimeZoneOffset": "+15:00"}, "eventTimeZoneOffset_is_an_offset_such_as_+02:00"),
        ({"comment": "hello"}, "event_fields_are_of_a_declared_namespace"),
        ({"other:comment": "hello"}, "event_fields_are_of_a_declared_namespace"),
        ({"ilmd": {"shop:lot": "1"}}, "ilmd_comes_with_action_ADD"),
        ({"epcList": ["no address"]}, "epcList_is_an_identifier_that_is_an_address"),
        ({"sensorElementList": [{"sensorReport": [{"value": "26"}]}]}, "value_is_a_number"),
        ({"errorDeclaration": {"reason": "did_not_occur"}}, "declarationTime_is_present"),
        ({"type": "AssociationEvent", "epcList": None}, "event_has_parentID"),
        ({"type": "TransformationEvent", "epcList": None}, "event_fields_are_of_a_declared_namespace"),
        ({"type": "Party"}, "type_is_an_event_type"),
    ],
)
def test_an_event_that_breaks_a_rule_is_rejected_by_it_in_either_feed(changes: dict[str, Any], rule: str) -> None:
    for feed in ("deliveries", "epcis_events"):
        assert read_payload(document(event(**changes)), feed, "epcis").rules == [rule]


@pytest.mark.parametrize(
    "changes",
    [
        {"bizStep": "shop:gift_wrapping"},
        {"bizStep": "urn:epcglobal:cbv:bizstep:departing"},
        {"shop:comment": "hello"},
        {"@context": {"other": "https://other.example/"}, "other:comment": "hello"},
    ],
)
def test_words_and_fields_of_declared_namespaces_are_allowed(changes: dict[str, Any]) -> None:
    assert len(read_payload(document(event(**changes)), "epcis_events", "epcis").accepted) == 1


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"@context": "https://other.example"}, "document_names_the_epcis_context"),
        ({"schemaVersion": "1.2"}, "schemaVersion_is_a_version_2_of_EPCIS"),
        ({"epcisBody": {}}, "document_has_an_event_list"),
    ],
)
def test_a_document_that_breaks_a_rule_of_its_own_is_rejected_whole(changes: dict[str, Any], rule: str) -> None:
    assert read_payload(document(event(), **changes), "epcis_events", "epcis").rules == [rule]
