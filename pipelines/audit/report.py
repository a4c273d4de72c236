"""A drop's frames to its audit: every figure and sentence of the owner's report, before any layout. No I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import polars as pl

from pipelines.audit.frames import DropFrames
from pipelines.audit.uplift import Uplift, measure_uplift
from pipelines.figures import words
from pipelines.figures.headlines import Headline, MetricRows, Windows, describe_metrics
from pipelines.figures.prices import price_charged_and_decided
from pipelines.figures.specification import Figure


@dataclass(frozen=True)
class Provenance:
    """Which published state a report shows."""

    snapshot_id: str
    as_of: datetime
    is_simulated: bool


@dataclass(frozen=True)
class ReturnsByReason:
    """Returns of one reason in one currency."""

    reason: str
    returns_count: int
    returned_units: int
    refunds_amount: Decimal
    median_lag_hours: float | None
    currency_code: str


@dataclass(frozen=True)
class Totals:
    """Orders, units and money of the drop."""

    orders_count: int
    sold_units: int
    gross_sales_amount: Decimal
    discounts_amount: Decimal
    refunds_amount: Decimal
    net_sales_amount: Decimal
    returns_count: int


@dataclass(frozen=True)
class AuditReport:
    """One drop's audit as of one snapshot.

    Attributes:
        provenance: The snapshot.
        drop_id: The drop.
        name: Its name.
        status: `planned`, `live`, `settling` or `final`.
        starts_at: Its first instant, in UTC.
        ends_at: Its end, in UTC.
        timezone: The zone of all local times.
        currency_code: The drop's currency.
        totals: Orders, units, money; None before the first order.
        headlines: The four metrics.
        prices: Price charged and price decided, by SKU and hour.
        returns: By reason, the most frequent first.
        uplift: The engine's hours against the hold-out hours.
        unsettled: What may still change, each as a sentence; empty when the drop is final.
        tables: Every table of the report by its name, as the marts hold it.
    """

    provenance: Provenance
    drop_id: str
    name: str
    status: str
    starts_at: datetime
    ends_at: datetime
    timezone: str
    currency_code: str
    totals: Totals | None
    headlines: tuple[Headline, ...]
    prices: Figure
    returns: tuple[ReturnsByReason, ...]
    uplift: Uplift
    unsettled: tuple[str, ...]
    tables: Mapping[str, pl.DataFrame]


def build_audit_report(frames: DropFrames, provenance: Provenance) -> AuditReport:
    """The audit of the drop that the frames are of."""
    drop = frames.drop.row(0, named=True)
    metrics = {name: _only_row(getattr(frames, name)) for name in ("lead_time", "velocity", "repeat", "unboxing")}
    titles = dict(frames.skus.iter_rows())
    return AuditReport(
        provenance=provenance,
        drop_id=drop["drop_id"],
        name=drop["name"],
        status=drop["status"],
        starts_at=drop["starts_at"].replace(tzinfo=UTC),
        ends_at=drop["ends_at"].replace(tzinfo=UTC),
        timezone=drop["timezone"],
        currency_code=drop["currency_code"],
        totals=_totals(_only_row(frames.scorecard)),
        headlines=describe_metrics(
            MetricRows(**metrics), Windows(*frames.windows.row(0)), is_final=drop["status"] == "final"
        ),
        prices=price_charged_and_decided(frames.sales, frames.decisions, titles, drop["currency_code"]),
        returns=tuple(ReturnsByReason(**row) for row in frames.returns.iter_rows(named=True)),
        uplift=measure_uplift(frames.hours),
        unsettled=_unsettled(drop["status"], metrics),
        tables=frames.tables,
    )


def _only_row(frame: pl.DataFrame) -> dict[str, Any] | None:
    return None if frame.is_empty() else frame.row(0, named=True)


def _totals(card: dict[str, Any] | None) -> Totals | None:
    return None if card is None else Totals(**{name: card[name] for name in Totals.__dataclass_fields__})


def _unsettled(status: str, metrics: dict[str, dict[str, Any] | None]) -> tuple[str, ...]:
    if status == "final":
        return ()
    lead, repeat = metrics["lead_time"] or {}, metrics["repeat"] or {}
    sentences = []
    if status in ("planned", "live"):
        sentences.append("The drop is not over: sales, stock and prices still move.")
    open_counts = (
        (lead.get("under_way_count"), "parcel near its hub is under way", "parcels near their hubs are under way"),
        (
            lead.get("not_handed_over_count"),
            "parcel near its hub waits to be handed over",
            "parcels near their hubs wait to be handed over",
        ),
        (repeat.get("pending_count"), "buyer may still come back in time", "buyers may still come back in time"),
    )
    sentences += [f"{words.count(value, one, many)}." for value, one, many in open_counts if value]
    sentences.append("Returns, scans and shares may still come in.")
    return tuple(sentences)
