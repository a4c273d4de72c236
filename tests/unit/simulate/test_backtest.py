from __future__ import annotations

import numpy as np
import pytest

from pipelines.simulate.backtest import (
    MARKS,
    Job,
    Outcome,
    is_mark_met,
    plan_jobs,
    read_outcomes,
    run_job,
    run_jobs,
    summarise,
)
from pipelines.simulate.demand_world import FAMILIES


def outcome(profit, clairvoyant, engine=None):
    profit, clairvoyant = np.array(profit, dtype=float), np.array(clairvoyant, dtype=float)
    ones = np.ones(len(profit))
    engine = profit if engine is None else np.array(engine, dtype=float)
    return Outcome(profit, profit, ones, engine, clairvoyant, clairvoyant + 1, clairvoyant + 1, 10 * ones, 0)


def test_every_family_has_a_mark():
    assert set(MARKS) == set(FAMILIES)


def test_jobs_cover_every_drop_once():
    jobs = plan_jobs(["tiny", "small"], 120, [1, 2], has_mabwiser=False)
    assert sum(job.drops_count for job in jobs) == 2 * 2 * 120
    assert len({job.key for job in jobs}) == len(jobs)


def test_percentages_are_ratios_of_sums():
    figures = summarise(outcome([1.0, 9.0], [2.0, 10.0]))
    assert figures["percent_of_clairvoyant_dp"] == pytest.approx(100 * 10 / 12)
    assert figures["leftover_rate"] == pytest.approx(0.1)


def test_the_lead_is_counted_on_the_same_drops():
    figures = summarise(outcome([1.0, 9.0, 4.0], [2.0, 10.0, 4.0], engine=[2.0, 10.0, 3.0]))
    assert figures["engine_lead"] == pytest.approx(100 * 1 / 16)
    assert figures["engine_behind_rate"] == pytest.approx(1 / 3)


@pytest.mark.parametrize(("percent", "interval", "is_met"), [(97, (96, 98), True), (96.4, (96, 96.8), True),
                                                            (96.0, (95.5, 96.4), False)])  # fmt: skip
def test_a_mark_is_met_when_reached_or_inside_the_interval(percent, interval, is_met):
    assert is_mark_met("tiny", {"percent_of_clairvoyant_dp": percent, "interval": list(interval)}) == is_met


def test_a_job_is_the_same_whenever_it_runs_and_is_not_run_again(tmp_path):
    jobs = [Job("tiny", 3, 0, 4, has_mabwiser=False)]
    seen = []
    paths = run_jobs(jobs, tmp_path, 1, lambda done, total: seen.append((done, total)))
    kept = paths[0].stat().st_mtime_ns
    run_jobs(jobs, tmp_path, 1, lambda done, total: seen.append((done, total)))
    assert seen == [(0, 1), (1, 1), (1, 1)]
    assert paths[0].stat().st_mtime_ns == kept
    again = run_job(jobs[0])
    outcomes = read_outcomes(paths)
    assert np.array_equal(outcomes["engine"].profit, again["engine/profit"])
    assert {"clairvoyant_dp", "fixed_list", "linear_markdown", "ts_update"} <= set(outcomes)


def test_the_librarys_bandits_play_too():
    pytest.importorskip("mabwiser", reason="MABWiser is a dev extra")
    arrays = run_job(Job("tiny", 3, 0, 2, has_mabwiser=True))
    assert len(arrays["mabwiser_ucb1/profit"]) == len(arrays["mabwiser_thompson/profit"]) == 2
