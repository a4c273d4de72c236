"""Every page on the demo, for each of its drops and the shop: `make soak-pages`, which makes the demo first."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
from streamlit.testing.v1 import AppTest

from dashboards.access.table import PAGES
from pipelines.contracts.snapshot_manifest import read_statements
from pipelines.figures import words

DEMO = Path(__file__).parents[2] / "data" / "demo"
CURRENT = DEMO / "published" / "current"
pytestmark = [
    pytest.mark.soak,
    pytest.mark.skipif(not CURRENT.exists(), reason="there is no demo here: run `make demo`"),
]
Open = Callable[..., AppTest]
Shown = Callable[[AppTest], str]


def rows(sql: str) -> list[dict[str, Any]]:
    folder = CURRENT.resolve()
    with duckdb.connect() as connection:
        for statement in read_statements(folder, json.loads((folder / "manifest.json").read_text(encoding="utf-8"))):
            connection.execute(statement)
        connection.execute("USE warehouse")
        return connection.sql(sql).pl().to_dicts()


@pytest.mark.parametrize("page", PAGES)
def test_every_scope_opens_with_data_and_without_a_column_name(open_page: Open, shown: Shown, page: str) -> None:
    scopes = [row["scope"] for row in rows("select scope from marts.rpt_drop_scorecard")]
    assert len(scopes) > 2
    for scope in scopes:
        text = shown(open_page(DEMO, page, drop=scope))
        assert CURRENT.resolve().name in text, scope
        assert "Simulated data" in text, scope
        assert "sprint add" not in text, scope
        if page not in ("dictionary", "health"):  # both speak of columns: the marts', and those of the shop's files
            read = re.sub(r"<code>.*?</code>|<[^>]*>", " ", text, flags=re.DOTALL).replace(str(DEMO), "")
            assert re.findall(r"\b[a-z]+(?:_[a-z0-9]+)+\b", read) == [], scope


def test_the_tiles_show_what_the_marts_hold(open_page: Open, shown: Shown) -> None:
    marts = rows("""
        select scope, median_hours, delivered_count, sell_through_rate, staged_units, conversion_rate, eligible_count
        from marts.rpt_lead_time left join marts.rpt_inventory_velocity using (scope)
        left join marts.rpt_repeat_conversion using (scope)
    """)
    compared = 0
    for row in marts:
        text = shown(open_page(DEMO, drop=row["scope"]))
        pairs = [
            (words.hours(row["median_hours"]), row["delivered_count"]),
            (words.rate(row["sell_through_rate"]), row["staged_units"]),
            (words.rate(row["conversion_rate"]), row["eligible_count"]),
        ]
        for value, count in pairs:
            if count and count >= 20:
                assert f'class="fs-value">{value} ' in text, row["scope"]
                compared += 1
    assert compared > len(marts)
