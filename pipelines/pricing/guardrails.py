"""The guardrails: what no policy may do, in the order in which they are applied.

Each is a pure function of a choice, the cell and the drop that returns the choice that may stand and, when it stepped
in, a sentence for the ledger. None of them draws at random, so the marginal propensities of a policy are exact after
them. Prices and floors are exact decimals.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import ROUND_CEILING, Context, Decimal
from functools import lru_cache

import numpy as np

from pipelines.pricing.ledger_rows import Clamp
from pipelines.pricing.problem import (
    BANDS,
    HOUR,
    Band,
    CellHistory,
    ChannelPlan,
    DropProblem,
    OperatorAction,
    SkuState,
    sha256_of,
)

# Prices are kept to four decimals, so a floor rounded up to four decides exactly as the unrounded one.
_AMOUNT_STEP = Decimal("0.0001")
_EXACT = Context(prec=60)

# Orders older than the plan allows hold the last band; older by this much more, the list price is the safe answer.
STALE_TO_LIST_HOURS = 2


class PlanRefusedError(ValueError):
    """A plan that cannot be priced; the message has the numbers."""


@dataclass(frozen=True)
class Choice:
    """A band on its way through the guardrails.

    Attributes:
        band: The band; None: nothing is offered.
        reason: Why, in the words of `pricing.decisions.reason`.
        is_forced: An operator or stale data set it: a hold-out hour does not bind.
        is_exempt: A kill or stale-to-list set it: taper and step do not bind.
    """

    band: Band | None
    reason: str
    is_forced: bool = False
    is_exempt: bool = False


@dataclass(frozen=True)
class Cell:
    """One (SKU, channel) as guardrails see it."""

    sku: SkuState
    channel: ChannelPlan
    history: CellHistory
    floor: Decimal

    def is_band_allowed(self, band: Band) -> bool:
        """Whether the band's price keeps the plan's margin."""
        return self.sku.price_of(band) >= self.floor


Guardrail = Callable[[Choice, Cell, DropProblem], tuple[Choice, str | None]]


def floor_amount(sku: SkuState, channel: ChannelPlan, tax_rate: Decimal) -> Decimal:
    """The lowest price, tax included, that keeps the SKU's least margin in a channel.

    With p' = p / (1 + tax), (p' (1 - fee) - cost) / p' >= m exactly when p >= cost (1 + tax) / (1 - fee - m); rounded
    up to four decimals.

    Raises:
        PlanRefusedError: Fee and margin together leave nothing of the price to pay the cost with.
    """
    kept = 1 - channel.fee_rate - sku.min_margin_rate
    if kept <= 0 and (kept < 0 or sku.unit_cost > 0):
        message = (
            f"{sku.sku} in {channel.channel}: a fee of {channel.fee_rate} and a margin of {sku.min_margin_rate} leave"
            " nothing of any price for the cost"
        )
        raise PlanRefusedError(message)
    if kept == 0:
        return Decimal(0)
    floor = _EXACT.divide(_EXACT.multiply(sku.unit_cost, 1 + tax_rate), kept)
    return floor.quantize(_AMOUNT_STEP, rounding=ROUND_CEILING, context=_EXACT)


def build_cells(problem: DropProblem) -> list[Cell]:
    """The cells of a drop in order of (sku, channel).

    Raises:
        PlanRefusedError: A list price lies below its floor, so that not even the safe policy may be followed.
    """
    histories = {(cell.sku, cell.channel): cell for cell in problem.cells}
    cells = []
    for sku in sorted(problem.skus, key=lambda sku: sku.sku):
        for channel in sorted(problem.channels, key=lambda channel: channel.channel):
            floor = floor_amount(sku, channel, problem.tax_rate)
            if sku.mid_price < floor:
                message = (
                    f"{problem.drop_id}: list price {sku.mid_price} of {sku.sku} in {channel.channel} is below the"
                    f" floor {floor} (cost {sku.unit_cost}, tax {problem.tax_rate}, fee {channel.fee_rate}, margin"
                    f" {sku.min_margin_rate})"
                )
                raise PlanRefusedError(message)
            cells.append(Cell(sku, channel, histories[sku.sku, channel.channel], floor))
    return cells


def apply_guardrails(choice: Choice, cell: Cell, problem: DropProblem, decision_id: str) -> tuple[Choice, list[Clamp]]:
    """Pass a choice through all guardrails in their order; one clamp row for each that stepped in."""
    clamps: list[Clamp] = []
    for name, guardrail in GUARDRAILS.items():
        if choice.reason == "sold_out":
            break
        allowed, detail = guardrail(choice, cell, problem)
        if detail is not None:
            clamps.append(Clamp(decision_id, len(clamps) + 1, name, choice.band, allowed.band, detail))
        choice = allowed
    return choice, clamps


def bind_stock(choice: Choice, cell: Cell, problem: DropProblem) -> tuple[Choice, str | None]:
    """Nothing to sell: nothing is offered."""
    del problem
    if cell.sku.units_left > 0:
        return choice, None
    return Choice(None, "sold_out"), f"0 of {cell.sku.staged_units} units left"


def bind_operator(choice: Choice, cell: Cell, problem: DropProblem) -> tuple[Choice, str | None]:
    """The last action that names the cell is in force until it is resumed."""
    action = action_in_force(cell, problem.actions)
    if action is None:
        return choice, None
    said = f"{action.action} by {action.who}: {action.why}"
    if action.action == "kill":
        return Choice("mid", "operator", is_forced=True, is_exempt=True), said
    if action.action == "override":
        return Choice(action.band or "mid", "operator", is_forced=True), said
    return Choice(cell.history.last_band or "mid", "hold", is_forced=True), said


def bind_staleness(choice: Choice, cell: Cell, problem: DropProblem) -> tuple[Choice, str | None]:
    """Orders too old to price by: hold the last band, later show list; an operator's choice stands."""
    if choice.is_forced:
        return choice, None
    if problem.orders_met_at is None:
        return Choice("mid", "stale", is_forced=True, is_exempt=True), "no orders file was ever met: list price"
    age = problem.as_of - problem.orders_met_at
    if age <= timedelta(hours=problem.max_staleness_hours):
        return choice, None
    said = f"orders are {age / HOUR:g} h old, {problem.max_staleness_hours} h allowed"
    if age > timedelta(hours=problem.max_staleness_hours + STALE_TO_LIST_HOURS):
        return Choice("mid", "stale", is_forced=True, is_exempt=True), f"{said}: list price"
    return Choice(cell.history.last_band or "mid", "stale", is_forced=True), f"{said}: last band held"


