"""From the ledger's rows of a drop to the log that `evaluation` reads, and what another policy would have done in it.

What an hour earned is counted as the engine counts it: units sold times (money kept of a unit - its salvage - what one
more unit was worth later, the shadow price written with the decision). Without the last part selling everything in the
first hours would always look best.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from pipelines.pricing.decide import decide
from pipelines.pricing.evaluation import Log
from pipelines.pricing.ledger_rows import Decision
from pipelines.pricing.policy import Policy
from pipelines.pricing.problem import BANDS, HOUR, Band, CellHistory, DropProblem, problem_from_json
from pipelines.pricing.replay import StoredDrop

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class DecisionLog:
    """A log, the rows of the ledger behind it and the probabilities of another policy in the same hours.

    Attributes:
        log: What `evaluate` takes.
        target: (n, 3) of the other policy.
        decisions: The n decisions.
        unknown_count: Decisions whose outcome is not known: not yet over, another price shown, orders not met.
    """

    log: Log
    target: Floats
    decisions: tuple[Decision, ...]
    unknown_count: int


def read_decision_log(drops: Sequence[StoredDrop], policy: Policy) -> DecisionLog:
    """The drawn decisions of some drops with a known outcome, and what `policy` would do behind the same guardrails.

    Outcomes are those of each drop's last frame; a drop's last hour is in no frame. The policy decides each hour from
    the frame that was kept of it, so that it sees what was known then.
    """
    logs = [_read_drop(place, drop, policy) for place, drop in enumerate(drops)]
    parts = [part for part, _ in logs if part is not None]
    unknown = sum(count for _, count in logs)
    if not parts:
        empty = Log(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros((0, 3)), np.zeros(0))
        return DecisionLog(empty, np.zeros((0, 3)), (), unknown)
    has_model = all(part.log.expected is not None for part in parts)
    log = Log(
        hours=np.concatenate([part.log.hours for part in parts]),
        band=np.concatenate([part.log.band for part in parts]),
        propensities=np.concatenate([part.log.propensities for part in parts]),
        reward=np.concatenate([part.log.reward for part in parts]),
        expected=np.concatenate([part.log.expected for part in parts]) if has_model else None,
    )
    target = np.concatenate([part.target for part in parts])
    return DecisionLog(log, target, tuple(row for part in parts for row in part.decisions), unknown)


@dataclass(frozen=True)
class _Row:
    decision: Decision
    reward: float
    expected: tuple[float, float, float] | None
    target: tuple[float, float, float]


def _read_drop(place: int, drop: StoredDrop, policy: Policy) -> tuple[DecisionLog | None, int]:
    drawn = [row for row in drop.decisions if row.band is not None and row.propensity_mid is not None]
    if not drawn:
        return None, 0
    problems = {key: problem_from_json(frame) for key, frame in drop.frames.items()}
    last = max(problems.values(), key=lambda problem: problem.as_of)
    cells = {(cell.sku, cell.channel): cell for cell in last.cells}
    units = {(row.decision_id, row.band): row.expected_units for row in drop.beliefs}
    targets: dict[str, tuple[float | None, ...]] = {}
    for key in {row.inputs_sha256 for row in drawn}:
        for row in decide(problems[key], policy).decisions:
            targets[row.decision_id] = (row.propensity_low, row.propensity_mid, row.propensity_high)
    rows = [_row_of(row, last, cells[row.sku, row.channel], units, targets[row.decision_id]) for row in drawn]
    known = [row for row in rows if row is not None]
    if not known:
        return None, len(drawn)
    decisions = tuple(row.decision for row in known)
    expected = None
    if all(row.expected is not None for row in known):
        expected = np.array([row.expected for row in known])
    log = Log(
        # Hours of different drops are different hours, and no drop is longer than a million.
        hours=np.array([place * 1_000_000 + (row.valid_from - last.first_hour) // HOUR for row in decisions]),
        band=np.array([BANDS.index(row.band) for row in decisions if row.band is not None]),
        propensities=np.array([_shares(row) for row in decisions]),
        reward=np.array([row.reward for row in known]),
        expected=expected,
    )
    return DecisionLog(log, np.array([row.target for row in known]), decisions, 0), len(drawn) - len(known)


def _row_of(
    decision: Decision,
    last: DropProblem,
    cell: CellHistory,
    units: Mapping[tuple[str, Band], float | None],
    target: tuple[float | None, ...],
) -> _Row | None:
    """One decision with its outcome, or None where that is not known."""
    hour = (decision.valid_from - last.first_hour) // HOUR
    met = last.orders_met_at
    is_known = hour < len(cell.sold_units) and met is not None and min(decision.valid_to, last.ends_at) <= met
    if not is_known or cell.shown_prices[hour] != decision.price_amount or not cell.shown_rates[hour]:
        return None
    if target[0] is None or target[1] is None or target[2] is None:
        return None
    gains = _gains(decision, last)
    band = BANDS.index(decision.band)
    shown_rate = cell.shown_rates[hour] or 0.0
    believed = [units.get((decision.decision_id, name)) for name in BANDS]
    expected = None
    if all(value is not None for value in believed):
        low, mid, high = (
            (value or 0.0) * shown_rate * gain if share else 0.0
            for value, gain, share in zip(believed, gains, _supported(decision, target), strict=True)
        )
        expected = (low, mid, high)
    return _Row(decision, cell.shown_units[hour] * gains[band], expected, (target[0], target[1], target[2]))


def _gains(decision: Decision, problem: DropProblem) -> list[float]:
    """What a unit sold under each band is worth above keeping it."""
    sku = next(each for each in problem.skus if each.sku == decision.sku)
    fee = next(each.fee_rate for each in problem.channels if each.channel == decision.channel)
    kept = (1 - fee) / (1 + problem.tax_rate)
    later = Decimal(str(decision.shadow_price_amount or 0))
    return [float(price * kept - sku.salvage_amount - later) for price in sku.prices]


def _shares(decision: Decision) -> list[float]:
    # Rounding to 12 digits leaves a sum that is 1 only nearly.
    shares = np.array([decision.propensity_low, decision.propensity_mid, decision.propensity_high], dtype=np.float64)
    return list((shares / shares.sum()).tolist())


def _supported(decision: Decision, target: Sequence[float | None]) -> list[bool]:
    return [bool(mine) or bool(theirs) for mine, theirs in zip(_shares(decision), target, strict=True)]
