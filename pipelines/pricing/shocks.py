"""When demand jumps: hours that the belief did not expect make room in it, before they are learned from."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from pipelines.pricing.demand_model import Belief, Dynamics, Layout, identity, variances_of

Floats = NDArray[np.float64]

# Below one expected unit a single sale would already look like a shock; a run of hours bears fewer.
_LEAST_UNITS_OF_AN_HOUR = 1.0
_LEAST_UNITS_OF_A_RUN = 0.3


def widen_after_surprise(belief: Belief, rows: Floats, exposure: Floats, sold: Floats, dynamics: Dynamics) -> Belief:
    """Make room for a shock before learning from an hour that the belief did not expect.

    The surprise z is (sold - expected) / sd, of the whole drop and of each channel. A level may have moved by
    `shock_sd` when one hour's |z| is above `dynamics.surprise`, or when the running sum S' = memory S + z, over its sd
    1 / sqrt(1 - memory^2), is above `lasting_surprise` (a two-sided CUSUM with geometric memory, Roberts 1959): a small
    channel is never surprising in one hour. A sum that has spoken starts anew.
    """
    layout = belief.layout
    eta = (rows @ belief.mean[..., None])[..., 0]
    expected = exposure * np.exp(eta)
    spread = rows @ belief.covariance @ np.swapaxes(rows, 1, 2)
    spread = spread + dynamics.shared_noise_sd**2 + dynamics.cell_noise_sd**2 * identity(rows.shape[1])
    counts = np.where(exposure > 0, sold, 0.0)
    channels = layout.level_by_channel
    levels = [layout.level, *range(channels.start, channels.stop)]
    units, surprise = _surprise(_members(layout), counts, expected, spread)
    before = np.zeros_like(surprise) if belief.surprise is None else belief.surprise
    running = dynamics.surprise_memory * before + np.where(units >= _LEAST_UNITS_OF_A_RUN, surprise, 0.0)
    is_sudden = (units >= _LEAST_UNITS_OF_AN_HOUR) & (np.abs(surprise) > dynamics.surprise)
    is_lasting = np.abs(running) * np.sqrt(1.0 - dynamics.surprise_memory**2) > dynamics.lasting_surprise
    is_shock = is_sudden | is_lasting
    covariance = belief.covariance
    if is_shock.any():
        covariance = covariance.copy()
        variances = variances_of(covariance)
        room = np.maximum(dynamics.shock_sd**2 - variances[:, levels], 0.0)
        variances[:, levels] += np.where(is_shock, room, 0.0)
    return replace(belief, covariance=covariance, surprise=np.where(is_shock, 0.0, running))


@lru_cache(maxsize=64)
def _members(layout: Layout) -> Floats:
    """(1 + channels, cells): 1 where a cell is of the drop as a whole, and of each channel."""
    cells = np.arange(layout.cells_count)
    members = np.zeros((layout.channels_count + 1, layout.cells_count))
    members[0] = 1.0
    members[1 + cells % layout.channels_count, cells] = 1.0
    members.flags.writeable = False
    return members


def _surprise(members: Floats, counts: Floats, expected: Floats, spread: Floats) -> tuple[Floats, Floats]:
    """(D, groups): units expected, and how many standard deviations each group's sales lie from them."""
    weights = members[None] * expected[:, None, :]
    units = weights.sum(axis=2)
    variance = np.einsum("dgn,dnm,dgm->dg", weights, spread, weights) + units
    difference = (counts[:, None, :] * members[None]).sum(axis=2) - units
    return units, difference / np.sqrt(np.maximum(variance, 1e-12))
