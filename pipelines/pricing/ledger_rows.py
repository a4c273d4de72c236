"""The rows that a decided hour adds to the ledger, and the chain of hashes that binds a drop's decisions.

The fields are the columns of `pricing.decisions`, `pricing.clamps` and `pricing.beliefs`, but for `decided_at`, which
is the instant of writing and no part of the decision.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal

from pipelines.pricing.problem import CHAIN_START, Band, canonical_json, sha256_of


@dataclass(frozen=True)
class Decision:
    """One band chosen for one (drop, sku, channel, hour), or the row of an hour that passed undecided."""

    decision_id: str
    drop_id: str
    sku: str
    channel: str
    valid_from: datetime
    valid_to: datetime
    band: Band | None
    price_amount: Decimal | None
    list_amount: Decimal
    floor_amount: Decimal
    lowest_30d_amount: Decimal | None
    currency_code: str
    propensity_low: float | None
    propensity_mid: float | None
    propensity_high: float | None
    reason: str
    units_left: int | None
    hours_left: float | None
    shadow_price_amount: float | None
    prior_source: str | None
    seed: int
    inputs_sha256: str
    previous_sha256: str
    policy_version: str
    as_of: datetime


@dataclass(frozen=True)
class Clamp:
    """What one guardrail changed in one decision; `position` counts the changes of a decision from 1."""

    decision_id: str
    position: int
    guardrail: str
    band_before: Band | None
    band_after: Band | None
    detail: str


@dataclass(frozen=True)
class Belief:
    """What was believed of one band of one decision: units of the hour and what showing it is worth."""

    decision_id: str
    band: Band
    expected_units: float | None
    lower_units: float | None
    upper_units: float | None
    worth_amount: float | None


@dataclass(frozen=True)
class DecidedHour:
    """All that one tick decided for one drop; without decisions when there was nothing to decide.

    Attributes:
        drop_id: The drop.
        valid_from: The hour decided.
        inputs_sha256: Hash of `frame_json`.
        frame_json: The canonical text of the problem.
        decisions: In the order of the chain: by `valid_from`, then `sku`, then `channel`.
        clamps: What guardrails changed.
        beliefs: What the policy believed.
    """

    drop_id: str
    valid_from: datetime
    inputs_sha256: str
    frame_json: str
    decisions: tuple[Decision, ...]
    clamps: tuple[Clamp, ...]
    beliefs: tuple[Belief, ...]


DECISION_COLUMNS: tuple[str, ...] = tuple(field.name for field in fields(Decision))


def hash_decision(decision: Decision) -> str:
    """The hash that the next row of the drop's chain carries: of every field, `previous_sha256` among them."""
    return sha256_of(canonical_json(decision))


def find_chain_breaks(decisions: Iterable[Decision]) -> list[str]:
    """Ids of the rows that do not carry the hash of the row before them.

    `decisions` are all rows of one drop, in any order; the chain runs by `valid_from`, then `sku`, then `channel`. A
    row that was changed shows at its successor; of the last row only `replay` can tell.
    """
    expected = CHAIN_START
    breaks = []
    for decision in sorted(decisions, key=lambda row: (row.valid_from, row.sku, row.channel)):
        if decision.previous_sha256 != expected:
            breaks.append(decision.decision_id)
        expected = hash_decision(decision)
    return breaks
