"""The check of a plan before it is handed over: what loading it would say, and what it would mean for prices.

Reads nothing: the text and what is known of the shop are given.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

import numpy as np

from pipelines.contracts.drop_plan import DROP_LENGTH, DropPlan, DropPlanError, PlannedSku, parse_drop_plan
from pipelines.contracts.plan_report import PlanFinding, PlanFloor, PlanReport
from pipelines.contracts.plan_text import PlanText, PlanTextError, read_plan_text
from pipelines.figures.intervals import FEWEST_CASES
from pipelines.pricing.plan_review import PRIOR_PRICE_DAYS, PlanReview, review_plan, smallest_uplift
from pipelines.pricing.problem import CHAIN_START, ChannelPlan, DropProblem, SkuState, floor_hour
from pipelines.warehouse.known_shop import KnownShop

# A field that a template left open: nothing, or an empty mapping, before the words.
_OPEN_FIELD = re.compile(r"^[\s-]*(?P<name>\w+):\s*(\{\s*\})?\s*# TO FILL")


_SEVERITIES = ("error", "warning", "note")


@dataclass(frozen=True)
class _Plan:
    """A plan that could be read, with the lines of its text."""

    plan: DropPlan
    text: PlanText
    review: PlanReview
    problem: DropProblem

    def line(self, *path: str | int) -> int:
        return self.text.line_of(path)

    def place(self, sku: str) -> int:
        return next(place for place, planned in enumerate(self.plan.skus) if planned.sku == sku)


def read_plan(text: str) -> tuple[DropPlan | None, list[PlanFinding]]:
    """The plan that a text says, or every rule that it breaks."""
    opened = [
        _finding("error", "has_nothing_to_fill", number, f"{found['name']} is still to fill")
        for number, line in enumerate(text.splitlines(), start=1)
        if (found := _OPEN_FIELD.match(line))
    ]
    try:
        plan = parse_drop_plan(read_plan_text(text))
    except PlanTextError as error:
        line = re.match(r"line (\d+): ", str(error))
        return None, [_finding("error", error.rule, int(line[1]) if line else 1, str(error).partition(": ")[2])]
    except DropPlanError as error:
        lines = {each.line for each in opened}
        broken = [
            _finding("error", each.rule, each.line, f"{each.field}: {each.expected}; found {each.value}")
            for each in error.broken
            if each.line not in lines
        ]
        return None, sorted([*opened, *broken], key=lambda each: each.line)
    return (None if opened else plan), opened


def check_plan(file: str, text: str, shop: KnownShop | None) -> PlanReport:
    """Everything there is to say of a plan; `shop` None: nothing is published yet."""
    plan, broken = read_plan(text)
    if plan is None:
        return PlanReport(
            file=file, drop_id=None, currency_code=None, is_accepted=False, findings=tuple(broken), floors=(),
            holdout_hours=(), orders_an_hour=None, smallest_uplift_rate=None,
        )  # fmt: skip
    problem = problem_of_plan(plan)
    whole = _Plan(plan, read_plan_text(text), review_plan(problem), problem)
    rate = _orders_an_hour(plan, shop)
    uplift = None if rate is None else smallest_uplift(problem, rate, _value_variation(plan))
    findings = [
        *_check_floors(whole),
        *_check_dates(whole, shop),
        *_check_stock(whole, shop),
        *_check_others(whole, shop),
        *_tell_prior_prices(whole, shop),
        *_tell_holdout(whole, rate, uplift, shop),
    ]
    return PlanReport(
        file=file,
        drop_id=plan.drop_id,
        currency_code=plan.currency_code,
        is_accepted=not any(each.severity == "error" for each in findings),
        findings=tuple(sorted(findings, key=lambda each: (_SEVERITIES.index(each.severity), each.line))),
        floors=tuple(
            PlanFloor(
                sku=cell.sku, channel=cell.channel, floor_amount=cell.floor,
                list_amount=plan.skus[whole.place(cell.sku)].list_price,
                kept_at_list_amount=round(cell.kept_at_list, 4), bands=tuple(cell.allowed),
            )
            for cell in whole.review.cells
        ),
        holdout_hours=whole.review.holdout,
        orders_an_hour=rate,
        smallest_uplift_rate=uplift,
    )  # fmt: skip


def problem_of_plan(plan: DropPlan) -> DropProblem:
    """The problem that the engine would meet in the drop's first hour, nothing sold yet."""
    first = floor_hour(plan.starts_at)
    return DropProblem(
        drop_id=plan.drop_id, version=plan.version, as_of=first, starts_at=plan.starts_at, ends_at=plan.ends_at,
        start_hour=plan.starts_at.astimezone(ZoneInfo(plan.timezone)).hour, currency_code=plan.currency_code,
        tax_rate=plan.tax_rate, max_staleness_hours=plan.max_staleness_hours, holdout_rate=plan.holdout_rate,
        taper_hours=plan.taper_hours, seed=plan.seed,
        skus=tuple(_sku_state(planned) for planned in sorted(plan.skus, key=lambda planned: planned.sku)),
        channels=tuple(ChannelPlan(name, plan.channels[name].fee_rate) for name in sorted(plan.channels)),
        cells=(), actions=(), orders_met_at=None, undecided_from=first, previous_sha256=CHAIN_START,
    )  # fmt: skip


