"""The demand model: what an hour's sales say about levels and elasticities, shared among cells.

For SKU k, channel c and a price whose log ratio to list is l, sales of an hour with exposure E (forecast per hour x
season x share of the hour in stock) are Poisson with rate

    E exp(level_kc - elasticity_kc l + kink_kcb + noise),

    level_kc      = level + level_k + level_c + level_kc + season,
    elasticity_kc = elasticity + elasticity_c + elasticity_k + elasticity_kc,

with `season` what the hour's own `season.season_rows` say of how this drop's shape differs from the assumed one; all
components are Gaussian. An update is the mode of Poisson x Gaussian, found by Newton's method in the space of the
observations, with the covariance from the curvature there (West, Harrison & Migon 1985, "Dynamic generalized linear
models"). `noise` stands for what no component explains: a burst in one hour that all cells share, and one of each cell;
without it a single mad hour would teach as much as it sold.

Every function works on a batch of D drops at once, all with the same K SKUs and C channels; N = K C cells run SKU
first. Where the prior comes from is `prior.py`; what is done with the belief is elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from pipelines.pricing.season import SEASON_COMPONENTS

Floats = NDArray[np.float64]

_NEWTON_STEPS = 12
# Newton's error squares with each step: below this the next one would be at rounding.
_NEWTON_TOLERANCE = 1e-4
# Any number would do: it fixes the draws that `sample_rates` shares among all drops and hours.
_SAMPLES_SEED = 72
# A step in log space longer than this leaves the region in which the quadratic is any good.
_LONGEST_STEP = 1.5


@dataclass(frozen=True)
class Layout:
    """Where each component sits in the state vector.

    Order: level (1), level by SKU (K), by channel (C), by cell (N); elasticity (1), by channel (C), by SKU (K), by cell
    (N); kink of the low band by cell (N), of the high band (N); season (J).
    """

    skus_count: int
    channels_count: int

    @cached_property
    def cells_count(self) -> int:
        """N = K C."""
        return self.skus_count * self.channels_count

    @cached_property
    def size(self) -> int:
        """Length P of the state vector."""
        return int(self.season.stop)

    @cached_property
    def level(self) -> int:
        """Index of the level all cells share."""
        return 0

    @cached_property
    def level_by_sku(self) -> slice:
        """Levels of SKUs."""
        return slice(1, 1 + self.skus_count)

    @cached_property
    def level_by_channel(self) -> slice:
        """Levels of channels."""
        return slice(self.level_by_sku.stop, self.level_by_sku.stop + self.channels_count)

    @cached_property
    def level_by_cell(self) -> slice:
        """Levels of cells."""
        return slice(self.level_by_channel.stop, self.level_by_channel.stop + self.cells_count)

    @cached_property
    def elasticity(self) -> int:
        """Index of the shop's elasticity."""
        return int(self.level_by_cell.stop)

    @cached_property
    def elasticity_by_channel(self) -> slice:
        """Elasticities of channels, beside the shop's."""
        return slice(self.elasticity + 1, self.elasticity + 1 + self.channels_count)

    @cached_property
    def elasticity_by_sku(self) -> slice:
        """Elasticities of SKUs, beside the shop's."""
        return slice(self.elasticity_by_channel.stop, self.elasticity_by_channel.stop + self.skus_count)

    @cached_property
    def elasticity_by_cell(self) -> slice:
        """Elasticities of cells, beside the others."""
        return slice(self.elasticity_by_sku.stop, self.elasticity_by_sku.stop + self.cells_count)

    @cached_property
    def kink_low(self) -> slice:
        """What the low band sells beyond its elasticity, by cell."""
        return slice(self.elasticity_by_cell.stop, self.elasticity_by_cell.stop + self.cells_count)

    @cached_property
    def kink_high(self) -> slice:
        """What the high band sells beyond its elasticity, by cell."""
        return slice(self.kink_low.stop, self.kink_low.stop + self.cells_count)

    @cached_property
    def season(self) -> slice:
        """How the drop's shape differs from the assumed one."""
        return slice(self.kink_high.stop, self.kink_high.stop + SEASON_COMPONENTS)

    def level_rows(self) -> Floats:
        """(N, P): which components make each cell's level."""
        rows = np.zeros((self.cells_count, self.size))
        cells = np.arange(self.cells_count)
        rows[:, self.level] = 1.0
        rows[cells, self.level_by_sku.start + cells // self.channels_count] = 1.0
        rows[cells, self.level_by_channel.start + cells % self.channels_count] = 1.0
        rows[cells, self.level_by_cell.start + cells] = 1.0
        return rows

    def elasticity_rows(self) -> Floats:
        """(N, P): which components make each cell's elasticity."""
        rows = np.zeros((self.cells_count, self.size))
        cells = np.arange(self.cells_count)
        rows[:, self.elasticity] = 1.0
        rows[cells, self.elasticity_by_channel.start + cells % self.channels_count] = 1.0
        rows[cells, self.elasticity_by_sku.start + cells // self.channels_count] = 1.0
        rows[cells, self.elasticity_by_cell.start + cells] = 1.0
        return rows

    def band_rows(self, log_ratios: Floats) -> Floats:
        """Predictors of every cell and band.

        Args:
            log_ratios: (D, N, 3) ln(price / list) of each band.

        Returns:
            (D, N, 3, P).
        """
        rows = self.level_rows()[None, :, None, :] - log_ratios[..., None] * self.elasticity_rows()[None, :, None, :]
        cells = np.arange(self.cells_count)
        rows[:, cells, 0, self.kink_low.start + cells] = 1.0
        rows[:, cells, 2, self.kink_high.start + cells] = 1.0
        return rows


@dataclass(frozen=True)
class Belief:
    """A Gaussian over the components.

    Attributes:
        layout: What the components are.
        mean: (D, P).
        covariance: (D, P, P).
        surprise: (D, 1 + C) running sums of standardised surprises, of the drop and of each channel; None: none yet.
    """

    layout: Layout
    mean: Floats
    covariance: Floats
    surprise: Floats | None = None


@dataclass(frozen=True)
class Dynamics:
    """How levels move between hours, and how much of an hour nobody explains.

    Attributes:
        drift_sd: Standard deviation per hour of the level that all cells share.
        channel_drift_sd: The same of each channel's level.
        shared_noise_sd: Noise of one hour that all cells share.
        cell_noise_sd: Noise of one hour and cell.
        surprise: Standardised surprise of one hour from which on a shock is assumed.
        lasting_surprise: The same of a run of hours that all err to one side.
        surprise_memory: Share of a run that an hour later still counts.
        shock_sd: Widening of the levels concerned when there is one.
    """

    drift_sd: float = 0.02
    channel_drift_sd: float = 0.03
    shared_noise_sd: float = 0.15
    cell_noise_sd: float = 0.15
    surprise: float = 2.6
    lasting_surprise: float = 2.5
    surprise_memory: float = 0.8
    shock_sd: float = 0.6


def add_season(rows: Floats, layout: Layout, season_rows: Floats) -> Floats:
    """Predictors of one hour: those of cells or bands with that hour's season.

    Args:
        rows: (D, N, P) or (D, N, 3, P).
        layout: What P means.
        season_rows: (D, J) of the hour.
    """
    with_season = rows.copy()
    with_season[..., layout.season] = np.expand_dims(season_rows, tuple(range(1, rows.ndim - 1)))
    return with_season


def expected_season(belief: Belief, season_rows: Floats) -> Floats:
    """(D, T) expected factor of the season in hours with (D, T, J) rows."""
    part = belief.layout.season
    mean = np.einsum("dtj,dj->dt", season_rows, belief.mean[:, part])
    variance = np.einsum("dtj,djk,dtk->dt", season_rows, belief.covariance[:, part, part], season_rows)
    return np.asarray(np.exp(mean + 0.5 * variance))


def drift_levels(belief: Belief, dynamics: Dynamics) -> Belief:
    """The belief an hour later: levels have moved a little, elasticities have not."""
    covariance = belief.covariance.copy()
    variances = variances_of(covariance)
    variances[:, belief.layout.level] += dynamics.drift_sd**2
    variances[:, belief.layout.level_by_channel] += dynamics.channel_drift_sd**2
    return replace(belief, covariance=covariance)


def update_belief(belief: Belief, rows: Floats, exposure: Floats, sold: Floats, dynamics: Dynamics) -> Belief:
    """Learn from one hour.

    Args:
        belief: What was believed before it.
        rows: (D, N, P) predictors of the price shown in each cell.
        exposure: (D, N) expected units at level 0 and list price while in stock; 0 where nothing can be learned.
        sold: (D, N) units sold; ignored where the exposure is 0.
        dynamics: How noisy an hour is.

    Returns:
        The belief after it.
    """
    cross = belief.covariance @ np.swapaxes(rows, 1, 2)
    cells_count = rows.shape[1]
    spread = rows @ cross + dynamics.shared_noise_sd**2 + dynamics.cell_noise_sd**2 * identity(cells_count)
    start = (rows @ belief.mean[..., None])[..., 0]
    counts = np.where(exposure > 0, sold, 0.0)
    eta = start
    for _ in range(_NEWTON_STEPS):
        weighted, _ = _solve_step(spread, start, eta, exposure, counts)
        step = start + (spread @ weighted[..., None])[..., 0] - eta
        eta = eta + np.clip(step, -_LONGEST_STEP, _LONGEST_STEP)
        if np.abs(step).max(initial=0.0) < _NEWTON_TOLERANCE:
            break
    weighted, (root, inner) = _solve_step(spread, start, eta, exposure, counts)
    # K = root inner^-1 root is the precision that the hour adds in the space of the observations.
    added = root[..., :, None] * np.linalg.inv(inner) * root[..., None, :]
    mean = belief.mean + (cross @ weighted[..., None])[..., 0]
    covariance = belief.covariance - cross @ added @ np.swapaxes(cross, 1, 2)
    return replace(belief, mean=mean, covariance=0.5 * (covariance + np.swapaxes(covariance, 1, 2)))


def expected_rates(belief: Belief, band_rows: Floats) -> tuple[Floats, Floats]:
    """Expected units per unit of exposure of every cell and band, and the sd of their logarithm.

    E[exp(eta)] = exp(mean + variance / 2), each (D, N, 3).
    """
    eta = np.einsum("dnbp,dp->dnb", band_rows, belief.mean)
    flat = band_rows.reshape(band_rows.shape[0], -1, band_rows.shape[-1])
    variance = np.einsum("dip,dip->di", flat @ belief.covariance, flat).reshape(eta.shape)
    return np.exp(eta + 0.5 * variance), np.sqrt(np.maximum(variance, 0.0))


def sample_rates(belief: Belief, band_rows: Floats, samples_count: int) -> Floats:
    """Units per unit of exposure under draws from the belief, (S, D, N, 3).

    The draws are the same standard normals at every call, in pairs of opposite sign, and each rate is scaled to its
    expectation: what follows is a function of the belief alone, and few draws do.
    """
    half = _normals(-(-samples_count // 2), belief.layout.size)
    normals = np.concatenate([half, -half])[:samples_count]
    # A little on the diagonal keeps a covariance factorable whose components are nearly known.
    root = np.linalg.cholesky(belief.covariance + 1e-10 * np.eye(belief.layout.size))
    predictors = band_rows.reshape(len(band_rows), -1, belief.layout.size)
    mean = predictors @ belief.mean[..., None]
    spread = predictors @ root
    drawn = np.exp(mean + spread @ normals.T)
    expected = np.exp(mean[..., 0] + 0.5 * np.square(spread).sum(axis=-1))
    drawn *= (expected / drawn.mean(axis=-1))[..., None]
    return np.asarray(np.moveaxis(drawn, 2, 0).reshape(samples_count, *band_rows.shape[:-1]))


@lru_cache(maxsize=16)
def _normals(count: int, size: int) -> Floats:
    return np.random.Generator(np.random.PCG64(_SAMPLES_SEED)).standard_normal((count, size))


def _solve_step(
    spread: Floats, start: Floats, eta: Floats, exposure: Floats, counts: Floats
) -> tuple[Floats, tuple[Floats, Floats]]:
    """One Newton step's weights `w` (new eta = start + spread w), in a form that stands zero exposure."""
    expected = exposure * np.exp(np.minimum(eta, 50.0))
    root = np.sqrt(expected)
    inner = identity(eta.shape[1]) + root[..., :, None] * spread * root[..., None, :]
    is_known = root > 0
    if is_known.all():
        residual = root * (eta - start) + (counts - expected) / root
    else:
        safe = np.where(is_known, root, 1.0)
        residual = root * (eta - start) + np.where(is_known, (counts - expected) / safe, 0.0)
    weighted = root * np.linalg.solve(inner, residual[..., None])[..., 0]
    return weighted, (root, inner)


def variances_of(covariance: Floats) -> Floats:
    """The diagonals of (D, P, P) matrices as one (D, P) view: what is added there is added in the matrices."""
    size = covariance.shape[-1]
    return covariance.reshape(len(covariance), -1)[:, :: size + 1]


@lru_cache(maxsize=64)
def identity(size: int) -> Floats:
    """The identity matrix, made once: an hour of learning asks for it several times."""
    matrix = np.eye(size)
    matrix.flags.writeable = False
    return matrix
