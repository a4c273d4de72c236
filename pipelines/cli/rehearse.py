"""`sprint rehearse`: the demo. A simulated shop, six real ticks, and what they found."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from pipelines.cli.metrics import metrics_table
from pipelines.contracts.price_bands import BandEntry, PriceBands
from pipelines.figures.words import BANDS, CHANNELS, money
from pipelines.operations.reports import write_report
from pipelines.settings import PROJECT_ROOT, Settings
from pipelines.simulate.world import DEMO_SEED, World
from pipelines.warehouse.metrics import read_metrics
from pipelines.warehouse.published import open_published

_DEMO_DIR = PROJECT_ROOT / "data" / "demo"


def rehearse(
    data: Annotated[Path, typer.Option("--data", help="The folder to build; an earlier demo in it goes.")] = _DEMO_DIR,
    seed: Annotated[int, typer.Option(min=0, help="Another seed is another simulated shop.")] = DEMO_SEED,
) -> None:
    """Build a simulated shop: its past as files, the live drop's last six hours as real ticks."""
    from pipelines.orchestration import rehearse as stage  # noqa: PLC0415 - seconds of import that only a chain needs

    settings, console, world = Settings.from_env(data), Console(), World.from_seed(seed)
    with _progress(console, stage.count_steps() + 1) as begin_step:
        stage.rehearse(settings, world, begin_step)
        begin_step("Writing the reports")
        reports = [write_report(settings, drop.drop_id).folder for drop in world.drops]
    snapshot = open_published(settings.published_dir)
    try:
        metrics, bands = read_metrics(snapshot), PriceBands.model_validate(snapshot.bands())
    finally:
        snapshot.close()
    console.print(metrics_table(metrics), _bands_table(bands))
    lines = [f"Report: {folder / 'report.pdf'}" for folder in reports]
    lines += [f"Page:   SPRINT_DATA={settings.data_dir} make dashboard", f"All of this is simulated (seed {seed})."]
    console.print("\n".join(lines), highlight=False, markup=False, soft_wrap=True)


@contextmanager
def _progress(console: Console, total: int) -> Iterator[Callable[[str], None]]:
    """A bar that is always moving; the function given closes the step before and begins one."""
    columns = (
        SpinnerColumn(),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}"),
    )
    with Progress(*columns, console=console) as progress:
        # One below zero: the first step that begins closes none.
        task = progress.add_task("", total=total, completed=-1)

        def begin_step(sentence: str) -> None:
            progress.update(task, advance=1, description=sentence)
            if not console.is_terminal:
                console.print(sentence, highlight=False)

        yield begin_step
        progress.update(task, completed=total, description="Done")


def _bands_table(feed: PriceBands) -> Table:
    """The newest decided hour: one row a SKU, one column a channel."""
    newest = max((entry.valid_from for entry in feed.entries), default=feed.as_of)
    coming = [entry for entry in feed.entries if entry.valid_from == newest]
    channels = sorted({entry.channel for entry in coming}, key=list(CHANNELS).index)
    table = Table(title=f"Bands of the hour from {newest:%Y-%m-%d %H:%M} UTC", title_justify="left")
    table.add_column("SKU")
    for channel in channels:
        table.add_column(CHANNELS[channel], justify="right")
    cells = {(entry.sku, entry.channel): _band(entry) for entry in coming}
    for sku in sorted({entry.sku for entry in coming}):
        table.add_row(sku, *(cells.get((sku, channel), "") for channel in channels))
    return table


def _band(entry: BandEntry) -> str:
    if entry.price_amount is None or entry.band is None:
        return "sold out"
    return f"{money(entry.price_amount, entry.currency_code)} {BANDS[entry.band].lower()}"
