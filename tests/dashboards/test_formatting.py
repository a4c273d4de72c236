from __future__ import annotations

import re
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

import dashboards
from dashboards import formatting


@given(st.text())
def test_no_text_can_open_a_tag_or_leave_an_attribute(value: str) -> None:
    assert re.search(r"[<>\"']", formatting.text(value)) is None


def test_a_table_has_a_caption_and_marks_its_numbers() -> None:
    html = formatting.table(["Feed", "Rows"], [["Orders", "12"]], caption="Feeds", numeric=frozenset({1}))
    assert "<caption>Feeds</caption>" in html
    assert '<td class="num">12</td>' in html


def test_the_style_sheet_closes_what_it_opens() -> None:
    # An open @media hides all rules after it from wide screens, and no browser says so.
    style = (Path(dashboards.__file__).parent / "style.css").read_text(encoding="utf-8")
    depth = 0
    for sign in re.findall("[{}]", style):
        depth += 1 if sign == "{" else -1
        assert 0 <= depth <= 2
    assert depth == 0
