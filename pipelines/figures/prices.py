"""Figures of prices: what was decided, and what buyers were charged."""

from __future__ import annotations

import polars as pl

from pipelines.figures import words
from pipelines.figures.specification import Figure, Series

CLAMPED = "Changed by a guardrail"
CHARGED, DECIDED = "Charged (average of the hour's sales)", "Decided (average of channels)"


def price_history(decisions: pl.DataFrame, currency_code: str | None) -> Figure:
    """What each channel was to show of one SKU, hour by hour, with list price and floor; one panel a channel.

    Args:
        decisions: `channel, hours_since_start, shown_price_amount, list_amount, floor_amount` of one SKU; those whose
            `is_clamped` is true, where there is such a column, are marked.
        currency_code: The drop's currency.
    """
    names = {"Shown": "shown_price_amount", "List price": "list_amount", "Margin floor": "floor_amount"}
    if "is_clamped" in decisions.columns:
        clamped_price = pl.when("is_clamped").then("shown_price_amount")
        decisions, names = decisions.with_columns(clamped_price=clamped_price), names | {CLAMPED: "clamped_price"}
    parts = [
        decisions.select(
            panel=pl.col("channel"),
            series=pl.lit(name),
            x=pl.col("hours_since_start").cast(pl.Float64),
            y=pl.col(column).cast(pl.Float64),
        )
        for name, column in names.items()
    ]
    return Figure(
        title="Price history",
        data=pl.concat(parts).sort("panel", "series", "x"),
        series=(
            Series("List price", "line", "muted"),
            Series("Margin floor", "line", "fourth"),
            Series("Shown", "step", "first"),
            Series(CLAMPED, "points", "second"),
        ),
        panels={channel: words.named(words.CHANNELS, channel) for channel in decisions["channel"].unique().sort()},
        x_label="Hours since the drop began",
        y_label="Price of one unit, tax included",
        y_unit="money",
        currency_code=currency_code,
        is_y_shared=True,
        description="By hour and channel: the price shown, with list price and margin floor.",
    )


def price_charged_and_decided(
    sales: pl.DataFrame, decisions: pl.DataFrame, titles: dict[str, str], currency_code: str | None
) -> Figure:
    """Price charged and price decided by hour since the drop's start, one panel a SKU.

    Charged is gross sales by units sold, over all channels; decided is the mean of what the channels were to show.

    Args:
        sales: `sku, hours_since_start, sold_units, gross_sales_amount` by channel and hour.
        decisions: `sku, hours_since_start, shown_price_amount` by channel and hour.
        titles: SKU to its name on the panel, in order.
        currency_code: The drop's currency.
    """
    charged = (
        sales.filter(pl.col("sold_units") > 0)
        .group_by("sku", "hours_since_start")
        .agg(pl.col("gross_sales_amount").cast(pl.Float64).sum(), pl.col("sold_units").sum())
        .select(
            "sku",
            series=pl.lit(CHARGED),
            x=pl.col("hours_since_start").cast(pl.Float64),
            y=pl.col("gross_sales_amount") / pl.col("sold_units"),
            size=pl.col("sold_units").cast(pl.Float64),
        )
    )
    decided = (
        decisions.group_by("sku", "hours_since_start")
        .agg(pl.col("shown_price_amount").cast(pl.Float64).mean())
        .select(
            "sku",
            series=pl.lit(DECIDED),
            x=pl.col("hours_since_start").cast(pl.Float64),
            y=pl.col("shown_price_amount"),
            size=pl.lit(None, dtype=pl.Float64),
        )
    )
    # The last decided price holds for its whole hour: without its end the line would stop at its start.
    ends = decided.sort("x").group_by("sku", maintain_order=True).last().with_columns(pl.col("x") + 1)
    data = (
        pl.concat([decided, ends.select(decided.columns), charged])
        .rename({"sku": "panel"})
        .filter(pl.col("panel").is_in(list(titles)))
    )
    note = "" if not decided.is_empty() else "No price was decided in this drop: what was charged stands alone."
    return Figure(
        title="Price charged and price decided",
        data=data.sort("panel", "series", "x"),
        series=(Series(DECIDED, "step", "first"), Series(CHARGED, "points", "second")),
        panels=titles,
        x_label="Hours since the drop began",
        y_label="Price of one unit, tax included",
        y_unit="money",
        currency_code=currency_code,
        note=note,
        description="By hour and SKU: the price decided as a line, the price that buyers were charged as dots.",
    )
