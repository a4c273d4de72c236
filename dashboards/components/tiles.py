"""Tiles of metrics, and sentences beside them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st

from dashboards import charts, formatting
from dashboards.components.figures import present_theme
from dashboards.components.page import Chosen, link_to
from dashboards.components.workings import workings
from dashboards.formatting import text
from dashboards.queries import metrics, plans
from pipelines.figures import words
from pipelines.figures.differences import difference_between
from pipelines.figures.headlines import Headline, describe_metrics
from pipelines.figures.trends import Trend


def show_totals(card: Mapping[str, Any] | None, *, has_rows: bool = False) -> None:
    """Orders, units, money and returns in one line; with the way to their rows where there are any."""
    if card is None:
        return
    currency = card["currency_code"]
    facts = [("Orders", words.count(card["orders_count"])), ("Units sold", words.count(card["sold_units"]))]
    if currency is None:
        facts.append(("Money", "in several currencies, not added up"))
    else:
        names = {"gross": "Gross sales", "discounts": "Discounts", "refunds": "Refunds", "net": "Net sales"}
        columns = {"gross": "gross_sales_amount", "net": "net_sales_amount"}
        facts += [
            (label, words.money(card[columns.get(key, f"{key}_amount")], currency)) for key, label in names.items()
        ]
    facts.append(("Returns", words.count(card["returns_count"])))
    items = "".join(f"<span>{text(label)} <b>{text(value)}</b></span>" for label, value in facts)
    rows = f'<a href="{text(link_to("velocity"))}#rows" target="_self">Sales by hour</a>' if has_rows else ""
    st.html(f'<div class="fs-facts">{items}{rows}</div>')


# Where the rows of each metric are.
_PAGES = {"lead_time": "fulfilment", "velocity": "velocity", "repeat": "repeat", "unboxing": "unboxing"}
_SAID: Mapping[str, Callable[[float], str]] = {
    "lead_time": words.hours, "velocity": words.rate, "repeat": words.rate, "unboxing": words.ratio,
}  # fmt: skip


def show_headlines(
    headlines: Sequence[Headline],
    chosen: Chosen,
    *,
    trends: Mapping[str, Trend] | None = None,
    others: Sequence[Headline] = (),
) -> None:
    """One tile a metric, with its trend, its difference from `others`, its rows and how it is worked out."""
    beside = {other.key: other for other in others}
    parts = []
    for headline in headlines:
        trend, other = (trends or {}).get(headline.key), beside.get(headline.key)
        # The shop has no velocity: there is nothing to set a drop's against.
        is_meant = other is not None and not (headline.key == "velocity" and chosen.compared == plans.SHOP)
        difference = difference_between(headline, other) if other and is_meant else None
        parts.append(
            formatting.tile(
                headline,
                trend=_spark(headline, trend) if trend else "",
                against=formatting.against(chosen.compared_name, difference) if difference else "",
                below=workings(headline, chosen, _PAGES[headline.key]),
            )
        )
    st.html(formatting.grid(parts))


def compared_headlines(chosen: Chosen) -> tuple[Headline, ...]:
    """The headlines of the scope that the chosen one is compared with; none when nothing is."""
    if chosen.compared is None:
        return ()
    other = plans.drop_row(chosen.snapshot, chosen.compared)
    rows = metrics.metric_rows(chosen.snapshot, chosen.compared)
    return describe_metrics(rows, metrics.windows(chosen.snapshot), is_final=bool(other and other["status"] == "final"))


def _spark(headline: Headline, trend: Trend) -> str:
    known = [value for value in trend.values if value is not None]
    say = _SAID[headline.key]
    description = f"{headline.title}: from {say(known[0])} to {say(known[-1])}. {trend.caption}."
    return formatting.spark(charts.sparkline(trend, present_theme()), description, trend.caption)


def show_note(sentence: str) -> None:
    """A remark in small print."""
    st.html(f'<p class="fs-sub">{text(sentence)}</p>')
