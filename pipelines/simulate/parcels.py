"""What becomes of a sale's parcel: a bicycle courier in the city, a parcel network beyond, or the hub's counter.

Only status changes are here; scans of the box that the parcel carries are in `unboxing.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta

import numpy as np

from pipelines.simulate.catalogue import CURRENCY_CODE, SHOP_TIMEZONE
from pipelines.simulate.feeds import Row, text_of_instant
from pipelines.simulate.orders import Sale
from pipelines.simulate.people import distance_km

# The courier rides no further than this from a hub.
COURIER_RADIUS_KM = 20.0
COURIER, NETWORK, COUNTER = "radkurier-pleisse", "paketring", "hub-counter"

_COURIER_ROUNDS = (time(10), time(14), time(18))
_NETWORK_COLLECTION = (time(16, 30),)
_SUNDAY = 6

# What the shop's page says at the checkout; each is kept for most parcels, none for all.
_COURIER_PROMISE = timedelta(hours=20)
_COUNTER_PROMISE = timedelta(hours=24)
_NETWORK_PROMISE = timedelta(hours=96)

_LOST_RATE = 0.012
_SENT_BACK_RATE = 0.014
_UNLABELLED_RATE = 0.04
_NEVER_COLLECTED_RATE = 0.05
_MISSED_ROUND_RATE = 0.06
# The network records some events a day late, and now and then one of its scanners has a wrong clock.
_LATE_RECORD_RATE = 0.05
_WRONG_CLOCK_RATE = 0.006


@dataclass(frozen=True)
class StatusChange:
    """One status of a parcel: when it happened, and when the shop's systems heard of it."""

    status: str
    occurred_at: datetime
    recorded_at: datetime


@dataclass(frozen=True)
class Parcel:
    """One shipment of a sale, its label, and its story up to the end."""

    sale: Sale
    carrier: str
    box_id: str | None
    cost_amount: str
    promised_at: datetime
    changes: tuple[StatusChange, ...]

    @property
    def parcel_id(self) -> str:
        """The carrier's tracking number."""
        return f"PX{500000 + self.sale.number}"

    def first(self, *statuses: str) -> datetime | None:
        """The instant of the first change to one of the statuses."""
        return next((change.occurred_at for change in self.changes if change.status in statuses), None)


def ship(sale: Sale, rng: np.random.Generator) -> Parcel | None:
    """The parcel of a sale as it goes if nobody cancels; None when the goods were handed over the stall's counter."""
    box_id = f"LQB{700000 + sale.number}" if rng.random() >= _UNLABELLED_RATE else None
    if sale.channel == "popup":
        return None
    if sale.fulfilment == "pickup":
        promised_at = sale.ordered_at + _COUNTER_PROMISE
        return Parcel(sale, COUNTER, box_id, "0.00", promised_at, tuple(_collect(sale, rng)))
    distance = distance_km(sale.person.latitude, sale.person.longitude, sale.hub)
    if distance <= COURIER_RADIUS_KM:
        promised_at = sale.ordered_at + _COURIER_PROMISE
        return Parcel(sale, COURIER, box_id, f"{3.4 + 0.12 * distance:.2f}", promised_at, tuple(_ride(sale, rng)))
    promised_at = sale.ordered_at + _NETWORK_PROMISE
    cost = "5.19" if sale.person.country_code == "DE" else "12.49"
    return Parcel(sale, NETWORK, box_id, cost, promised_at, tuple(_send(sale, distance, rng)))


def cut_short(parcel: Parcel, cancelled_at: datetime) -> Parcel | None:
    """The parcel of a cancelled sale: none before its label was made, else a label that is cancelled."""
    made = tuple(change for change in parcel.changes if change.occurred_at < cancelled_at)
    if not made:
        return None
    changes = (*made, StatusChange("cancelled", cancelled_at, cancelled_at))
    return Parcel(parcel.sale, parcel.carrier, parcel.box_id, parcel.cost_amount, parcel.promised_at, changes)


def delivery_rows(parcel: Parcel) -> Iterator[Row]:
    """The parcel's status changes as rows; the label carries the promise, the hand-over the cost and the place."""
    for number, change in enumerate(parcel.changes, start=1):
        fields: dict[str, object] = {
            "event_id": f"{parcel.parcel_id}-{number}",
            "parcel_id": parcel.parcel_id,
            "order_id": parcel.sale.order_id,
            "box_id": parcel.box_id,
            "status": change.status,
            "occurred_at": text_of_instant(change.occurred_at),
            "recorded_at": text_of_instant(change.recorded_at),
            "carrier": parcel.carrier,
            "hub_id": parcel.sale.hub.hub_id if number == 1 or change.status == "in_transit" else None,
        }
        if change.recorded_at == change.occurred_at:
            fields["recorded_at"] = None
        if change.status == "pre_transit":
            fields["promised_at"] = text_of_instant(parcel.promised_at)
        if change.status == "in_transit":
            # Later events leave the order out, as carriers do; the parcel's first one has named it.
            fields |= {
                "order_id": None,
                "latitude": parcel.sale.hub.latitude,
                "longitude": parcel.sale.hub.longitude,
                "cost_amount": parcel.cost_amount,
                "currency_code": CURRENCY_CODE,
            }
        yield Row(
            "deliveries", change.recorded_at, {name: value for name, value in fields.items() if value is not None}
        )


