"""What the sign-in file must hold: one OpenID Connect provider, as Streamlit reads it (`[auth]` of a TOML file)."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from urllib.parse import urlsplit

# The secret signs who is signed in: as many characters as 128 random bits have in hexadecimal, at least.
SHORTEST_SECRET = 32
_KEYS = ("redirect_uri", "cookie_secret", "client_id", "client_secret", "server_metadata_url")
_CALLBACK = "/oauth2callback"
_HERE = ("localhost", "127.0.0.1", "::1")


class SignInError(ValueError):
    """The sign-in file cannot be used; the message says why and never holds a secret."""


@dataclass(frozen=True)
class SignIn:
    """What of the provider the app itself needs.

    Attributes:
        origin: Scheme, host and port under which people reach the app.
    """

    origin: str


def parse_sign_in(text: str) -> SignIn:
    """Read and check the file's text.

    Raises:
        SignInError: It is no TOML, a key is missing, the secret is short, or an address is not safe.
    """
    try:
        section = tomllib.loads(text).get("auth")
    except tomllib.TOMLDecodeError as error:
        message = "the sign-in file is not valid TOML"
        raise SignInError(message) from error
    if not isinstance(section, dict):
        message = "the sign-in file has no section [auth]"
        raise SignInError(message)
    missing = [key for key in _KEYS if not (isinstance(section.get(key), str) and section[key])]
    if missing:
        message = f"the sign-in file's [auth] lacks: {', '.join(missing)}"
        raise SignInError(message)
    if len(section["cookie_secret"]) < SHORTEST_SECRET:
        message = f"cookie_secret must have at least {SHORTEST_SECRET} random characters (secrets.token_hex())"
        raise SignInError(message)
    for key in ("redirect_uri", "server_metadata_url"):
        _require_safe(key, section[key])
    address = urlsplit(section["redirect_uri"])
    if not address.path.endswith(_CALLBACK):
        message = f"redirect_uri must end in {_CALLBACK}"
        raise SignInError(message)
    return SignIn(origin=f"{address.scheme}://{address.netloc}")


def _require_safe(key: str, url: str) -> None:
    address = urlsplit(url)
    if address.scheme != "https" and not (address.scheme == "http" and address.hostname in _HERE):
        message = f"{key} must be https, or http on this machine alone"
        raise SignInError(message)
