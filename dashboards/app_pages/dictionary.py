"""What each number means: its sentence, formula, rules, owner, and the very SQL that computes it."""

from __future__ import annotations

import streamlit as st

from dashboards.components import meanings, page
from dashboards.definitions import mart_sql, metric_definitions
from dashboards.queries import metrics

chosen = page.open_page("Dictionary", whole_shop=True)
windows = metrics.windows(chosen.snapshot)
definitions = metric_definitions(windows.lead_time_radius_km, windows.velocity_window_hours, windows.repeat_window_days)
meanings.show_contents([definitions.headline(subject) for subject in definitions.subjects()])
for subject in definitions.subjects():
    headline = definitions.headline(subject)
    meanings.show_subject(headline, definitions.of_subject(subject))
    for mart in headline.marts:
        with st.expander(f"The SQL of {mart.replace('_', ' ')}"):
            st.code(mart_sql(mart), language="sql")
page.show_foot(chosen.snapshot, chosen.where)
