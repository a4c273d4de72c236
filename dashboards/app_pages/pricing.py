"""Why a price is what it is: bands now and next, what the engine expects, what guardrails changed, all hours shown."""

from __future__ import annotations

import polars as pl

from dashboards import components, queries
from dashboards.components import Column
from pipelines.figures import words
from pipelines.figures.prices import price_history

chosen = components.open_page("Pricing", drop_only=True)
snapshot, drop_id, where = chosen.snapshot, chosen.scope, chosen.where
currency = chosen.drop["currency_code"] if chosen.drop else None
titles = queries.sku_titles(snapshot, drop_id)
decisions = queries.decisions(snapshot, drop_id)


def money(amount: float | None) -> str:
    """An amount in the drop's currency."""
    return words.money(amount, currency)


components.show_bands(queries.feed(snapshot), drop_id, titles, where)
components.show_expected_gain(queries.worth_against_list(snapshot, drop_id), currency)
sku = components.choose("Item", titles, "sku")
history = price_history(decisions.filter(pl.col("sku") == sku), currency)
components.show_figure(history, "No price was decided for this item yet.")
components.show_rows(
    "What the engine expects of the next hour",
    queries.newest_beliefs(snapshot, drop_id),
    [Column("title", "Item"), Column.coded("channel", "Channel", words.CHANNELS),
     Column.coded("band", "Band", words.BANDS),
     Column("expected_units", "Units expected", words.ratio, is_numeric=True),
     Column("lower_units", "At least", words.ratio, is_numeric=True, is_wide=True),
     Column("upper_units", "At most", words.ratio, is_numeric=True, is_wide=True),
     Column("worth_amount", "Worth", money, is_numeric=True), Column("is_chosen", "Chosen", components.yes)],
    chosen, "The policy that decided holds no beliefs: it sells at list price.",
)  # fmt: skip
components.show_rows(
    "Reasons of all decisions", queries.decision_reasons(snapshot, drop_id),
    [Column.coded("reason", "Reason", words.REASONS),
     Column.counted("decisions_count", "Decisions"),
     Column("price_to_list_rate", "Price to list, mean", words.rate, is_numeric=True)],
    chosen, "No price was decided in this drop.",
)  # fmt: skip
components.show_rows(
    "Changed by guardrails", queries.clamps(snapshot, drop_id),
    [Column.instant("valid_from", "Hour", where), Column("title", "Item"),
     Column.coded("channel", "Channel", words.CHANNELS), Column("guardrail", "Guardrail", components.sentence),
     Column.coded("band_before", "From", words.BANDS),
     Column.coded("band_after", "To", words.BANDS), Column("detail", "Why", is_wide=True)],
    chosen, "No guardrail changed a decision.",
)  # fmt: skip
components.show_foot(snapshot, where)
