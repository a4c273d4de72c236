"""The smallest drop that can be priced: one SKU, one channel, unless a test asks for more."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from pipelines.pricing.problem import CHAIN_START, CellHistory, ChannelPlan, DropProblem, SkuState

STARTS_AT = datetime(2026, 11, 20, 9, tzinfo=UTC)


def make_sku(sku: str = "candle", **changes: object) -> SkuState:
    state = SkuState(
        sku=sku,
        low_price=Decimal("8.80"),
        mid_price=Decimal("10.00"),
        high_price=Decimal("11.20"),
        unit_cost=Decimal("5.00"),
        salvage_amount=Decimal("3.00"),
        min_margin_rate=Decimal("0.05"),
        forecast_units=100,
        staged_units=150,
        units_left=150,
    )
    return replace(state, **changes)


def make_problem(
    hours_in: int = 5,
    skus: tuple[SkuState, ...] | None = None,
    channels: tuple[ChannelPlan, ...] = (ChannelPlan("web", Decimal("0.03")),),
    history: dict[str, object] | None = None,
    **changes: object,
) -> DropProblem:
    as_of = STARTS_AT + timedelta(hours=hours_in)
    skus = skus or (make_sku(),)
    seen = max(0, hours_in)
    blank = CellHistory(
        sku="",
        channel="",
        last_band="mid",
        last_price=Decimal("10.00"),
        lowest_30d=None,
        sold_units=(0,) * seen,
        shown_prices=(Decimal("10.00"),) * seen,
        shown_rates=(1.0,) * seen,
        shown_units=(0,) * seen,
    )
    history = history or {}
    # What was sold was sold at the price shown, unless a test says otherwise.
    sold = {"shown_units": history["sold_units"]} if "sold_units" in history else {}
    cells = tuple(
        replace(blank, sku=sku.sku, channel=channel.channel, **(sold | history)) for sku in skus for channel in channels
    )
    problem = DropProblem(
        drop_id="advent",
        version=1,
        as_of=as_of,
        starts_at=STARTS_AT,
        ends_at=STARTS_AT + timedelta(hours=72),
        start_hour=10,
        currency_code="EUR",
        tax_rate=Decimal("0.19"),
        max_staleness_hours=3,
        holdout_rate=Decimal("0"),
        taper_hours=0,
        seed=7,
        skus=skus,
        channels=channels,
        cells=cells,
        actions=(),
        orders_met_at=as_of,
        undecided_from=as_of,
        previous_sha256=CHAIN_START,
    )
    return replace(problem, **changes)
