"""The backtest: every policy on the same drops, family by family, against the clairvoyant and the fluid bound.

A job is one family, one seed and one chunk of drops; each draws from its own stream, so the table does not depend on
how many processes ran it, and finished jobs are kept in a folder and not run again.
"""

from __future__ import annotations

import ast
import hashlib
import importlib.util
import json
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from pipelines.pricing.demand_model import Belief, Layout
from pipelines.pricing.prior import carry_shop, fleet_belief
from pipelines.simulate.contest import Brief, Contender, Floats, Result, brief_on, run_contest
from pipelines.simulate.demand_world import (
    CHANNELS,
    FAMILIES,
    Drops,
    Family,
    Shops,
    draw_drops,
    draw_shops,
    select_drops,
)
from pipelines.simulate.engine_policy import EngineContender
from pipelines.simulate.peers.calendar import FIXED_LIST, LINEAR_MARKDOWN
from pipelines.simulate.peers.clairvoyant import ClairvoyantContender, fluid_bound
from pipelines.simulate.peers.gamma_poisson import POOLED_GAMMA_POISSON, TS_UPDATE
from pipelines.simulate.peers.knapsack_bandit import KnapsackContender

# What a contest's result follows from: a change in the code of these makes what was kept worthless.
_CONTEST_SOURCES = (
    "pricing/demand_model.py", "pricing/exploration.py", "pricing/hour_learning.py", "pricing/hull.py",
    "pricing/planning.py", "pricing/prior.py", "pricing/season.py", "pricing/shocks.py", "pricing/stock_dp.py",
    "simulate/backtest.py", "simulate/contest.py", "simulate/demand_world.py", "simulate/engine_policy.py",
    "simulate/peers/calendar.py", "simulate/peers/clairvoyant.py", "simulate/peers/gamma_poisson.py",
    "simulate/peers/knapsack_bandit.py", "simulate/peers/mabwiser_bandits.py",
)  # fmt: skip

CHUNK_DROPS = 50
# Three months of a shop that sells every other week.
PAST_DROPS = 6
# Past drops were explored more: the engine was new.
PAST_EXPLORATION = 0.05
# What an earlier drop earned is not counted: fewer draws are enough to price it.
PAST_SAMPLES = 4
# The library's bandits are objects of their own, a thousand times slower than arrays; the gap is wide enough for fewer.
MABWISER_DROPS = 10

_RESAMPLES = 2000


@dataclass(frozen=True)
class Job:
    """One chunk of one family and seed."""

    family: str
    seed: int
    chunk: int
    drops_count: int
    has_mabwiser: bool

    @property
    def key(self) -> str:
        """Name of the file that keeps its result."""
        text = json.dumps([code_fingerprint(), *vars(self).values()])
        return f"{self.family}-{self.seed}-{self.chunk}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"


@dataclass(frozen=True)
class Outcome:
    """Results of one policy over the drops of a family, joined over jobs; arrays over drops.

    Attributes:
        profit: Objective.
        gain: Money above salvaging all.
        leftover: Units.
        engine: The engine's objective on the same drops.
        clairvoyant: The clairvoyant's objective on the same drops.
        fluid: The fluid bound of the objective.
        fluid_gain: The fluid bound of the gain.
        stock: Units at the start.
        violations: Hours and cells below the floor.
    """

    profit: Floats
    gain: Floats
    leftover: Floats
    engine: Floats
    clairvoyant: Floats
    fluid: Floats
    fluid_gain: Floats
    stock: Floats
    violations: int


@cache
def code_fingerprint() -> str:
    """A hash of the code that a contest runs, comments left out: two engines never share a kept result."""
    root = Path(__file__).parents[1]
    code = [ast.unparse(ast.parse((root / name).read_text(encoding="utf-8"))) for name in _CONTEST_SOURCES]
    return hashlib.sha256("\0".join(code).encode()).hexdigest()


