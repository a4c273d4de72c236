"""The app's door: signing in and out, what an open app says of itself, and the sentence for a page of other roles."""

from __future__ import annotations

import streamlit as st

from dashboards.access.identity import Viewer, present_viewer
from dashboards.access.table import OPEN, ROLES, TITLES, may
from dashboards.formatting import text


def let_in() -> Viewer:
    """The viewer; without a role the app ends here, with what to do."""
    viewer = present_viewer()
    if viewer.role is None:
        st.title("Flash-Sprints", anchor=False)
        st.html(f'<section class="fs-card"><h3>{text(viewer.why)}</h3></section>')
        if viewer.is_signed_in:
            st.button("Sign out", on_click=st.logout)
        else:
            st.button("Sign in", type="primary", on_click=st.login)
        st.stop()
    return viewer


def show_viewer(viewer: Viewer) -> None:
    """As what somebody is signed in, with the way out; or that the app runs open."""
    if viewer.role == OPEN:
        st.html('<div class="fs-open" role="note">No sign-in is set up: open, for this machine alone.</div>')
        return
    with st.sidebar:
        st.html(f'<p class="fs-sub">Signed in as {text(viewer.role)}</p>')
        st.button("Sign out", on_click=st.logout, type="tertiary")


def refuse(page: str) -> None:
    """Say that a page is for other roles."""
    st.title(TITLES[page], anchor=False)
    roles = [role for role in ROLES if may(role, page)]
    st.html(
        '<section class="fs-card"><h3>Your role has no access to this page.</h3>'
        f"<p>It is for {text(' and '.join(roles))}. The shop's owner gives roles.</p></section>"
    )
