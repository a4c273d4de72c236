from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from dashboards import formatting


@given(st.text())
def test_no_text_can_open_a_tag_or_leave_an_attribute(value: str) -> None:
    assert re.search(r"[<>\"']", formatting.text(value)) is None


def test_a_table_has_a_caption_and_marks_its_numbers() -> None:
    html = formatting.table(["Feed", "Rows"], [["Orders", "12"]], caption="Feeds", numeric=frozenset({1}))
    assert "<caption>Feeds</caption>" in html
    assert '<td class="num">12</td>' in html
