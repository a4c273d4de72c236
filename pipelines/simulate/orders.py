"""A sale and the rows of the orders and returns feeds that tell of it.

What happens to its parcel is in `parcels.py`, what its buyer does with the box in `unboxing.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

import numpy as np

from pipelines.simulate.catalogue import CURRENCY_CODE, SHOP_TIMEZONE, Hub
from pipelines.simulate.feeds import Row, text_of_instant
from pipelines.simulate.people import Person

_CENT = Decimal("0.01")

_RETURN_RATE = 0.055
_RETURN_REASONS = ("changed mind", "damaged", "not as described", "arrived late", "unwanted gift")
_RETURN_REASON_WEIGHTS = (0.38, 0.24, 0.16, 0.12, 0.10)

_CANCEL_RATE = 0.035
_EDIT_RATE = 0.03
_EDITED_QUANTITY = 2
# A few addresses find no coordinates.
_NO_COORDINATES_RATE = 0.015
_TYPED_IN_CAPITALS_RATE = 0.04


@dataclass(frozen=True)
class Line:
    """One line of a sale; `unit_price` before discount, tax included."""

    sku: str
    gtin: str
    quantity: int
    unit_price: Decimal
    discount_amount: Decimal = Decimal(0)


@dataclass(frozen=True)
class Sale:
    """One order as the shop accepted it.

    `fate_key` keys the stream of all that happens to it later: it names the visitor, so the same visitor meets the
    same fate whatever was sold to others.
    """

    number: int
    fate_key: tuple[int, ...]
    ordered_at: datetime
    channel: str
    lines: tuple[Line, ...]
    drop_id: str | None
    person: Person
    is_anonymous: bool
    hub: Hub
    fulfilment: str

    @property
    def order_id(self) -> str:
        """The shop's order number."""
        return f"LQ{100000 + self.number}"


@dataclass(frozen=True)
class Change:
    """What a buyer changed after ordering: the whole order cancelled, or edited (a second unit taken back)."""

    at: datetime
    is_cancelled: bool

    def units_given_back(self, line: Line) -> int:
        """Units of the line that are back on the shelf."""
        return line.quantity if self.is_cancelled else line.quantity - 1 if line.quantity == _EDITED_QUANTITY else 0


def draw_change(sale: Sale, shipped_at: datetime | None, rng: np.random.Generator) -> Change | None:
    """What the buyer changes, or None; nothing can be changed once the parcel has been handed over."""
    mark, hours = rng.random(), rng.uniform(0.1, 10.0)
    at = sale.ordered_at + timedelta(seconds=int(hours * 3600))
    if mark >= _CANCEL_RATE + _EDIT_RATE or shipped_at is None or at >= shipped_at:
        return None
    return Change(at, is_cancelled=bool(mark < _CANCEL_RATE))


def order_rows(sale: Sale, change: Change | None, rng: np.random.Generator) -> Iterator[Row]:
    """Every version of the order's lines: placed, then perhaps cancelled or edited some hours later."""
    placed = _order_fields(sale, rng)
    yield from (Row("orders", sale.ordered_at, fields) for fields in placed)
    if change is None:
        return
    for line, fields in zip(sale.lines, placed, strict=True):
        if change.is_cancelled:
            edit = {"status": "cancelled"}
        elif units := change.units_given_back(line):
            edit = {"quantity": str(line.quantity - units)}
        else:
            # Nothing to take back: the postcode is put right.
            edit = {"ship_postcode": "04109"}
        updated_at = text_of_instant(change.at, SHOP_TIMEZONE)
        yield Row("orders", change.at, {**fields, **edit, "updated_at": updated_at})


def return_rows(sale: Sale, delivered_at: datetime, rng: np.random.Generator) -> Iterator[Row]:
    """The lines that come back two days to three weeks after delivery; a line that was edited returns one unit."""
    for number, line in enumerate(sale.lines, start=1):
        if rng.random() >= _RETURN_RATE:
            continue
        returned_at = delivered_at + timedelta(seconds=int(rng.uniform(2.0, 21.0) * 86400))
        refund = line.unit_price - line.discount_amount / line.quantity
        fields = {
            "return_id": f"R{100000 + sale.number}-{number}",
            "order_id": sale.order_id,
            "line_number": str(number),
            "quantity": "1",
            "refund_amount": str(refund.quantize(_CENT, ROUND_HALF_UP)),
            "currency_code": CURRENCY_CODE,
            "reason": str(rng.choice(_RETURN_REASONS, p=_RETURN_REASON_WEIGHTS)),
            "returned_at": text_of_instant(returned_at, SHOP_TIMEZONE),
        }
        yield Row("returns", returned_at, fields)


def _order_fields(sale: Sale, rng: np.random.Generator) -> list[dict[str, str]]:
    ordered_at = text_of_instant(sale.ordered_at, SHOP_TIMEZONE)
    buyer = _buyer_fields(sale, is_in_capitals=bool(rng.random() < _TYPED_IN_CAPITALS_RATE))
    door = _door_fields(sale, has_coordinates=bool(rng.random() >= _NO_COORDINATES_RATE))
    # The marketplace and the stall's till know nothing of drops: there SKU and time must tell.
    drop_id = sale.drop_id if sale.drop_id and sale.channel in {"web", "mobile"} else ""
    return [
        {
            "order_id": sale.order_id,
            "line_number": str(number),
            "sku": line.sku,
            "quantity": str(line.quantity),
            "unit_price": str(line.unit_price),
            "discount_amount": str(line.discount_amount.quantize(_CENT)) if line.discount_amount else "",
            "currency_code": CURRENCY_CODE,
            "channel": sale.channel,
            "status": "placed",
            "ordered_at": ordered_at,
            "updated_at": ordered_at,
            "drop_id": drop_id,
            "hub_id": sale.hub.hub_id,
            "fulfilment": sale.fulfilment,
            **buyer,
            **door,
        }
        for number, line in enumerate(sale.lines, start=1)
    ]


def _buyer_fields(sale: Sale, *, is_in_capitals: bool) -> dict[str, str]:
    if sale.is_anonymous:
        return {"buyer_email": "", "buyer_id": "", "marketing_consent": ""}
    if sale.channel == "marketplace":
        return {"buyer_email": "", "buyer_id": f"mkt-{sale.person.number:09d}", "marketing_consent": "false"}
    email = sale.person.email.upper() if is_in_capitals else sale.person.email
    return {"buyer_email": email, "buyer_id": "", "marketing_consent": "true" if sale.person.has_consent else "false"}


def _door_fields(sale: Sale, *, has_coordinates: bool) -> dict[str, str]:
    if sale.fulfilment == "pickup":
        return {"ship_latitude": "", "ship_longitude": "", "ship_postcode": "", "country_code": "DE"}
    person = sale.person
    return {
        "ship_latitude": f"{person.latitude:.5f}" if has_coordinates else "",
        "ship_longitude": f"{person.longitude:.5f}" if has_coordinates else "",
        "ship_postcode": person.postcode,
        "country_code": person.country_code,
    }
