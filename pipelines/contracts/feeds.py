"""One contract a feed: its columns, and what must hold within a row.

A contract sees one row alone. Whatever needs another row or another feed (an unknown SKU, a refund before its order)
is a flag in dbt, never a reject. Drops are plans, not rows of columns: see `drop_plan.py`.

A rule's name begins with the column it speaks of, so that a rejected row can name its field.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import dataframely as dy
import polars as pl

from pipelines.contracts import words
from pipelines.contracts.columns import (
    choice,
    free_text,
    identifier,
    instant,
    money,
    number,
    person,
    truth,
    whole_number,
)

# Nobody orders a million of one line; more is a barcode in the wrong column.
MOST_UNITS = 1_000_000
# The largest amount that a column of money holds; a line above it is a barcode in the column of prices.
MOST_GROSS_AMOUNT = 10**14
# Shop systems number lines by identifiers of up to 14 digits, counted over all orders.
LAST_LINE = 10**18 - 1

DROPS = "drops"


def _not_in_the_future(column: str) -> pl.Expr:
    return pl.col(column) <= pl.col("_latest_at")


def _both_or_neither(one: str, other: str) -> pl.Expr:
    return pl.col(one).is_null() == pl.col(other).is_null()


def _currency(*, required: bool = False) -> Any:
    return choice(words.CURRENCY_CODES, "an_iso_4217_code", required=required)


def _channel(*, required: bool = False) -> Any:
    return choice(words.CHANNELS, "web_mobile_marketplace_or_popup", required=required)


class LandedRow(dy.Schema):
    """What every row bears: its place in the file, and the latest instant that it may claim."""

    _row_number = dy.Int64()
    _latest_at = dy.Datetime(time_unit="us")


class Orders(LandedRow):
    """One version of an order line."""

    order_id = identifier(required=True)
    line_number = whole_number(0, LAST_LINE, required=True, wide=True)
    sku = identifier(required=True)
    quantity = whole_number(1, MOST_UNITS, required=True)
    unit_price = money(required=True)
    discount_amount = money()
    currency_code = _currency(required=True)
    channel = _channel(required=True)
    status = choice(words.ORDER_STATUSES, "placed_or_cancelled", required=True)
    ordered_at = instant(required=True)
    updated_at = instant(required=True)
    buyer_email = person()
    buyer_id = person()
    drop_id = identifier()
    hub_id = identifier()
    fulfilment = choice(words.FULFILMENTS, "delivery_or_pickup", required=True)
    ship_latitude = number(-90, 90)
    ship_longitude = number(-180, 180)
    ship_postcode = identifier()
    country_code = identifier()
    marketing_consent = truth()

    @dy.rule()
    def unit_price_times_quantity_is_below_100_trillion(cls) -> pl.Expr:
        """What a line costs is money like any other, so it must fit a column of money."""
        return pl.col("quantity") * pl.col("unit_price") < pl.lit(MOST_GROSS_AMOUNT)

    @dy.rule()
    def discount_amount_is_not_above_the_gross_amount(cls) -> pl.Expr:
        """Of the whole line."""
        return pl.col("discount_amount") <= pl.col("quantity") * pl.col("unit_price")

    @dy.rule()
    def ordered_at_is_not_in_the_future(cls) -> pl.Expr:
        """By the instant of loading."""
        return _not_in_the_future("ordered_at")

    @dy.rule()
    def updated_at_is_not_in_the_future(cls) -> pl.Expr:
        """By the instant of loading."""
        return _not_in_the_future("updated_at")

    @dy.rule()
    def ship_longitude_comes_with_ship_latitude(cls) -> pl.Expr:
        """Half a place is no place."""
        return _both_or_neither("ship_longitude", "ship_latitude")

    @dy.rule()
    def country_code_is_two_capital_letters(cls) -> pl.Expr:
        """ISO 3166-1 alpha-2."""
        return pl.col("country_code").str.contains(r"^[A-Z]{2}$")


class Returns(LandedRow):
    """One returned line. A refund that states no currency is in its order's: there is no other it could be in."""

    return_id = identifier(required=True)
    order_id = identifier(required=True)
    line_number = whole_number(0, LAST_LINE, required=True, wide=True)
    quantity = whole_number(1, MOST_UNITS, required=True)
    refund_amount = money(required=True)
    currency_code = _currency()
    reason = free_text(required=True)
    returned_at = instant(required=True)

    @dy.rule()
    def returned_at_is_not_in_the_future(cls) -> pl.Expr:
        """By the instant of loading."""
        return _not_in_the_future("returned_at")


