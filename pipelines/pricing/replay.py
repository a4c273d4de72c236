"""Making the ledger's decisions again from the frames they were made from, and finding what does not agree.

Works on rows given to it; reading them from a warehouse is not here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields

from pipelines.pricing.decide import decide
from pipelines.pricing.guardrails import PlanRefusedError
from pipelines.pricing.ledger_rows import Belief, Clamp, DecidedHour, Decision, find_chain_breaks
from pipelines.pricing.policy import Policy
from pipelines.pricing.problem import NotANumberError, problem_from_json, sha256_of


@dataclass(frozen=True)
class StoredDrop:
    """The ledger's rows of one drop; `frames` maps `inputs_sha256` to `frame_json`."""

    drop_id: str
    decisions: tuple[Decision, ...]
    clamps: tuple[Clamp, ...]
    beliefs: tuple[Belief, ...]
    frames: Mapping[str, str]


@dataclass(frozen=True)
class Difference:
    """One thing that the ledger says otherwise than the replay."""

    decision_id: str
    column: str
    stored: str
    recomputed: str


@dataclass(frozen=True)
class ReplayReport:
    """What a replay found.

    Attributes:
        drop_id: The drop.
        compared_count: Decisions recomputed.
        differences: Where ledger and replay disagree.
        chain_breaks: Ids of decisions that do not carry the hash of the row before them.
        unknown_policies: Versions in the ledger that this program cannot run; their rows were not recomputed.
    """

    drop_id: str
    compared_count: int
    differences: tuple[Difference, ...]
    chain_breaks: tuple[str, ...]
    unknown_policies: tuple[str, ...]

    @property
    def is_equal(self) -> bool:
        """Whether every row was recomputed and is as it was written."""
        return not (self.differences or self.chain_breaks or self.unknown_policies)


def replay_drop(stored: StoredDrop, policies: Iterable[Policy]) -> ReplayReport:
    """Recompute every decision of a drop from its frames, compare all columns, and check the chain."""
    known = {policy.version: policy for policy in policies}
    differences: list[Difference] = []
    unknown: set[str] = set()
    compared = 0
    by_frame: dict[str, list[Decision]] = {}
    for decision in stored.decisions:
        by_frame.setdefault(decision.inputs_sha256, []).append(decision)
    # An hour taken from the end breaks no chain; the frame it was decided from is still there.
    differences += [
        Difference(stored.drop_id, "inputs_sha256", "no decision", sha256)
        for sha256 in sorted(stored.frames.keys() - by_frame)
    ]
    for inputs_sha256, decisions in by_frame.items():
        policy = known.get(decisions[0].policy_version)
        if policy is None:
            unknown.add(decisions[0].policy_version)
            continue
        compared += len(decisions)
        ids = {decision.decision_id for decision in decisions}
        hour = _recompute(stored.frames.get(inputs_sha256), inputs_sha256, policy)
        if isinstance(hour, str):
            differences += [Difference(key, "inputs_sha256", inputs_sha256, hour) for key in sorted(ids)]
            continue
        ids |= {decision.decision_id for decision in hour.decisions}
        differences += _compare_decisions(decisions, hour.decisions)
        differences += _compare_parts("clamps", ids, stored.clamps, hour.clamps)
        differences += _compare_parts("beliefs", ids, stored.beliefs, hour.beliefs)
    return ReplayReport(
        stored.drop_id,
        compared,
        tuple(differences),
        tuple(find_chain_breaks(stored.decisions)),
        tuple(sorted(unknown)),
    )


def _recompute(frame: str | None, inputs_sha256: str, policy: Policy) -> DecidedHour | str:
    """The hour again, or why it cannot be had."""
    if frame is None:
        return "no frame is kept under this hash"
    if sha256_of(frame) != inputs_sha256:
        return f"the frame kept has hash {sha256_of(frame)}"
    try:
        return decide(problem_from_json(frame), policy)
    except (ValueError, PlanRefusedError, NotANumberError) as error:
        return f"cannot be recomputed: {error}"


def _compare_decisions(stored: Sequence[Decision], recomputed: Sequence[Decision]) -> list[Difference]:
    left = {decision.decision_id: decision for decision in stored}
    right = {decision.decision_id: decision for decision in recomputed}
    differences = []
    for key in sorted(left.keys() | right.keys()):
        if key not in left or key not in right:
            differences.append(Difference(key, "decision_id", *("there" if key in side else "missing"
                                                              for side in (left, right))))  # fmt: skip
            continue
        for field in fields(Decision):
            was, now = getattr(left[key], field.name), getattr(right[key], field.name)
            if was != now:
                differences.append(Difference(key, field.name, str(was), str(now)))
    return differences


def _compare_parts(
    name: str, ids: set[str], stored: Sequence[Clamp | Belief], recomputed: Sequence[Clamp | Belief]
) -> list[Difference]:
    """Compare clamps or beliefs of some decisions as sets of rows."""
    left = {row for row in stored if row.decision_id in ids}
    right = set(recomputed)
    changed = sorted({row.decision_id for row in left ^ right})
    return [
        Difference(key, name, str(_rows_of(key, left)), str(_rows_of(key, right)))
        for key in changed
    ]  # fmt: skip


def _rows_of(decision_id: str, rows: set[Clamp | Belief]) -> list[str]:
    return sorted(str(row) for row in rows if row.decision_id == decision_id)
