"""Valid payloads of other systems, each as its own documentation shows it, with whatever a test wants otherwise."""

from __future__ import annotations

from typing import Any

WHEN = "2026-11-28T09:00:00Z"

SHOPIFY_CSV_HEADER = (
    "Name,Email,Paid at,Accepts Marketing,Currency,Subtotal,Created at,Lineitem quantity,Lineitem name,Lineitem price,"
    "Lineitem sku,Lineitem discount,Shipping Zip,Shipping Country,Cancelled at,Source,Id,Refunded Amount\n"
)
SHOPIFY_CSV_FIRST = (
    "#1001,ann@example.com,2026-11-27 10:05:00 -0500,yes,USD,25.00,2026-11-27 10:00:00 -0500,2,Mug,10.00,MUG,0.00,"
    "'0123,CA,,web,77,0.00\n"
)
SHOPIFY_CSV_MORE = "#1001,,,,,,,1,Bowl,10.00,BOWL,0.00,,,,,,\n"

EPCIS_CONTEXT = "https://ref.gs1.org/standards/epcis/epcis-context.jsonld"
# Company 9521321, so that the check digits can be worked out by hand: SSCC 0 9521321 000000001 and GLN 9521321 00001.
EPCIS_PARCEL = "urn:epc:id:sscc:9521321.0000000001"
EPCIS_HUB = "urn:epc:id:sgln:9521321.00001.0"


def shopify_line(**changes: Any) -> dict[str, Any]:
    return {"id": 11, "sku": "MUG", "quantity": 2, "price": "12.50", **changes}


def shopify_order(**changes: Any) -> dict[str, Any]:
    return {
        "id": 7,
        "email": "Ann@Example.com",
        "created_at": "2026-11-27T10:00:00-05:00",
        "updated_at": "2026-11-27T11:00:00-05:00",
        "currency": "USD",
        "financial_status": "paid",
        "source_name": "web",
        "customer": {"id": 5, "first_name": "Ann", "last_name": "Buyer", "phone": "+1 555 0100"},
        "shipping_address": {"name": "Ann Buyer", "address1": "1 High St", "zip": "K2P", "country_code": "CA"},
        "line_items": [shopify_line()],
        **changes,
    }


def shopify_refund(**changes: Any) -> dict[str, Any]:
    return {
        "id": 70,
        "order_id": 7,
        "created_at": "2026-12-01T09:00:00Z",
        "note": None,
        "refund_line_items": [
            {"id": 701, "line_item_id": 11, "quantity": 1, "subtotal": "12.50", "total_tax": "1.25",
             "restock_type": "return"}
        ],
        "transactions": [{"amount": "12.50", "currency": "USD"}],
        **changes,
    }  # fmt: skip


def shopify_fulfillment(**changes: Any) -> dict[str, Any]:
    return {
        "id": 3, "status": "success", "created_at": WHEN, "tracking_number": "EZ1", "tracking_company": "USPS",
        "location_id": 44, "line_items": [{"id": 11}], **changes,
    }  # fmt: skip


def shopify_bulk(order: int = 7) -> list[dict[str, Any]]:
    """The lines of a bulk operation's file; a line stands before its order, as Shopify allows."""
    gid = "gid://shopify/"
    return [
        {"id": f"{gid}LineItem/11", "sku": "MUG", "quantity": 2, "__parentId": f"{gid}Order/{order}",
         "originalUnitPriceSet": {"shopMoney": {"amount": "12.50", "currencyCode": "USD"}}},
        {"id": f"{gid}Order/{order}", "email": "ann@example.com", "createdAt": "2026-11-27T15:00:00Z",
         "sourceName": "web", "updatedAt": "2026-11-27T16:00:00Z", "customer": {"id": f"{gid}Customer/5"},
         "shippingAddress": {"zip": "K2P", "countryCodeV2": "CA"}},
        {"id": f"{gid}Refund/70", "createdAt": "2026-12-01T09:00:00Z", "note": "broken",
         "__parentId": f"{gid}Order/{order}"},
        {"id": f"{gid}RefundLineItem/701", "quantity": 1, "lineItem": {"id": f"{gid}LineItem/11"},
         "subtotalSet": {"shopMoney": {"amount": "12.50", "currencyCode": "USD"}}, "__parentId": f"{gid}Refund/70"},
    ]  # fmt: skip


