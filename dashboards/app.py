"""The app's entrance: its pages, and nothing else."""

from __future__ import annotations

import streamlit as st

from dashboards import components

st.set_page_config(page_title="Flash-Sprints", page_icon="⚡", layout="wide")
components.apply_style()
st.navigation(
    [st.Page("app_pages/overview.py", title="Overview", icon=":material/space_dashboard:", default=True)]
).run()
