"""Why a price is what it is: bands now and next, what the engine expects, what guardrails changed, all hours shown."""

from __future__ import annotations

import polars as pl

from dashboards.components import figures, page, prices, tables, tiles
from dashboards.components.tables import Column
from dashboards.queries import holdouts, ledger, plans, snapshots
from pipelines.figures import words
from pipelines.figures.lots import describe_lots
from pipelines.figures.prices import price_history

chosen = page.open_page("Pricing", drop_only=True)
snapshot, drop_id, where = chosen.snapshot, chosen.scope, chosen.where
currency = chosen.drop["currency_code"] if chosen.drop else None
titles = plans.sku_titles(snapshot, drop_id)
decisions = ledger.decisions(snapshot, drop_id)


def money(amount: float | None) -> str:
    """An amount in the drop's currency."""
    return words.money(amount, currency)


prices.show_bands(snapshots.feed(snapshot), drop_id, titles, where)
prices.show_expected_gain(ledger.worth_against_list(snapshot, drop_id), currency)
lots = {row["is_holdout"]: row for row in holdouts.sales_by_lot(snapshot, drop_id).iter_rows(named=True)}
tiles.show_note(describe_lots(lots, currency))
sku = page.choose("Item", titles, "sku")
history = price_history(decisions.filter(pl.col("sku") == sku), currency)
figures.show_figure(history, "No price was decided for this item yet.")
tables.show_rows(
    "What the engine expects of the next hour",
    ledger.newest_beliefs(snapshot, drop_id).filter(pl.col("sku") == sku),
    [Column("title", "Item"), Column.coded("channel", "Channel", words.CHANNELS),
     Column.coded("band", "Band", words.BANDS),
     Column("expected_units", "Units expected", words.ratio, is_numeric=True),
     Column.counted("lower_units", "At least", is_wide=True), Column.counted("upper_units", "At most", is_wide=True),
     Column("worth_amount", "Worth", money, is_numeric=True),
     Column.coded("chosen_by", "Chosen", {"engine": "Yes", **words.GUARDRAILS})],
    chosen, "The policy that decided holds no beliefs: it sells at list price.",
)  # fmt: skip
tables.show_rows(
    "Reasons of all decisions", ledger.decision_reasons(snapshot, drop_id),
    [Column.coded("reason", "Reason", words.REASONS),
     Column.counted("decisions_count", "Decisions"),
     Column("price_to_list_rate", "Price to list, mean", words.rate, is_numeric=True)],
    chosen, "No price was decided in this drop.",
)  # fmt: skip
tables.show_rows(
    "Hold-outs: hours at list by lot", holdouts.holdout_hours(snapshot, drop_id),
    [Column.instant("valid_from", "Hour", where), Column("title", "Item"),
     Column.coded("channel", "Channel", words.CHANNELS), Column("list_amount", "List price", money, is_numeric=True),
     Column.counted("sold_units", "Units sold")],
    chosen, "The lottery kept no hour at list.",
)  # fmt: skip
tables.show_rows(
    "Changed by guardrails", ledger.clamps(snapshot, drop_id),
    [Column.instant("valid_from", "Hour", where), Column("title", "Item"),
     Column.coded("channel", "Channel", words.CHANNELS), Column.coded("guardrail", "Guardrail", words.GUARDRAILS),
     Column.coded("band_before", "From", words.BANDS),
     Column.coded("band_after", "To", words.BANDS), Column("detail", "Why", is_wide=True)],
    chosen, "No guardrail changed a decision.",
)  # fmt: skip
page.show_foot(snapshot, where)
