"""One tick's decisions, tied together: due drops from the warehouse, `pricing.decide`, and back to the ledger.

Knows no Dagster: the tick's asset and the command line call the same function. The problem of one drop never stops the
others.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from datetime import datetime

from numpy.linalg import LinAlgError

from pipelines.pricing import assemble
from pipelines.pricing.decide import decide
from pipelines.pricing.engine import POLICIES, LearningPolicy
from pipelines.pricing.guardrails import PlanRefusedError
from pipelines.pricing.learning import fit_shop_prior
from pipelines.pricing.ledger_rows import DecidedHour, find_chain_breaks
from pipelines.pricing.policy import ListPricePolicy, Policy
from pipelines.pricing.problem import NotANumberError, ShopPrior
from pipelines.pricing.replay import ReplayReport, replay_drop
from pipelines.warehouse import ledger
from pipelines.warehouse.connect import Connection

ENGINE = LearningPolicy()
SAFE_POLICY = ListPricePolicy()

# Three months of a shop that sells every other week: goods and buyers of longer ago are others.
PAST_DROPS = 6


@dataclass(frozen=True)
class DecideReport:
    """What one tick decided.

    Attributes:
        as_of: The hour decided starts here.
        drops: Drops with an hour decided.
        decided_count: Decisions for the coming hour.
        missed_count: Rows written for hours that passed undecided.
        clamp_count: Guardrails that stepped in.
        problems: Sentences about drops that could not be priced, or were priced by the safe policy instead.
    """

    as_of: datetime
    drops: tuple[str, ...]
    decided_count: int
    missed_count: int
    clamp_count: int
    problems: tuple[str, ...]


def decide_hour(connection: Connection, as_of: datetime, decided_at: datetime, policy: Policy = ENGINE) -> DecideReport:
    """Decide `[as_of, as_of + 1 h)` for every live drop, and write down the hours that passed undecided.

    Everything is appended in one transaction. Called again, or for an earlier `as_of`, it decides nothing.
    """
    hours: list[DecidedHour] = []
    problems: list[str] = []
    due = ledger.fetch_due_drops(connection, as_of)
    prior = _learn_shop(connection, as_of) if due and policy is not SAFE_POLICY else None
    for rows in due:
        decided, problem = _decide_drop(rows, as_of, policy, prior)
        if decided is not None and decided.decisions:
            hours.append(decided)
        if problem is not None:
            problems.append(problem)
    if hours:
        append_hours(connection, hours, decided_at)
    decisions = [decision for hour in hours for decision in hour.decisions]
    missed_count = sum(decision.reason == "missed" for decision in decisions)
    return DecideReport(
        as_of=as_of,
        drops=tuple(sorted({row.drop_id for row in decisions if row.valid_from == as_of})),
        decided_count=len(decisions) - missed_count,
        missed_count=missed_count,
        clamp_count=sum(len(hour.clamps) for hour in hours),
        problems=tuple(problems),
    )


def append_hours(connection: Connection, hours: Iterable[DecidedHour], decided_at: datetime) -> None:
    """Append decided hours to the ledger in one transaction; see `ledger.append_decisions`."""
    ledger.append_decisions(connection, _ledger_rows(hours), decided_at)


def replay_ledger(connection: Connection, drop_id: str, policies: Iterable[Policy] = POLICIES) -> ReplayReport:
    """Recompute every decision of a drop from the ledger's own frames and compare."""
    return replay_drop(assemble.stored_drop(drop_id, ledger.fetch_ledger(connection, drop_id)), policies)


def _learn_shop(connection: Connection, as_of: datetime) -> ShopPrior | None:
    """What the shop's last drops taught, each looked at from its end."""
    return fit_shop_prior(
        [
            assemble.build_problem(_as_drop_rows(rows), rows.drop["ends_at"])
            for rows in ledger.fetch_past_drops(connection, as_of, PAST_DROPS)
        ]
    )


def _as_drop_rows(rows: ledger.DropRows) -> assemble.DropRows:
    """The same fields, for the room that may not import the warehouse's."""
    return assemble.DropRows(**{field.name: getattr(rows, field.name) for field in fields(rows)})


def _decide_drop(
    rows: ledger.DropRows, as_of: datetime, policy: Policy, prior: ShopPrior | None
) -> tuple[DecidedHour | None, str | None]:
    """The hour of one drop, and what there is to say about it."""
    found = None
    breaks = find_chain_breaks(map(assemble.decision_from_row, rows.decisions))
    if breaks:
        found = f"{rows.drop['drop_id']}: {breaks[0]} does not carry the hash of the decision before it; list price"
        policy = SAFE_POLICY
    problem = assemble.build_problem(_as_drop_rows(rows), as_of, prior)
    try:
        return decide(problem, policy), found
    except PlanRefusedError as refusal:
        return None, f"{refusal}; storefronts fall back to list"
    except (NotANumberError, LinAlgError) as error:
        return decide(problem, SAFE_POLICY), f"{problem.drop_id}: {policy.version} failed: {error}; list price"


def _ledger_rows(hours: Iterable[DecidedHour]) -> dict[str, list[dict[str, object]]]:
    hours = list(hours)
    return {
        "inputs": [
            {
                "inputs_sha256": hour.inputs_sha256,
                "drop_id": hour.drop_id,
                "valid_from": hour.valid_from,
                "frame_json": hour.frame_json,
            }
            for hour in hours
        ],
        "decisions": [asdict(row) for hour in hours for row in hour.decisions],
        "clamps": [asdict(row) for hour in hours for row in hour.clamps],
        "beliefs": [asdict(row) for hour in hours for row in hour.beliefs],
    }
