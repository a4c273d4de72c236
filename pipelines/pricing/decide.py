"""One hour of one drop, decided: policy, guardrails, propensities, draw, and the rows for the ledger.

`decide` is a pure function of the problem and the policy. Reading and writing the ledger is not here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from pipelines.pricing.guardrails import (
    Cell,
    Choice,
    PlanRefusedError,
    apply_guardrails,
    build_cells,
    drop_hours,
    seeded_generator,
)
from pipelines.pricing.ledger_rows import Belief, Clamp, DecidedHour, Decision, hash_decision
from pipelines.pricing.policy import Policy, Proposal
from pipelines.pricing.problem import (
    BANDS,
    HOUR,
    DropProblem,
    NotANumberError,
    canonical_json,
    format_instant,
    frame_json,
    problem_from_json,
    round_significant,
    sha256_of,
)

# Probabilities of a proposal must sum to 1 to this: more is a mistake of the policy, not of rounding.
_SUM_TOLERANCE = 1e-9


def decide(problem: DropProblem, policy: Policy) -> DecidedHour:
    """Decide `[as_of, as_of + 1 h)` of a drop, and write down the hours before it that passed undecided.

    The hour is decided when it overlaps the drop's window and has no decision yet; a missed hour gets one row a cell
    with the list price, reason `missed`, and neither band nor propensities. When there is neither, the result has no
    decisions.

    Raises:
        PlanRefusedError: A list price lies below its floor.
        NotANumberError: The policy's numbers are not finite, or its probabilities do not sum to 1.
    """
    frame = frame_json(problem)
    # Deciding from the text, not from what it was made of, is what lets a replay be equal bit for bit.
    problem = problem_from_json(frame)
    inputs_sha256 = sha256_of(frame)
    cells = build_cells(problem)
    missed = [hour for hour in drop_hours(problem) if problem.undecided_from <= hour < problem.as_of]
    decisions = [_missed_row(problem, cell, hour, policy, inputs_sha256) for hour in missed for cell in cells]
    clamps: list[Clamp] = []
    beliefs: list[Belief] = []
    if problem.is_live and problem.undecided_from <= problem.as_of:
        # A missed hour showed the list price: taper, step and the 30 days go on from there.
        shown = [_after_missed(cell) for cell in cells] if missed else cells
        proposals = policy.propose(problem, shown)
        rng = seeded_generator(problem.seed, problem.drop_id, format_instant(problem.as_of))
        for cell, proposal in zip(shown, proposals, strict=True):
            bare = _bare_row(problem, cell, problem.as_of, policy, inputs_sha256)
            decision, clamped = _decide_cell(problem, cell, proposal, bare, rng.random())
            decisions.append(decision)
            clamps += clamped
            beliefs += _belief_rows(decision.decision_id, proposal)
    return DecidedHour(
        problem.drop_id, problem.as_of, inputs_sha256, frame, _chain(decisions, problem.previous_sha256),
        tuple(clamps), tuple(beliefs),
    )  # fmt: skip


def decide_drops(problems: Iterable[DropProblem], policy: Policy) -> list[DecidedHour | ValueError]:
    """One hour of many drops, such as a marketplace's: each as `decide` does it, and a refusal stops no other drop."""
    decided: list[DecidedHour | ValueError] = []
    for problem in problems:
        try:
            decided.append(decide(problem, policy))
        except (PlanRefusedError, NotANumberError) as refusal:
            decided.append(refusal)
    return decided


def marginal_propensities(
    outcomes: Sequence[tuple[Choice, float]],
) -> tuple[float | None, float | None, float | None]:
    """Probability that each band is shown, given what each alternative ends as behind the guardrails.

    Nothing offered (sold out) has no propensities.
    """
    if any(choice.band is None for choice, _ in outcomes):
        return (None, None, None)
    shares = [sum(share for choice, share in outcomes if choice.band == band) for band in BANDS]
    low, mid, high = (round_significant(share) for share in shares)
    return (low, mid, high)


def draw_alternative(probabilities: Sequence[float], draws: float | NDArray[np.float64]) -> NDArray[np.intp]:
    """The alternative that each uniform draw from [0, 1) falls on."""
    drawn = np.searchsorted(np.cumsum(probabilities), draws, side="right")
    # Rounding may leave the sum a hair below 1.
    return np.minimum(drawn, len(probabilities) - 1)


