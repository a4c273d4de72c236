"""Colours, for both grounds.

Hues are Okabe and Ito's, told apart with every common colour blindness, and never alone: a series also differs by its
mark or its name.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Role = Literal["first", "second", "third", "fourth", "muted"]


@dataclass(frozen=True)
class Theme:
    """One ground's colours: every role has a contrast of at least 3 against it (graphics), text at least 4.5."""

    ground: str
    text: str
    grid: str
    roles: dict[Role, str]


LIGHT = Theme(
    ground="#ffffff",
    text="#1b2430",
    grid="#e3e7ec",
    roles={"first": "#0072b2", "second": "#d55e00", "third": "#00805c", "fourth": "#a8508a", "muted": "#6b7684"},
)
DARK = Theme(
    ground="#12161c",
    text="#e8ecf1",
    grid="#2c343f",
    roles={"first": "#56b4e9", "second": "#f0a030", "third": "#2fc49a", "fourth": "#e08fc0", "muted": "#93a0af"},
)
