from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.contracts.feeds import FEEDS
from pipelines.contracts.parsed_file import ParsedBatch
from pipelines.ingest.readers.raw_rows import BrokenRow, RawBatch, text_frame
from pipelines.ingest.typed_rows import check_batch
from pipelines.privacy import MASK, buyer_key


def at(text: str) -> datetime:
    """Naive UTC, as frames and the warehouse hold it."""
    return datetime.fromisoformat(text)


KEY = b"a secret of more than 16 bytes"
LATEST = at("2026-11-22T12:05:00")

ORDER: dict[str, str | None] = {
    "order_id": "A1",
    "line_number": "1",
    "sku": "007",
    "quantity": "2",
    "unit_price": "12.50",
    "currency_code": "EUR",
    "channel": "web",
    "status": "placed",
    "ordered_at": "2026-11-20T10:00:00+01:00",
    "updated_at": "2026-11-20T09:30:00Z",
    "fulfilment": "delivery",
}
SCAN: dict[str, str | None] = {"scan_id": "S1", "kind": "scan", "scanned_at": "2026-11-20T10:00:00Z"}
LINK = "https://shop.example/01/09506000134352/21/BOX-1"


def check(feed: str, *rows: dict[str, str | None]) -> ParsedBatch:
    names = list(dict.fromkeys(name for row in rows for name in row))
    frame = text_frame({name: [row.get(name) for row in rows] for name in names}, list(range(1, len(rows) + 1)))
    batch = check_batch(RawBatch(frame, (), len(rows)), FEEDS[feed], LATEST, KEY)
    assert batch.rows_read == batch.accepted.height + batch.rejected.height
    return batch


def the_reject(batch: ParsedBatch) -> tuple[str, str, str]:
    assert batch.accepted.is_empty()
    (row,) = batch.rejected.iter_rows(named=True)
    return row["field"], row["rule"], row["message"]


def test_an_order_line_is_typed_and_its_buyer_becomes_a_key() -> None:
    batch = check("orders", ORDER | {"buyer_email": "Ada@Example.com", "buyer_id": "7"})
    (row,) = batch.accepted.to_dicts()
    assert row["sku"] == "007"
    assert row["unit_price"] == Decimal("12.5000")
    assert row["ordered_at"] == at("2026-11-20T09:00:00")
    assert row["buyer_key"] == buyer_key(KEY, "ada@example.com", None)
    assert not {"buyer_email", "buyer_id"} & set(batch.accepted.columns)
    assert batch.buyers["buyer_email"].to_list() == ["Ada@Example.com"]


def test_an_order_that_names_no_buyer_has_no_key() -> None:
    batch = check("orders", ORDER | {"buyer_email": " ", "buyer_id": ""})
    assert batch.accepted["buyer_key"].to_list() == [None]
    assert batch.buyers.is_empty()


@pytest.mark.parametrize("text", ["007", "1E5", "123456789012345678901234567890", " x ", "=cmd()", "<script>", "'; --"])
def test_b8_b18_identifiers_are_stored_as_they_are(text: str) -> None:
    assert check("orders", ORDER | {"sku": text}).accepted["sku"].to_list() == [text]


