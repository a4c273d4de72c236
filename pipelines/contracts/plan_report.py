"""`sprint plan check --json`: what is wrong with a plan, and what follows from it. A stable interface.

Amounts are of one unit, tax included, in `currency_code`. A plan that cannot be read has only findings.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from pipelines.contracts.price_bands import Amount, Instant


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True)


class PlanFinding(_Part):
    """One thing about a plan: an `error` refuses it, a `warning` asks for a look, a `note` says what will happen."""

    severity: Literal["error", "warning", "note"]
    rule: str
    line: int
    message: str


class PlanFloor(_Part):
    """The lowest price of one SKU in one channel, and the bands at or above it; no floor: no price is enough."""

    sku: str
    channel: str
    floor_amount: Amount | None
    list_amount: Amount
    kept_at_list_amount: Amount
    bands: tuple[str, ...]


class PlanReport(_Part):
    """One plan's file."""

    file: str
    drop_id: str | None
    currency_code: str | None
    is_accepted: bool
    findings: tuple[PlanFinding, ...]
    floors: tuple[PlanFloor, ...]
    holdout_hours: tuple[Instant, ...]
    orders_an_hour: float | None
    smallest_uplift_rate: float | None
