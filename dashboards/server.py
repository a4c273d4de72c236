"""What `sprint dashboard` serves: Streamlit's app with the project's own downloads and perimeter around it."""

from __future__ import annotations

from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware

from dashboards.access.identity import sign_in_settings
from dashboards.serving.entry import page_routes
from dashboards.serving.perimeter import Perimeter
from dashboards.serving.routes import download_routes
from pipelines.settings import Settings

app = st.App(
    Path(__file__).with_name("app.py"),
    routes=[*page_routes(), *download_routes()],
    middleware=[Middleware(Perimeter, sign_in=sign_in_settings(Settings.from_env()))],
)