def _sku_state(planned: PlannedSku) -> SkuState:
    staged = sum(planned.stock.values())
    return SkuState(
        sku=planned.sku, low_price=planned.bands.low, mid_price=planned.bands.mid, high_price=planned.bands.high,
        unit_cost=planned.unit_cost, salvage_amount=planned.salvage_amount, min_margin_rate=planned.min_margin_rate,
        forecast_units=planned.forecast_units, staged_units=staged, units_left=staged,
    )  # fmt: skip


def _check_floors(whole: _Plan) -> Iterator[PlanFinding]:
    currency = whole.plan.currency_code
    for cell in whole.review.cells:
        place = whole.place(cell.sku)
        planned = whole.plan.skus[place]
        where = f"{cell.sku} in {cell.channel}"
        if cell.floor is None:
            message = f"{where}: fee and least margin leave nothing of any price for the cost"
            yield _finding(
                "error", "list_price_keeps_the_margin", whole.line("skus", place, "min_margin_rate"), message
            )
        elif "mid" not in cell.allowed:
            message = (
                f"{where}: the list price {planned.list_price:.2f} {currency} is below the floor {cell.floor:.2f}"
                f" (cost {planned.unit_cost:.2f}, fee {whole.plan.channels[cell.channel].fee_rate:.1%},"
                f" tax {whole.plan.tax_rate:.1%}, margin {planned.min_margin_rate:.1%})"
            )
            yield _finding("error", "list_price_keeps_the_margin", whole.line("skus", place, "list_price"), message)
        elif "low" not in cell.allowed:
            message = f"{where}: low {planned.bands.low:.2f} is below the floor {cell.floor:.2f}; it is never shown"
            yield _finding("warning", "low_band_keeps_the_margin", whole.line("skus", place, "bands"), message)
    for place, planned in enumerate(whole.plan.skus):
        if planned.salvage_amount >= planned.unit_cost > 0:
            message = (
                f"{planned.sku}: salvage {planned.salvage_amount:.2f} is not below the cost {planned.unit_cost:.2f};"
                " leftovers would cost nothing"
            )
            yield _finding("warning", "salvage_is_below_cost", whole.line("skus", place, "salvage_amount"), message)


def _check_dates(whole: _Plan, shop: KnownShop | None) -> Iterator[PlanFinding]:
    plan = whole.plan
    length = plan.ends_at - plan.starts_at
    if length != DROP_LENGTH:
        hours = length / timedelta(hours=1)
        yield _finding("warning", "drop_is_72_hours", whole.line("ends_at"), f"the drop lasts {hours:g} hours, not 72")
    if plan.starts_at != floor_hour(plan.starts_at):
        message = "the drop does not start on the hour: its first and last price stand for less than an hour"
        yield _finding("note", "drop_starts_on_the_hour", whole.line("starts_at"), message)
    if shop is not None and plan.starts_at <= shop.as_of:
        message = f"the start is not after {shop.as_of:%Y-%m-%d %H:%M} UTC, up to when orders are known"
        yield _finding("warning", "starts_at_is_to_come", whole.line("starts_at"), message)


def _check_stock(whole: _Plan, shop: KnownShop | None) -> Iterator[PlanFinding]:
    by_hub: dict[str, int] = {}
    for place, planned in enumerate(whole.plan.skus):
        line = whole.line("skus", place, "stock")
        for hub, units in [*planned.stock.items(), *((each.hub_id, each.units) for each in planned.restocks)]:
            by_hub[hub] = by_hub.get(hub, 0) + units
            if shop is not None and hub not in shop.capacity_by_hub:
                known = ", ".join(sorted(shop.capacity_by_hub)) or "none"
                message = f"{planned.sku}: no hub {hub} is known; known: {known}"
                yield _finding("warning", "hubs_are_known", line, message)
        staged = sum(planned.stock.values()) + sum(each.units for each in planned.restocks)
        if staged == 0:
            yield _finding("warning", "stock_is_staged", line, f"{planned.sku}: no unit is staged; it is sold out")
        elif planned.forecast_units:
            message = (
                f"{planned.sku}: {staged} units for {planned.forecast_units} expected at list"
                f" ({staged / planned.forecast_units:.0%})"
            )
            yield _finding("note", "stock_against_forecast", line, message)
    for hub, units in by_hub.items() if shop is not None else ():
        capacity = shop.capacity_by_hub.get(hub) if shop is not None else None
        if capacity is not None and units > capacity:
            message = f"{units} units go to {hub}, which holds {capacity}"
            yield _finding("warning", "hubs_hold_the_stock", whole.line("skus"), message)


