"""Random streams of the simulated world: one independent generator for each thing that is drawn.

Keyed streams keep demand paired: what a price changes in one hour leaves the visitors of every other hour as they were.
Nothing is drawn here, and nothing here knows what a stream is for beyond its name.
"""

from __future__ import annotations

from enum import IntEnum

import numpy as np


class Stream(IntEnum):
    """What a generator draws; a number never changes its meaning, or old seeds would give other worlds."""

    TRUTH = 1
    DROP_VISITORS = 2
    EVERYDAY_VISITORS = 3
    PERSON = 4
    FATE = 5
    POSTS = 6
    COMEBACK = 7


def open_stream(seed: int, stream: Stream, *key: int) -> np.random.Generator:
    """The generator of `stream` for `key` (a drop's number, an hour, an order), always the same for the same arguments.

    Examples:
        >>> float(open_stream(7, Stream.TRUTH, 1).random()) == float(open_stream(7, Stream.TRUTH, 1).random())
        True
    """
    return np.random.default_rng(np.random.SeedSequence([seed, int(stream), *key]))
