from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from pipelines.pricing.decide import decide
from pipelines.pricing.ledger_rows import hash_decision
from pipelines.pricing.policy import Alternative, BandBelief, ListPricePolicy, Proposal
from pipelines.pricing.problem import ChannelPlan
from pipelines.pricing.replay import StoredDrop, replay_drop
from tests.unit.pricing.conftest import make_problem, make_sku


class CoinPolicy:
    """Mid or low, evenly, with a belief: something to draw and something to compare."""

    version = "coin-1"

    def propose(self, problem, cells):
        del problem
        halves = (Alternative("low", "optimise", 0.5), Alternative("mid", "optimise", 0.5))
        return [Proposal(halves, (BandBelief("low", 2 / 3, 0.1, 2.0, 1.5),)) for _ in cells]


COIN = CoinPolicy()


def closed_loop(hours=range(6), policy=COIN):
    """A drop decided hour after hour, hour 3 missed, each hour bound to the ones before."""
    decisions, clamps, beliefs, frames = [], [], [], {}
    for hours_in in hours:
        if hours_in == 3:
            continue
        problem = make_problem(
            hours_in=hours_in,
            skus=(make_sku(), make_sku("wreath", units_left=0)),
            channels=(ChannelPlan("web", Decimal("0.03")), ChannelPlan("popup", Decimal(0))),
        )
        if decisions:
            problem = replace(
                problem, undecided_from=decisions[-1].valid_to, previous_sha256=hash_decision(decisions[-1])
            )
        hour = decide(problem, policy)
        decisions += hour.decisions
        clamps += hour.clamps
        beliefs += hour.beliefs
        frames[hour.inputs_sha256] = hour.frame_json
    return StoredDrop("advent", tuple(decisions), tuple(clamps), tuple(beliefs), frames)


def changed(rows, index, **changes):
    return tuple(replace(row, **changes) if place == index else row for place, row in enumerate(rows))


def test_a_whole_drop_is_recomputed_equal():
    stored = closed_loop()
    report = replay_drop(stored, [ListPricePolicy(), COIN])
    assert report.is_equal
    assert report.compared_count == len(stored.decisions) == 6 * 4


def test_a_price_changed_in_the_last_row_is_found_though_no_chain_can_tell():
    stored = closed_loop()
    tampered = replace(stored, decisions=changed(stored.decisions, 21, price_amount=Decimal("1.00")))
    report = replay_drop(tampered, [COIN])
    assert [(found.column, found.stored) for found in report.differences] == [("price_amount", "1.00")]
    assert replay_drop(replace(stored, decisions=changed(stored.decisions, 23, seed=8)), [COIN]).chain_breaks == ()


def test_a_row_changed_in_the_middle_breaks_the_chain_as_well():
    stored = closed_loop()
    report = replay_drop(replace(stored, decisions=changed(stored.decisions, 5, units_left=3)), [COIN])
    assert report.chain_breaks == (stored.decisions[6].decision_id,)


def test_a_removed_row_is_found():
    stored = closed_loop()
    report = replay_drop(replace(stored, decisions=stored.decisions[:5] + stored.decisions[6:]), [COIN])
    assert [(found.stored, found.recomputed) for found in report.differences] == [("missing", "there")]
    assert report.chain_breaks


def test_hours_removed_from_the_end_are_found_by_their_frames():
    stored = closed_loop()
    for kept in (20, 0):
        report = replay_drop(replace(stored, decisions=stored.decisions[:kept]), [COIN])
        assert not report.is_equal
        assert {difference.column for difference in report.differences} >= {"inputs_sha256"}


def test_a_frame_that_was_changed_or_lost_is_found():
    stored = closed_loop(hours=range(1))
    (key, frame), *_ = stored.frames.items()
    for frames in ({}, {key: frame.replace('"seed":7', '"seed":8')}):
        report = replay_drop(replace(stored, frames=frames), [COIN])
        assert {found.column for found in report.differences} == {"inputs_sha256"}


def test_a_changed_clamp_or_belief_is_found():
    stored = closed_loop()
    for name, rows in (
        ("clamps", changed(stored.clamps, 0, detail="nothing")),
        ("beliefs", changed(stored.beliefs, 0, worth_amount=9.0)),
    ):
        report = replay_drop(replace(stored, **{name: rows}), [COIN])
        assert [found.column for found in report.differences] == [name]


def test_a_policy_that_is_not_known_is_said_not_skipped():
    report = replay_drop(closed_loop(), [ListPricePolicy()])
    assert report.unknown_policies == ("coin-1",)
    assert not report.is_equal


def test_a_drop_interrupted_for_hours_is_replayed_too():
    stored = closed_loop(hours=[0, 9])
    assert sum(row.reason == "missed" for row in stored.decisions) == 8 * 4
    assert stored.decisions[-1].valid_from - stored.decisions[0].valid_from == timedelta(hours=9)
    assert replay_drop(stored, [COIN]).is_equal
