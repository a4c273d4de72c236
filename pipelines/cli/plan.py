"""`sprint plan new` and `sprint plan check`: a drop's plan, drafted and looked over before it is handed over."""

from __future__ import annotations

import gzip
import sys
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from pipelines.cli.options import AsJson, DataDir
from pipelines.cli.plan_check import check_plan, read_plan
from pipelines.contracts.plan_report import PlanReport
from pipelines.contracts.plan_template import PlanDraft, SkuDraft, render_plan
from pipelines.contracts.plan_text import PlanTextError, read_plan_text
from pipelines.settings import Settings
from pipelines.warehouse.connect import connect_warehouse
from pipelines.warehouse.known_shop import KnownShop, read_known_shop
from pipelines.warehouse.lock import hold_lock
from pipelines.warehouse.published import NotPublishedError, open_published
from pipelines.warehouse.sold_skus import Sales, SoldSku, read_sales

plan = typer.Typer(help="A drop's plan: draft it, check it.", no_args_is_help=True)

# As far as the engine's bands lie from list in the backtest: wide enough to teach, near enough to be believed.
_BAND_STEP = Decimal("0.12")
_CENT = Decimal("0.01")
_DROP_DAYS = 3
_MARKS = {"error": ("error", "red"), "warning": ("warning", "yellow"), "note": ("note", "dim")}


@plan.command()
def new(  # noqa: PLR0913, PLR0917 - the command's options
    drop: Annotated[str, typer.Argument(help="The drop's id.")],
    from_sales: Annotated[bool, typer.Option("--from-sales", help="Draft it from what the shop sold.")] = False,
    sku: Annotated[
        list[str] | None, typer.Option(help="With --from-sales: these SKUs (default: what sold most).")
    ] = None,
    days: Annotated[int, typer.Option(min=1, help="With --from-sales: how far back to look.")] = 28,
    out: Annotated[Path | None, typer.Option(help="Write to this file; one that is there is not replaced.")] = None,
    data: DataDir = None,
) -> None:
    """Print a plan to finish: every field explained, what nobody told marked TO FILL."""
    draft = PlanDraft(drop)
    if from_sales:
        settings = Settings.from_env(data)
        if not settings.warehouse_path.is_file():
            message = "no orders are known yet: add them with `sprint add` and run `sprint tick`"
            raise LookupError(message)
        with hold_lock(settings.lock_path, "sprint plan new", settings.now()):
            connection = connect_warehouse(settings.warehouse_path)
            try:
                draft = draft_from_sales(drop, read_sales(connection, days, 4, sku), days)
            finally:
                connection.close()
    text = render_plan(draft)
    if out is None:
        sys.stdout.write(text)
        return
    with out.open("x", encoding="utf-8") as file:
        file.write(text)
    Console().print(f"Wrote {out}. Then: sprint plan check {out}", markup=False, highlight=False, soft_wrap=True)


