"""A simulated drop as the plan file an owner would write, and the hubs as a file."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from decimal import Decimal

from pipelines.simulate.catalogue import CHANNEL_FEES, CURRENCY_CODE, HUBS, SHOP_TIMEZONE, TAX_RATE, Drop, DropSku
from pipelines.simulate.feeds import LandedFile, Row, render_file, text_of_instant

# A plan is written this long before its drop starts.
ANNOUNCED_BEFORE = timedelta(days=6)
MAX_STALENESS_HOURS = 3


def plan_seed(drop: Drop) -> int:
    """The seed that the plan names."""
    return 7000 + drop.number


def render_plan(drop: Drop) -> LandedFile:
    """The drop's YAML plan."""
    lines = [
        "# Simulated: an invented shop.",
        f"drop_id: {_quoted(drop.drop_id)}",
        "version: 1",
        f"name: {_quoted(drop.name)}",
        f"starts_at: {_quoted(text_of_instant(drop.starts_at, SHOP_TIMEZONE))}",
        f"ends_at: {_quoted(text_of_instant(drop.ends_at, SHOP_TIMEZONE))}",
        f"timezone: {SHOP_TIMEZONE.key}",
        f"currency_code: {CURRENCY_CODE}",
        "channels:",
        *(f"  {channel}: {{fee_rate: {fee}}}" for channel, fee in CHANNEL_FEES.items()),
        f"tax_rate: {TAX_RATE}",
        f"max_staleness_hours: {MAX_STALENESS_HOURS}",
        f"holdout_rate: {drop.holdout_rate}",
        f"taper_hours: {drop.taper_hours}",
        f"seed: {plan_seed(drop)}",
        "skus:",
    ]
    for planned in drop.skus:
        lines += _sku_lines(planned)
    return LandedFile("drops", f"{drop.drop_id}.yaml", "".join(f"{line}\n" for line in lines).encode())


def render_hubs(known_at: datetime) -> LandedFile:
    """The shop's hubs."""
    rows = [
        Row(
            "hubs",
            known_at,
            {
                "hub_id": hub.hub_id,
                "updated_at": text_of_instant(known_at),
                "name": hub.name,
                "latitude": f"{hub.latitude:.4f}",
                "longitude": f"{hub.longitude:.4f}",
                "capacity_units": str(hub.capacity_units),
            },
        )
        for hub in HUBS
    ]
    return render_file("hubs", "leipzig", rows)


def _sku_lines(planned: DropSku) -> list[str]:
    bands = f"low: {_money(planned.low_price)}, mid: {_money(planned.list_price)}, high: {_money(planned.high_price)}"
    stock = ", ".join(f"{hub_id}: {units}" for hub_id, units in planned.stock.items())
    lines = [
        f"  - sku: {_quoted(planned.sku)}",
        f"    gtin: {_quoted(planned.gtin)}",
        f"    title: {_quoted(planned.title)}",
        f"    list_price: {_money(planned.list_price)}",
        f"    unit_cost: {_money(planned.unit_cost)}",
        f"    salvage_amount: {_money(planned.salvage_amount)}",
        f"    min_margin_rate: {planned.min_margin_rate}",
        f"    bands: {{{bands}}}",
        f"    stock: {{{stock}}}",
        f"    forecast_units: {planned.forecast_units}",
    ]
    if planned.restocks:
        lines.append("    restocks:")
        lines += [
            f"      - {{at: {_quoted(text_of_instant(restock.at, SHOP_TIMEZONE))}, hub_id: {restock.hub_id},"
            f" units: {restock.units}}}"
            for restock in planned.restocks
        ]
    return lines


def _quoted(text: str) -> str:
    # A JSON string is a YAML string, whatever it holds.
    return json.dumps(text, ensure_ascii=False)


def _money(amount: Decimal) -> str:
    return _quoted(str(amount))
