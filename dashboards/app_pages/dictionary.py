"""What each number means, as `docs/metrics.md` has it, and the very SQL that computes it."""

from __future__ import annotations

import re

import streamlit as st

from dashboards.components import page
from pipelines.settings import PROJECT_ROOT

chosen = page.open_page("Dictionary", whole_shop=True)
models = {path.stem: path for path in (PROJECT_ROOT / "dbt_project" / "models" / "marts").rglob("*.sql")}
_, *sections = re.split(r"^## ", (PROJECT_ROOT / "docs" / "metrics.md").read_text(encoding="utf-8"), flags=re.MULTILINE)
for section in sections:
    head, _, body = section.partition("\n")
    title, _, named = head.partition(":")
    st.subheader(title, anchor=False)
    st.markdown(body)
    for model in re.findall(r"`(\w+)`", named):
        if model in models:
            with st.expander(f"The SQL of {model.replace('_', ' ')}"):
                st.code(models[model].read_text(encoding="utf-8"), language="sql")
page.show_foot(chosen.snapshot, chosen.where)
