from __future__ import annotations

import csv
import io
import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from system_payloads import read_file, read_payload

import pipelines.ingest.sources
from pipelines.contracts.feeds import FEEDS
from pipelines.contracts.parsed_file import UnreadableFileError
from pipelines.contracts.words import CHANNELS, PARCEL_STATUSES
from pipelines.ingest.add import add_paths
from pipelines.ingest.content import ContentType
from pipelines.ingest.sources.systems import SYSTEMS, Recognised, recognise_system

TABLES = Path(pipelines.ingest.sources.__file__).parent
SHOPIFY_HEADER = "Name,Created at,Currency,Lineitem quantity,Lineitem price,Lineitem sku\n"
SHOPIFY_ORDER: dict[str, Any] = {"financial_status": "paid", "line_items": [], "refunds": [{"id": 1}]}
WOO_ORDER = {"line_items": [], "billing": {}, "created_via": "checkout"}
SHIPPO = {"tracking_number": "1", "tracking_history": []}
AFTERSHIP = {"msg": {"slug": "dhl", "checkpoints": []}}
EPCIS = {"type": "ObjectEvent", "eventTime": "", "eventTimeZoneOffset": "", "epcList": []}


@pytest.mark.parametrize(
    ("document", "system", "feeds"),
    [
        ([SHOPIFY_ORDER], "shopify", ("orders", "returns")),
        ({"orders": [SHOPIFY_ORDER | {"fulfillments": [1]}]}, "shopify", ("orders", "returns", "deliveries")),
        ({"refund": {}}, "shopify", ("returns",)),
        ({"fulfillment_event": {}}, "shopify", ("deliveries",)),
        ({"id": "gid://shopify/Order/1"}, "shopify", ("orders",)),
        ([WOO_ORDER], "woocommerce", ("orders",)),
        ({"line_items": [], "amount": "1", "reason": ""}, "woocommerce", ("returns",)),
        ({"object": "Tracker"}, "easypost", ("deliveries",)),
        (SHIPPO, "shippo", ("deliveries",)),
        (AFTERSHIP, "aftership", ("deliveries",)),
        (EPCIS, "epcis", ("epcis_events",)),
        (EPCIS | {"epcList": ["urn:epc:id:sscc:1.2"]}, "epcis", ("deliveries", "epcis_events")),
    ],
)
def test_a_system_is_told_by_the_shape_of_its_documents(document: Any, system: str, feeds: tuple[str, ...]) -> None:
    content = io.BytesIO(json.dumps(document).encode())
    assert recognise_system(content, ContentType("json", None)) == Recognised(system, feeds)


def add(tmp_path: Path, name: str, text: str, **named: str | None) -> tuple[list[str | None], list[str], str]:
    path = tmp_path / "from" / name
    path.parent.mkdir()
    path.write_text(text, encoding="utf-8")
    landing = tmp_path / "landing"
    added = add_paths([path], landing, named.get("feed"), named.get("source"))
    landed = sorted(one.parent.relative_to(landing).as_posix() for one in landing.rglob("*") if one.is_file())
    return [one.feed for one in added], landed, added[0].message


@pytest.mark.parametrize("name", ["orders_export_1.csv", "returns.csv", "anything.csv"])
def test_a_shopify_export_is_recognised_whatever_it_is_called(tmp_path: Path, name: str) -> None:
    assert add(tmp_path, name, SHOPIFY_HEADER)[:2] == (["orders"], ["orders/shopify"])


def test_an_incomplete_export_is_refused_at_once_with_its_reason(tmp_path: Path) -> None:
    feeds, landed, message = add(tmp_path, "orders.csv", SHOPIFY_HEADER.replace(",Lineitem sku", ""))
    assert (feeds, landed) == ([None], [])
    assert message.startswith("left: this Shopify order export lacks the columns 'Lineitem sku' (without a SKU")


def test_a_file_of_several_feeds_waits_in_the_folder_of_each(tmp_path: Path) -> None:
    feeds, landed, _ = add(tmp_path, "hook.json", json.dumps(SHOPIFY_ORDER))
    assert (feeds, landed) == (["orders", "returns"], ["orders/shopify", "returns/shopify"])


