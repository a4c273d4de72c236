from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from pipelines.figures import words

NOON = datetime(2026, 7, 4, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "shown"),
    [
        ("Europe/London", "Sat 4 Jul 2026, 13:00 BST"),
        ("America/Sao_Paulo", "Sat 4 Jul 2026, 09:00 UTC-03:00"),
        ("Asia/Kolkata", "Sat 4 Jul 2026, 17:30 IST"),
        ("Not/AZone", "Sat 4 Jul 2026, 12:00 UTC"),
        (None, "Sat 4 Jul 2026, 12:00 UTC"),
    ],
)
def test_an_instant_is_shown_in_local_time_with_its_zone(zone: str | None, shown: str) -> None:
    assert words.instant(NOON, words.zone(zone)) == shown


@pytest.mark.parametrize(
    ("amount", "currency", "shown"),
    [
        (Decimal("1234.5000"), "GBP", "£1,234.50"),
        (Decimal("-3"), "EUR", "−€3.00"),
        ("12.345", "SEK", "SEK 12.34"),
        (Decimal("0"), None, "0.00"),
        (None, "GBP", "–"),
    ],
)
def test_money_is_shown_in_its_currency(amount: Decimal | str | None, currency: str | None, shown: str) -> None:
    assert words.money(amount, currency) == shown


def test_what_is_not_known_is_a_dash_and_never_nought() -> None:
    assert [words.rate(None), words.ratio(None), words.hours(None), words.count(None)] == ["–"] * 4
    assert words.instant(None, words.zone("UTC")) == "–"


def test_counts_agree_with_their_noun_and_long_hours_name_the_days() -> None:
    assert words.count(1, "box", "boxes") == "1 box"
    assert words.count(1_204, "box", "boxes") == "1,204 boxes"
    assert words.hours(31.25) == "31.2 h"
    assert words.hours(120.0) == "120 h (5.0 days)"
    assert words.rate(0.1534) == "15.3%"


@pytest.mark.parametrize(("hours", "shown"), [(0.5, "within the hour"), (5, "5 h ago"), (72, "3 days ago")])
def test_age_is_said_in_the_unit_one_would_use(hours: float, shown: str) -> None:
    assert words.age(timedelta(hours=hours)) == shown


def test_characters_that_cannot_be_seen_are_marked() -> None:
    assert words.visible("a\u200bb\u202egpj.exe\x00") == "a\ufffdb\ufffdgpj.exe\ufffd"
    assert words.visible("two\nlines") == "two lines"


def test_a_code_without_a_word_is_shown_without_underscores() -> None:
    assert words.named(words.CHANNELS, "popup") == "Pop-up"
    assert words.named(words.CHANNELS, "market_hall") == "market hall"


def test_an_interval_may_be_open_and_a_negative_number_has_a_minus() -> None:
    assert words.metric_difference("sell_through_rate", -0.038, None) == "−3.8 points"
    assert words.metric_difference("median_hours", 0.9, None) == "+0.9 h"
    assert words.metric_difference("median_hours", None, None) == words.NONE
    assert words.span("1 h", "2 h") == "1 h to 2 h"
    assert words.span("1 h", words.NONE) == "from 1 h"
    assert words.span(words.NONE, words.NONE) == words.NONE
    assert words.metric("sell_through_rate", -0.089, "GBP") == "−8.9%"
    assert words.metric("net_sales_amount", -4.5, "GBP") == "−£4.50"
