"""The four metrics as people read them: a value or why there is none, its counts, its interval.

Rows come in as the marts hold them; nothing here computes a metric anew. Pages and reports show the same `Headline`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pipelines.figures import words
from pipelines.figures.intervals import FEWEST_CASES, Estimate, Interval, binomial_interval, poisson_interval

State = Literal["known", "so far", "too few", "not yet"]
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Windows:
    """What the models counted within, as `raw.as_of` keeps it."""

    lead_time_radius_km: float
    velocity_window_hours: int
    repeat_window_days: int


@dataclass(frozen=True)
class MetricRows:
    """The `rpt_` rows of one scope; None where the mart has none."""

    lead_time: Row | None = None
    velocity: Row | None = None
    repeat: Row | None = None
    unboxing: Row | None = None


@dataclass(frozen=True)
class Headline:
    """One metric of one scope.

    Attributes:
        key: The metric's short name in code.
        title: Its name on screen.
        sentence: What it is, in one sentence.
        value: The number in words, or why there is none.
        state: `so far` may still move; `too few` has under 20 cases; `not yet` has none at all.
        basis: What the value was counted from: numerator and denominator.
        interval: The 95 % interval in words, or an empty text.
        beside: Further facts, each with its label.
        is_lower_better: Which direction is good.
        parts: What the number is made of, each with its label: above the line and below it.
        estimate: The number itself with its interval; None while the state is `too few` or `not yet`.
    """

    key: str
    title: str
    sentence: str
    value: str
    state: State
    basis: str
    interval: str
    beside: tuple[tuple[str, str], ...]
    is_lower_better: bool = False
    parts: tuple[tuple[str, str], ...] = ()
    estimate: Estimate | None = None


def describe_metrics(rows: MetricRows, windows: Windows, *, is_final: bool) -> tuple[Headline, ...]:
    """The four headlines of one scope; a row that is missing gives `not yet`."""
    return (
        describe_lead_time(rows.lead_time or {}, windows.lead_time_radius_km, is_final=is_final),
        describe_velocity(rows.velocity or {}, windows.velocity_window_hours),
        describe_repeat(rows.repeat or {}, windows.repeat_window_days),
        describe_unboxing(rows.unboxing or {}, is_final=is_final),
    )


def describe_lead_time(row: Row, radius_km: float, *, is_final: bool) -> Headline:
    """Median hours from order to door near the hubs, parcels still waiting included."""
    delivered, median = _count(row, "delivered_count"), row.get("median_hours")
    waiting = _count(row, "under_way_count") + _count(row, "not_handed_over_count")
    promised, on_time = _count(row, "promised_count"), _count(row, "on_time_count")
    value, state = words.hours(median), _settled(delivered, is_final=is_final)
    if delivered == 0:
        value, state = "Nothing delivered yet" if waiting else "No parcels to measure", "not yet"
    elif median is None:
        value, state = "Half not delivered yet", "so far"
    on_time_text = f"{words.rate(on_time / promised)} ({on_time:,} of {promised:,})" if promised else words.NONE
    overdue = _count(row, "overdue_count")
    return Headline(
        key="lead_time",
        title="Fulfilment lead time",
        sentence="Median hours from order placed to delivered at the door, for doors"
        f" within {radius_km:g} km of the hub that sends. Parcels still waiting count as not delivered so far.",
        value="Too few to say" if state == "too few" else value,
        state=state,
        basis=f"{words.count(delivered, 'parcel', 'parcels')} delivered, {waiting:,} still waiting",
        interval=_hours_interval(row) if median is not None else "",
        beside=(
            ("Delivered only, median", words.hours(row.get("delivered_only_median_hours"))),
            ("Nine in ten within", words.hours(row.get("km_p90_hours"))),
            ("Carrier's leg, median", words.hours(row.get("carrier_leg_median_hours"))),
            ("On time against promise", on_time_text),
            *((("Promise passed, still waiting", words.count(overdue, "parcel", "parcels")),) if overdue else ()),
        ),
        is_lower_better=True,
        parts=(
            ("Delivered", words.count(delivered, "parcel", "parcels")),
            ("Still waiting, counted as not delivered so far", words.count(waiting, "parcel", "parcels")),
        ),
        estimate=_measured(state, _as_float(median), row.get("median_lower_hours"), row.get("median_upper_hours")),
    )


def describe_velocity(row: Row, window_hours: int) -> Headline:
    """Units sold in the drop's first hours per unit staged."""
    sold, staged = _count(row, "sold_units"), _count(row, "staged_units")
    state: State = "not yet" if staged == 0 else _settled(staged, is_final=bool(row.get("is_final")))
    # More sold than staged is no share of the stock: it is flagged, and has no interval.
    interval = binomial_interval(sold, staged) if sold <= staged else None
    oversold = "more units sold than staged" + ("" if sold > staged else " of one SKU or more")
    return Headline(
        key="velocity",
        title=f"Inventory velocity, {window_hours} h",
        sentence=f"Units sold in the first {window_hours} hours per unit staged before hour {window_hours}.",
        value=_value(state, words.rate(row.get("sell_through_rate")), "No stock staged"),
        state=state,
        basis=f"{words.count(sold, 'unit', 'units')} sold of {staged:,} staged",
        interval=_as_rates(interval),
        beside=(
            ("SKUs sold out", _of(row, "skus_sold_out_count", "skus_count")),
            ("SKUs with a sale", _of(row, "skus_sold_count", "skus_count")),
            *((("Oversold", oversold),) if row.get("is_oversold") else ()),
        ),
        parts=(("Above the line: units sold", f"{sold:,}"), ("Below the line: units staged", f"{staged:,}")),
        estimate=_measured_within(state, row.get("sell_through_rate"), interval),
    )


