"""A drop's frames to its audit: every figure and sentence of the owner's report, before any layout. No I/O."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import polars as pl

from pipelines.audit import agreement
from pipelines.audit.frames import DropFrames
from pipelines.audit.tables import SHOP_TABLES, TABLES
from pipelines.audit.uplift import Uplift, measure_uplift
from pipelines.contracts.metric_definitions import MetricDefinition, MetricDefinitions
from pipelines.figures import words
from pipelines.figures.headlines import Headline, MetricRows, Windows, describe_metrics
from pipelines.figures.interest import rank_interested
from pipelines.figures.prices import price_charged_and_decided, price_history
from pipelines.figures.specification import Figure

# The four metrics: the key of a headline and of its definition, and the table that holds its numbers.
METRIC_KEYS = ("lead_time", "velocity", "repeat", "unboxing")
# Tables that are made here, of others or of what the snapshot does not hold.
_SENTENCES = {
    "rules": "One row a rule of a metric: what counts, and what happens at its edges.",
    "interested_buyers": "One row a buyer who did more for the drop than buy once and agreed to be written to, known by"
    " the start of the key: ordered again 3 points, bought before 2, a share 2, a scan 1 (three of each at most).",
    "agreement": agreement.SENTENCE,
}
# Of a buyer's key: 48 bits tell the buyers of a drop apart.
_KEY_CHARACTERS = 12
# What hours are compared by.
AMOUNTS = ("sales_amount", "earned_amount")


@dataclass(frozen=True)
class Provenance:
    """Which published state a report shows."""

    snapshot_id: str
    as_of: datetime
    is_simulated: bool


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
        methods: The definition of each, in the same order.
        prices: Price charged and price decided, by SKU and hour.
        price_histories: SKU to what each channel showed hour by hour; empty where no price was decided.
        uplifts: (amount, whether of this drop alone) to the engine's hours against the hold-out hours.
        unsettled: What may still change, each as a sentence; empty when the drop is final.
        tables: Every table of the report by its name, as the marts hold it.
        sentences: What a row of each table is.
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
    methods: tuple[MetricDefinition, ...]
    prices: Figure
    price_histories: Mapping[str, Figure]
    uplifts: Mapping[tuple[str, bool], Uplift]
    unsettled: tuple[str, ...]
    tables: Mapping[str, pl.DataFrame]
    sentences: Mapping[str, str]

    @property
    def titles(self) -> dict[str, str]:
        """SKU to its title, as one line of text."""
        return {row["sku"]: words.visible(row["title"]) for row in self.rows("items")}

    def rows(self, table: str) -> Iterator[dict[str, Any]]:
        """The rows of one table."""
        return self.tables[table].iter_rows(named=True)


def build_audit_report(
    frames: DropFrames, provenance: Provenance, definitions: MetricDefinitions, consenting: Collection[str]
) -> AuditReport:
    """The audit of the drop that the frames are of.

    Args:
        frames: The drop's frames.
        provenance: The snapshot that they are of.
        definitions: What the metrics mean, with that snapshot's windows.
        consenting: The keys of buyers who agreed to be written to; nobody else is listed.
    """
    drop, windows = frames.drop.row(0, named=True), frames.windows.row(0, named=True)
    currency = drop["currency_code"]
    tables = dict(frames.tables)
    methods = tuple(definitions.headline(name) for name in METRIC_KEYS)
    rules = [(method.title, word, text.replace("`", "")) for method in methods for word, text in method.rules]
    tables["rules"] = pl.DataFrame(rules, schema=dict.fromkeys(("metric", "about", "rule"), pl.Utf8), orient="row")
    tables["interested_buyers"] = _listed(frames.interested, consenting)
    tables["agreement"] = agreement.compare_tables(tables, currency)
    metrics = {name: _only_row(tables[name]) for name in METRIC_KEYS}
    titles = dict(tables["items"].select("sku", "title").iter_rows())
    decided = tables["prices"].with_columns(
        hours_since_start=(pl.col("valid_from") - drop["starts_at"]).dt.total_seconds() / 3600
    )
    settling_days = windows.pop("settling_days")
    return AuditReport(
        provenance=provenance,
        drop_id=drop["drop_id"],
        name=drop["name"],
        status=drop["status"],
        starts_at=drop["starts_at"].replace(tzinfo=UTC),
        ends_at=drop["ends_at"].replace(tzinfo=UTC),
        timezone=drop["timezone"],
        currency_code=currency,
        totals=_totals(_only_row(tables["scorecard"])),
        headlines=describe_metrics(MetricRows(**metrics), Windows(**windows), is_final=drop["status"] == "final"),
        methods=methods,
        prices=price_charged_and_decided(tables["hourly_sales"], decided, titles, currency),
        price_histories=_histories(decided, tables["guardrails"], titles, currency),
        uplifts=_uplifts(tables["priced_hours"], drop["drop_id"], drop["seed"]),
        unsettled=_unsettled(drop, metrics, timedelta(days=settling_days)),
        tables=tables,
        sentences={name: table.sentence for name, table in (TABLES | SHOP_TABLES).items()} | _SENTENCES,
    )


def _only_row(frame: pl.DataFrame) -> dict[str, Any] | None:
    return None if frame.is_empty() else frame.row(0, named=True)


def _totals(card: dict[str, Any] | None) -> Totals | None:
    return None if card is None else Totals(**{name: card[name] for name in Totals.__dataclass_fields__})


def _listed(interested: pl.DataFrame, consenting: Collection[str]) -> pl.DataFrame:
    """The ranked buyers; of the key its start, which tells them apart and opens nothing."""
    ranked = rank_interested(interested, consenting)
    return ranked.rename({"buyer_key": "buyer"}).with_columns(pl.col("buyer").str.head(_KEY_CHARACTERS))


def _histories(
    decided: pl.DataFrame, guardrails: pl.DataFrame, titles: Mapping[str, str], currency_code: str
) -> dict[str, Figure]:
    clamped = guardrails.select("sku", "channel", "valid_from", is_clamped=True).unique()
    marked = decided.join(clamped, on=["sku", "channel", "valid_from"], how="left")
    return {
        sku: price_history(marked.filter(pl.col("sku") == sku), currency_code)
        for sku in titles
        if sku in set(decided["sku"])
    }


def _uplifts(hours: pl.DataFrame, drop_id: str, seed: int) -> dict[tuple[str, bool], Uplift]:
    # The same seed for each: the same sets of hours are drawn, and the report has the same bytes each time.
    return {
        (amount, is_own): measure_uplift(
            hours.filter(pl.col("drop_id") == drop_id) if is_own else hours, amount, np.random.default_rng(seed)
        )
        for is_own in (True, False)
        for amount in AMOUNTS
    }


def _unsettled(
    drop: Mapping[str, Any], metrics: Mapping[str, Mapping[str, Any] | None], settling: timedelta
) -> tuple[str, ...]:
    if drop["status"] == "final":
        return ()
    lead, repeat = metrics["lead_time"] or {}, metrics["repeat"] or {}
    sentences = []
    if drop["status"] in ("planned", "live"):
        sentences.append("The drop is not over: sales, stock and prices still move.")
    open_counts = (
        (lead.get("under_way_count"), "parcel near its hub is under way", "parcels near their hubs are under way"),
        (
            lead.get("not_handed_over_count"),
            "parcel near its hub waits to be handed over",
            "parcels near their hubs wait to be handed over",
        ),
        (drop["unsettled_count"], "parcel in all is awaited", "parcels in all are awaited"),
        (repeat.get("pending_count"), "buyer may still come back in time", "buyers may still come back in time"),
    )
    sentences += [f"{words.count(value, one, many)}." for value, one, many in open_counts if value]
    sentences.append("Returns, refunds, scans and shares may still come in.")
    day = (drop["ends_at"] + settling).replace(tzinfo=UTC)
    settles = words.instant(day, words.zone(drop["timezone"]))
    sentences.append(f"Final from {settles} on at the earliest, once no parcel is awaited any more.")
    return tuple(sentences)
