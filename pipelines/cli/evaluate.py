"""`sprint evaluate`: what another policy would have earned in the hours that the ledger holds."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from pipelines.cli.options import AsJson, DataDir
from pipelines.contracts.evaluation_report import EvaluationReport, PolicyEstimate, PolicyEvaluation
from pipelines.pricing.assemble import stored_drop
from pipelines.pricing.decision_log import read_decision_log
from pipelines.pricing.engine import LearningPolicy
from pipelines.pricing.evaluation import LEAST_EFFECTIVE_HOURS, evaluate
from pipelines.pricing.policy import BandPolicy, ListPricePolicy, Policy
from pipelines.pricing.replay import StoredDrop
from pipelines.settings import Settings
from pipelines.warehouse.ledger import read_ledger, read_priced_drops
from pipelines.warehouse.published import open_published

# What a log may be asked about. `thrifty` is the engine without its exploration.
POLICIES: dict[str, Policy] = {
    "list": ListPricePolicy(),
    "low": BandPolicy("low"),
    "high": BandPolicy("high"),
    "engine": LearningPolicy(),
    "thrifty": LearningPolicy(exploration=0.0),
}
_NAMES = {
    "ips": "IPS",
    "snips": "SNIPS",
    "doubly_robust": "doubly robust",
    "model": "model alone",
}


def evaluate_policies(
    policy: Annotated[list[str], typer.Option(help=f"{', '.join(POLICIES)}; may be given more than once.")],
    drop: Annotated[list[str] | None, typer.Option(help="Only this drop; may be given more than once.")] = None,
    data: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """What another policy would have earned in the hours of the ledger, or why that cannot be said."""
    unknown = sorted(set(policy) - set(POLICIES))
    if unknown:
        message = f"no such policy: {', '.join(unknown)}; there are {', '.join(POLICIES)}"
        raise typer.BadParameter(message)
    snapshot = open_published(Settings.from_env(data).published_dir)
    try:
        priced = read_priced_drops(snapshot)
        missing = sorted(set(drop or []) - set(priced))
        if missing:
            message = f"no decisions of {', '.join(missing)}"
            raise LookupError(message)
        drops = [stored_drop(each, read_ledger(snapshot, each)) for each in drop or priced]
    finally:
        snapshot.close()
    report = EvaluationReport(policies=tuple(evaluate_drops(drops, name) for name in policy))
    if as_json:
        sys.stdout.write(report.model_dump_json(indent=2) + "\n")
        return
    console = Console()
    for each in report.policies:
        _print_evaluation(console, each)


def evaluate_drops(drops: Sequence[StoredDrop], name: str) -> PolicyEvaluation:
    """One policy over the pooled log of some drops.

    Raises:
        ValueError: The drops are not of one currency, or there are none.
    """
    currencies = sorted({row.currency_code for each in drops for row in each.decisions})
    if len(currencies) != 1:
        message = f"amounts of {' and '.join(currencies) or 'no drop'} cannot be pooled: name drops of one currency"
        raise ValueError(message)
    kept = read_decision_log(drops, POLICIES[name])
    found = evaluate(kept.log, kept.target)
    return PolicyEvaluation(
        policy=name,
        drops=tuple(each.drop_id for each in drops),
        currency_code=currencies[0],
        decisions_known=found.rows,
        decisions_unknown=kept.unknown_count,
        decisions_unsupported=found.unsupported,
        effective_hours=found.effective_hours,
        least_effective_hours=LEAST_EFFECTIVE_HOURS,
        logged_amount=found.logged if math.isfinite(found.logged) else None,
        estimates=tuple(
            PolicyEstimate(
                estimator=each.estimator, amount=each.value, interval=each.interval, uplift_amount=each.uplift,
                uplift_interval=each.uplift_interval,
            )
            for each in found.estimates
        ),
        refusal=found.refusal,
    )  # fmt: skip


def _print_evaluation(console: Console, found: PolicyEvaluation) -> None:
    drops = "1 drop" if len(found.drops) == 1 else f"{len(found.drops)} drops"
    text = (
        f"{found.policy}: {found.decisions_known} decisions of {drops} with a known outcome"
        f" ({found.decisions_unknown} without), {found.decisions_unsupported} left out because a band that this policy"
        f" may show had no chance in them; {found.effective_hours:.0f} effective hours."
    )
    if found.refusal is not None:
        text += f"\n  Nothing is said of it: {found.refusal}."
    console.print(text, markup=False, highlight=False, soft_wrap=True)
    if found.refusal is not None:
        return
    earned = f"{found.logged_amount:.3f} {found.currency_code}"
    table = Table(
        "estimator", f"{found.currency_code} an hour", "95 %", "above what was earned", "95 %",
        title=f"A SKU and channel's hour earned {earned} above keeping its units",
        title_justify="left",
    )  # fmt: skip
    for each in found.estimates:
        table.add_row(
            _NAMES[each.estimator], f"{each.amount:.3f}", _span(each.interval), f"{each.uplift_amount:+.3f}",
            _span(each.uplift_interval),
        )  # fmt: skip
    console.print(table)


def _span(interval: tuple[float, float]) -> str:
    return f"{interval[0]:.3f} to {interval[1]:.3f}"
