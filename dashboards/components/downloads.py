"""The downloads of a drop's report."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import streamlit as st

from dashboards.components.page import Chosen
from dashboards.formatting import text
from dashboards.queries import reports, snapshots

# The files of a report that people ask for, in this order; the CSV files lie beside them.
_REPORT_FILES = {
    "report.pdf": ("Report (PDF)", "application/pdf"),
    "report.xlsx": ("Workbook (XLSX)", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "report.json": ("All figures (JSON)", "application/json"),
}


def show_report_files(manifest: Mapping[str, Any] | None, chosen: Chosen) -> None:
    """The report's downloads and the snapshot they were made from; without a report, how to make one."""
    st.subheader("The owner's report", anchor=False)
    command = f"<code>sprint report {text(chosen.scope)} --data {text(snapshots.data_dir())}</code>"
    if manifest is None:
        st.html(f'<section class="fs-card"><h3>Not written yet</h3><p>Write it: {command}</p></section>')
        return
    of_snapshot = text(manifest["snapshot_id"])
    if manifest["snapshot_id"] == chosen.snapshot.snapshot_id:
        st.html(f'<p class="fs-sub">Made from the snapshot of this page, {of_snapshot}.</p>')
    else:
        st.html(
            f'<div class="fs-note" role="note">Made from snapshot {of_snapshot}. For newer numbers: {command}</div>'
        )
    for column, (name, (label, mime)) in zip(st.columns(len(_REPORT_FILES)), _REPORT_FILES.items(), strict=True):
        with column:
            st.download_button(
                label,
                partial(reports.report_file, chosen.scope, name),
                file_name=f"{chosen.scope}-{name}",
                mime=mime,
                icon=":material/download:",
                on_click="ignore",
                width="stretch",
                key=f"download {name}",
            )
    folder = text(snapshots.data_dir() / "reports" / chosen.scope)
    st.html(f'<p class="fs-sub">CSV of every table, and the manifest with all hashes: <code>{folder}</code></p>')
