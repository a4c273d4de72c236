"""`sprint metrics --json`: the shape of the four metrics by scope, a stable interface.

What cannot be known is null. A field may be added; none is renamed or removed without a new major version.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from pipelines.contracts.price_bands import Instant

Ring = Literal["0-5", "5-20", "20-100", "100-500", "500+"]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True)


class RingLeadTime(_Part):
    """Delivered parcels whose door lies in one distance ring (km)."""

    n: int
    median_order_to_delivered_hours: float | None


class LeadTime(_Part):
    """Fulfilment lead time within the radius; `by_ring` covers every distance."""

    n: int
    n_under_way: int
    n_not_handed_over: int
    median_hours: float | None
    delivered_only_median_hours: float | None
    carrier_leg_median_hours: float | None
    p90_hours: float | None
    by_ring: dict[Ring, RingLeadTime]


class Velocity(_Part):
    """Units sold in the first 48 hours against units staged; all null for the shop, which stages nothing."""

    units_sold: int | None
    units_staged: int | None
    sell_through_rate: float | None
    skus: int | None
    skus_sold_out: int | None
    skus_sold: int | None
    is_final: bool | None


class Repeat(_Part):
    """Buyers who came back within 30 days, among those whose 30 days have passed."""

    buyers: int
    eligible: int
    returned: int
    pending: int
    rate: float | None


class Unboxing(_Part):
    """Scans and shares against boxes delivered."""

    boxes_delivered: int
    scans: int
    shares: int
    boxes_scanned: int
    engagement_per_box: float | None


class ScopeMetrics(_Part):
    """The four metrics of one drop, or of the shop as a whole."""

    scope: str
    status: Literal["planned", "live", "settling", "final"] | None
    lead_time: LeadTime
    velocity_48h: Velocity
    repeat_30d: Repeat
    unboxing: Unboxing


class MetricsReport(_Part):
    """Every scope's metrics, all of one snapshot."""

    snapshot_id: str
    as_of: Instant
    scopes: tuple[ScopeMetrics, ...]