def plan_jobs(families: Iterable[str], drops_count: int, seeds: Iterable[int], has_mabwiser: bool) -> list[Job]:
    """The jobs of a backtest, in an order that spreads the slow families."""
    return [
        Job(family, seed, chunk, min(CHUNK_DROPS, drops_count - chunk * CHUNK_DROPS), has_mabwiser)
        for chunk in range(-(-drops_count // CHUNK_DROPS))
        for seed in seeds
        for family in families
    ]


def run_jobs(jobs: Sequence[Job], folder: Path, processes: int, report: Callable[[int, int], None]) -> list[Path]:
    """Run what is not kept in `folder` yet; `report(done, total)` is called after each job."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{job.key}.npz" for job in jobs]
    todo = [(job, path) for job, path in zip(jobs, paths, strict=True) if not path.exists()]
    report(len(jobs) - len(todo), len(jobs))
    if processes == 1:
        for done, (job, path) in enumerate(todo, start=1):
            _run_and_keep(job, path)
            report(len(jobs) - len(todo) + done, len(jobs))
        return paths
    with ProcessPoolExecutor(processes) as pool:
        futures = [pool.submit(_run_and_keep, job, path) for job, path in todo]
        for done, future in enumerate(as_completed(futures), start=1):
            future.result()
            report(len(jobs) - len(todo) + done, len(jobs))
    return paths


def run_job(job: Job) -> dict[str, Any]:
    """All policies on one chunk: arrays by `policy/field`."""
    family = FAMILIES[job.family]
    world, past = _streams(job, "world"), _streams(job, "past")
    drops, brief = draw_contest(family, job.drops_count, world, past)
    fluid, fluid_gain = fluid_bound(drops)
    arrays: dict[str, Any] = {"fluid": fluid, "fluid_gain": fluid_gain, "stock": drops.stock.sum(axis=1)}
    for contender in contenders(drops):
        result, _ = run_contest(drops, brief, contender, _streams(job, contender.name))
        arrays |= _result_arrays(contender.name, result)
    if job.has_mabwiser and job.chunk == 0:
        # Imported here: the library is a dev extra, and only this contest needs it.
        from pipelines.simulate.peers.mabwiser_bandits import MABWISER_THOMPSON, MABWISER_UCB1  # noqa: PLC0415

        few = slice(0, MABWISER_DROPS)
        for bandit in (MABWISER_UCB1, MABWISER_THOMPSON):
            part = _brief_part(brief, few)
            result, _ = run_contest(select_drops(drops, few), part, bandit, _streams(job, bandit.name))
            arrays |= _result_arrays(bandit.name, result)
    return arrays


def draw_contest(
    family: Family, drops_count: int, world: np.random.Generator, past: np.random.Generator
) -> tuple[Drops, Brief]:
    """Shops, their earlier drops sold by the engine, and the drop of the contest with the prior those left.

    Earlier drops have no shock and the season that was assumed: what a misspecified family gets wrong, it gets wrong
    now. Kinks were there before.
    """
    shops = draw_shops(family, drops_count, world)
    prior = learn_shops(replace(family, has_shock=False, is_misspecified=False), shops, past)
    drops = draw_drops(family, shops, world)
    mean = prior.mean.copy()
    mean[:, prior.layout.elasticity] += drops.prior_error
    return drops, brief_on(drops, replace(prior, mean=mean))


def learn_shops(family: Family, shops: Shops, rng: np.random.Generator, past_drops: int = PAST_DROPS) -> Belief:
    """The prior that a shop's engine has after its earlier drops, from the fleet's defaults on."""
    layout = Layout(family.skus_count, family.channels_count)
    fresh = fleet_belief(layout, CHANNELS[: family.channels_count], len(shops.elasticity))
    prior = fresh
    engine = EngineContender(exploration=PAST_EXPLORATION, samples_count=PAST_SAMPLES)
    for _ in range(past_drops):
        drops = draw_drops(family, shops, rng)
        _, state = run_contest(drops, brief_on(drops, prior), engine, rng)
        prior = carry_shop(state.belief, fresh)
    return prior


def contenders(drops: Drops) -> list[Contender[Any]]:
    """Every policy that runs on arrays, the clairvoyant first."""
    return [
        ClairvoyantContender(drops),
        EngineContender(),
        EngineContender(name="engine_thompson", is_sampling=True),
        FIXED_LIST,
        LINEAR_MARKDOWN,
        TS_UPDATE,
        KnapsackContender(),
        POOLED_GAMMA_POISSON,
    ]


def core_minutes(jobs: Sequence[Job], folder: Path) -> float:
    """Minutes of one core that finished jobs took, whenever they ran."""
    seconds = 0.0
    for job in jobs:
        with np.load(folder / f"{job.key}.npz") as kept:
            seconds += float(kept["seconds"])
    return seconds / 60


def unfinished_jobs(jobs: Sequence[Job], folder: Path) -> list[Job]:
    """Jobs whose result is not kept yet."""
    return [job for job in jobs if not (folder / f"{job.key}.npz").exists()]


def summarise_jobs(jobs: Sequence[Job], folder: Path) -> dict[str, dict[str, dict[str, Any]]]:
    """The figures of every family and policy of finished jobs."""
    figures = {}
    for family in dict.fromkeys(job.family for job in jobs):
        outcomes = read_outcomes([folder / f"{job.key}.npz" for job in jobs if job.family == family])
        figures[family] = {name: summarise(outcome) for name, outcome in outcomes.items()}
    return figures


def read_outcomes(paths: Sequence[Path]) -> dict[str, Outcome]:
    """Join the jobs of one family: outcome by policy; one that ran on fewer drops is compared on those."""
    parts: dict[str, list[Outcome]] = {}
    for path in paths:
        with np.load(path) as kept:
            arrays = dict(kept)
        for name in sorted({key.split("/")[0] for key in arrays if "/" in key}):
            count = len(arrays[f"{name}/profit"])
            parts.setdefault(name, []).append(
                Outcome(
                    profit=arrays[f"{name}/profit"],
                    gain=arrays[f"{name}/gain"],
                    leftover=arrays[f"{name}/leftover"],
                    engine=arrays["engine/profit"][:count],
                    clairvoyant=arrays["clairvoyant_dp/profit"][:count],
                    fluid=arrays["fluid"][:count],
                    fluid_gain=arrays["fluid_gain"][:count],
                    stock=arrays["stock"][:count],
                    violations=int(arrays[f"{name}/violations"]),
                )
            )
    return {name: _join(outcomes) for name, outcomes in parts.items()}


def summarise(outcome: Outcome) -> dict[str, Any]:
    """The figures of one policy in one family, and how far the engine is ahead of it on the same drops.

    Percentages are ratios of sums over drops; intervals are 95 % of paired bootstrap samples of drops.
    """
    picks = _resamples(len(outcome.profit))
    ceiling = outcome.clairvoyant[picks].sum(axis=1)
    share = 100 * outcome.profit[picks].sum(axis=1) / ceiling
    ahead = outcome.engine - outcome.profit
    lead = 100 * ahead[picks].sum(axis=1) / ceiling
    return {
        "drops": len(outcome.profit),
        "percent_of_clairvoyant_dp": float(100 * outcome.profit.sum() / outcome.clairvoyant.sum()),
        "interval": np.quantile(share, [0.025, 0.975]).tolist(),
        "percent_of_fluid": float(100 * outcome.profit.sum() / outcome.fluid.sum()),
        "p5_capture": float(np.quantile(outcome.gain / outcome.fluid_gain, 0.05)),
        "leftover_rate": float(outcome.leftover.sum() / outcome.stock.sum()),
        "floor_violations": outcome.violations,
        "engine_lead": float(100 * ahead.sum() / outcome.clairvoyant.sum()),
        "engine_lead_interval": np.quantile(lead, [0.025, 0.975]).tolist(),
        "engine_behind_rate": float((ahead < 0).mean()),
    }


def has_mabwiser() -> bool:
    """Whether the dev extra is installed."""
    return importlib.util.find_spec("mabwiser") is not None


def _run_and_keep(job: Job, path: Path) -> None:
    """Run a job and keep its result under its name only when it is whole."""
    partial = path.with_suffix(".partial.npz")
    begun = time.process_time()
    arrays = run_job(job)
    np.savez_compressed(partial, **arrays, seconds=time.process_time() - begun)
    partial.rename(path)


def _streams(job: Job, purpose: str) -> np.random.Generator:
    """A stream of one job and purpose; every policy draws from its own, and the world does not see them."""
    words = np.frombuffer(hashlib.sha256(f"{job.family}/{purpose}".encode()).digest(), dtype="<u4")
    return np.random.Generator(np.random.PCG64([job.seed, job.chunk, *words.tolist()]))


def _result_arrays(name: str, result: Result) -> dict[str, Any]:
    return {
        f"{name}/profit": result.profit,
        f"{name}/gain": result.gain,
        f"{name}/leftover": result.leftover,
        f"{name}/violations": np.asarray(result.floor_violations),
    }


def _brief_part(brief: Brief, index: slice) -> Brief:
    arrays = {name: value[index] for name, value in vars(brief).items() if isinstance(value, np.ndarray)}
    known = {name: getattr(brief.prior, name)[index] for name in ("mean", "covariance", "surprise")}
    return Brief(**arrays, prior=replace(brief.prior, **known))


def _join(outcomes: Sequence[Outcome]) -> Outcome:
    """One outcome of several chunks."""
    arrays = {
        name: np.concatenate([vars(outcome)[name] for outcome in outcomes])
        for name in Outcome.__dataclass_fields__
        if name != "violations"
    }
    return Outcome(**arrays, violations=sum(outcome.violations for outcome in outcomes))


def _resamples(count: int) -> Any:
    return np.random.Generator(np.random.PCG64(count)).integers(0, count, (_RESAMPLES, count))