def _decide_cell(
    problem: DropProblem, cell: Cell, proposal: Proposal, bare: Decision, draw: float
) -> tuple[Decision, list[Clamp]]:
    """Guard every alternative, take the propensities, then draw one."""
    probabilities = _checked_probabilities(proposal)
    guarded = [
        apply_guardrails(Choice(alternative.band, alternative.reason), cell, problem, bare.decision_id)
        for alternative in proposal.alternatives
    ]
    low, mid, high = marginal_propensities(
        [(choice, share) for (choice, _), share in zip(guarded, probabilities, strict=True)]
    )
    choice, clamps = guarded[int(draw_alternative(probabilities, draw))]
    decision = replace(
        bare,
        band=choice.band,
        price_amount=None if choice.band is None else cell.sku.price_of(choice.band),
        propensity_low=low,
        propensity_mid=mid,
        propensity_high=high,
        reason=choice.reason,
        units_left=cell.sku.units_left,
        shadow_price_amount=_rounded(proposal.shadow_price_amount),
        prior_source=proposal.prior_source,
    )
    return decision, clamps


def _checked_probabilities(proposal: Proposal) -> list[float]:
    probabilities = [alternative.probability for alternative in proposal.alternatives]
    # `not (… <= …)` also catches NaN, which compares false with everything.
    if not abs(sum(probabilities) - 1.0) <= _SUM_TOLERANCE or min(probabilities) < 0:
        message = f"probabilities {probabilities} are not a distribution"
        raise NotANumberError(message)
    return probabilities


def _missed_row(problem: DropProblem, cell: Cell, hour: datetime, policy: Policy, inputs_sha256: str) -> Decision:
    return replace(_bare_row(problem, cell, hour, policy, inputs_sha256), price_amount=cell.sku.mid_price)


def _after_missed(cell: Cell) -> Cell:
    lowest = cell.history.lowest_30d
    listed = cell.sku.mid_price
    history = replace(
        cell.history,
        last_band="mid",
        last_price=listed,
        lowest_30d=listed if lowest is None else min(lowest, listed),
    )
    return replace(cell, history=history)


def _bare_row(problem: DropProblem, cell: Cell, hour: datetime, policy: Policy, inputs_sha256: str) -> Decision:
    """What every row of a cell and hour has, decided or missed."""
    return Decision(
        decision_id=_decision_id(problem, cell, hour),
        drop_id=problem.drop_id,
        sku=cell.sku.sku,
        channel=cell.channel.channel,
        valid_from=hour,
        valid_to=hour + HOUR,
        band=None,
        price_amount=None,
        list_amount=cell.sku.mid_price,
        floor_amount=cell.floor,
        lowest_30d_amount=cell.history.lowest_30d,
        currency_code=problem.currency_code,
        propensity_low=None,
        propensity_mid=None,
        propensity_high=None,
        reason="missed",
        units_left=None,
        hours_left=round_significant((problem.ends_at - hour) / HOUR),
        shadow_price_amount=None,
        prior_source=None,
        seed=problem.seed,
        inputs_sha256=inputs_sha256,
        previous_sha256="",
        policy_version=policy.version,
        as_of=problem.as_of,
    )


def _decision_id(problem: DropProblem, cell: Cell, hour: datetime) -> str:
    key = canonical_json([problem.drop_id, cell.sku.sku, cell.channel.channel, hour])
    return f"dec_{sha256_of(key)[:24]}"


def _belief_rows(decision_id: str, proposal: Proposal) -> list[Belief]:
    return [
        Belief(
            decision_id,
            belief.band,
            _rounded(belief.expected_units),
            _rounded(belief.lower_units),
            _rounded(belief.upper_units),
            _rounded(belief.worth_amount),
        )
        for belief in proposal.beliefs
    ]


def _chain(decisions: Sequence[Decision], previous_sha256: str) -> tuple[Decision, ...]:
    """Bind rows, given in the order of the chain, to each other and to the last row before them."""
    chained = []
    for decision in decisions:
        linked = replace(decision, previous_sha256=previous_sha256)
        previous_sha256 = hash_decision(linked)
        chained.append(linked)
    return tuple(chained)


def _rounded(number: float | None) -> float | None:
    return None if number is None else round_significant(number)