def woocommerce_order(**changes: Any) -> dict[str, Any]:
    return {
        "id": 727,
        "status": "processing",
        "currency": "EUR",
        "created_via": "checkout",
        "date_created": "2026-11-27T16:00:00",
        "date_created_gmt": "2026-11-27T15:00:00",
        "date_modified_gmt": "2026-11-27T15:30:00",
        "customer_id": 0,
        "billing": {"first_name": "Bo", "email": "bo@example.com", "phone": "030 1"},
        "shipping": {"address_1": "Weg 1", "city": "Leipzig", "postcode": "04109", "country": "DE"},
        "line_items": [
            {"id": 315, "sku": "MUG", "quantity": 3, "subtotal": "16.528926", "subtotal_tax": "3.471074",
             "total": "14.876033", "total_tax": "3.123967", "price": 4.958677666666667}
        ],
        **changes,
    }  # fmt: skip


def woocommerce_refund(**changes: Any) -> dict[str, Any]:
    return {
        "id": 726, "date_created_gmt": "2026-12-01T09:00:00", "amount": "6.00", "reason": "", "line_items": [
            {"id": 314, "quantity": -1, "total": "-5.04", "total_tax": "-0.96",
             "meta_data": [{"key": "_refunded_item_id", "value": "315"}]}
        ], "_links": {"up": [{"href": "https://shop.example/wp-json/wc/v3/orders/727"}]}, **changes,
    }  # fmt: skip


def easypost(**changes: Any) -> dict[str, Any]:
    detail = {"status": "out_for_delivery", "datetime": WHEN, "message": "Out", **changes}
    tracker = {"object": "Tracker", "tracking_code": "P1", "carrier": "USPS", "signed_by": "Ann Buyer",
               "tracking_details": [detail]}  # fmt: skip
    return {"object": "Event", "description": "tracker.updated", "result": tracker}


def shippo(**changes: Any) -> dict[str, Any]:
    status = {
        "status": "TRANSIT",
        "status_date": WHEN,
        "status_details": "On its way",
        "object_created": WHEN,
        **changes,
    }
    return {"tracking_number": "P1", "carrier": "usps", "tracking_history": [status],
            "tracking_status": {**status, "object_id": "other"}}  # fmt: skip


def aftership(**changes: Any) -> dict[str, Any]:
    checkpoint = {"slug": "dhl", "tag": "Delivered", "checkpoint_time": WHEN, "coordinates": [12.4, 51.3], **changes}
    tracking = {"slug": "dhl", "tracking_number": "P1", "order_id": "7", "customers": [{"name": "Ann Buyer"}],
                "emails": ["ann@example.com"], "checkpoints": [checkpoint]}  # fmt: skip
    return {"event": "tracking_update", "msg": tracking}


def epcis_event(**changes: Any) -> dict[str, Any]:
    found = {
        "type": "ObjectEvent",
        "eventTime": "2026-11-28T09:00:00+01:00",
        "eventTimeZoneOffset": "+01:00",
        "action": "OBSERVE",
        "bizStep": "departing",
        "epcList": [EPCIS_PARCEL],
        "readPoint": {"id": EPCIS_HUB},
        **changes,
    }
    return {name: value for name, value in found.items() if value is not None}


def epcis_document(*events: Any, **changes: Any) -> dict[str, Any]:
    return {
        "@context": [EPCIS_CONTEXT, {"shop": "https://shop.example/ns/"}],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2026-11-28T10:00:00Z",
        "epcisBody": {"eventList": list(events)},
        **changes,
    }
