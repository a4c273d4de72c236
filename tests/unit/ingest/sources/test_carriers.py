"""EasyPost, Shippo and AfterShip: a history of status changes each."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from system_payloads import ReadFile, read_payload
from valid_payloads import aftership, easypost, shippo


def read(system: str, payload: Any) -> ReadFile:
    return read_payload(payload, "deliveries", system)


@pytest.mark.parametrize(
    ("system", "payload", "status", "carrier"),
    [
        ("easypost", easypost(), "out_for_delivery", "USPS"),
        ("shippo", shippo(), "in_transit", "usps"),
        ("shippo", shippo(substatus={"code": "out_for_delivery"}), "out_for_delivery", "usps"),
        ("aftership", aftership(), "delivered", "dhl"),
        ("aftership", aftership(tag="Exception", subtag="Exception_011"), "return_to_sender", "dhl"),
    ],
)
def test_a_status_change_is_one_row_without_people(system: str, payload: Any, status: str, carrier: str) -> None:
    result = read(system, payload)
    (row,) = result.accepted
    assert (row["parcel_id"], row["status"], row["carrier"]) == ("P1", status, carrier)
    assert row["occurred_at"] == datetime(2026, 11, 28, 9)  # noqa: DTZ001
    assert "Ann" not in repr(result)
    assert "xample" not in repr(result)


@pytest.mark.parametrize(("system", "build"), [("easypost", easypost), ("shippo", shippo), ("aftership", aftership)])
def test_an_event_told_again_is_the_same_event_and_another_is_not(system: str, build: Any) -> None:
    first, again, later = (
        read(system, payload).accepted[0]["event_id"]
        for payload in (build(), build(), build(message="else", status_details="else"))
    )
    assert first == again != later


@pytest.mark.parametrize(
    ("system", "payload", "named"),
    [
        ("easypost", easypost(status="teleported"), "easypost says 'teleported'"),
        ("shippo", shippo(status="LOST?"), "shippo says 'LOST?'"),
        ("aftership", aftership(tag=None), "aftership says 'nothing'"),
    ],
)
def test_b16_an_unmapped_status_is_rejected_by_name(system: str, payload: Any, named: str) -> None:
    rejected = read(system, payload).rejected
    assert {row["rule"] for row in rejected} == {"status_is_mapped"}
    assert named in rejected[0]["message"]


@pytest.mark.parametrize(
    ("system", "payload"),
    [
        ("aftership", aftership(checkpoint_time="2026-11-28T09:00:00")),
        ("easypost", easypost(datetime="2026-11-28 09:00")),
    ],
)
def test_b14_a_local_time_is_not_given_an_offset(system: str, payload: Any) -> None:
    assert read(system, payload).rules == ["occurred_at_is_an_instant_with_offset"]


@pytest.mark.parametrize("system", ["easypost", "shippo", "aftership"])
def test_a_document_of_somebody_else_is_rejected_by_name(system: str) -> None:
    assert read(system, {"success": True}).rules == [f"row_is_of_{system}"]


def test_trackings_come_in_lists_too() -> None:
    both = {"data": {"trackings": [aftership()["msg"], aftership(tag="InTransit")["msg"]]}}
    assert [row["status"] for row in read("aftership", both).accepted] == ["delivered", "in_transit"]
    assert len(read("easypost", {"trackers": [easypost()["result"]]}).accepted) == 1
    assert len(read("shippo", {"event": "track_updated", "data": shippo()}).accepted) == 1