def bind_holdout(choice: Choice, cell: Cell, problem: DropProblem) -> tuple[Choice, str | None]:
    """Hours drawn before the drop sell at list, to measure the others against."""
    del cell
    if choice.is_forced or problem.as_of not in holdout_hours(problem):
        return choice, None
    return Choice("mid", "holdout"), "an hour drawn before the drop to sell at list"


def bind_floor(choice: Choice, cell: Cell, problem: DropProblem) -> tuple[Choice, str | None]:
    """No price goes below the floor, whoever set it; the list price never does (`build_cells` refuses it)."""
    del problem
    if choice.band is None or cell.is_band_allowed(choice.band):
        return choice, None
    lowest = next(band for band in BANDS if cell.is_band_allowed(band))
    said = f"{choice.band} at {cell.sku.price_of(choice.band)} is below the floor {cell.floor}"
    return replace(choice, band=lowest), said


def bind_taper(choice: Choice, cell: Cell, problem: DropProblem) -> tuple[Choice, str | None]:
    """In the drop's last hours a price never rises."""
    last = cell.history.last_price
    if choice.band is None or last is None or not is_tapering(problem, problem.as_of):
        return choice, None
    if cell.sku.price_of(choice.band) <= last:
        return choice, None
    said = f"in the last {problem.taper_hours} h a price never rises above {last}"
    if choice.is_exempt:
        return choice, f"exempt ({choice.reason}): {said}"
    allowed = [band for band in BANDS if cell.is_band_allowed(band)]
    # A new plan version may have lifted the floor above the last price; the floor goes first.
    not_above = [band for band in allowed if cell.sku.price_of(band) <= last] or allowed[:1]
    if not_above[-1] == choice.band:
        return choice, None
    return replace(choice, band=not_above[-1]), said


