"""Values of marts as the words of a table or a sentence."""

from __future__ import annotations

from datetime import UTC
from typing import Any
from zoneinfo import ZoneInfo

from pipelines.figures import words
from pipelines.figures.intervals import FEWEST_CASES


def local_time(moment: Any, where: ZoneInfo) -> str:
    """An instant of a mart (UTC without saying so) in local time."""
    return words.instant(moment.replace(tzinfo=UTC) if moment else None, where)


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


def sell_out(hours_to_end: float | None, hours_to_go: float) -> str:
    """When the stock ends at the pace of the last hours, in words."""
    if hours_to_end is None:
        return "no sale of late"
    if hours_to_end <= 0:
        return "sold out"
    return f"in about {hours_to_end:.0f} h" if hours_to_end <= hours_to_go else "not within the drop"