@pytest.mark.parametrize(
    "text", ["12,50", "1.234,50", "1e2", "NaN", "Infinity", "-0", "-0.00", "12.50001", "€5", " 5", ".5", "5.", "1" * 15]
)
def test_b6_b9_money_that_is_no_decimal_text_is_rejected(text: str) -> None:
    field, rule, message = the_reject(check("orders", ORDER | {"unit_price": text}))
    assert (field, rule) == ("unit_price", "unit_price_is_decimal_text")
    assert message == f"expected decimal text with at most 4 decimals such as 12.50; found {text}"


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"quantity": "0"}, "quantity_is_from_1_to_1000000"),
        ({"quantity": "1000000000"}, "quantity_is_from_1_to_1000000"),
        ({"quantity": "99999999999"}, "quantity_is_from_1_to_1000000"),
        ({"quantity": "2.0"}, "quantity_is_a_whole_number"),
        ({"unit_price": "-1"}, "unit_price_is_not_negative"),
        ({"quantity": "20", "unit_price": "5012345678900.00"}, "unit_price_times_quantity_is_below_100_trillion"),
        (
            {"quantity": "1000000", "unit_price": "99999999999999.9999"},
            "unit_price_times_quantity_is_below_100_trillion",
        ),
        ({"currency_code": None}, "currency_code_is_present"),
        ({"currency_code": "XXX"}, "currency_code_is_an_iso_4217_code"),
        ({"discount_amount": "25.01"}, "discount_amount_is_not_above_the_gross_amount"),
        ({"channel": "phone"}, "channel_is_web_mobile_marketplace_or_popup"),
        ({"ship_latitude": "91", "ship_longitude": "0"}, "ship_latitude_is_from_-90_to_90"),
        ({"ship_latitude": "1"}, "ship_longitude_comes_with_ship_latitude"),
        ({"country_code": "gb"}, "country_code_is_two_capital_letters"),
        ({"marketing_consent": "yes"}, "marketing_consent_is_true_or_false"),
        ({"order_id": "ada@example.com"}, "order_id_is_no_email_address"),
        ({"order_id": "x" * 256}, "order_id_is_at_most_255_characters"),
    ],
)
def test_b13_a_row_that_breaks_a_rule_is_rejected_by_its_name(change: dict[str, str | None], rule: str) -> None:
    field, found, message = the_reject(check("orders", ORDER | change))
    assert found == rule
    assert rule.startswith(field)
    assert "found" in message


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("2026-11-20T10:00:00", "is_an_instant_with_offset"),
        ("2026-11-20", "is_an_instant_with_offset"),
        ("01/02/2026 10:00", "is_an_instant_with_offset"),
        ("2026-02-30T10:00:00Z", "is_an_instant_with_offset"),
        ("2026-11-20T24:00:00Z", "is_an_instant_with_offset"),
        ("2016-12-31T23:59:60Z", "is_an_instant_with_offset"),
        ("2026-11-20T10:00:00+15:00", "is_an_instant_with_offset"),
        ("1999-12-31T23:59:59Z", "is_not_before_2000"),
        ("0001-01-01T00:00:00Z", "is_not_before_2000"),
        ("2026-11-22T12:05:00.000001Z", "is_not_in_the_future"),
    ],
)
def test_b14_instants_that_cannot_be_are_rejected(text: str, rule: str) -> None:
    assert the_reject(check("orders", ORDER | {"updated_at": text}))[1] == f"updated_at_{rule}"


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-11-22T12:05:00Z", LATEST),
        ("2026-11-20 10:00Z", at("2026-11-20T10:00:00")),
        ("2026-11-20T10:00:00.123456789+0530", at("2026-11-20T04:30:00.123456")),
    ],
)
def test_instants_are_read_with_their_offset(text: str, instant: datetime) -> None:
    assert check("orders", ORDER | {"updated_at": text}).accepted["updated_at"].to_list() == [instant]


@given(
    st.datetimes(at("2000-01-02T00:00:00"), at("2026-11-01T00:00:00")),
    st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes))),
)
def test_any_instant_is_read_as_python_reads_it(local: datetime, offset: timezone) -> None:
    instant = local.replace(tzinfo=offset)
    read = check("orders", ORDER | {"updated_at": instant.isoformat()}).accepted["updated_at"].to_list()
    assert read == [instant.astimezone(UTC).replace(tzinfo=None)]


@given(st.decimals(0, 10**14 - 1, places=4))
def test_any_amount_is_read_to_its_last_decimal(amount: Decimal) -> None:
    batch = check("orders", ORDER | {"quantity": "1", "unit_price": f"{amount:f}"})
    assert batch.accepted["unit_price"].to_list() == [amount]


def test_the_largest_line_that_is_money_is_accepted() -> None:
    batch = check("orders", ORDER | {"quantity": "1", "unit_price": "99999999999999.9999"})
    assert batch.accepted["unit_price"].to_list() == [Decimal("99999999999999.9999")]


def test_a_row_that_breaks_several_rules_is_one_reject_that_names_them() -> None:
    field, rule, message = the_reject(check("orders", ORDER | {"quantity": "0", "channel": "phone"}))
    assert (field, rule) == ("quantity", "quantity_is_from_1_to_1000000")
    assert "also broken: channel_is_web_mobile_marketplace_or_popup" in message


def test_people_are_masked_in_rejects_and_extra_columns() -> None:
    person = {"buyer_email": "ada@example.com", "Billing Name": "Ada L", "note": "ask ada@example.com"}
    batch = check("orders", ORDER | person, ORDER | person | {"quantity": "many ada@example.com"})
    assert batch.accepted["_extra"].to_list() == ['{"Billing Name":"[masked]","note":"ask [masked]"}']
    kept = batch.rejected.write_csv() + batch.accepted.write_json()
    assert "ada@example.com" not in kept.lower()
    assert "Ada L" not in kept
    assert MASK in kept


def test_people_are_masked_in_the_names_of_columns() -> None:
    batch = check("orders", ORDER | {"ada@example.com": "1"})
    assert "[masked]" in batch.columns
    assert batch.accepted["_extra"].to_list() == ['{"[masked]":"1"}']
    broken = RawBatch(text_frame({}, []), (BrokenRow(1, "ada@example.com", "row_has_no_nul", "expected", ""),), 1)
    rejected = check_batch(broken, FEEDS["orders"], LATEST, KEY).rejected
    assert rejected["field"].to_list() == ["[masked]"]