def _check_others(whole: _Plan, shop: KnownShop | None) -> Iterator[PlanFinding]:
    if shop is None:
        message = "nothing is published yet: hubs, other drops and earlier prices were not looked at"
        yield _finding("warning", "shop_is_known", 1, message)
        return
    plan = whole.plan
    for other in shop.drops:
        if other.drop_id == plan.drop_id:
            if other.version >= plan.version:
                message = f"version {other.version} of {plan.drop_id} is loaded; a changed plan needs a higher one"
                yield _finding("warning", "version_is_new", whole.line("version"), message)
            continue
        if other.starts_at < plan.ends_at and other.ends_at > plan.starts_at:
            for sku in sorted(other.skus & {planned.sku for planned in plan.skus}):
                message = (
                    f"{sku} is in {other.drop_id} from {other.starts_at:%Y-%m-%d %H:%M}"
                    f" to {other.ends_at:%Y-%m-%d %H:%M} UTC"
                )
                line = whole.line("skus", whole.place(sku), "sku")
                yield _finding("error", "skus_are_in_one_drop_at_a_time", line, message)


def _tell_prior_prices(whole: _Plan, shop: KnownShop | None) -> Iterator[PlanFinding]:
    plan, review = whole.plan, whole.review
    for place, planned in enumerate(plan.skus):
        line = whole.line("skus", place, "list_price")
        earlier = None if shop is None else shop.lowest_by_sku.get(planned.sku)
        if earlier is not None and earlier < planned.list_price:
            message = (
                f'{planned.sku}: it was sold at {earlier:.2f} within {PRIOR_PRICE_DAYS} days; no "was" price in this'
                " drop may be above that"
            )
            yield _finding("warning", "prior_price_of_30_days", line, message)
        lowest = review.lowest_by_sku.get(planned.sku)
        if lowest is None or lowest >= planned.list_price:
            continue
        if review.taper_from is not None:
            how = (
                f"from {review.taper_from:%Y-%m-%d %H:%M} UTC (24-hour taper) its price may fall to {lowest:.2f} and"
                " does not rise again"
            )
        else:
            how = f"its price may fall to {lowest:.2f} in any hour"
        message = (
            f'{planned.sku}: {how}; until {review.prior_price_until:%Y-%m-%d} a "was" price above {lowest:.2f} is then'
            f" not lawful (lowest price of {PRIOR_PRICE_DAYS} days)"
        )
        yield _finding("note", "taper_and_prior_price", line, message)


def _tell_holdout(
    whole: _Plan, rate: float | None, uplift: float | None, shop: KnownShop | None
) -> Iterator[PlanFinding]:
    line, held = whole.line("holdout_rate"), whole.review.holdout
    if not held:
        message = "no hour is held out: what the engine is worth in this drop cannot be told"
        yield _finding("warning", "holdout_is_drawn", line, message)
        return
    times = ", ".join(f"{hour:%d %H}h" for hour in held)
    message = f"{len(held)} of {whole.review.hours_count} hours sell at list to measure against (UTC: {times})"
    yield _finding("note", "holdout_is_drawn", line, message)
    if len(held) < FEWEST_CASES:
        message = f"the audit tells no uplift of fewer than {FEWEST_CASES} hold-out hours: pool several drops"
        yield _finding("note", "holdout_is_enough", line, message)
    if uplift is not None and rate is not None:
        known = shop is not None and shop.orders_an_hour is not None
        source = "as in past drops" if known else "as forecast, one unit an order"
        message = (
            f"with {rate:.1f} orders an hour ({source}) an uplift below {uplift:.0%} cannot be told from chance"
            " (5 % test, 80 % power)"
        )
        yield _finding("note", "smallest_uplift", line, message)


def _orders_an_hour(plan: DropPlan, shop: KnownShop | None) -> float | None:
    if shop is not None and shop.orders_an_hour is not None:
        return shop.orders_an_hour
    expected = sum(
        sum(planned.stock.values()) if planned.forecast_units is None else planned.forecast_units
        for planned in plan.skus
    )
    return expected / ((plan.ends_at - plan.starts_at) / timedelta(hours=1)) or None


def _value_variation(plan: DropPlan) -> float:
    """Spread of an order's amount over its mean, of orders of one unit that are as often of each SKU."""
    prices = np.array([float(planned.list_price) for planned in plan.skus])
    return float(prices.std() / prices.mean())


def _finding(severity: str, rule: str, line: int, message: str) -> PlanFinding:
    return PlanFinding.model_validate({"severity": severity, "rule": rule, "line": line, "message": message})
