"""A small OpenID Connect provider on loopback, which signs in whom the test says, without asking."""

from __future__ import annotations

import json
import threading
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey


class Provider:
    """One provider: its address, and the claims that it vouches for next."""

    def __init__(self, port: int, now: float) -> None:
        self.address = f"http://127.0.0.1:{port}"
        self.claims: dict[str, Any] = {}
        self._now = int(now)
        self._key = RSAKey.generate_key(2048, parameters={"kid": "test", "use": "sig", "alg": "RS256"})
        self._nonces: dict[str, str] = {}

    @property
    def metadata_url(self) -> str:
        """Where clients learn of the rest."""
        return f"{self.address}/.well-known/openid-configuration"

    def answer(self, path: str) -> dict[str, Any] | None:
        """What a GET gives as JSON."""
        return {
            "/.well-known/openid-configuration": {
                "issuer": self.address,
                "authorization_endpoint": f"{self.address}/authorize",
                "token_endpoint": f"{self.address}/token",
                "jwks_uri": f"{self.address}/keys",
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
            },
            "/keys": {"keys": [self._key.as_dict(private=False)]},
        }.get(path)

    def authorize(self, query: dict[str, list[str]]) -> str:
        """Where somebody who has signed in is sent back to."""
        code = f"code{len(self._nonces)}"
        self._nonces[code] = query["nonce"][0]
        return f"{query['redirect_uri'][0]}?{urlencode({'code': code, 'state': query['state'][0]})}"

    def token(self, form: dict[str, list[str]]) -> dict[str, Any]:
        """The tokens for a code."""
        claims = {
            "iss": self.address, "aud": "shop", "sub": "1", "iat": self._now, "exp": self._now + 3600,
            "nonce": self._nonces.pop(form["code"][0]), **self.claims,
        }  # fmt: skip
        token = jwt.encode({"alg": "RS256", "kid": "test"}, claims, self._key)
        return {"access_token": "x", "token_type": "Bearer", "expires_in": 3600, "id_token": token}


@contextmanager
def serve_provider(now: float) -> Iterator[Provider]:
    """Run a provider on a free port. `now` is the instant at which its tokens are made, in seconds of Unix time."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            if parts.path == "/authorize":
                self.send_response(302)
                self.send_header("Location", provider.authorize(parse_qs(parts.query)))
                self.end_headers()
                return
            self._give(provider.answer(parts.path))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            client = b64decode(self.headers["Authorization"].removeprefix("Basic ")).decode()
            self._give(provider.token(parse_qs(body)) if client == "shop:x" else None)

        def _give(self, content: dict[str, Any] | None) -> None:
            written = json.dumps(content).encode()
            self.send_response(404 if content is None else 200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(written)))
            self.end_headers()
            self.wfile.write(written)

        def log_message(self, *_: object) -> None:
            """Say nothing: the test's output is its own."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider = Provider(server.server_address[1], now)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
