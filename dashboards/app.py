"""The app's entrance: who looks, the pages of their role, and nothing else."""

from __future__ import annotations

import streamlit as st

from dashboards.access.table import PAGES, TITLES, may
from dashboards.components import entrance, page

_SECTIONS = {
    "Drop": {
        "overview": ":material/bolt:",
        "pricing": ":material/sell:",
        "fulfilment": ":material/local_shipping:",
        "velocity": ":material/speed:",
        "repeat": ":material/replay:",
        "unboxing": ":material/qr_code_2:",
    },
    "Shop": {"compare": ":material/stacked_line_chart:", "audit": ":material/description:"},
    "Behind it": {"health": ":material/monitor_heart:", "dictionary": ":material/menu_book:"},
}

# Symbols named `:material/…` in set_page_config would be fetched from the network; those of pages come with Streamlit.
st.set_page_config(page_title="Flash-Sprints", page_icon="⚡", layout="wide")
page.apply_style()
viewer = entrance.let_in()
pages = {
    section: {
        name: st.Page(
            f"app_pages/{name}.py",
            title=TITLES[name],
            icon=icon,
            default=name == next(iter(PAGES)),
            # Out of the menu; a link to it still comes here, and is told.
            visibility="visible" if may(viewer.role, name) else "hidden",
        )
        for name, icon in icons.items()
    }
    for section, icons in _SECTIONS.items()
}
chosen = st.navigation({section: list(named.values()) for section, named in pages.items()})
name = next(name for named in pages.values() for name, one in named.items() if one is chosen)
entrance.show_viewer(viewer)
if may(viewer.role, name):
    st.session_state["page"] = name
    chosen.run()
else:
    entrance.refuse(name)
