"""Values of marts as the words of a table or a sentence."""

from __future__ import annotations

from datetime import UTC
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from pipelines.figures import words
from pipelines.figures.intervals import FEWEST_CASES


def local_time(moment: Any, where: ZoneInfo) -> str:
    """An instant of a mart (UTC without saying so) in local time; tables have no room for the day of the week."""
    return words.instant(moment.replace(tzinfo=UTC), where).partition(" ")[2] if moment else words.NONE


def sentence(code: Any) -> str:
    """A code as words with a capital letter."""
    shown = words.visible(code).replace("_", " ").replace("|", ": ")
    return shown[:1].upper() + shown[1:]


def passed(is_passed: bool) -> str:
    """The result of a check."""
    return "Passed" if is_passed else "Failed"


def yes(is_so: bool) -> str:
    """A mark where something holds."""
    return "Yes" if is_so else ""


def if_enough(value: str, cases: int | None) -> str:
    """The value, or that its cases are too few to say."""
    return value if (cases or 0) >= FEWEST_CASES or not cases else "too few"


def rates_of_enough(frame: pl.DataFrame, below: str, above: tuple[str, ...]) -> pl.DataFrame:
    """Each count of `above` as its share of the count `below`, in words, or why there is none."""
    shares = {name: [_share(*pair) for pair in frame.select(name, below).iter_rows()] for name in above}
    return frame.with_columns(pl.Series(name, values, dtype=pl.Utf8) for name, values in shares.items())


def _share(above: int, below: int) -> str:
    return if_enough(words.rate(above / below), below) if below else "not yet"