@plan.command()
def check(
    plan_or_drop: Annotated[str, typer.Argument(help="A plan's file, or the id of a drop whose plan was handed over.")],
    data: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Say what is wrong with a plan and what it would mean; exit code 1 when it would be refused."""
    settings = Settings.from_env(data)
    file, text = _find_plan(plan_or_drop, settings)
    report = check_plan(file, text, _known_shop(text, settings))
    if as_json:
        sys.stdout.write(report.model_dump_json(indent=2) + "\n")
    else:
        _print_report(Console(), report)
    if not report.is_accepted:
        raise typer.Exit(1)


def draft_from_sales(drop: str, sales: Sales, days: int) -> PlanDraft:
    """The draft of a plan of what was sold: usual prices, bands around them, three days at the pace of the span."""
    fees = {channel: sales.fee_by_channel.get(channel) for channel in sales.units_by_channel}
    total = sum(sales.units_by_channel.values())
    shares = ", ".join(f"{channel} {units / total:.0%}" for channel, units in sales.units_by_channel.items())
    return PlanDraft(
        drop,
        skus=tuple(_draft_sku(each, days) for each in sales.skus),
        currency_code=sales.currency_code,
        timezone=sales.timezone,
        tax_rate=sales.tax_rate,
        fee_by_channel=fees,
        hubs=sales.hubs,
        notes=(
            f"Drafted from orders of {sales.since:%Y-%m-%d} to {sales.until:%Y-%m-%d %H:%M} UTC, cancelled lines out.",
            f"These SKUs sold {shares}." if shares else "Orders of these SKUs name no channel.",
            "Zone, tax and fees are those of the last plan." if sales.timezone else "",
        ),
    )


def _draft_sku(sold: SoldSku, days: int) -> SkuDraft:
    forecast = round(sold.units * _DROP_DAYS / days)
    note = (
        f"Sold {sold.units} units in {sold.orders_count} orders of {days} days, most between {sold.low_price:.2f}"
        f" and {sold.high_price:.2f}; the list price is their median, bands lie 12 % around it. Three days at that"
        f" pace are {forecast} units; a drop that is announced sells faster."
    )
    return SkuDraft(
        sku=sold.sku,
        gtin=sold.gtin,
        title=sold.title,
        list_price=_cents(sold.usual_price),
        low_price=_cents(sold.usual_price * (1 - _BAND_STEP)),
        high_price=_cents(sold.usual_price * (1 + _BAND_STEP)),
        forecast_units=max(1, forecast),
        notes=(note,),
    )


def _cents(price: Decimal) -> Decimal:
    return price.quantize(_CENT, rounding=ROUND_HALF_UP)


def _find_plan(plan_or_drop: str, settings: Settings) -> tuple[str, str]:
    """Name and text of a plan: the file, or the highest version that was handed over under a drop's id."""
    path = Path(plan_or_drop)
    if path.is_file():
        return plan_or_drop, path.read_text(encoding="utf-8")
    found = [
        (int(content.get("version") or 1), name, text)
        for name, text in _handed_over(settings)
        if (content := _mapping(text)).get("drop_id") == plan_or_drop
    ]
    if not found:
        message = f"{plan_or_drop}: no such file, and no plan of that id was handed over"
        raise LookupError(message)
    return max(found, key=lambda each: each[:2])[1:]


def _handed_over(settings: Settings) -> Iterator[tuple[str, str]]:
    for path in sorted((settings.landing_dir / "drops").glob("*.y*ml")):
        yield str(path), path.read_text(encoding="utf-8")
    for path in sorted((settings.archive_dir / "drops").glob("*.yaml.gz")):
        yield str(path), gzip.decompress(path.read_bytes()).decode("utf-8")


def _mapping(text: str) -> dict[str, str]:
    try:
        content = read_plan_text(text).content
    except PlanTextError:  # a file of another drop that is no plan says nothing of this one
        return {}
    return content if isinstance(content, dict) else {}


def _known_shop(text: str, settings: Settings) -> KnownShop | None:
    found, _ = read_plan(text)
    if found is None:
        return None
    try:
        snapshot = open_published(settings.published_dir)
    except NotPublishedError:
        return None
    try:
        skus = [planned.sku for planned in found.skus]
        return read_known_shop(snapshot, found.drop_id, skus, found.currency_code, found.starts_at)
    finally:
        snapshot.close()


def _print_report(console: Console, report: PlanReport) -> None:
    for each in report.findings:
        word, style = _MARKS[each.severity]
        text = f"{report.file}, line {each.line}: {each.message} (rule {each.rule})"
        console.print(f"{word}: ", style=style, end="")
        console.print(text, markup=False, highlight=False, soft_wrap=True)
    if report.floors:
        table = Table("SKU", "channel", "floor", "list", "kept of list", "bands that may be shown",
                      title=f"Floors with tax and fees, {report.currency_code}", title_justify="left")  # fmt: skip
        for cell in report.floors:
            table.add_row(
                cell.sku, cell.channel, "none is enough" if cell.floor_amount is None else f"{cell.floor_amount:.2f}",
                f"{cell.list_amount:.2f}", f"{cell.kept_at_list_amount:.2f}", ", ".join(cell.bands) or "none",
            )  # fmt: skip
        console.print(table)
    errors = sum(each.severity == "error" for each in report.findings)
    warnings = sum(each.severity == "warning" for each in report.findings)
    verdict = "The plan would be accepted" if report.is_accepted else "The plan would be REFUSED"
    console.print(f"{verdict}: {errors} errors, {warnings} warnings.", highlight=False)
