"""The app's entrance: its pages, and nothing else."""

from __future__ import annotations

import streamlit as st

from dashboards.components import page

# Symbols named `:material/…` in set_page_config would be fetched from the network; those of pages come with Streamlit.
st.set_page_config(page_title="Flash-Sprints", page_icon="⚡", layout="wide")
page.apply_style()
st.navigation(
    {
        "Drop": [
            st.Page("app_pages/overview.py", title="Live drop", icon=":material/bolt:", default=True),
            st.Page("app_pages/pricing.py", title="Pricing", icon=":material/sell:"),
            st.Page("app_pages/fulfilment.py", title="Fulfilment", icon=":material/local_shipping:"),
            st.Page("app_pages/velocity.py", title="Velocity", icon=":material/speed:"),
            st.Page("app_pages/repeat.py", title="Repeat", icon=":material/replay:"),
            st.Page("app_pages/unboxing.py", title="Unboxing", icon=":material/qr_code_2:"),
        ],
        "Shop": [
            st.Page("app_pages/compare.py", title="Drops compared", icon=":material/stacked_line_chart:"),
            st.Page("app_pages/audit.py", title="Audit and downloads", icon=":material/description:"),
        ],
        "Behind it": [
            st.Page("app_pages/health.py", title="Data health", icon=":material/monitor_heart:"),
            st.Page("app_pages/dictionary.py", title="Dictionary", icon=":material/menu_book:"),
        ],
    }
).run()