def bind_step(choice: Choice, cell: Cell, problem: DropProblem) -> tuple[Choice, str | None]:
    """From one hour to the next a price moves by one band at most; in the taper never upwards for that."""
    last = cell.history.last_band
    if choice.band is None or last is None:
        return choice, None
    if abs(BANDS.index(choice.band) - BANDS.index(last)) <= 1:
        return choice, None
    # Two bands apart are low and high, so the step between them is mid, which no floor forbids.
    said = f"{last} to {choice.band} is more than one band"
    last_price = cell.history.last_price
    # A new plan version may have lifted the bands: one band from the last can then be a dearer price.
    if is_tapering(problem, problem.as_of) and last_price is not None and cell.sku.mid_price > last_price:
        return choice, None
    return (choice, f"exempt ({choice.reason}): {said}") if choice.is_exempt else (replace(choice, band="mid"), said)


GUARDRAILS: dict[str, Guardrail] = {
    "stock": bind_stock,
    "operator": bind_operator,
    "staleness": bind_staleness,
    "holdout": bind_holdout,
    "floor": bind_floor,
    "taper": bind_taper,
    "step": bind_step,
}


def action_in_force(cell: Cell, actions: tuple[OperatorAction, ...]) -> OperatorAction | None:
    """The last action that names the cell, unless it is `resume`."""
    naming = [
        action
        for action in actions
        if action.sku in (None, cell.sku.sku) and action.channel in (None, cell.channel.channel)
    ]
    last = max(naming, key=lambda action: (action.acted_at, action.action_id), default=None)
    return None if last is None or last.action == "resume" else last


def is_tapering(problem: DropProblem, hour: datetime) -> bool:
    """Whether an hour that starts then reaches into the drop's last `taper_hours`."""
    return problem.taper_hours > 0 and hour + HOUR > problem.ends_at - timedelta(hours=problem.taper_hours)


def holdout_hours(problem: DropProblem) -> frozenset[datetime]:
    """The hours that sell at list: `holdout_rate` of those before the taper, drawn by the plan's seed alone.

    Nothing that happens in the drop moves them: they depend on drop, seed, rate and window only.
    """
    if problem.taper_hours > 0:
        eligible = (problem.ends_at - timedelta(hours=problem.taper_hours) - problem.first_hour) // HOUR
    else:
        eligible = problem.hours_count
    return _draw_hours(problem.first_hour, eligible, problem.holdout_rate, problem.seed, problem.drop_id)


@lru_cache(maxsize=64)
def _draw_hours(first: datetime, eligible: int, rate: Decimal, seed: int, drop_id: str) -> frozenset[datetime]:
    """Of so many hours the drawn ones; kept because every cell and alternative of an hour asks again."""
    count = int(max(eligible, 0) * rate + Decimal("0.5"))
    if count == 0:
        return frozenset()
    drawn = seeded_generator(seed, drop_id, "holdout").choice(eligible, min(count, eligible), replace=False)
    return frozenset(first + int(index) * HOUR for index in drawn)


def drop_hours(problem: DropProblem) -> list[datetime]:
    """The full hours that overlap the drop's window."""
    return [problem.first_hour + index * HOUR for index in range(problem.hours_count)]


def seeded_generator(seed: int, drop_id: str, purpose: str) -> np.random.Generator:
    """A PCG64 stream of its own for one plan's seed, drop and purpose (an hour, or the hold-out)."""
    words = np.frombuffer(bytes.fromhex(sha256_of(f"{drop_id}\n{purpose}")), dtype="<u4")
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed % 2**64, *words.tolist()])))