def test_a_named_feed_or_source_narrows_what_is_recognised(tmp_path: Path) -> None:
    assert add(tmp_path, "a.json", json.dumps(SHOPIFY_ORDER), feed="returns")[1] == ["returns/shopify"]
    (tmp_path / "again").mkdir()
    assert add(tmp_path / "again", "a.json", "{}", feed="orders", source="shopify")[1] == ["orders/shopify"]


@pytest.mark.parametrize(
    ("documents", "named", "said"),
    [
        ([SHIPPO, AFTERSHIP], {}, "fits shippo and aftership; say which with --source shippo"),
        ([{"a": 1}], {"source": "shippo"}, "not recognised as a file of shippo; say which feed it is with --feed"),
        ([SHIPPO], {"feed": "orders"}, "a file of shippo with deliveries, not orders; leave out --feed"),
        ([{"a": 1}], {}, "neither name nor columns say which feed it is; name it with --feed"),
    ],
)
def test_what_cannot_be_told_says_what_to_type(
    tmp_path: Path, documents: list[Any], named: dict[str, str], said: str
) -> None:
    feeds, landed, message = add(tmp_path, "x.json", json.dumps(documents), **named)
    assert (feeds, landed) == ([None], [])
    assert said in message


def test_a_broken_file_with_a_feeds_name_is_landed_for_the_tick_to_explain(tmp_path: Path) -> None:
    assert add(tmp_path, "orders.json", "[{")[1] == ["orders"]


@pytest.mark.parametrize(
    ("name", "feed", "source", "said"),
    [
        ("x.csv", "deliveries", "easypost", "files of easypost come as JSON"),
        ("x.json", "scans", "shopify", "files of shopify hold orders, returns, deliveries, not scans"),
        ("x.json", "orders", "fax", "files of the system 'fax' are not known"),
        ("x.json", "drops", "shopify", "drop plans are ours alone"),
    ],
)
def test_a_file_in_a_folder_where_it_cannot_belong_is_unreadable(name: str, feed: str, source: str, said: str) -> None:
    with pytest.raises(UnreadableFileError, match=said):
        read_file(b"{}", name, feed, source)


def test_the_tables_hold_our_words_and_each_of_theirs_once() -> None:
    for name, column, words in (
        ("carrier_statuses.csv", "parcel_status", PARCEL_STATUSES),
        ("sales_channels.csv", "channel", CHANNELS),
    ):
        with (TABLES / name).open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        keys = [tuple(value for key, value in row.items() if key != column) for row in rows]
        assert len(keys) == len(set(keys))
        assert {row[column] for row in rows} <= set(words)
        assert all(part == part.lower() for key in keys for part in key)


# Names that the mappings look for, so that random documents reach deep into them.
NAMES = st.sampled_from(
    """id order order_id orders refunds refund_line_items line_items line_item_id price sku quantity created_at
    financial_status taxes_included tax_lines customer shipping_address fulfillments tracking_number status
    tracking_history tracking_status tracking_code tracking_details object result msg data trackings checkpoints slug
    coordinates billing created_via amount reason meta_data key value _links up href __parentId lineItem subtotalSet
    shopMoney type @context epcisBody eventList eventTime epcList readPoint errorDeclaration
    sensorElementList""".split()  # noqa: SIM905 (fifty quoted words are harder to read)
)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(["", "Tracker", "Event", "ObjectEvent", "EPCISDocument", "gid://shopify/Order/1", "-1", "\0"])
    | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=6),
    max_leaves=25,
)


@settings(max_examples=150, deadline=None)
@given(document=st.dictionaries(NAMES, VALUES, max_size=8), system=st.sampled_from(sorted(SYSTEMS)))
def test_any_document_gives_rows_and_rejects_that_add_up(document: dict[str, Any], system: str) -> None:
    for feed in SYSTEMS[system].feeds:
        assert feed in FEEDS
        with suppress(UnreadableFileError):
            read_payload(document, feed, system)
