"""The demand model: what an hour's sales say about levels and elasticities, shared among cells.

For SKU k, channel c and a price whose log ratio to list is l, sales of an hour with exposure E (forecast per hour x
season x share of the hour in stock) are Poisson with rate

    E exp(level_kc - elasticity_kc l + kink_kcb + noise),

    level_kc      = level + level_k + level_c + level_kc + season,
    elasticity_kc = elasticity + elasticity_c + elasticity_k + elasticity_kc,

with `season` what the hour's own `season.season_rows` say of how this drop's shape differs from the assumed one; all
components are Gaussian. `noise` stands for what no component explains: a burst in one hour that all cells share, and
one of each cell; without it a single mad hour would teach as much as it sold.

Every function works on a batch of D drops at once, all with the same K SKUs and C channels; N = K C cells run SKU
first. Where the prior comes from is `prior.py`, how hours are learned from `hour_learning.py`; what is done with the
belief is elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from pipelines.pricing.season import SEASON_COMPONENTS

Floats = NDArray[np.float64]

# Any number would do: it fixes the draws that `sample_rates` shares among all drops and hours.
_SAMPLES_SEED = 72


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
        surprise: (D, 1 + C) running sums of standardised surprises, of the drop and of each channel.
    """

    layout: Layout
    mean: Floats
    covariance: Floats
    surprise: Floats


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


def expected_rates(belief: Belief, band_rows: Floats) -> tuple[Floats, Floats]:
    """Expected units per unit of exposure of every cell and band, and the sd of their logarithm.

    E[exp(eta)] = exp(mean + variance / 2), each (D, N, 3).
    """
    eta = np.einsum("dnbp,dp->dnb", band_rows, belief.mean)
    flat = band_rows.reshape(band_rows.shape[0], -1, band_rows.shape[-1])
    variance = np.einsum("dip,dip->di", flat @ belief.covariance, flat).reshape(eta.shape)
    return np.exp(eta + 0.5 * variance), np.sqrt(np.maximum(variance, 0.0))


def sample_rates(belief: Belief, band_rows: Floats, samples_count: int) -> Floats:
    """Units per unit of exposure under draws from the belief, (S, D, N, 3); jointly for all cells of one SKU.

    The draws are the same standard normals at every call, in pairs of opposite sign and, where there are enough of
    them, with the identity as their covariance; each rate is scaled to its expectation. What follows is a function of
    the belief alone, and few draws do.
    """
    layout = belief.layout
    rows = band_rows.reshape(len(band_rows), layout.skus_count, -1, layout.size)
    eta = (rows @ belief.mean[:, None, :, None])[..., 0]
    spread = rows @ belief.covariance[:, None] @ np.swapaxes(rows, -1, -2)
    # A little on the diagonal keeps a covariance factorable whose components are nearly known.
    root = np.linalg.cholesky(spread + 1e-10 * np.eye(rows.shape[2]))
    drawn = np.exp(eta[..., None] + root @ _normals(samples_count, rows.shape[2]).T)
    expected = np.exp(eta + 0.5 * np.square(root).sum(axis=-1))
    drawn *= (expected / drawn.mean(axis=-1))[..., None]
    return np.asarray(np.moveaxis(drawn, -1, 0).reshape(samples_count, *band_rows.shape[:-1]))


@lru_cache(maxsize=16)
def _normals(count: int, size: int) -> Floats:
    """(count, size) draws in pairs of opposite sign."""
    half = np.random.Generator(np.random.PCG64(_SAMPLES_SEED)).standard_normal((-(-count // 2), size))
    if len(half) >= size:
        half = half @ np.linalg.inv(np.linalg.cholesky(half.T @ half / len(half))).T
    return np.concatenate([half, -half])[:count]
