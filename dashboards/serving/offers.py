"""Downloads that a page offers: what a link of it gives, and for which page's viewers.

Streamlit's own `/media` links carry no check and outlive the click, so no download of this app goes through them. An
offer lives in this process, under a name that cannot be guessed; the route asks for the role before it gives anything.
"""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

import streamlit as st

from dashboards.serving.paths import TABLES_PATH

# A page offers about ten tables: enough for the last hundred pages looked at. Who comes later opens the page again.
_MOST_OFFERS = 1000


@dataclass(frozen=True)
class Offer:
    """One table to download.

    Attributes:
        page: The page that shows it; who may see the page may take it.
        file_name: The name that the file is saved under.
        content: Makes the file's text when it is asked for.
    """

    page: str
    file_name: str
    content: Callable[[], str]


_OFFERS: OrderedDict[str, Offer] = OrderedDict()
_LOCK = Lock()


def offer(key: str, given: Offer) -> str:
    """The address of an offer. A session that offers again under the same key replaces what it had offered."""
    name = st.session_state.setdefault(f"offer of {given.page} {key}", secrets.token_urlsafe(24))
    with _LOCK:
        _OFFERS[name] = given
        _OFFERS.move_to_end(name)
        while len(_OFFERS) > _MOST_OFFERS:
            _OFFERS.popitem(last=False)
    return f"{TABLES_PATH}/{name}"


def find_offer(name: str) -> Offer | None:
    """The offer of this name; None when there is none, or no longer."""
    with _LOCK:
        return _OFFERS.get(name)
