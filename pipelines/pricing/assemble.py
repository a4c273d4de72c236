"""From the rows of a ledger and of sales to the `DropProblem` that a decision is made from.

Rows are mappings with the column names of the warehouse; the drop's own rows only. This is where "what did the buyers
see in that hour, and for how long" is answered. Fetching the rows is not here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
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

# The law on reduced prices (EU) looks at the thirty days before.
PRIOR_PRICE_DAYS = 30


@dataclass(frozen=True)
class DropRows:
    """All rows of one drop that a decision needs, each with the columns of its table; instants aware, in UTC.

    Attributes:
        drop: One row of `dim_drops`.
        skus: `dim_skus`.
        channels: `channel`, `fee_rate` of the winning plan.
        stock: `sku`, `units`, `staged_at` of the winning plan.
        sales: `fct_sku_sales_hourly`: `sku`, `channel`, `hour_at`, `sold_units`.
        sold_out: `sku`, `sold_out_at` of the SKUs that sold out.
        decisions: `pricing.decisions` of this drop.
        shown: `raw.shown_prices` of its SKUs and channels in its currency.
        earlier_prices: `sku`, `channel`, `lowest_amount` shown by decisions of other drops in the 30 days before.
        actions: `pricing.operator_actions`.
        orders_met_at: `as_of` of the last tick that met an orders file.
        known_since: `as_of` of the tick that first loaded the drop's plan.
    """

    drop: Row
    skus: Sequence[Row]
    channels: Sequence[Row]
    stock: Sequence[Row]
    sales: Sequence[Row]
    sold_out: Sequence[Row]
    decisions: Sequence[Row]
    shown: Sequence[Row]
    earlier_prices: Sequence[Row]
    actions: Sequence[Row]
    orders_met_at: datetime | None
    known_since: datetime


def build_problem(rows: DropRows, as_of: datetime, shop_prior: ShopPrior | None = None) -> DropProblem:
    """The problem of one drop at `as_of`."""
    drop = rows.drop
    decisions = sorted(map(decision_from_row, rows.decisions), key=lambda row: (row.valid_from, row.sku, row.channel))
    shown_ids = {row["decision_id"] for row in rows.decisions if row["is_shown"]}
    starts_at = drop["starts_at"]
    decided_to = max((row.valid_to for row in decisions), default=max(rows.known_since, floor_hour(starts_at)))
    sold = _sold_by_cell(rows.sales)
    hours = _hours_before(floor_hour(starts_at), min(as_of, drop["ends_at"]))
    in_stock = {row["sku"]: _in_stock_shares(row["sku"], rows, hours, sold) for row in rows.skus}
    cells = []
    for sku in sorted(row["sku"] for row in rows.skus):
        for channel in sorted(row["channel"] for row in rows.channels):
            own = [
                row for row in decisions if (row.sku, row.channel) == (sku, channel) and row.decision_id in shown_ids
            ]
            history = _cell_history((sku, channel), rows, own, hours, as_of)
            cells.append(replace(history, in_stock=in_stock[sku]))
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
        skus=tuple(_sku_state(row, sold) for row in sorted(rows.skus, key=lambda row: str(row["sku"]))),
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
        previous_sha256=hash_decision(decisions[-1]) if decisions else CHAIN_START,
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


def _sku_state(row: Row, sold: Mapping[tuple[str, str], Mapping[datetime, int]]) -> SkuState:
    sold_units = sum(sum(by_hour.values()) for (sku, _), by_hour in sold.items() if sku == row["sku"])
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


def _sold_by_cell(sales: Sequence[Row]) -> dict[tuple[str, str], dict[datetime, int]]:
    sold: dict[tuple[str, str], dict[datetime, int]] = {}
    for row in sales:
        by_hour = sold.setdefault((row["sku"], row["channel"]), {})
        by_hour[row["hour_at"]] = by_hour.get(row["hour_at"], 0) + int(row["sold_units"])
    return sold


def _hours_before(first: datetime, end: datetime) -> list[datetime]:
    count = max(0, -((first - end) // HOUR))
    return [first + index * HOUR for index in range(count)]


def _cell_history(
    cell: tuple[str, str], rows: DropRows, own: Sequence[Decision], hours: Sequence[datetime], as_of: datetime
) -> CellHistory:
    """What one cell showed and sold; `own` are its decisions that came in time to be shown, in order of time."""
    shown = [row for row in rows.shown if (row["sku"], row["channel"]) == cell]
    earlier = [row["lowest_amount"] for row in rows.earlier_prices if (row["sku"], row["channel"]) == cell]
    last = next((row for row in reversed(own) if row.price_amount is not None), None)
    last_band: Band | None = None if last is None else last.band or "mid"
    by_hour = _sold_by_cell([row for row in rows.sales if (row["sku"], row["channel"]) == cell]).get(cell, {})
    decided_for = {row.valid_from: row for row in own}
    return CellHistory(
        sku=cell[0],
        channel=cell[1],
        last_band=last_band,
        last_price=None if last is None else last.price_amount,
        lowest_30d=min([*earlier, *_prices_since(own, shown, as_of)], default=None),
        sold_units=tuple(by_hour.get(hour, 0) for hour in hours),
        shown_prices=tuple(_price_shown_in(hour, decided_for.get(hour), shown) for hour in hours),
        in_stock=(),
    )


def _prices_since(own: Sequence[Decision], shown: Sequence[Row], as_of: datetime) -> list[Decimal]:
    """Prices that overlapped `[as_of - 30 d, as_of)`, by decisions and by storefronts' word."""
    since = as_of - timedelta(days=PRIOR_PRICE_DAYS)
    prices = [row.price_amount for row in own if row.price_amount is not None and row.valid_to > since]
    return prices + [row["price"] for row in shown if row["valid_to"] > since and row["valid_from"] < as_of]


