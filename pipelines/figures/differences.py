"""One scope's number beside another's: the difference, its interval, and whether it is good or bad."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pipelines.figures import words
from pipelines.figures.headlines import Headline
from pipelines.figures.intervals import Estimate, difference_of

Verdict = Literal["better", "worse", "unclear"]
_RATES = ("velocity", "repeat")


@dataclass(frozen=True)
class Difference:
    """A number against another scope's.

    Attributes:
        other: The other number in words, or why there is none.
        change: The signed difference; empty when one of the two is not known.
        interval: Its 95 % interval in words; empty when it is not known.
        verdict: `unclear` unless the whole interval lies on one side of nought.
    """

    other: str
    change: str = ""
    interval: str = ""
    verdict: Verdict = "unclear"


def difference_between(mine: Headline, other: Headline) -> Difference:
    """`mine` against `other`, two headlines of one metric."""
    shown = f"{other.value} so far" if other.state == "so far" else other.value
    if mine.estimate is None or other.estimate is None:
        return Difference(shown)
    gap = difference_of(mine.estimate, other.estimate)
    interval = "" if gap.low is None or gap.high is None else _span(mine.key, gap.low, gap.high)
    return Difference(shown, _signed(mine.key, gap.value), interval, _verdict(gap, mine.is_lower_better))


def _verdict(gap: Estimate, is_lower_better: bool) -> Verdict:
    if gap.low is not None and gap.low > 0:
        return "worse" if is_lower_better else "better"
    if gap.high is not None and gap.high < 0:
        return "better" if is_lower_better else "worse"
    return "unclear"


def _signed(key: str, value: float) -> str:
    if key in _RATES:
        shown = f"{abs(value) * 100:.1f} points"
    elif key == "lead_time":
        shown = words.hours(abs(value))
    else:
        shown = words.ratio(abs(value))
    return f"{words.MINUS if value < 0 else '+'}{shown}"


def _span(key: str, low: float, high: float) -> str:
    return f"{_signed(key, low)} to {_signed(key, high)}"
