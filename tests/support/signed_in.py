"""A data folder with a sign-in, identities of each kind, and requests to the app's routes without a server."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starlette.types import ASGIApp
from streamlit.web.server.starlette.starlette_app_utils import create_signed_value
from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME

ORIGIN = "http://127.0.0.1:8551"
SECRET = "a secret of the tests, longer than 32 characters"  # noqa: S105
PEOPLE = {"owner": "olga@shop.example", "analyst": "ana@shop.example", "ops": "otto@shop.example"}
ENVIRONMENT = {
    "SPRINT_OWNERS": PEOPLE["owner"],
    "SPRINT_ANALYSTS": PEOPLE["analyst"],
    "SPRINT_OPS": f"{PEOPLE['ops']}, someone@shop.example",
}
# Who looks -> the claims of the provider. Those after the roles have none.
CLAIMS: dict[str, dict[str, Any]] = {
    **{role: {"is_logged_in": True, "email": email.upper(), "email_verified": True} for role, email in PEOPLE.items()},
    "stranger": {"is_logged_in": True, "email": "eve@other.example", "email_verified": True},
    "unverified": {"is_logged_in": True, "email": PEOPLE["owner"], "email_verified": False},
    "nobody": {"is_logged_in": False},
}


def write_sign_in(data_dir: Path, origin: str = ORIGIN, metadata_url: str = "https://id.example/openid") -> Path:
    """The sign-in file of a data folder."""
    path = data_dir / "private" / "sign_in.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        f'[auth]\nredirect_uri = "{origin}/oauth2callback"\ncookie_secret = "{SECRET}"\nclient_id = "shop"\n'
        f'client_secret = "x"\nserver_metadata_url = "{metadata_url}"\n',
        encoding="utf-8",
    )
    return path


def cookie_of(viewer: str, *, secret: str = SECRET, origin: str = ORIGIN) -> dict[str, str]:
    """The header that a browser sends once Streamlit has signed somebody in."""
    content = json.dumps(CLAIMS[viewer] | {"origin": origin})
    return {"Cookie": f"{USER_COOKIE_NAME}={create_signed_value(secret, USER_COOKIE_NAME, content).decode()}"}


@dataclass(frozen=True)
class Answer:
    """What a request got."""

    status: int
    headers: dict[str, str]
    body: bytes


def ask(
    app: ASGIApp, path: str, headers: Mapping[str, str] | None = None, *, kind: str = "http", peer: str = "127.0.0.1"
) -> Answer:
    """One GET, or the opening of a WebSocket, without a server in between. A refused WebSocket has status 1008."""
    sent: list[Mapping[str, Any]] = []
    given = {"host": "127.0.0.1:8551"} | {name.lower(): value for name, value in (headers or {}).items()}
    scope = {
        "type": kind, "method": "GET", "path": path, "raw_path": path.encode(), "query_string": b"", "root_path": "",
        "scheme": "http", "http_version": "1.1", "client": (peer, 40000), "server": ("127.0.0.1", 8551),
        "headers": [(name.encode(), value.encode()) for name, value in given.items() if value],
    }  # fmt: skip

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Mapping[str, Any]) -> None:
        sent.append(message)

    asyncio.run(app(scope, receive, send))
    first = sent[0]
    answered = {name.decode().lower(): value.decode() for name, value in first.get("headers", [])}
    body = b"".join(message.get("body", b"") for message in sent)
    return Answer(first.get("status", first.get("code", 0)), answered, body)
