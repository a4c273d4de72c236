"""`sprint evaluate --json`: what another policy would have earned in the hours of the ledger. A stable interface.

Amounts are of one SKU, channel and hour, above keeping the units, in `currency_code`. Refused: `estimates` is empty and
`refusal` says why.
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True)


class PolicyEstimate(_Part):
    """One estimator: `ips`, `snips`, `doubly_robust` or `model`; intervals are of 95 %."""

    estimator: str
    amount: float
    interval: tuple[float, float]
    uplift_amount: float
    uplift_interval: tuple[float, float]


class PolicyEvaluation(_Part):
    """One policy over the drops pooled."""

    policy: str
    drops: tuple[str, ...]
    currency_code: str
    decisions_known: int
    decisions_unknown: int
    decisions_unsupported: int
    effective_hours: float
    least_effective_hours: float
    logged_amount: float | None
    estimates: tuple[PolicyEstimate, ...]
    refusal: str | None


class EvaluationReport(_Part):
    """All policies asked for."""

    policies: tuple[PolicyEvaluation, ...]
