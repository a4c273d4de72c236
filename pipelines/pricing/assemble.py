"""From the rows of a ledger and of outcomes to the `DropProblem` that a decision is made from.

Rows are mappings with the column names of the warehouse; the drop's own rows only. Fetching the rows is not here, nor
what buyers saw in an hour and for how long: that is the mart `fct_pricing_outcomes`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from pipelines.pricing.ledger_rows import DECISION_COLUMNS, Belief, Clamp, Decision, hash_decision
from pipelines.pricing.problem import (
    CHAIN_START,
    HOUR,
    Band,
    CellHistory,
    ChannelPlan,
    DropProblem,
    OperatorAction,
    ShopPrior,
    SkuState,
    floor_hour,
)
from pipelines.pricing.replay import StoredDrop

Row = Mapping[str, Any]


@dataclass(frozen=True)
class DropRows:
    """All rows of one drop that a decision needs, each with the columns of its table; instants aware, in UTC.

    Attributes:
        drop: One row of `dim_drops`.
        skus: `dim_skus`.
        channels: `channel`, `fee_rate` of the winning plan.
        sold: `sku`, `sold_units` of the whole drop in any channel.
        outcomes: `fct_pricing_outcomes`.
        decisions: `fct_price_decisions` of this drop.
        lowest_prices: `sku`, `channel`, `lowest_amount` shown in the 30 days before, in the drop or out of it.
        actions: `pricing.operator_actions`.
        orders_met_at: `as_of` of the last tick that met an orders file.
        known_since: `as_of` of the tick that first loaded the drop's plan.
    """

    drop: Row
    skus: Sequence[Row]
    channels: Sequence[Row]
    sold: Sequence[Row]
    outcomes: Sequence[Row]
    decisions: Sequence[Row]
    lowest_prices: Sequence[Row]
    actions: Sequence[Row]
    orders_met_at: datetime | None
    known_since: datetime


def build_problem(rows: DropRows, as_of: datetime, shop_prior: ShopPrior | None = None) -> DropProblem:
    """The problem of one drop at `as_of`."""
    drop = rows.drop
    in_order = sorted(rows.decisions, key=lambda row: (row["valid_from"], row["sku"], row["channel"]))
    starts_at = drop["starts_at"]
    decided_to = max((row["valid_to"] for row in in_order), default=max(rows.known_since, floor_hour(starts_at)))
    sold = {row["sku"]: int(row["sold_units"]) for row in rows.sold}
    hours = _hours_before(floor_hour(starts_at), min(as_of, drop["ends_at"]))
    last_shown = {(row["sku"], row["channel"]): row for row in in_order if row["shown_price_amount"] is not None}
    lowest = {(row["sku"], row["channel"]): row["lowest_amount"] for row in rows.lowest_prices}
    outcomes = {(row["sku"], row["channel"], row["hour_at"]): row for row in rows.outcomes}
    cells = [
        _cell_history(
            (sku, channel),
            last_shown.get((sku, channel)),
            lowest.get((sku, channel)),
            [outcomes.get((sku, channel, hour)) for hour in hours],
        )
        for sku in sorted(row["sku"] for row in rows.skus)
        for channel in sorted(row["channel"] for row in rows.channels)
    ]
    return DropProblem(
        drop_id=drop["drop_id"],
        version=drop["version"],
        as_of=as_of,
        starts_at=starts_at,
        ends_at=drop["ends_at"],
        start_hour=starts_at.astimezone(ZoneInfo(drop["timezone"])).hour,
        currency_code=drop["currency_code"],
        tax_rate=drop["tax_rate"],
        max_staleness_hours=drop["max_staleness_hours"],
        holdout_rate=drop["holdout_rate"],
        taper_hours=drop["taper_hours"],
        seed=drop["seed"],
        skus=tuple(
            _sku_state(row, sold.get(row["sku"], 0)) for row in sorted(rows.skus, key=lambda row: str(row["sku"]))
        ),
        channels=tuple(
            ChannelPlan(row["channel"], row["fee_rate"])
            for row in sorted(rows.channels, key=lambda row: str(row["channel"]))
        ),
        cells=tuple(cells),
        actions=tuple(
            OperatorAction(**{name: row[name] for name in OperatorAction.__dataclass_fields__})
            for row in sorted(rows.actions, key=lambda row: (row["acted_at"], row["action_id"]))
        ),
        orders_met_at=rows.orders_met_at,
        undecided_from=decided_to,
        previous_sha256=hash_decision(decision_from_row(in_order[-1])) if in_order else CHAIN_START,
        shop_prior=shop_prior,
    )


def decision_from_row(row: Row) -> Decision:
    """A `Decision` from a row of `pricing.decisions`; further columns are left aside."""
    return Decision(**{name: row[name] for name in DECISION_COLUMNS})


def stored_drop(drop_id: str, tables: Mapping[str, Sequence[Row]]) -> StoredDrop:
    """The ledger's rows of one drop, by table, as a replay takes them."""
    return StoredDrop(
        drop_id=drop_id,
        decisions=tuple(map(decision_from_row, tables["decisions"])),
        clamps=tuple(Clamp(**{field.name: row[field.name] for field in fields(Clamp)}) for row in tables["clamps"]),
        beliefs=tuple(Belief(**{field.name: row[field.name] for field in fields(Belief)}) for row in tables["beliefs"]),
        frames={row["inputs_sha256"]: row["frame_json"] for row in tables["inputs"]},
    )


def _sku_state(row: Row, sold_units: int) -> SkuState:
    return SkuState(
        sku=row["sku"],
        low_price=row["low_price_amount"],
        mid_price=row["mid_price_amount"],
        high_price=row["high_price_amount"],
        unit_cost=row["unit_cost_amount"],
        salvage_amount=row["salvage_amount"],
        min_margin_rate=row["min_margin_rate"],
        forecast_units=row["forecast_units"],
        staged_units=int(row["staged_units"]),
        units_left=max(0, int(row["staged_units"]) - sold_units),
    )


def _hours_before(first: datetime, end: datetime) -> list[datetime]:
    count = max(0, -((first - end) // HOUR))
    return [first + index * HOUR for index in range(count)]


def _cell_history(
    cell: tuple[str, str], last: Row | None, lowest_30d: Decimal | None, outcomes: Sequence[Row | None]
) -> CellHistory:
    """What one cell showed and sold; `last` is its last decision with a price, `outcomes` one row an hour."""
    band, price = (None, None) if last is None else _price_at_end(last)
    return CellHistory(
        sku=cell[0],
        channel=cell[1],
        last_band=band,
        last_price=price,
        lowest_30d=lowest_30d,
        sold_units=tuple(0 if row is None else int(row["sold_units"]) for row in outcomes),
        shown_prices=tuple(None if row is None else row["shown_price_amount"] for row in outcomes),
        shown_rates=tuple(None if row is None else row["shown_rate"] for row in outcomes),
        shown_units=tuple(0 if row is None else int(row["shown_units"] or 0) for row in outcomes),
    )


def _price_at_end(decision: Row) -> tuple[Band, Decimal]:
    """What buyers saw when the decided hour ended: a kill puts it at list."""
    if decision["killed_at"] is not None:
        return "mid", decision["list_amount"]
    return decision["shown_band"], decision["shown_price_amount"]
