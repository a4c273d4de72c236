from __future__ import annotations

import pytest

from pipelines.contracts.feeds import FEED_NAMES, FEEDS, Feed
from pipelines.warehouse.tables import FEED_TABLES


@pytest.mark.parametrize("feed", FEEDS.values(), ids=lambda feed: feed.name)
def test_every_rule_begins_with_the_column_it_speaks_of(feed: Feed) -> None:
    columns = feed.contract.column_names()
    for rule in feed.contract._validation_rules(with_cast=False):
        assert any(rule.startswith((f"{name}_", f"{name}|")) for name in columns), rule


@pytest.mark.parametrize("feed", FEEDS.values(), ids=lambda feed: feed.name)
def test_a_contract_has_the_columns_of_its_table_but_for_the_person(feed: Feed) -> None:
    own = [name for name in feed.contract.column_names() if not name.startswith("_")]
    expected = ["buyer_key" if name == "buyer_id" else name for name in own if name != "buyer_email"]
    assert expected == list(FEED_TABLES[feed.name])


@pytest.mark.parametrize("feed", FEEDS.values(), ids=lambda feed: feed.name)
def test_what_a_table_needs_the_contract_requires(feed: Feed) -> None:
    needed = {name for name, kind in FEED_TABLES[feed.name].items() if "NOT NULL" in kind}
    assert needed == set(feed.required_columns())


def test_every_feed_has_a_table_and_a_key_within_it() -> None:
    assert set(FEED_NAMES) == set(FEED_TABLES)
    for feed in FEEDS.values():
        assert set(feed.key) <= set(FEED_TABLES[feed.name])
