from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pipelines.simulate import backtest
from pipelines.simulate.backtest import (
    Job,
    Outcome,
    core_minutes,
    plan_jobs,
    read_outcomes,
    run_job,
    run_jobs,
    summarise,
    unfinished_jobs,
)
from pipelines.simulate.demand_world import FAMILIES
from pipelines.simulate.marks import MARKS, is_mark_met, judge_family


def outcome(profit, clairvoyant, engine=None):
    profit, clairvoyant = np.array(profit, dtype=float), np.array(clairvoyant, dtype=float)
    ones = np.ones(len(profit))
    engine = profit if engine is None else np.array(engine, dtype=float)
    return Outcome(profit, profit, ones, engine, clairvoyant, clairvoyant + 1, clairvoyant + 1, 10 * ones, 0)


def test_every_family_has_a_mark_but_the_kinked_one():
    assert set(MARKS) == set(FAMILIES) - {"kinked"}


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


def figures(lead=2.0, **changes):
    return {
        "percent_of_clairvoyant_dp": 97.0, "interval": [96.0, 98.0], "floor_violations": 0, "engine_lead": lead + 1,
        "engine_lead_interval": [lead, lead + 2], "engine_behind_rate": 0.2,
    } | changes  # fmt: skip


def test_a_family_is_judged_by_its_closest_peer():
    policies = {"engine": figures(0), "clairvoyant_dp": figures(-3), "engine_thompson": figures(-1),
                "fixed_list": figures(9), "ts_update": figures(0.5)}  # fmt: skip
    verdict = judge_family("tiny", policies)
    assert (verdict.closest_peer, verdict.least_lead, verdict.is_met) == ("ts_update", 0.5, True)
    assert verdict.distance == pytest.approx(1.1)
    assert verdict.lost_to_list_rate == 0.2
    assert verdict.is_kept
    assert not judge_family("tiny", policies | {"ts_update": figures(-0.1)}).is_kept
    assert not judge_family("tiny", policies | {"ts_update": figures(floor_violations=1)}).is_kept


def test_a_family_without_a_mark_is_held_against_peers_and_floors():
    policies = {"engine": figures(0), "fixed_list": figures(9), "ts_update": figures(0.5)}
    verdict = judge_family("kinked", policies)
    assert (verdict.mark, verdict.is_met, verdict.stretch, verdict.distance) == (None, None, None, None)
    assert verdict.is_kept
    assert not judge_family("kinked", policies | {"ts_update": figures(-0.1)}).is_kept


@pytest.mark.parametrize(("percent", "interval", "is_met"), [(97, (96, 98), True), (96.4, (96, 96.8), True),
                                                            (96.0, (95.5, 96.4), False)])  # fmt: skip
def test_a_mark_is_met_when_reached_or_inside_the_interval(percent, interval, is_met):
    assert is_mark_met("tiny", {"percent_of_clairvoyant_dp": percent, "interval": list(interval)}) == is_met


def test_a_result_is_kept_under_the_code_that_made_it(monkeypatch):
    before = Job("tiny", 3, 0, 4, has_mabwiser=False).key
    monkeypatch.setattr(backtest, "code_fingerprint", lambda: "another engine")
    assert Job("tiny", 3, 0, 4, has_mabwiser=False).key != before


def test_the_code_that_made_a_result_is_the_engines_the_peers_and_the_worlds(monkeypatch, tmp_path):
    root = Path(backtest.__file__).parents[1]
    for name in backtest._CONTEST_SOURCES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text((root / name).read_text())
    monkeypatch.setattr(backtest, "__file__", str(tmp_path / "simulate/backtest.py"))
    before = backtest.code_fingerprint.__wrapped__()
    for name in ("simulate/demand_world.py", "pricing/planning.py", "simulate/peers/calendar.py"):
        kept = (tmp_path / name).read_text()
        (tmp_path / name).write_text(f"{kept}\nKINK_SD = 0.1\n")
        assert backtest.code_fingerprint.__wrapped__() != before
        (tmp_path / name).write_text(kept)
    assert backtest.code_fingerprint.__wrapped__() == before


def test_a_job_is_the_same_whenever_it_runs_and_is_not_run_again(tmp_path):
    jobs = [Job("tiny", 3, 0, 4, has_mabwiser=False)]
    seen = []
    paths = run_jobs(jobs, tmp_path, 1, lambda done, total: seen.append((done, total)))
    kept = paths[0].stat().st_mtime_ns
    run_jobs(jobs, tmp_path, 1, lambda done, total: seen.append((done, total)))
    assert seen == [(0, 1), (1, 1), (1, 1)]
    assert paths[0].stat().st_mtime_ns == kept
    assert unfinished_jobs(jobs, tmp_path) == []
    assert core_minutes(jobs, tmp_path) > 0
    again = run_job(jobs[0])
    outcomes = read_outcomes(paths)
    assert np.array_equal(outcomes["engine"].profit, again["engine/profit"])
    assert {"clairvoyant_dp", "fixed_list", "linear_markdown", "ts_update"} <= set(outcomes)


def test_the_librarys_bandits_play_too():
    pytest.importorskip("mabwiser", reason="MABWiser is a dev extra")
    arrays = run_job(Job("tiny", 3, 0, 2, has_mabwiser=True))
    assert len(arrays["mabwiser_ucb1/profit"]) == len(arrays["mabwiser_thompson/profit"]) == 2
