"""`sprint backtest`: what the pricing policies are worth in a simulated world, as tables, a figure or JSON."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich import box
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from pipelines.cli.options import AsJson, DataDir
from pipelines.figures.backtest import draw_backtest
from pipelines.settings import Settings
from pipelines.simulate import backtest as contest
from pipelines.simulate.demand_world import FAMILIES
from pipelines.simulate.marks import MARKS, Verdict, judge_family

# Minutes of one core for 100 drops, as measured; a large drop is sold by four times as many cells as a tiny one.
_MINUTES_PER_100_DROPS: Mapping[str, float] = {"tiny": 0.4, "large": 0.8, "kinked": 0.8}
_USUAL_MINUTES = 0.55


def backtest(  # noqa: PLR0913, PLR0917 - the command's options
    families: Annotated[str, typer.Option(help="Families of drops, separated by commas.")] = ",".join(FAMILIES),
    drops: Annotated[int, typer.Option(min=1, help="Drops a family and seed.")] = 300,
    seed: Annotated[list[int] | None, typer.Option(help="May be given more than once (default: 1).")] = None,
    processes: Annotated[int, typer.Option(min=1, help="Processes (default: all cores).")] = os.cpu_count() or 1,
    kept: Annotated[Path | None, typer.Option(help="Where finished jobs are kept (default: data/backtest).")] = None,
    figure: Annotated[Path | None, typer.Option(help="Write the figure to this .html or .json file.")] = None,
    as_json: AsJson = False,
    data: DataDir = None,
) -> None:
    """Sell the same simulated drops by every policy. 300 drops take about 2 minutes a family on one core.

    Run again it goes on where it was stopped, as long as neither the engine nor a peer nor the world changed.
    """
    names = families.split(",")
    unknown = sorted(set(names) - set(FAMILIES))
    if unknown:
        message = f"no such family: {', '.join(unknown)}; there are {', '.join(FAMILIES)}"
        raise typer.BadParameter(message)
    if figure is not None and figure.suffix not in {".html", ".json"}:
        message = f"{figure}: a figure is written as .html or .json"
        raise typer.BadParameter(message)
    folder = kept or Settings.from_env(data).data_dir / "backtest"
    jobs = contest.plan_jobs(names, drops, seed or [1], has_mabwiser=contest.has_mabwiser())
    _run_jobs(jobs, folder, processes)
    figures = contest.summarise_jobs(jobs, folder)
    verdicts = [judge_family(name, figures[name]) for name in names]
    minutes = contest.core_minutes(jobs, folder)
    if figure is not None:
        _write_figure(figures, figure)
    console = Console()
    if as_json:
        text = {"families": figures, "marks": [asdict(each) for each in verdicts], "core_minutes": minutes}
        console.print(json.dumps(text, indent=1), markup=False, highlight=False, soft_wrap=True)
        return
    console.print(*(_family_table(name, figures[name]) for name in names))
    console.print(_verdict_table(verdicts))
    for line in sum_up(verdicts, minutes):
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def sum_up(verdicts: Sequence[Verdict], minutes: float) -> list[str]:
    """What the backtest says, in sentences."""
    missed = [each.family for each in verdicts if each.is_met is False]
    behind = [f"{each.closest_peer} in {each.family}" for each in verdicts if each.least_lead <= 0]
    short = [each.family for each in verdicts if each.distance is not None and each.distance > 0]
    violations = sum(each.violations for each in verdicts)
    return [
        f"Marks: {'all met' if not missed else 'not met in ' + ', '.join(missed)}.",
        f"Peers: {'all beaten, lower bounds above 0' if not behind else 'not surely beaten: ' + ', '.join(behind)}.",
        f"Stretch marks: {'all reached' if not short else 'not reached in ' + ', '.join(short)}.",
        f"Prices below the floor: {violations}.",
        f"{minutes:.1f} minutes of one core.",
    ]


def _run_jobs(jobs: Sequence[contest.Job], folder: Path, processes: int) -> None:
    errors = Console(stderr=True)
    todo = contest.unfinished_jobs(jobs, folder)
    expected = sum(each.drops_count * _MINUTES_PER_100_DROPS.get(each.family, _USUAL_MINUTES) / 100 for each in todo)
    errors.print(
        f"{len(todo)} of {len(jobs)} jobs to run: about {expected:.1f} minutes of one core, {processes} at a time.",
        highlight=False,
    )
    columns = (TextColumn("Selling"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=errors) as progress:
        task = progress.add_task("", total=len(jobs))
        contest.run_jobs(jobs, folder, processes, lambda done, _: progress.update(task, completed=done))


def _write_figure(figures: Mapping[str, Mapping[str, Mapping[str, Any]]], path: Path) -> None:
    """The page bears its own script: it opens without a network."""
    drawn = draw_backtest(figures, MARKS)
    if path.suffix == ".json":
        drawn.write_json(path)
    else:
        drawn.write_html(path, include_plotlyjs=True)


def _verdict_table(verdicts: Sequence[Verdict]) -> Table:
    """Marks, what is missing to the stretch marks, and the closest peer, a row a family."""
    table = Table(title="The engine against its marks (% of the clairvoyant)", title_justify="left", box=box.SIMPLE,
                  padding=(0, 1, 0, 0))  # fmt: skip
    table.add_column("family", no_wrap=True)
    for name in ("%", "95 %", "mark", "", "stretch", "missing", "closest peer", "ahead by", "at least", "lost to list"):
        table.add_column(name, justify="right", no_wrap=name != "closest peer")
    for each in verdicts:
        table.add_row(
            each.family,
            f"{each.percent:.2f}",
            f"{each.interval[0]:.2f}–{each.interval[1]:.2f}",
            *_mark_cells(each),
            each.closest_peer,
            f"{each.lead:+.2f}",
            f"{each.least_lead:+.2f}",
            f"{each.lost_to_list_rate:.0%}",
        )
    return table


def _mark_cells(verdict: Verdict) -> tuple[str, str, str, str]:
    """Mark, whether it is met, stretch mark, what is missing to it; dashes in a family that has none."""
    if verdict.mark is None or verdict.distance is None:
        return "–", "–", "–", "–"
    missing = f"{verdict.distance:.2f}" if verdict.distance > 0 else "reached"
    return f"{verdict.mark}", "met" if verdict.is_met else "NOT met", f"{verdict.stretch}", missing


def _family_table(family: str, policies: Mapping[str, Mapping[str, Any]]) -> Table:
    """One family: percent of what the clairvoyant earns, and how far the engine is ahead on the same drops."""
    title = f"{family}, {policies['engine']['drops']} drops (% of the clairvoyant)"
    table = Table(title=title, title_justify="left", box=box.SIMPLE, padding=(0, 1, 0, 0))
    table.add_column("policy", no_wrap=True)
    for name in ("%", "95 %", "fluid %", "p5", "left", "behind by", "at least"):
        table.add_column(name, justify="right", no_wrap=True)
    for name, each in sorted(policies.items(), key=lambda item: -item[1]["percent_of_clairvoyant_dp"]):
        low, high = each["interval"]
        table.add_row(
            name,
            f"{each['percent_of_clairvoyant_dp']:.2f}",
            f"{low:.1f}–{high:.1f}",
            f"{each['percent_of_fluid']:.1f}",
            f"{each['p5_capture']:.2f}",
            f"{each['leftover_rate']:.1%}",
            f"{each['engine_lead']:+.2f}",
            f"{each['engine_lead_interval'][0]:+.2f}",
        )
    return table
