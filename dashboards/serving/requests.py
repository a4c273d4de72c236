"""Who asks by HTTP: the cookie that Streamlit's sign-in has signed, read as Streamlit reads it for its pages."""

from __future__ import annotations

import json
from typing import Any

from starlette.requests import Request
from streamlit.auth_util import get_cookie_with_chunks
from streamlit.web.server.server_util import get_cookie_secret
from streamlit.web.server.starlette.starlette_app_utils import decode_signed_value
from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME

from dashboards.access.identity import Viewer, sign_in_settings, viewer_of_claims
from dashboards.access.table import OPEN
from pipelines.settings import Settings


def viewer_of_request(request: Request) -> Viewer:
    """The viewer whose cookie came along; a missing, forged or aged one is nobody's."""
    settings = Settings.from_env()
    sign_in = sign_in_settings(settings)
    if sign_in is None:
        return Viewer(OPEN)
    claims = _signed_claims(dict(request.cookies))
    # A cookie made for another address of this machine, signed with the same secret, is not for this app.
    if claims.get("origin") != sign_in.origin:
        return viewer_of_claims({}, settings)
    return viewer_of_claims(claims, settings)


def _signed_claims(cookies: dict[str, str]) -> dict[str, Any]:
    secret = get_cookie_secret()

    def verified(name: str) -> bytes | None:
        value = cookies.get(name)
        return None if value is None else decode_signed_value(secret, name, value.encode("latin-1"))

    content = get_cookie_with_chunks(verified, USER_COOKIE_NAME)
    claims = json.loads(content) if content else {}
    return claims if isinstance(claims, dict) else {}
