"""What is believed before a drop's first sale: the fleet's defaults, or what the shop's earlier drops taught.

Three sources, named in the ledger: `none` (wide, on the elastic side, for a channel nobody knows), `fleet` (shops of
this kind) and `cross_drop` (this shop's own ledger, always widened).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from pipelines.pricing.demand_model import Belief, Layout
from pipelines.pricing.problem import ShopPrior

Floats = NDArray[np.float64]
# A mean and a covariance.
Gaussian = tuple[Floats, Floats]

# Elasticities by channel of shops of this kind, and how a drop's sales spread over channels.
FLEET_ELASTICITIES: Mapping[str, float] = {"web": 2.0, "mobile": 2.5, "marketplace": 3.2, "popup": 1.3}
FLEET_WEIGHTS: Mapping[str, float] = {"web": 0.40, "mobile": 0.30, "marketplace": 0.18, "popup": 0.12}

# A channel that nobody knows: wrongly thought inelastic it would cost 4 to 5 % of the margin, wrongly thought elastic
# less than 1 %.
UNKNOWN_ELASTICITY = 2.5
UNKNOWN_WEIGHT = 0.2
_UNKNOWN_SD = 0.8

# Spread of the components among shops, channels, SKUs and cells.
SHOP_SD, CHANNEL_SD, SKU_SD, CELL_SD = 0.45, 0.30, 0.30, 0.25
LEVEL_SD, LEVEL_SKU_SD, LEVEL_CHANNEL_SD, LEVEL_CELL_SD = 0.30, 0.25, 0.15, 0.20
KINK_SD = 0.05
SEASON_SDS = (0.15, 0.10, 0.10, 0.05)

# Where the split over channels is the fleet's and not the shop's own.
_GUESSED_CHANNEL_LEVEL_SD = 0.50

# Earlier drops were other goods in another season: this share of what they taught is kept from drop to drop.
KEPT_INFORMATION = 0.95


def fleet_belief(layout: Layout, channels: Sequence[str], drops_count: int = 1) -> Belief:
    """The defaults for `drops_count` drops of one layout; unknown channels are wide and elastic."""
    mean = np.zeros((drops_count, layout.size))
    mean[:, layout.elasticity_by_channel] = [FLEET_ELASTICITIES.get(name, UNKNOWN_ELASTICITY) for name in channels]
    variance = np.zeros(layout.size)
    variance[layout.level] = LEVEL_SD**2
    variance[layout.level_by_sku] = LEVEL_SKU_SD**2
    variance[layout.level_by_channel] = LEVEL_CHANNEL_SD**2
    variance[layout.level_by_cell] = LEVEL_CELL_SD**2
    variance[layout.elasticity] = SHOP_SD**2
    variance[layout.elasticity_by_channel] = [
        (CHANNEL_SD if name in FLEET_ELASTICITIES else _UNKNOWN_SD) ** 2 for name in channels
    ]
    variance[layout.elasticity_by_sku] = SKU_SD**2
    variance[layout.elasticity_by_cell] = CELL_SD**2
    variance[layout.kink_low] = variance[layout.kink_high] = KINK_SD**2
    variance[layout.season] = np.square(SEASON_SDS)
    covariance = np.broadcast_to(np.diag(variance), (drops_count, layout.size, layout.size)).copy()
    return Belief(layout, mean, covariance, surprise=np.zeros((drops_count, 1 + len(channels))))


def carry_shop(learned: Belief, fleet: Belief, kept: float = KEPT_INFORMATION) -> Belief:
    """The prior of each shop's next drop: the fleet's, with most of what was learned of shop and channel elasticities.

    What was learned is what the belief knows beyond the fleet; `kept` of it stays (a power prior, Ibrahim & Chen 2000),
    so that a shop that teaches little ends at the fleet's defaults and never wider than them. SKUs, cells, levels and
    season are of their drop alone.
    """
    index = _shop_indices(learned.layout)
    grid = np.ix_(range(len(learned.mean)), index, index)
    mean, covariance = fleet.mean.copy(), fleet.covariance.copy()
    mean[:, index], covariance[grid] = keep_information(
        (learned.mean[:, index], learned.covariance[grid]), (fleet.mean[:, index], fleet.covariance[grid]), kept
    )
    return replace(fleet, mean=mean, covariance=covariance)


def keep_information(learned: Gaussian, fleet: Gaussian, kept: float = KEPT_INFORMATION) -> Gaussian:
    """The Gaussian whose precision and precision-weighted mean lie `kept` of the way from the fleet's to the learned.

    Args:
        learned: (..., Q) mean and (..., Q, Q) covariance.
        fleet: The same before anything was learned.
        kept: Share of the information kept.
    """
    before, after = np.linalg.inv(fleet[1]), np.linalg.inv(learned[1])
    covariance = np.linalg.inv(before + kept * (after - before))
    pull_before, pull_after = (before @ fleet[0][..., None], after @ learned[0][..., None])
    mean = (covariance @ (pull_before + kept * (pull_after - pull_before)))[..., 0]
    return np.asarray(mean), np.asarray(0.5 * (covariance + np.swapaxes(covariance, -1, -2)))


def start_belief(layout: Layout, channels: Sequence[str], shop: ShopPrior | None) -> tuple[Belief, str]:
    """The belief before the first sale of one drop, and its source for the ledger."""
    belief = fleet_belief(layout, channels)
    known = [name for name in channels if shop is not None and name in shop.channels]
    if not known:
        # How this shop's sales split over channels is a guess as well.
        index = list(range(layout.level_by_channel.start, layout.level_by_channel.stop))
        belief.covariance[:, index, index] = _GUESSED_CHANNEL_LEVEL_SD**2
    if shop is None:
        return belief, "fleet" if any(name in FLEET_ELASTICITIES for name in channels) else "none"
    theirs = [0, *(1 + shop.channels.index(name) for name in known)]
    start = layout.elasticity_by_channel.start
    ours = [layout.elasticity, *(start + list(channels).index(name) for name in known)]
    belief.mean[0, ours] = np.asarray(shop.mean)[theirs]
    belief.covariance[np.ix_([0], ours, ours)] = np.asarray(shop.covariance)[np.ix_(theirs, theirs)]
    return belief, "cross_drop"


def channel_weights(channels: Sequence[str], shop: ShopPrior | None) -> Floats:
    """(C,) share of a drop's demand at list that each channel is expected to have."""
    weights = []
    for name in channels:
        if shop is not None and name in shop.channels:
            weights.append(shop.channel_weights[shop.channels.index(name)])
        else:
            weights.append(FLEET_WEIGHTS.get(name, UNKNOWN_WEIGHT))
    return np.asarray(weights) / sum(weights)


def _shop_indices(layout: Layout) -> list[int]:
    part = layout.elasticity_by_channel
    return [layout.elasticity, *range(part.start, part.stop)]
