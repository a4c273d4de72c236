"""What may reach the server at all. An open app answers this machine alone, and its own pages alone.

Streamlit lets every page of `localhost`, whatever its port, open its stream; and a name that an attacker points at
127.0.0.1 (DNS rebinding) looks like a host of ours. Both could read an open app, so both are refused here, for pages,
streams and downloads alike, before Streamlit sees the request.
"""

from __future__ import annotations

import re
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from pipelines.contracts.sign_in import SignIn

_LOOPBACK_NAMES = ("localhost", "127.0.0.1", "::1")
# A proxy that forwards to this machine's loopback makes strangers look like it.
_PROXY_HEADERS = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip")
# Streamlit's own fonts lie in /static/media/; what pages hand to Streamlit for download would lie in /media/.
_MEDIA = re.compile(r"(?<!/static)/media/")


class Perimeter:
    """ASGI middleware that refuses what must not come in."""

    def __init__(self, app: ASGIApp, sign_in: SignIn | None) -> None:
        self._app = app
        self._sign_in = sign_in

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with a sentence, or pass the request on."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        refusal = self._refusal(scope)
        if refusal is None:
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008, "reason": refusal})
        else:
            await PlainTextResponse(refusal + "\n", 403)(scope, receive, send)

    def _refusal(self, scope: Scope) -> str | None:
        headers = Headers(scope=scope)
        if _MEDIA.search(scope["path"]):
            return "Downloads of this app do not go by media links."
        if self._sign_in is None:
            if not _is_this_machine(scope, headers):
                return "No sign-in is set up, so this app answers its own machine alone."
            expected = {f"{scheme}://{headers.get('host', '')}" for scheme in ("http", "https")}
        else:
            expected = {self._sign_in.origin}
        origin = headers.get("origin")
        if origin is not None and origin not in expected:
            return "This request comes from another page than the app's own."
        return None


def _is_this_machine(scope: Scope, headers: Headers) -> bool:
    client = scope.get("client")
    peer = client[0] if client else ""
    try:
        is_near = ip_address(peer.partition("%")[0]).is_loopback
        named = urlsplit(f"//{headers.get('host', '')}").hostname
    except ValueError:
        return False
    return is_near and named in _LOOPBACK_NAMES and not any(name in headers for name in _PROXY_HEADERS)