class Scans(LandedRow):
    """One scan of a box's label, one share, or one reading of a share counter.

    `gtin` and, where it is not given, `box_id` come from the digital link.
    """

    scan_id = identifier(required=True)
    kind = choice(words.SCAN_KINDS, "scan_share_or_share_count", required=True)
    scanned_at = instant(required=True)
    digital_link = free_text()
    box_id = identifier()
    gtin = identifier()
    order_id = identifier()
    drop_id = identifier()
    post_id = identifier()
    share_count = whole_number(0, 10**12, wide=True)
    visitor_id = identifier()
    platform = free_text()
    user_agent = free_text()

    @dy.rule()
    def scanned_at_is_not_in_the_future(cls) -> pl.Expr:
        """By the instant of loading."""
        return _not_in_the_future("scanned_at")

    @dy.rule()
    def box_id_or_digital_link_names_the_scanned_box(cls) -> pl.Expr:
        """A scan of no box is a scan of nothing."""
        return (pl.col("kind") != "scan") | pl.col("box_id").is_not_null()

    @dy.rule()
    def share_count_comes_with_its_post(cls) -> pl.Expr:
        """A counter is of one post, or its increments cannot be told."""
        return (pl.col("kind") != "share_count") | (
            pl.col("share_count").is_not_null() & pl.col("post_id").is_not_null()
        )


class Deliveries(LandedRow):
    """One status change of a parcel.

    A row with `withdrawn_at` says that the event of that `event_id` was declared an error at that instant.
    """

    event_id = identifier(required=True)
    parcel_id = identifier(required=True)
    order_id = identifier()
    box_id = identifier()
    status = choice(words.PARCEL_STATUSES, "a_known_parcel_status", required=True)
    occurred_at = instant(required=True)
    recorded_at = instant()
    carrier = identifier()
    hub_id = identifier()
    latitude = number(-90, 90)
    longitude = number(-180, 180)
    cost_amount = money()
    currency_code = _currency()
    promised_at = instant()
    withdrawn_at = instant()

    @dy.rule()
    def occurred_at_is_not_in_the_future(cls) -> pl.Expr:
        """By the instant of loading."""
        return _not_in_the_future("occurred_at")

    @dy.rule()
    def recorded_at_is_not_in_the_future(cls) -> pl.Expr:
        """By the instant of loading."""
        return _not_in_the_future("recorded_at")

    @dy.rule()
    def withdrawn_at_is_not_in_the_future(cls) -> pl.Expr:
        """By the instant of loading."""
        return _not_in_the_future("withdrawn_at")

    @dy.rule()
    def longitude_comes_with_latitude(cls) -> pl.Expr:
        """Half a place is no place."""
        return _both_or_neither("longitude", "latitude")

    @dy.rule()
    def currency_code_comes_with_cost_amount(cls) -> pl.Expr:
        """An amount without its currency is no money."""
        return pl.col("cost_amount").is_null() | pl.col("currency_code").is_not_null()


class Hubs(LandedRow):
    """One micro-hub, as it is from `updated_at` on."""

    hub_id = identifier(required=True)
    updated_at = instant()
    name = free_text(required=True)
    latitude = number(-90, 90, required=True)
    longitude = number(-180, 180, required=True)
    capacity_units = whole_number(0, 1_000_000_000)

    @dy.rule()
    def updated_at_is_not_in_the_future(cls) -> pl.Expr:
        """By the instant of loading."""
        return _not_in_the_future("updated_at")


