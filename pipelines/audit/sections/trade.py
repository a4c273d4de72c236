"""Units and money, stock by hub, returns, what delivering cost."""

from __future__ import annotations

from decimal import Decimal

import polars as pl

from pipelines.audit.blocks import Block, heading, note, paragraph, table
from pipelines.audit.report import AuditReport
from pipelines.figures import words

_BRIDGE = (
    ("Gross sales", "gross_sales_amount", 1),
    ("Discounts", "discounts_amount", -1),
    ("Refunds", "refunds_amount", -1),
    ("Net sales, tax included", "net_sales_amount", 0),
    ("Tax", "tax_amount", -1),
    ("Channel fees", "fees_amount", -1),
    ("Cost of goods that stayed sold", "goods_cost_amount", -1),
    ("Margin", "margin_amount", 0),
    ("Cost of delivery", "delivery_cost_amount", -1),
    ("Margin after delivery", "margin_after_delivery_amount", 0),
)


def write_money(report: AuditReport) -> list[Block]:
    """Units and money by item, and the way from gross sales to margin."""
    currency = report.currency_code
    blocks = [heading("Units and money")]
    items = [
        [
            words.visible(row["title"]),
            *(words.count(row[name]) for name in ("staged_units", "sold_units", "returned_units", "leftover_units")),
            *(words.money(row[name] or 0, currency) for name in ("leftover_cost_amount", "net_sales_amount")),
            words.money(row["margin_amount"] or 0, currency),
        ]
        for row in report.rows("items")
    ]
    sums = report.tables["items"].select(pl.sum("staged_units", "sold_units", "returned_units", "leftover_units"))
    amounts = ("leftover_cost_amount", "net_sales_amount", "margin_amount")
    total = [
        "All items",
        *(words.count(value) for value in sums.row(0)),
        *(words.money(sum((row[name] or Decimal(0)) for row in report.rows("items")), currency) for name in amounts),
    ]
    heads = ("Item", "Staged", "Sold", "Returned", "Left", "Left, at cost", "Net sales", "Margin")
    blocks += table(heads, [*items, total], sums=[-1])
    for row in report.rows("money"):
        steps = [step for step in _BRIDGE if row[step[1]] is not None]
        bridge = [[label, _signed(row[column], sign, currency)] for label, column, sign in steps]
        marked = [place for place, (_, _, sign) in enumerate(steps) if sign == 0]
        blocks += [
            heading("From gross sales to margin", 3),
            *table(("", "Amount"), bridge, sums=marked, is_narrow=True),
        ]
    blocks.append(
        note(
            "Left: staged and never sold; what came back is not in it. Margin: net sales without tax and channel fees,"
            " less the cost of the goods that stayed sold. Cost of delivery: of parcels whose carrier named one."
        )
    )
    return blocks


def _signed(amount: Decimal, sign: int, currency: str) -> str:
    return words.money(-amount if sign < 0 and amount else amount, currency)


def write_stock(report: AuditReport) -> list[Block]:
    """Staged, sold and left by hub and item."""
    titles = report.titles
    rows = [
        [
            words.visible(row["hub_name"] or row["hub_id"]),
            titles.get(row["sku"], words.visible(row["sku"])),
            words.count(row["staged_units"]),
            words.count(row["sold_units"]),
            words.count(row["left_units"]).replace("-", words.MINUS),
        ]
        for row in report.tables["stock_by_hub"].sort("hub_id", "sku").iter_rows(named=True)
    ]
    if not rows:
        return [heading("Stock by hub"), paragraph("No stock was staged and nothing sold.")]
    return [heading("Stock by hub"), *table(("Hub", "Item", "Staged", "Sold", "Left"), rows, texts=2)]


def write_returns(report: AuditReport) -> list[Block]:
    """What came back, by reason and by item."""
    reasons = [
        [
            words.visible(row["reason"]),
            words.count(row["returns_count"]),
            words.count(row["returned_units"]),
            words.money(row["refund_amount"], row["currency_code"]),
            words.hours(row["refund_lag_median_hours"]),
        ]
        for row in report.rows("returns_by_reason")
    ]
    if not reasons:
        return [heading("Returns and refunds"), paragraph("Nothing has come back so far.")]
    titles = report.titles
    items = [
        [
            titles.get(row["sku"], words.visible(row["sku"])),
            words.count(row["returned_units"]),
            words.count(row["sold_units"]),
            words.rate(row["returned_rate"]),
            words.money(row["refund_amount"], row["currency_code"]),
            words.hours(row["refund_lag_median_hours"]),
        ]
        for row in report.tables["returns_by_item"].filter("is_total").iter_rows(named=True)
    ]
    return [
        heading("Returns and refunds"),
        *table(("Reason", "Returns", "Units", "Refunded", "Order to refund, median"), reasons),
        *table(("Item", "Units back", "Sold", "Share", "Refunded", "Order to refund, median"), items),
    ]


def write_delivery(report: AuditReport) -> list[Block]:
    """Each hub's cost per delivered order beside the whole shop's at that hub."""
    costs = report.tables["fulfilment_cost"]
    keys = ("hub_id", "is_total", "currency_code")
    own, shop = (costs.filter((pl.col("scope") == "shop") == is_shop) for is_shop in (False, True))
    beside = own.join(shop, on=keys, how="left", suffix="_shop").sort("is_total", "hub_id")
    rows = [
        [
            "All hubs" if row["is_total"] else words.visible(row["hub_name"] or row["hub_id"]),
            words.count(row["delivered_orders_count"]),
            words.money(row["cost_amount"], row["currency_code"]),
            *(
                words.money(row[name], row["currency_code"])
                for name in ("cost_per_delivered_order", "cost_per_delivered_order_shop")
            ),
            _change(row["cost_per_delivered_order"], row["cost_per_delivered_order_shop"]),
        ]
        for row in beside.iter_rows(named=True)
    ]
    if not rows:
        return [heading("Cost of delivery"), paragraph("No carrier has named a cost.")]
    heads = ("Hub", "Orders delivered", "Cost", "An order", "An order, whole shop", "Difference")
    return [
        heading("Cost of delivery"),
        *table(heads, rows, sums=[-1] if len(rows) > 1 else []),
        note(
            "Cost of every parcel that names one, those that came back included, over the orders that arrived."
            + ("" if report.status == "final" else " So far: what is under way costs already and has not arrived.")
        ),
    ]


def _change(value: float | None, baseline: float | None) -> str:
    if value is None or not baseline:
        return words.NONE
    return words.signed(words.rate(value / baseline - 1))
