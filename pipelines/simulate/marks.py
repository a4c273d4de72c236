"""What the backtest must show, and whether it does: marks, stretch marks, peers, floors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# Percent of the clairvoyant: what must be reached, and what would be better. The kinked family has none: it shows a
# harder world.
MARKS: Mapping[str, tuple[float, float]] = {
    "tiny": (96.5, 98.1),
    "small": (97.0, 98.7),
    "tight": (99.2, 99.6),
    "balanced": (98.2, 98.9),
    "slack": (96.7, 98.5),
    "large": (98.9, 99.1),
    "shock": (96.0, 97.0),
    "misspecified": (93.0, 96.0),
}
# The same model acting otherwise is shown beside the engine; the clairvoyant is the ceiling. All others are peers.
NO_PEERS = frozenset({"engine", "engine_thompson", "clairvoyant_dp"})


@dataclass(frozen=True)
class Verdict:
    """One family's figures held against what was promised.

    Attributes:
        family: Its name.
        percent: Percent of the clairvoyant that the engine earned.
        interval: Its 95 % interval.
        mark: What must be reached; this and the next three are None in a family without a mark.
        is_met: The percentage reaches the mark, or the interval holds it.
        stretch: What would be better.
        distance: Points missing to the stretch mark; not above 0 when it is reached.
        closest_peer: The peer that the engine is least ahead of, by the lower bound.
        lead: Points ahead of it.
        least_lead: The lower bound of that.
        violations: Hours and cells that any policy sold below the floor.
        lost_to_list_rate: Share of drops in which the list price would have earned more.
    """

    family: str
    percent: float
    interval: tuple[float, float]
    mark: float | None
    is_met: bool | None
    stretch: float | None
    distance: float | None
    closest_peer: str
    lead: float
    least_lead: float
    violations: int
    lost_to_list_rate: float

    @property
    def is_kept(self) -> bool:
        """Mark met where there is one, every peer beaten, no floor broken."""
        return self.is_met is not False and self.least_lead > 0 and self.violations == 0


def is_mark_met(family: str, figures: Mapping[str, Any]) -> bool:
    """Whether the engine's figures reach the family's mark, or their interval holds it."""
    mark = MARKS[family][0]
    low, high = figures["interval"]
    return bool(figures["percent_of_clairvoyant_dp"] >= mark or low <= mark <= high)


def judge_family(family: str, policies: Mapping[str, Mapping[str, Any]]) -> Verdict:
    """Hold one family's figures, as `backtest.summarise_jobs` gives them, against its marks."""
    engine = policies["engine"]
    mark, stretch = MARKS.get(family, (None, None))
    peers = {name: each for name, each in policies.items() if name not in NO_PEERS}
    closest = min(peers, key=lambda name: peers[name]["engine_lead_interval"][0])
    low, high = engine["interval"]
    return Verdict(
        family=family,
        percent=engine["percent_of_clairvoyant_dp"],
        interval=(low, high),
        mark=mark,
        is_met=None if mark is None else is_mark_met(family, engine),
        stretch=stretch,
        distance=None if stretch is None else stretch - engine["percent_of_clairvoyant_dp"],
        closest_peer=closest,
        lead=peers[closest]["engine_lead"],
        least_lead=peers[closest]["engine_lead_interval"][0],
        violations=sum(each["floor_violations"] for each in policies.values()),
        lost_to_list_rate=policies["fixed_list"]["engine_behind_rate"],
    )
