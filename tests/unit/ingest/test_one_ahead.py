from __future__ import annotations

from collections.abc import Callable, Iterator
from threading import Event, Thread

import pytest

from pipelines.ingest.one_ahead import one_ahead


def test_items_come_in_their_order_and_the_next_one_is_made_while_one_is_used() -> None:
    is_second_made = Event()

    def items() -> Iterator[int]:
        yield 1
        is_second_made.set()
        yield 2

    ahead = one_ahead(items())
    assert next(ahead) == 1
    assert is_second_made.wait(60)
    assert list(ahead) == [2]
    assert not list(one_ahead(iter([])))


@pytest.mark.parametrize("error", [ValueError, MemoryError, KeyboardInterrupt])
def test_what_making_an_item_raises_is_raised_in_its_place(error: type[BaseException]) -> None:
    def items() -> Iterator[int]:
        yield 1
        raise error

    ahead = one_ahead(items())
    assert next(ahead) == 1
    with pytest.raises(error):
        next(ahead)


def test_who_lets_go_early_waits_for_the_item_in_the_making_and_no_more_are_made() -> None:
    may_go_on, made = Event(), []

    def items() -> Iterator[int]:
        try:
            yield 1
            assert may_go_on.wait(60)
            made.append(2)
            yield 2
            made.append(3)
        finally:
            made.append(0)

    ahead = one_ahead(items())
    assert next(ahead) == 1
    release = Thread(target=may_go_on.set)
    release.start()
    ahead.close()
    release.join()
    assert made == [2, 0]


def test_without_memory_for_a_thread_memory_is_what_lacks(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: Thread, *__: Callable[[], None]) -> None:
        message = "can't start new thread"
        raise RuntimeError(message)

    monkeypatch.setattr(Thread, "start", refuse)
    with pytest.raises(MemoryError):
        next(one_ahead(iter([1])))
