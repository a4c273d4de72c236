from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from published_snapshot import FINAL, LIVE, write_snapshot
from streamlit.testing.v1 import AppTest

Open = Callable[..., AppTest]
Shown = Callable[[AppTest], str]
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)> \u202egnp.exe"


def test_a_live_drop_shows_its_metrics_clock_bands_and_snapshot(tmp_path: Path, open_page: Open, shown: Shown) -> None:
    folder = write_snapshot(tmp_path)
    text = shown(open_page(tmp_path))
    expected = [
        "hour 30 of 72, 42 h left",
        "31.2 h",
        "58 units sold of 360 staged",
        "30 days not over yet",
        "under 20 cases",
        "Now, Sat 14:00–15:00",
        "Next, Sat 15:00–16:00",
        "£21.60",
        "Sold out",
        "As of Sat 5 Dec 2026, 15:00 GMT (Europe/London)",
        folder.name,
    ]
    assert [part for part in expected if part not in text] == []
    assert "Simulated" not in text


def test_no_column_name_is_on_the_screen(tmp_path: Path, open_page: Open, shown: Shown) -> None:
    write_snapshot(tmp_path)
    for scope in (LIVE, FINAL, "shop"):
        text = re.sub(r"<[^>]*>", " ", shown(open_page(tmp_path, drop=scope)))
        assert re.findall(r"\b[a-z]+(?:_[a-z0-9]+)+\b", text) == []


def test_the_link_chooses_the_drop_and_a_wrong_one_gives_the_live_drop(tmp_path: Path, open_page: Open) -> None:
    write_snapshot(tmp_path)
    assert open_page(tmp_path, drop=FINAL).selectbox(key="drop").value == FINAL
    assert open_page(tmp_path, drop="evil").selectbox(key="drop").value == LIVE


def test_the_shop_has_no_velocity_and_its_repeat_rate_has_an_interval(
    tmp_path: Path, open_page: Open, shown: Shown
) -> None:
    write_snapshot(tmp_path)
    text = shown(open_page(tmp_path, drop="shop"))
    assert "Inventory velocity" not in text
    assert "85 of 500 buyers came back" in text
    assert "13.8% to 20.6%" in text


def test_without_data_the_page_says_what_to_type(tmp_path: Path, open_page: Open, shown: Shown) -> None:
    text = shown(open_page(tmp_path))
    assert "Nothing is published yet" in text
    assert f"sprint add PATH --data {tmp_path}" in text


def test_with_orders_alone_the_page_says_what_to_add_next(tmp_path: Path, open_page: Open, shown: Shown) -> None:
    write_snapshot(tmp_path, with_drops=False)
    text = shown(open_page(tmp_path))
    assert "17.0%" in text
    assert "sprint add drops/my-drop.yaml" in text
    assert "sprint add deliveries.csv hubs.csv" in text


def test_hostile_names_are_shown_and_do_nothing(tmp_path: Path, open_page: Open, shown: Shown) -> None:
    write_snapshot(tmp_path, drop_name=HOSTILE, sku_title=HOSTILE)
    text = shown(open_page(tmp_path))
    assert "<script" not in text
    assert "<img src=x" not in text
    assert "\u202e" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text


def test_a_killed_feed_says_that_storefronts_show_list(tmp_path: Path, open_page: Open, shown: Shown) -> None:
    write_snapshot(tmp_path, feed_status="killed")
    assert "The operator has stopped pricing" in shown(open_page(tmp_path))


def test_a_new_tick_shows_without_a_restart(tmp_path: Path, open_page: Open, shown: Shown) -> None:
    write_snapshot(tmp_path, snapshot_id="first", drop_name="Before")
    app = open_page(tmp_path)
    assert "Before" in shown(app)
    write_snapshot(tmp_path, snapshot_id="second", drop_name="After")
    text = shown(app.run())
    assert "After" in text
    assert "snapshot second" in text


def test_simulated_data_is_called_simulated(tmp_path: Path, open_page: Open, shown: Shown) -> None:
    write_snapshot(tmp_path)
    (tmp_path / "simulated.json").write_text("{}")
    text = shown(open_page(tmp_path))
    assert "an invented shop" in text
    assert "· simulated" in text


def test_late_orders_are_said_only_while_they_hold_prices(tmp_path: Path, open_page: Open, shown: Shown) -> None:
    write_snapshot(tmp_path)
    text = shown(open_page(tmp_path))
    # Deliveries and scans may be as old as they like: they freeze no price.
    assert "5 h ago" in text
    assert "late: prices are held" not in text
