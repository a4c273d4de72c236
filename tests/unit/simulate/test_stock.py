from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from pipelines.simulate.catalogue import HUBS, plan_drops
from pipelines.simulate.stock import HubStock
from pipelines.simulate.world import DEMO_CLOCK

DROPS = plan_drops(DEMO_CLOCK)
PLANNED = DROPS[0].skus[2]
HUB = HUBS[0]


@given(st.lists(st.integers(1, 40), max_size=30))
def test_no_more_is_taken_than_was_there(wanted: list[int]) -> None:
    stock = HubStock(DROPS)
    taken = [stock.take(PLANNED.sku, HUB, units) for units in wanted]
    assert sum(taken) == min(sum(wanted), PLANNED.stock[HUB.hub_id])
    assert stock.units_left(PLANNED.sku, HUB) == PLANNED.stock[HUB.hub_id] - sum(taken)


def test_a_restock_arrives_at_its_instant_and_once() -> None:
    stock, restock = HubStock(DROPS), PLANNED.restocks[0]
    before = stock.units_left(PLANNED.sku, HUB)
    stock.move_to(restock.at - timedelta(seconds=1))
    assert stock.units_left(PLANNED.sku, HUB) == before
    stock.move_to(restock.at)
    stock.move_to(restock.at + timedelta(hours=1))
    assert stock.units_left(PLANNED.sku, HUB) == before + restock.units


def test_a_cancelled_unit_is_back_on_the_shelf_when_it_was_cancelled() -> None:
    stock = HubStock(DROPS)
    stock.take(PLANNED.sku, HUB, 1)
    before = stock.units_left(PLANNED.sku, HUB)
    stock.give_back(PLANNED.sku, HUB, 1, DEMO_CLOCK - timedelta(days=90))
    stock.move_to(DEMO_CLOCK - timedelta(days=90))
    assert stock.units_left(PLANNED.sku, HUB) == before + 1