class ShownPrices(LandedRow):
    """What a storefront showed for one sku, from `valid_from` until `valid_to`."""

    sku = identifier(required=True)
    channel = _channel(required=True)
    valid_from = instant(required=True)
    valid_to = instant(required=True)
    price = money(required=True)
    currency_code = _currency(required=True)

    @dy.rule()
    def valid_from_is_not_in_the_future(cls) -> pl.Expr:
        """By the instant of loading."""
        return _not_in_the_future("valid_from")

    @dy.rule()
    def valid_to_is_after_valid_from(cls) -> pl.Expr:
        """Windows are half-open: an empty one shows nothing."""
        return pl.col("valid_to") > pl.col("valid_from")


class Storefront(LandedRow):
    """One step of a visit."""

    event_id = identifier(required=True)
    session_id = identifier(required=True)
    order_id = identifier()
    reservation_id = identifier()
    quantity = whole_number(1, MOST_UNITS)
    occurred_at = instant(required=True)
    kind = choice(words.STOREFRONT_KINDS, "a_known_storefront_step", required=True)
    sku = identifier()
    channel = _channel(required=True)
    hub_id = identifier()
    latency_ms = whole_number(0, 2_000_000_000)

    @dy.rule()
    def occurred_at_is_not_in_the_future(cls) -> pl.Expr:
        """By the instant of loading."""
        return _not_in_the_future("occurred_at")


class EpcisEvents(LandedRow):
    """One GS1 EPCIS event that is valid, whatever it is about; no mart reads it.

    Those about a parcel and a hub are rows of `deliveries` too.
    """

    event_id = identifier(required=True)
    event_type = identifier(required=True)
    occurred_at = instant(required=True)
    recorded_at = instant()
    action = choice(words.EPCIS_ACTIONS, "add_observe_or_delete")
    business_step = identifier()
    disposition = identifier()
    read_point = identifier()
    business_location = identifier()
    withdrawn_at = instant()
    event_json = free_text(required=True)

    @dy.rule()
    def occurred_at_is_not_in_the_future(cls) -> pl.Expr:
        """By the instant of loading."""
        return _not_in_the_future("occurred_at")


@dataclass(frozen=True)
class Feed:
    """A feed of rows.

    Attributes:
        name: The folder of `data/landing/` it lands in.
        contract: What a row must look like.
        key: The columns that name a row; two rows of one key and other content are a conflict.
    """

    name: str
    contract: type[dy.Schema]
    key: tuple[str, ...]

    def columns(self) -> dict[str, str]:
        """Each landing column with its kind, in order; columns that begin with `_` are ours, not the file's."""
        return {
            name: (column.metadata or {})["kind"]
            for name, column in self.contract.columns().items()
            if not name.startswith("_") and (self.name, name) not in _DERIVED
        }

    def required_columns(self) -> tuple[str, ...]:
        """The columns that a file cannot lack."""
        return tuple(
            name
            for name, column in self.contract.columns().items()
            if not name.startswith("_") and (column.metadata or {})["is_required"]
        )


# Worked out from another column; a file's own column of that name is extra.
_DERIVED = frozenset({("scans", "gtin")})

FEEDS: dict[str, Feed] = {
    feed.name: feed
    for feed in (
        Feed("orders", Orders, ("order_id", "line_number", "updated_at")),
        Feed("returns", Returns, ("return_id",)),
        Feed("scans", Scans, ("scan_id",)),
        Feed("deliveries", Deliveries, ("event_id",)),
        Feed("hubs", Hubs, ("hub_id", "updated_at")),
        Feed("shown_prices", ShownPrices, ("sku", "channel", "valid_from")),
        Feed("storefront", Storefront, ("event_id",)),
        Feed("epcis_events", EpcisEvents, ("event_id", "withdrawn_at")),
    )
}

# Plans first: a person who looks at the ledger reads the drops before their orders.
FEED_NAMES = (DROPS, *FEEDS)