def _collect(sale: Sale, rng: np.random.Generator) -> Iterator[StatusChange]:
    labelled_at = _between(sale.ordered_at, sale.ordered_at + timedelta(hours=2), rng)
    ready_at = _next_round(labelled_at, _COURIER_ROUNDS)
    yield _at_once("pre_transit", labelled_at)
    yield _at_once("available_for_pickup", ready_at)
    if rng.random() >= _NEVER_COLLECTED_RATE:
        yield _at_once("delivered", ready_at + timedelta(seconds=int(rng.gamma(1.6, 9.0) * 3600) + 600))


def _ride(sale: Sale, rng: np.random.Generator) -> Iterator[StatusChange]:
    handed_over_at = _next_round(sale.ordered_at + timedelta(hours=1), _COURIER_ROUNDS)
    if rng.random() < _MISSED_ROUND_RATE:
        handed_over_at = _next_round(handed_over_at, _COURIER_ROUNDS)
    yield _at_once("pre_transit", _between(sale.ordered_at, handed_over_at, rng))
    yield _at_once("in_transit", handed_over_at)
    out_at = handed_over_at + timedelta(minutes=int(rng.uniform(5, 40)))
    yield _at_once("out_for_delivery", out_at)
    ended_at = out_at + timedelta(seconds=int(rng.gamma(2.0, 0.9) * 3600) + 300)
    yield _at_once(_draw_ending(rng), ended_at)


def _send(sale: Sale, distance: float, rng: np.random.Generator) -> Iterator[StatusChange]:
    handed_over_at = _next_round(sale.ordered_at + timedelta(hours=2), _NETWORK_COLLECTION, is_open_on_sunday=False)
    days = 1 + int(rng.poisson(0.5 + min(distance, 900.0) / 450.0))
    ended_at = handed_over_at + timedelta(days=days, seconds=int(rng.uniform(-7.0, 1.5) * 3600))
    while ended_at.astimezone(SHOP_TIMEZONE).weekday() == _SUNDAY:
        ended_at += timedelta(days=1)
    labelled_at = _between(sale.ordered_at, handed_over_at, rng)
    story = [
        ("pre_transit", labelled_at),
        ("in_transit", handed_over_at),
        ("out_for_delivery", ended_at - timedelta(seconds=int(rng.uniform(0.5, 3.5) * 3600))),
        (_draw_ending(rng), ended_at),
    ]
    for status, occurred_at in story:
        is_late, lag_hours = rng.random() < _LATE_RECORD_RATE, float(rng.exponential(0.3))
        lag_hours += float(rng.uniform(6.0, 30.0)) if is_late else 0.0
        recorded_at = occurred_at + timedelta(seconds=int(lag_hours * 3600) + 1)
        is_clock_wrong = status == "delivered" and rng.random() < _WRONG_CLOCK_RATE
        said_at = handed_over_at - timedelta(hours=1) if is_clock_wrong else occurred_at
        yield StatusChange(status, said_at, recorded_at)


def _draw_ending(rng: np.random.Generator) -> str:
    mark = rng.random()
    if mark < _LOST_RATE:
        return "failure"
    return "return_to_sender" if mark < _LOST_RATE + _SENT_BACK_RATE else "delivered"


def _at_once(status: str, occurred_at: datetime) -> StatusChange:
    return StatusChange(status, occurred_at, occurred_at)


def _between(start: datetime, end: datetime, rng: np.random.Generator) -> datetime:
    seconds = int((end - start).total_seconds() * rng.uniform(0.1, 0.9))
    return start + timedelta(seconds=seconds)


def _next_round(after: datetime, rounds: tuple[time, ...], *, is_open_on_sunday: bool = True) -> datetime:
    day = after.astimezone(SHOP_TIMEZONE).date()
    while True:
        for at in rounds:
            collected_at = datetime.combine(day, at, tzinfo=SHOP_TIMEZONE).astimezone(after.tzinfo)
            if collected_at > after and (is_open_on_sunday or day.weekday() != _SUNDAY):
                return collected_at
        day += timedelta(days=1)
