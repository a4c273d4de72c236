"""The one table of who may see and download what. `docs/access.md` shows it; a test keeps the two the same."""

from __future__ import annotations

from collections.abc import Iterable

# What is seen where no sign-in is set up: the app is this machine's alone then, and no role.
OPEN = "open"
ROLES = ("analyst", "ops", "owner")
VIEWERS = (*ROLES, OPEN)

_EVERYBODY = frozenset(VIEWERS)
_NOT_OPS = _EVERYBODY - {"ops"}

PAGES = {
    "overview": _EVERYBODY,
    "pricing": _EVERYBODY,
    "fulfilment": _EVERYBODY,
    "velocity": _EVERYBODY,
    "repeat": _NOT_OPS,
    "unboxing": _NOT_OPS,
    "compare": _NOT_OPS,
    "audit": _NOT_OPS,
    "health": _EVERYBODY,
    "dictionary": _EVERYBODY,
}
# Beside these each page's tables can be downloaded as CSV by whoever may see the page.
DOWNLOADS = {
    "report": frozenset({"owner", OPEN}),
    "followups": frozenset({"owner"}),
}
TITLES = {
    "overview": "Live drop",
    "pricing": "Pricing",
    "fulfilment": "Fulfilment",
    "velocity": "Velocity",
    "repeat": "Repeat",
    "unboxing": "Unboxing",
    "compare": "Drops compared",
    "audit": "Audit and downloads",
    "health": "Data health",
    "dictionary": "Dictionary",
    "report": "The owner's report: PDF, XLSX, CSV, JSON, manifest",
    "followups": "Buyers to write to, with their e-mail addresses",
}


def may(viewer: str | None, thing: str) -> bool:
    """Whether a viewer may see a page or take a download; nobody (None) may see nothing.

    Raises:
        KeyError: The table has no such page or download.
    """
    return viewer in {**PAGES, **DOWNLOADS}[thing]


def may_any(viewer: str | None, things: Iterable[str]) -> bool:
    """Whether a viewer may see at least one of several pages or downloads."""
    return any(may(viewer, thing) for thing in things)


def as_markdown() -> str:
    """The table as the documentation shows it."""
    lines = [f"| | {' | '.join(VIEWERS)} |", "|---|" + ":-:|" * len(VIEWERS)]
    for kind, things in (("Page", PAGES), ("Download", DOWNLOADS)):
        lines += [
            f"| {kind}: {TITLES[thing]} | {' | '.join('yes' if viewer in allowed else '–' for viewer in VIEWERS)} |"
            for thing, allowed in things.items()
        ]
    return "\n".join(lines) + "\n"
