"""A drop's plan as commented YAML, for a person to finish: every field explained, nothing invented.

A value that nobody told is left empty behind the words `TO FILL`; `parse_drop_plan` then names its line.
"""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

TO_FILL = "TO FILL"

_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9./_-]*")
_LINE_LENGTH = 110


@dataclass(frozen=True)
class SkuDraft:
    """What is known of one SKU; None is left to fill. `notes` become comments above it."""

    sku: str | None = None
    gtin: str | None = None
    title: str | None = None
    list_price: Decimal | None = None
    low_price: Decimal | None = None
    high_price: Decimal | None = None
    forecast_units: int | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class PlanDraft:
    """What is known of a drop before its owner wrote its plan.

    Attributes:
        drop_id: Its id.
        skus: Its SKUs, two to four.
        currency_code: Currency of all amounts.
        timezone: The shop's time zone.
        tax_rate: Tax in the prices.
        fee_by_channel: Channels with the share that each keeps; None: the fee is to fill.
        hubs: Ids of the hubs known.
        notes: What the draft was made from, for the head of the file.
        starts_at: The start, when it is known.
    """

    drop_id: str
    skus: tuple[SkuDraft, ...] = (SkuDraft(), SkuDraft())
    currency_code: str | None = None
    timezone: str | None = None
    tax_rate: Decimal | None = None
    fee_by_channel: Mapping[str, Decimal | None] = field(default_factory=dict)
    hubs: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    starts_at: datetime | None = None


def render_plan(draft: PlanDraft) -> str:
    """The plan's text; read by `read_plan_text`, refused by `parse_drop_plan` until all is filled in."""
    start = None if draft.starts_at is None else draft.starts_at.isoformat()
    lines = [
        *_comment(
            "The plan of one drop. Lines that say TO FILL have no value yet; the others may stay as they are.",
            "Check it: sprint plan check FILE. Hand it over: sprint add FILE.",
            *draft.notes,
        ),
        "",
        *_field("drop_id", draft.drop_id, "Letters, digits, dots and dashes. It names reports and stands in links."),
        *_field("version", "1", "Raise it by one when you hand over a changed plan; the highest counts."),
        *_field("name", None, "What people call the drop."),
        *_field("starts_at", start, "When selling starts, with offset: 2026-12-04T18:00:00+01:00."),
        *_comment("When it ends. Leave it out for 72 hours after the start.", "ends_at:"),
        *_field("timezone", draft.timezone, "The shop's, such as Europe/Berlin: the daily wave of sales follows it."),
        *_field("currency_code", draft.currency_code, "ISO 4217, of all amounts here."),
        *_field("tax_rate", draft.tax_rate, "Tax inside the prices: 0.19 is 19 %, 0 when prices are net."),
        *_comment("Where it is sold (web, mobile, marketplace, popup) and the share of a price that each keeps."),
        *_channels(draft.fee_by_channel),
        *_field("max_staleness_hours", "3", "No price moves while orders are older than this; 2 h later: list price."),
        *_field(
            "holdout_rate", "0.10", "Share of hours, drawn beforehand, that sell at list: what uplift is told from."
        ),
        *_field("taper_hours", "0", "0, or 24: in the last 24 hours a price may fall and never rises."),
        *_comment("Seed of all draws. Left out, it follows from drop_id.", "seed: 7"),
        *_comment("Two to four SKUs. Amounts are of one unit; prices include tax, costs do not."),
        "skus:",
    ]
    for sku in draft.skus:
        lines += _sku_lines(sku, draft.hubs)
    return "\n".join(lines) + "\n"


def _sku_lines(sku: SkuDraft, hubs: Sequence[str]) -> list[str]:
    known = f"Known hubs: {', '.join(hubs)}." if hubs else "Hubs are those of the hubs feed."
    lines = [
        *_field("sku", sku.sku, "The id that orders bear.", *sku.notes),
        *_field("gtin", sku.gtin, "8, 12, 13 or 14 digits, or leave it out.", is_needed=False),
        *_field("title", sku.title, "What it is."),
        *_field("list_price", sku.list_price, "The price that nothing has moved; equal to bands.mid."),
        *_field("unit_cost", None, "What a unit costs the shop, without tax. No price goes below what it demands."),
        *_field("salvage_amount", None, "What a unit left at the end still brings, without tax; 0 if nothing."),
        *_field("min_margin_rate", None, "Least share of the net price kept after fee and cost: 0.20 is 20 %."),
        *_comment("The three prices, low < mid < high. A low one under the margin's floor is never shown."),
        f"bands: {{low: {_value(sku.low_price)}, mid: {_value(sku.list_price)}, high: {_value(sku.high_price)}}}"
        + ("" if sku.low_price else f"  # {TO_FILL}"),
        *_comment(f"Units staged in each hub at the start. {known}"),
        f"stock: {{}}  # {TO_FILL}: {{HUB-1: 40, HUB-2: 25}}",
        *_field("forecast_units", sku.forecast_units, "Units expected at list over the whole drop; out: all stock.",
                is_needed=False),
        *_comment("Units that come while the drop runs:",
                  "restocks: [{at: 2026-12-05T09:00:00+01:00, hub_id: HUB-1, units: 20}]"),
    ]  # fmt: skip
    first = next(place for place, line in enumerate(lines) if not line.startswith("#"))
    return [f"  {'- ' if place == first else '  '}{line}" for place, line in enumerate(lines)]


def _field(name: str, value: object, *comments: str, is_needed: bool = True) -> list[str]:
    if value is None and not is_needed:
        return _comment(*comments, f"{name}:")
    written = f"{name}: {_value(value)}".rstrip()
    return [*_comment(*comments), written if value is not None else f"{written}  # {TO_FILL}"]


def _channels(fees: Mapping[str, Decimal | None]) -> list[str]:
    if not fees:
        return [f"channels: {{}}  # {TO_FILL}: {{web: {{fee_rate: 0.03}}, popup: {{fee_rate: 0}}}}"]
    lines = ["channels:"]
    for channel, fee in fees.items():
        written = f"  {channel}: {{fee_rate: {_value(fee)}}}"
        lines.append(written if fee is not None else f"{written}  # {TO_FILL}")
    return lines


def _value(value: object) -> str:
    if value is None:
        return ""
    # A JSON string is a YAML string, whatever it holds; numbers and plain words need no quotes.
    text = _number(value) if isinstance(value, Decimal) else str(value)
    is_plain = isinstance(value, int | Decimal) or (_PLAIN.fullmatch(text) and text.lower() != "null")
    return text if is_plain else json.dumps(text, ensure_ascii=False)


def _number(number: Decimal) -> str:
    """At least two decimals, no more than it needs."""
    whole, _, decimals = format(number, "f").partition(".")
    return f"{whole}.{decimals.rstrip('0').ljust(2, '0')}"


def _comment(*lines: str) -> list[str]:
    return [f"# {part}" for line in lines for part in textwrap.wrap(line, _LINE_LENGTH)]
