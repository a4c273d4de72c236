"""Making the next batch while one is used: nearly all of the work lets go of Python's lock, so two cores share it."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")


def one_ahead(items: Iterator[Item]) -> Iterator[Item]:
    """The same items, the next one in the making while one is used; no more than one waits.

    What making an item raises is raised where the item would have stood. Who lets go early waits for the item in the
    making, so that nothing is made behind his back.

    Args:
        items: Items that are not None.

    Raises:
        MemoryError: Not even a thread can be had.
    """
    with ThreadPoolExecutor(1) as maker:
        try:
            following = maker.submit(next, items, None)
        except RuntimeError as error:
            raise MemoryError from error
        while (item := following.result()) is not None:
            following = maker.submit(next, items, None)
            yield item
