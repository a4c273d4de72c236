"""Tiles of metrics, and sentences beside them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import streamlit as st

from dashboards import formatting
from dashboards.formatting import text
from pipelines.figures import words
from pipelines.figures.headlines import Headline


def show_totals(card: Mapping[str, Any] | None) -> None:
    """Orders, units, money and returns in one line."""
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
    st.html(f'<div class="fs-facts">{"".join(f"<span>{text(k)} <b>{text(v)}</b></span>" for k, v in facts)}</div>')


def show_headlines(headlines: Sequence[Headline]) -> None:
    """One tile a metric."""
    st.html(formatting.grid(formatting.tile(headline) for headline in headlines))


def show_headlines_named(named: Iterable[tuple[str, Headline]]) -> None:
    """One tile a scope, each under the scope's name."""
    st.html(formatting.grid(formatting.tile(replace(headline, title=name)) for name, headline in named))


def show_note(sentence: str) -> None:
    """A remark in small print."""
    st.html(f'<p class="fs-sub">{text(sentence)}</p>')
