from __future__ import annotations

import numpy as np
import pytest

from pipelines.pricing.demand_model import Dynamics, Layout
from pipelines.pricing.shocks import find_shocks, level_groups, surprise_of

LAYOUT = Layout(2, 2)
GROUPS = level_groups(LAYOUT)[1]


def find(sold, running=None, dynamics=None, expected=10.0):
    """Of the drop, of its first and of its second channel; log rates are sure to 0.1, cell by cell."""
    running = np.zeros(3) if running is None else running
    units = np.full(4, expected)
    surprise = surprise_of(GROUPS, units, np.asarray(sold), 0.01 * np.eye(4))
    return find_shocks(*surprise, running, dynamics or Dynamics()).tolist()


def test_the_levels_that_may_jump_are_the_drops_and_the_channels():
    levels, groups = level_groups(Layout(1, 2))
    assert levels.tolist() == [0, 2, 3]
    assert groups.tolist() == [[1, 1], [1, 0], [0, 1]]


@pytest.mark.parametrize(
    ("sold", "shocks"),
    [
        ((10.0, 10.0, 10.0, 10.0), [False, False, False]),
        ((30.0, 30.0, 30.0, 30.0), [True, True, True]),
        ((0.0, 0.0, 0.0, 0.0), [True, True, True]),
        # One channel up, one down: the drop as a whole sells what was expected.
        ((0.0, 20.0, 0.0, 20.0), [False, True, True]),
    ],
)
def test_the_drop_and_each_channel_are_surprised_by_themselves(sold, shocks):
    assert find(sold) == shocks


def test_less_than_a_unit_expected_surprises_nobody_in_one_hour():
    assert find((2.0, 0.0, 0.0, 0.0), expected=0.2) == [False, False, False]


def test_a_surprise_is_sales_less_expected_over_their_standard_deviation():
    running = np.zeros(3)
    find((15.0,) * 4, running, Dynamics(surprise=99.0, lasting_surprise=99.0))
    # Variance of a sum of Poissons whose rates are known to a tenth: 4 x (10 + (10 x 0.1)^2).
    assert running[0] == pytest.approx(20 / np.sqrt(44))
    find((10.0,) * 4, running, Dynamics(surprise=99.0, lasting_surprise=99.0))
    assert running[0] == pytest.approx(0.8 * 20 / np.sqrt(44))


def test_a_run_that_has_spoken_starts_anew():
    running = np.zeros(3)
    spoken = [find((13.0,) * 4, running)[0] for _ in range(6)]
    assert True in spoken
    assert spoken[spoken.index(True) + 1] is False
