"""What a policy is: for each cell of a drop, the bands it would show, each with its probability.

A policy proposes; guardrails, the draw and the rows are `decide.py`. The list-price policy lives here because it is
the safe answer of every part that cannot do better.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from pipelines.pricing.guardrails import Cell
from pipelines.pricing.problem import Band, DropProblem


@dataclass(frozen=True)
class Alternative:
    """A band that may be shown, why (`list`, `optimise`, `explore`), and how probably."""

    band: Band
    reason: str
    probability: float


@dataclass(frozen=True)
class BandBelief:
    """What a policy believes of one band in the coming hour.

    Attributes:
        band: The band.
        expected_units: Units that would sell while in stock.
        lower_units: 5 % quantile of them.
        upper_units: 95 % quantile of them.
        worth_amount: Expected margin of showing it, less what the units sold are worth later.
    """

    band: Band
    expected_units: float | None
    lower_units: float | None
    upper_units: float | None
    worth_amount: float | None


@dataclass(frozen=True)
class Proposal:
    """What a policy would do in one cell; the probabilities of `alternatives` sum to 1."""

    alternatives: tuple[Alternative, ...]
    beliefs: tuple[BandBelief, ...] = ()
    shadow_price_amount: float | None = None
    prior_source: str | None = None


class Policy(Protocol):
    """Anything that proposes bands; `version` is stored with each decision and must change with its behaviour."""

    @property
    def version(self) -> str:
        """Name and version, such as `list-1`."""

    def propose(self, problem: DropProblem, cells: Sequence[Cell]) -> Sequence[Proposal]:
        """One proposal a cell, in the order of `cells`; a pure function of the problem."""


@dataclass(frozen=True)
class ListPricePolicy:
    """The list price, always: it believes nothing, needs nothing, and is what storefronts fall back to."""

    version: str = "list-1"

    def propose(self, problem: DropProblem, cells: Sequence[Cell]) -> Sequence[Proposal]:
        """Band `mid` in every cell."""
        del problem
        return [Proposal((Alternative("mid", "list", 1.0),)) for _ in cells]


@dataclass(frozen=True)
class BandPolicy:
    """One band, always, and the list price where the floor forbids it: what a log is asked about, not for storefronts.

    Its version is its band: no ledger bears it.
    """

    band: Band

    @property
    def version(self) -> str:
        """The band's name."""
        return self.band

    def propose(self, problem: DropProblem, cells: Sequence[Cell]) -> Sequence[Proposal]:
        """The band in every cell that allows it."""
        del problem
        return [
            Proposal((Alternative(self.band if cell.is_band_allowed(self.band) else "mid", "optimise", 1.0),))
            for cell in cells
        ]
