"""Who looks: the identity that the provider vouches for, turned into a role. Whatever is in doubt gives no role."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import streamlit as st

from dashboards.access.table import OPEN
from pipelines.contracts.sign_in import SignIn, parse_sign_in
from pipelines.settings import Settings


@dataclass(frozen=True)
class Viewer:
    """Who looks at a page or asks for a download.

    Attributes:
        role: `analyst`, `ops`, `owner` or `open`; None: nothing is shown.
        is_signed_in: Whether the provider vouched for somebody, with a role or without.
        why: What to say to who has no role; empty otherwise.
    """

    role: str | None
    is_signed_in: bool = False
    why: str = ""


def sign_in_settings(settings: Settings) -> SignIn | None:
    """The provider of this app; None: the app runs open.

    Read once for the life of the process: an app that began with a sign-in never falls open because a file is gone.

    Raises:
        OSError: The file cannot be read.
        SignInError: It cannot be used.
    """
    return _read_sign_in(settings.sign_in_path, is_required=settings.sign_in_file is not None)


@lru_cache(maxsize=64)
def _read_sign_in(path: Path, *, is_required: bool) -> SignIn | None:
    # A file that was asked for and is not there, or cannot be read, is an error and no open app.
    return parse_sign_in(path.read_text(encoding="utf-8")) if is_required or path.exists() else None


def viewer_of_claims(claims: Mapping[str, Any], settings: Settings) -> Viewer:
    """The viewer whom the provider's claims name; an address that it has not verified proves nothing."""
    if claims.get("is_logged_in") is not True:
        return Viewer(None, why="Sign in to see your shop's drops.")
    email = claims.get("email")
    # Some providers write the claim as text.
    if not isinstance(email, str) or claims.get("email_verified") not in (True, "true"):
        return Viewer(None, is_signed_in=True, why="Your provider has not verified your e-mail address.")
    role = settings.role_of(email)
    why = "" if role else "You are signed in, but have no role here. Ask the shop's owner to add your address."
    return Viewer(role, is_signed_in=True, why=why)


def present_viewer() -> Viewer:
    """The viewer of the page that runs now."""
    settings = Settings.from_env()
    if sign_in_settings(settings) is None:
        return Viewer(OPEN)
    return viewer_of_claims(st.user.to_dict(), settings)