def describe_repeat(row: Row, window_days: int) -> Headline:
    """Buyers who came back within the window, of those whose window has passed."""
    eligible, returned, pending = (_count(row, f"{name}_count") for name in ("eligible", "returned", "pending"))
    state: State = "not yet" if eligible == 0 else _settled(eligible, is_final=pending == 0)
    return Headline(
        key="repeat",
        title=f"Repeat conversion, {window_days} d",
        sentence=f"Buyers who placed another order within {window_days} days of their first,"
        f" of those whose {window_days} days have passed.",
        value=_value(
            state,
            words.rate(row.get("conversion_rate")),
            f"{window_days} days not over yet" if pending else "No buyers",
        ),
        state=state,
        basis=f"{returned:,} of {words.count(eligible, 'buyer', 'buyers')} came back"
        if eligible
        else f"{words.count(_count(row, 'buyers_count'), 'buyer', 'buyers')}, none of them {window_days} days on",
        interval=_as_rates(binomial_interval(returned, eligible)),
        beside=(
            (f"Still in their {window_days} days", words.count(pending, "buyer", "buyers")),
            ("Back already, of those", words.count(_count(row, "pending_returned_count"))),
            ("Any reorder", words.count(_count(row, "any_reorder_count"), "buyer", "buyers")),
            ("Orders without a buyer", words.count(_count(row, "keyless_orders_count"))),
        ),
        parts=(
            ("Above the line: buyers who came back", f"{returned:,}"),
            (f"Below the line: buyers whose {window_days} days have passed", f"{eligible:,}"),
        ),
        estimate=_measured_within(state, row.get("conversion_rate"), binomial_interval(returned, eligible)),
    )


def describe_unboxing(row: Row, *, is_final: bool) -> Headline:
    """Scans and shares per delivered box."""
    boxes, scans, shares = (_count(row, f"{name}_count") for name in ("boxes_delivered", "scans", "shares"))
    state: State = "not yet" if boxes == 0 else _settled(boxes, is_final=is_final)
    interval = poisson_interval(scans + shares, boxes)
    return Headline(
        key="unboxing",
        title="Unboxing engagement",
        sentence="QR scans and social shares per delivered box that bears a label. Robots do not count.",
        value=_value(state, f"{words.ratio(row.get('engagement_per_box'))} per box", "No labelled box delivered"),
        state=state,
        basis=f"{scans:,} scans and {words.count(shares, 'share', 'shares')} of {words.count(boxes, 'box', 'boxes')}",
        interval=f"{interval.low:.2f} to {interval.high:.2f}" if interval else "",
        beside=(
            ("Boxes scanned", _of(row, "boxes_scanned_count", "boxes_delivered_count")),
            ("Scans per box", words.ratio(row.get("scans_per_box"))),
            ("Shares per box", words.ratio(row.get("shares_per_box"))),
        ),
        parts=(
            ("Above the line: scans and shares", f"{scans:,} + {shares:,}"),
            ("Below the line: labelled boxes delivered", f"{boxes:,}"),
        ),
        estimate=_measured_within(state, row.get("engagement_per_box"), interval),
    )


def _settled(cases: int, *, is_final: bool) -> State:
    if cases < FEWEST_CASES:
        return "too few"
    return "known" if is_final else "so far"


def _as_float(value: Any) -> float | None:
    return None if value is None else float(value)


def _measured(state: State, value: float | None, low: Any = None, high: Any = None) -> Estimate | None:
    if value is None or state in ("too few", "not yet"):
        return None
    return Estimate(value, _as_float(low), _as_float(high))


def _measured_within(state: State, value: Any, interval: Interval | None) -> Estimate | None:
    bounds = (interval.low, interval.high) if interval else (None, None)
    return _measured(state, _as_float(value), *bounds)


def _value(state: State, known: str, nothing: str) -> str:
    return {"not yet": nothing, "too few": "Too few to say"}.get(state, known)


def _count(row: Row, name: str) -> int:
    return int(row.get(name) or 0)


def _of(row: Row, part: str, whole: str) -> str:
    return f"{_count(row, part):,} of {_count(row, whole):,}" if _count(row, whole) else words.NONE


def _hours_interval(row: Row) -> str:
    # An open upper end says that too little has arrived to bound the median.
    shown = words.span(words.hours(row.get("median_lower_hours")), words.hours(row.get("median_upper_hours")))
    return "" if shown == words.NONE else shown


def _as_rates(interval: Interval | None) -> str:
    return f"{words.rate(interval.low)} to {words.rate(interval.high)}" if interval else ""
