"""`sprint why`: one decision explained to a person, from what the ledger holds and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Annotated, Any

import typer
from rich import box
from rich.console import Console
from rich.table import Table

from pipelines.cli.options import DataDir
from pipelines.figures.words import CHANNELS, REASONS, money, named
from pipelines.pricing.engine import LearningPolicy
from pipelines.pricing.explain import CellBelief, believe_cell
from pipelines.pricing.problem import BANDS, DropProblem, problem_from_json
from pipelines.settings import Settings, parse_instant
from pipelines.warehouse.ledger import read_ledger
from pipelines.warehouse.published import open_published

Row = Mapping[str, Any]

_BAND_WORDS = {"low": "low band", "mid": "list price", "high": "high band"}
_GUARDRAIL_WORDS = {
    "stock": "Nothing left",
    "operator": "Operator",
    "staleness": "Late orders",
    "holdout": "Hold-out",
    "floor": "Margin floor",
    "taper": "Last hours",
    "step": "One band an hour",
}
_PRIOR_WORDS = {
    "cross_drop": "what this shop's earlier drops taught",
    "fleet": "what shops of this kind are like",
    "none": "a wide guess, for nobody knows this channel",
}
# Elasticity from which on buyers are said to mind a price more.
_MINDING = ((1.2, "hardly mind the price"), (2.0, "mind the price a little"), (3.0, "mind the price"))
_AS_PLANNED = 0.05


def why(
    drop: Annotated[str, typer.Argument(help="The drop's id.")],
    sku: Annotated[str, typer.Argument(help="The SKU.")],
    channel: Annotated[str, typer.Argument(help="web, mobile, marketplace or popup.")],
    hour: Annotated[str, typer.Argument(help="The start of the hour: 2026-11-20T09Z.")],
    data: DataDir = None,
) -> None:
    """Why a price was what it was: what was believed, what each band was worth, what stepped in, what was left."""
    snapshot = open_published(Settings.from_env(data).published_dir)
    try:
        tables = read_ledger(snapshot, drop)
    finally:
        snapshot.close()
    wanted = (sku, channel, parse_instant(hour))
    row = next((row for row in tables["decisions"] if (row["sku"], row["channel"], row["valid_from"]) == wanted), None)
    if row is None:
        message = f"no decision for {sku} in {channel} from {hour} in drop {drop}"
        raise LookupError(message)
    frame = next(each["frame_json"] for each in tables["inputs"] if each["inputs_sha256"] == row["inputs_sha256"])
    problem = problem_from_json(frame)
    beliefs = {each["band"]: each for each in tables["beliefs"] if each["decision_id"] == row["decision_id"]}
    clamps = [each for each in tables["clamps"] if each["decision_id"] == row["decision_id"]]
    # Another version's belief cannot be worked out again here; what it expected of each band is stored.
    is_known = bool(beliefs) and row["policy_version"] == LearningPolicy().version
    console = Console()
    _say(console, tell_decision(row, clamps))
    if is_known:
        _say(console, ["", "What was believed", *tell_belief(believe_cell(problem, sku, channel), row["prior_source"])])
    if beliefs and row["price_amount"] is not None:
        _say(console, [""])
        console.print(_bands_table(row, beliefs, problem))
    _say(console, tell_rest(row, problem))


def tell_decision(row: Row, clamps: Sequence[Row]) -> Iterator[str]:
    """What was shown, why, and which guardrail had a hand in it."""
    currency = row["currency_code"]
    channel = named(CHANNELS, row["channel"])
    yield f"{row['sku']}, {channel}, {row['valid_from']:%a %d %b %Y, %H:%M} to {row['valid_to']:%H:%M} UTC"
    reason = named(REASONS, row["reason"])
    if row["price_amount"] is None:
        yield f"No price: {reason[0].lower()}{reason[1:]}."
    else:
        band = f", the {_BAND_WORDS[row['band']]}" if row["band"] else ""
        yield f"{money(row['price_amount'], currency)}{band}. {reason}."
    limits = [
        f"list {money(row['list_amount'], currency)}",
        f"never below {_up_to_cent(row['floor_amount'], currency)}",
    ]
    if row["lowest_30d_amount"] is not None:
        limits.append(f"lowest of the last 30 days {money(row['lowest_30d_amount'], currency)}")
    yield f"  ({', '.join(limits)})"
    for clamp in clamps:
        change = ""
        if clamp["band_before"] != clamp["band_after"]:
            after = named(_BAND_WORDS, clamp["band_after"]) if clamp["band_after"] else "nothing"
            change = f" ({named(_BAND_WORDS, clamp['band_before'])} became {after})"
        yield f"{named(_GUARDRAIL_WORDS, clamp['guardrail'])}: {clamp['detail']}{change}."
    if not clamps and row["reason"] != "missed":
        yield "No guardrail had to step in."


def tell_belief(belief: CellBelief, prior_source: str | None) -> Iterator[str]:
    """The belief about the cell in words, each with the interval that holds 90 %."""
    minding = next((words for most, words in _MINDING if belief.elasticity < most), "mind the price a lot")
    low, high = belief.elasticity_interval
    yield (
        f"  Buyers {minding}: one percent dearer sells about {belief.elasticity:.1f} % less"
        f" (90 % sure: {low:.1f} to {high:.1f})."
    )
    least, most = (f"{ratio - 1:+.0%}" for ratio in belief.demand_interval)
    difference = belief.demand_ratio - 1
    as_planned = f"runs {abs(difference):.0%} {'above' if difference > 0 else 'below'} what was planned"
    said = "runs as planned" if abs(difference) < _AS_PLANNED else as_planned
    yield f"  Demand at list {said} (90 % sure: {least} to {most})."
    source = _PRIOR_WORDS.get(prior_source or "", "nothing")
    hours = f"{belief.hours_learned} known hours" if belief.hours_learned != 1 else "1 known hour"
    yield f"  Learned from {source}, then from {hours} here, in which {belief.units_learned} sold."


def tell_rest(row: Row, problem: DropProblem) -> Iterator[str]:
    """What was left, what a unit kept was worth, and how the ledger knows."""
    if row["units_left"] is not None:
        staged = next(sku.staged_units for sku in problem.skus if sku.sku == row["sku"])
        yield f"Left: {row['units_left']} of {staged} units, {row['hours_left']:g} hours."
    if row["shadow_price_amount"] is not None and row["price_amount"] is not None:
        worth = money(f"{row['shadow_price_amount']:.2f}", row["currency_code"])
        yield f"A unit kept for later was worth {worth} more than its salvage; the worths above have it taken off."
    if row["propensity_mid"] is not None:
        shares = {band: row[f"propensity_{band}"] for band in BANDS if row[f"propensity_{band}"] > 0}
        if len(shares) > 1:
            yield f"Before the draw: {', '.join(f'{_BAND_WORDS[band]} {share:.1%}' for band, share in shares.items())}."
    yield (
        f"Policy {row['policy_version']}, by what was known at {row['as_of']:%Y-%m-%d %H:%M} UTC;"
        f" {row['decision_id']}. `sprint replay {row['drop_id']}` makes it again."
    )


def _bands_table(row: Row, beliefs: Mapping[str, Row], problem: DropProblem) -> Table:
    sku = next(sku for sku in problem.skus if sku.sku == row["sku"])
    currency = row["currency_code"]
    table = Table("", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for name in ("Price", "Units expected", "90 % sure", "Worth this hour"):
        table.add_column(name, justify="right")
    for band, price in zip(BANDS, sku.prices, strict=True):
        belief = beliefs[band]
        is_low = belief["worth_amount"] is None
        table.add_row(
            f"{_BAND_WORDS[band]}{' ◂' if band == row['band'] else ''}",
            money(price, currency),
            f"{belief['expected_units']:.2f}",
            f"{belief['lower_units']:.0f} to {belief['upper_units']:.0f}",
            "below the floor" if is_low else money(f"{belief['worth_amount']:.2f}", currency),
        )
    return table


def _up_to_cent(amount: Decimal, currency: str) -> str:
    """A floor keeps its last digits: rounded down it would promise a price that is forbidden."""
    return money(amount.quantize(Decimal("0.01"), rounding="ROUND_CEILING"), currency)


def _say(console: Console, lines: Iterator[str] | Sequence[str]) -> None:
    for line in lines:
        console.print(line, markup=False, highlight=False, soft_wrap=True)
