"""Who reaches an open app, and who an app with a sign-in, before Streamlit sees the request."""

from __future__ import annotations

import pytest
from signed_in import ORIGIN, ask
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from dashboards.serving.perimeter import Perimeter
from pipelines.contracts.sign_in import SignIn


async def inside(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.accept", "status": 101})
    else:
        await PlainTextResponse("inside")(scope, receive, send)


OPEN_APP = Perimeter(inside, sign_in=None)
SIGNED_APP = Perimeter(inside, sign_in=SignIn(origin="https://drops.example.com"))
OWN = {"host": "127.0.0.1:8551", "origin": ORIGIN}


@pytest.mark.parametrize("kind", ["http", "websocket"])
@pytest.mark.parametrize(
    ("headers", "peer"),
    [({}, "127.0.0.1"), (OWN, "127.0.0.1"), ({"host": "localhost:8551"}, "::1"), ({"host": "[::1]:8551"}, "127.0.0.9")],
)
def test_an_open_app_answers_its_own_machine(kind: str, headers: dict[str, str], peer: str) -> None:
    assert ask(OPEN_APP, "/", headers, kind=kind, peer=peer).status in (200, 101)


@pytest.mark.parametrize("kind", ["http", "websocket"])
@pytest.mark.parametrize(
    ("headers", "peer"),
    [
        (OWN, "192.168.1.7"),
        (OWN, "fe80::1%eth0"),
        (OWN, "not an address"),
        ({"host": "rebound.example:8551"}, "127.0.0.1"),
        ({"host": "127.0.0.1.example:8551"}, "127.0.0.1"),
        ({"host": ""}, "127.0.0.1"),
        ({"host": "[::1:8551"}, "127.0.0.1"),
        ({"x-forwarded-for": "9.9.9.9"}, "127.0.0.1"),
        ({"forwarded": "for=9.9.9.9"}, "127.0.0.1"),
        ({"origin": "http://127.0.0.1:3000"}, "127.0.0.1"),
        ({"origin": "http://localhost:8551"}, "127.0.0.1"),
        ({"origin": "https://shop.example"}, "127.0.0.1"),
        ({"origin": "null"}, "127.0.0.1"),
    ],
)
def test_an_open_app_refuses_strangers_proxies_and_other_pages(kind: str, headers: dict[str, str], peer: str) -> None:
    answer = ask(OPEN_APP, "/_stcore/stream", headers, kind=kind, peer=peer)
    assert answer.status in (403, 1008)
    assert b"inside" not in answer.body


def test_an_app_with_a_sign_in_answers_everybody_but_other_pages() -> None:
    proxied = {"host": "app:8501", "x-forwarded-for": "9.9.9.9"}
    assert ask(SIGNED_APP, "/", proxied, peer="10.0.0.1").status == 200
    assert ask(SIGNED_APP, "/", proxied | {"origin": "https://drops.example.com"}, kind="websocket").status == 101
    assert ask(SIGNED_APP, "/", proxied | {"origin": "https://evil.example"}, kind="websocket").status == 1008


@pytest.mark.parametrize("app", [OPEN_APP, SIGNED_APP], ids=["open", "with a sign-in"])
@pytest.mark.parametrize("path", ["/media/0123abcd.csv", "/base/media/0123abcd.csv"])
def test_a_media_address_gives_nothing_to_anybody(app: Perimeter, path: str) -> None:
    assert ask(app, path).status == 403