def _price_shown_in(hour: datetime, decided: Decision | None, shown: Sequence[Row]) -> Decimal | None:
    """The one price buyers saw in an hour; a storefront's word goes before the decision.

    None when nothing says it, when more than one price was shown, or when storefronts speak for a part of the hour and
    the decision says otherwise.
    """
    said = [row for row in shown if row["valid_from"] < hour + HOUR and row["valid_to"] > hour]
    prices = {row["price"] for row in said}
    if not _covers(said, hour):
        # A missed hour teaches only through what storefronts say: whether they fell back to list nobody wrote down.
        if decided is None or decided.reason == "missed":
            return None
        prices |= {decided.price_amount} - {None}
    return prices.pop() if len(prices) == 1 else None


def _covers(shown: Sequence[Row], hour: datetime) -> bool:
    """Whether the intervals together cover the whole hour."""
    reached = hour
    for row in sorted(shown, key=lambda row: row["valid_from"]):
        if row["valid_from"] > reached:
            return False
        reached = max(reached, row["valid_to"])
    return reached >= hour + HOUR


def _in_stock_shares(
    sku: str,
    rows: DropRows,
    hours: Sequence[datetime],
    sold: Mapping[tuple[str, str], Mapping[datetime, int]],
) -> tuple[float | None, ...]:
    """Share of each hour in which the SKU could be bought: within the window, with units left.

    In the hour of selling out it is the share up to the last sale; None when that is not known or units arrived within
    the hour in which there were none.
    """
    sold_out_at = {row["sku"]: row["sold_out_at"] for row in rows.sold_out}.get(sku)
    staged = [row for row in rows.stock if row["sku"] == sku]
    starts_at, ends_at = rows.drop["starts_at"], rows.drop["ends_at"]
    shares: list[float | None] = []
    sold_before = 0
    for hour in hours:
        end = hour + HOUR
        start, stop = max(hour, starts_at), min(end, ends_at)
        sold_now = sum(by_hour.get(hour, 0) for (item, _), by_hour in sold.items() if item == sku)
        at_start = sum(row["units"] for row in staged if row["staged_at"] <= start) - sold_before
        at_end = sum(row["units"] for row in staged if row["staged_at"] < stop) - sold_before - sold_now
        sold_before += sold_now
        if at_start > 0 and at_end > 0:
            shares.append((stop - start) / HOUR)
        elif at_start > 0 and sold_out_at is not None and start <= sold_out_at < stop:
            shares.append((sold_out_at - start) / HOUR)
        elif at_start <= 0 and at_end <= 0 and sold_now == 0:
            shares.append(0.0)
        else:
            shares.append(None)
    return tuple(shares)
