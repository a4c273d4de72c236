"""What each metric means, and the very SQL that computes it."""

from __future__ import annotations

import streamlit as st

from dashboards import components
from pipelines.figures.dictionary import DICTIONARY
from pipelines.settings import PROJECT_ROOT

chosen = components.open_page("Dictionary", whole_shop=True)
components.show_note(
    "Every rate shows its numerator, its denominator and its exact 95% interval. Fewer than 20 cases: too few to say."
    " Cancelled orders are out of all four metrics."
)
models = PROJECT_ROOT / "dbt_project" / "models" / "marts"
for entry in DICTIONARY:
    components.show_entry(entry)
    with st.expander("The SQL that computes it"):
        for path in sorted(models.rglob(f"{entry.model}.sql")):
            st.code(path.read_text(encoding="utf-8"), language="sql")
components.show_foot(chosen.snapshot, chosen.where)
