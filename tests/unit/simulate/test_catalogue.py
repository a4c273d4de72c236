from __future__ import annotations

from datetime import timedelta

import pytest

from pipelines.contracts.drop_plan import gtin_check_digit
from pipelines.simulate.catalogue import EVERYDAY_GOODS, gtin_of, plan_drops
from pipelines.simulate.world import DEMO_CLOCK


@pytest.mark.parametrize("article", [1, 11, 213, 999_999_999])
def test_a_gtin_has_14_digits_and_the_check_digit_that_the_contract_wants(article: int) -> None:
    gtin = gtin_of(article)
    assert len(gtin) == 14
    assert gtin[-1] == gtin_check_digit(gtin[:-1])


def test_every_article_has_a_gtin_of_its_own() -> None:
    gtins = [good.gtin for good in EVERYDAY_GOODS] + [sku.gtin for drop in plan_drops(DEMO_CLOCK) for sku in drop.skus]
    assert len(gtins) == len(set(gtins))


def test_an_instant_belongs_to_the_hour_that_it_falls_in() -> None:
    drop = plan_drops(DEMO_CLOCK)[1]
    assert drop.hour_at(drop.starts_at) == 0
    assert drop.hour_at(drop.ends_at - timedelta(seconds=1)) == 71
    assert drop.hour_at(drop.ends_at) is None
    assert drop.hour_at(drop.starts_at - timedelta(seconds=1)) is None
