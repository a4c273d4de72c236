"""MABWiser's bandits (dev extra), one a cell, rewarded with the hour's margin: blind to stock, as such tools are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from mabwiser.mab import MAB, LearningPolicy

from pipelines.simulate.contest import Brief, Floats, Ints, Seen


@dataclass(frozen=True)
class MabwiserContender:
    """A bandit of the library over the three bands of every cell; `policy` is `ucb1` or `thompson`."""

    name: str
    policy: str
    seed: int = 1

    def start(self, brief: Brief) -> list[MAB]:
        """One bandit a cell, each band tried once with its prior margin as reward."""
        prior = brief.forecast[..., None] * np.exp(-brief.elasticity[:, None, :, None] * brief.log_ratios)
        rewards = self._scale(brief, prior * brief.margins).reshape(-1, 3)
        bandits = []
        for cell, first in enumerate(rewards):
            kind = LearningPolicy.UCB1(alpha=1.0) if self.policy == "ucb1" else LearningPolicy.ThompsonSampling()
            bandit = MAB(arms=[0, 1, 2], learning_policy=kind, seed=self.seed + cell)
            bandit.fit([0, 1, 2], self._reward(first, cell))
            bandits.append(bandit)
        return bandits

    def shares(self, brief: Brief, state: list[MAB], hour: int, stock: Ints, rng: np.random.Generator) -> Floats:
        """Each bandit's arm; a forbidden one gives way to list."""
        del hour, stock, rng
        band = np.array([bandit.predict() for bandit in state]).reshape(brief.shape[:3])
        is_allowed = np.take_along_axis(brief.allowed, band[..., None], axis=-1)[..., 0]
        return np.asarray(np.eye(3)[np.where(is_allowed, band, 1)])

    def learn(self, brief: Brief, state: list[MAB], seen: Seen) -> list[MAB]:
        """Reward the arm shown."""
        margin = np.take_along_axis(brief.margins, seen.band[..., None], axis=-1)[..., 0]
        rewards = self._scale(brief, (seen.sold * margin)[..., None]).reshape(-1, 1)
        for cell, (bandit, band) in enumerate(zip(state, seen.band.ravel(), strict=True)):
            bandit.partial_fit([int(band)], self._reward(rewards[cell], cell))
        return state

    def _scale(self, brief: Brief, money: Floats) -> Floats:
        """Rewards near 1, as the library's bounds suppose: an hour's margin over twice the expected one at list."""
        usual = 2 * brief.forecast * brief.margins[..., 1]
        return np.asarray(np.clip(money / usual[..., None], 0.0, 1.0))

    def _reward(self, rewards: Floats, cell: int) -> list[float]:
        """The library's Thompson sampling takes only 0 and 1: a reward becomes the chance of a 1."""
        if self.policy == "ucb1":
            return [float(reward) for reward in rewards]
        rng = np.random.Generator(np.random.PCG64([self.seed, cell, int(1e6 * float(rewards.sum()))]))
        return [float(rng.random() < reward) for reward in rewards]


MABWISER_UCB1 = MabwiserContender("mabwiser_ucb1", "ucb1")
MABWISER_THOMPSON = MabwiserContender("mabwiser_thompson", "thompson")
