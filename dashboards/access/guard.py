"""The check before data: each function that gives some names the pages and downloads that it is for.

The check runs at every call, before any cache, so what one role has read never answers another. The door to the
snapshot's tables (`queries.connection.run`) opens only from within a function that was checked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import ParamSpec, TypeVar

from dashboards.access.identity import present_viewer
from dashboards.access.table import PAGES, TITLES, may_any

P = ParamSpec("P")
R = TypeVar("R")

EVERY_PAGE = tuple(PAGES)

_IS_CHECKED: ContextVar[bool] = ContextVar("is_checked", default=False)
# A download has no page that runs: its route says for whom it reads.
_READS_FOR: ContextVar[tuple[str | None] | None] = ContextVar("reads_for", default=None)


class RefusedError(PermissionError):
    """The viewer's role may not read this; the message is a sentence for the viewer."""


def serves(*things: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let a function give data only to who may see one of these pages or take one of these downloads.

    Raises:
        RefusedError: When the function is called by somebody else.
    """

    def guard(function: Callable[P, R]) -> Callable[P, R]:
        @wraps(function)
        def checked(*args: P.args, **kwargs: P.kwargs) -> R:
            if not may_any(_role(), things):
                message = f"Your role has no access to: {TITLES[things[0]]}."
                raise RefusedError(message)
            token = _IS_CHECKED.set(True)
            try:
                return function(*args, **kwargs)
            finally:
                _IS_CHECKED.reset(token)

        checked.__dict__["serves"] = things
        return checked

    return guard


def require_check() -> None:
    """Stop a read that no guarded function has asked for.

    Raises:
        RefusedError: The caller carries no `serves`.
    """
    if not _IS_CHECKED.get():
        message = "a function that reads data says for which pages by @serves(…)"
        raise RefusedError(message)


@contextmanager
def reading_for(role: str | None) -> Iterator[None]:
    """Read for somebody of this role instead of the viewer of a page."""
    token = _READS_FOR.set((role,))
    try:
        yield
    finally:
        _READS_FOR.reset(token)


def _role() -> str | None:
    given = _READS_FOR.get()
    return given[0] if given is not None else present_viewer().role