def test_extra_columns_are_the_same_content_in_any_order_and_absent_values_are_left_out() -> None:
    one = check("orders", ORDER | {"b": "1", "a": 'say "hi"', "c": ""})
    other = check("orders", {"a": 'say "hi"'} | ORDER | {"b": "1"})
    assert one.accepted["_extra"].to_list() == other.accepted["_extra"].to_list() == ['{"a":"say \\"hi\\"","b":"1"}']


def test_b20_a_scan_takes_product_and_box_from_its_link() -> None:
    batch = check("scans", SCAN | {"digital_link": LINK}, SCAN | {"digital_link": LINK, "box_id": "BOX-1"})
    assert batch.accepted["box_id"].to_list() == ["BOX-1", "BOX-1"]
    assert batch.accepted["gtin"].to_list() == ["09506000134352"] * 2


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"digital_link": LINK.replace("4352", "4353")}, "digital_link_has_a_valid_gtin"),
        ({"digital_link": LINK, "box_id": "BOX-2"}, "box_id_agrees_with_digital_link"),
        ({}, "box_id_or_digital_link_names_the_scanned_box"),
        ({"kind": "share_count", "share_count": "3"}, "share_count_comes_with_its_post"),
    ],
)
def test_b20_a_scan_of_nothing_or_of_two_boxes_is_rejected(change: dict[str, str | None], rule: str) -> None:
    assert the_reject(check("scans", SCAN | change))[1] == rule


def test_b16_an_unknown_parcel_status_is_rejected() -> None:
    event = {
        "event_id": "E1",
        "parcel_id": "P1",
        "status": "teleported",
        "occurred_at": "2026-11-20T10:00:00Z",
        "carrier": "x",
    }
    assert the_reject(check("deliveries", event))[1] == "status_is_a_known_parcel_status"


def test_a_promise_may_lie_ahead() -> None:
    event = {
        "event_id": "E1",
        "parcel_id": "P1",
        "status": "in_transit",
        "occurred_at": "2026-11-20T10:00:00Z",
        "carrier": "x",
        "promised_at": "2026-12-24T10:00:00Z",
    }
    assert check("deliveries", event).accepted.height == 1


def test_types_are_those_of_the_contract_even_without_rows() -> None:
    empty = check("orders", ORDER).accepted.clear()
    batch = check_batch(RawBatch(text_frame({name: [] for name in ORDER}, []), (), 0), FEEDS["orders"], LATEST, KEY)
    assert batch.accepted.schema == empty.schema
    assert batch.accepted.schema["unit_price"] == pl.Decimal(18, 4)


def test_money_of_rejected_rows_is_told_as_far_as_it_can_be_read() -> None:
    batch = check(
        "orders",
        ORDER | {"channel": "phone", "discount_amount": "5.00"},
        ORDER | {"ordered_at": "yesterday"},
        ORDER | {"unit_price": "12,50"},
        ORDER | {"quantity": "99999999999"},
        ORDER | {"currency_code": "XXX"},
        ORDER | {"currency_code": "GBP", "channel": "phone"},
    )
    assert batch.rejected.height == 6
    assert batch.rejected_money == {"EUR": (2, Decimal("45.0000")), "GBP": (1, Decimal("25.0000"))}


def test_where_somebody_lives_stands_in_no_message() -> None:
    for change in (
        {"ship_latitude": "51,512345", "ship_longitude": "0"},
        {"ship_latitude": "951.512345", "ship_longitude": "0"},
        {"ship_postcode": "EC1A 1BB " * 40},
    ):
        _, _, message = the_reject(check("orders", ORDER | change))
        assert "512345" not in message
        assert "EC1A" not in message
    delivered = {"event_id": "E", "parcel_id": "P", "status": "delivered", "occurred_at": "2026-11-20T10:00:00Z"}
    _, _, told = the_reject(check("deliveries", delivered | {"latitude": "51,512345", "longitude": "0"}))
    assert told == "expected a number with a decimal point such as 51.5155; found 00,000000"


def test_an_address_within_a_link_is_masked_however_its_sign_is_written() -> None:
    for sign in ("@", "%40", "%2540"):
        link = f"https://shop.example/01/0950600013435X?to=jane{sign}example.com"
        _, _, message = the_reject(check("scans", SCAN | {"digital_link": link}))
        assert "jane" not in message


def test_columns_that_are_named_after_people_stay_two_and_unnamed() -> None:
    batch = check("orders", ORDER | {"ada@example.com": "1", "joe@example.com": "2"})
    assert batch.accepted["_extra"].to_list() == ['{"[masked]":"1","[masked] 2":"2"}']
    assert {name for name in batch.columns if name not in ORDER} == {"[masked]", "[masked] 2"}
