"""The document that each page's address answers with: Streamlit's own, told where its server is.

Streamlit's script looks for its server below the address that it was opened at, so `/fulfilment` first asks for
`/fulfilment/_stcore/health`. Answering there would make that page the app's root. The 404 that it gets instead is
right, and yet stands as an error in each visitor's console; a script that knows the server asks no other place.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import streamlit as st
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from dashboards.access.table import PAGES

_DOCUMENT = Path(st.__file__).parent / "static" / "index.html"
# Read by Streamlit's script as it starts. The origin is the browser's, which behind a proxy is not the server's.
_WHERE = "<script>window.__streamlit = {BACKEND_BASE_URL: window.location.origin}</script>"


def page_routes() -> list[Route]:
    """A route for each page; the first page's address is the root."""
    addresses = ["/", *(f"/{page}" for page in list(PAGES)[1:])]
    return [Route(address, _answer, methods=["GET"]) for address in addresses]


async def _answer(_request: Request) -> HTMLResponse:
    # Like Streamlit's own: the names of its scripts change with its version, so a kept document would miss them.
    return HTMLResponse(_document(), headers={"Cache-Control": "no-cache"})


@cache
def _document() -> str:
    before, head, after = _DOCUMENT.read_text(encoding="utf-8").partition("<head>")
    if not head:
        message = f"{_DOCUMENT.name} of this version of Streamlit has no <head>."
        raise RuntimeError(message)
    return before + head + _WHERE + after
