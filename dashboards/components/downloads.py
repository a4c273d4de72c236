"""Links to downloads. None goes through Streamlit's `/media`: the app's own routes ask who asks (`serving.routes`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

import streamlit as st

from dashboards.access.identity import present_viewer
from dashboards.access.table import OPEN, may
from dashboards.components.page import Chosen
from dashboards.formatting import text
from dashboards.queries import snapshots
from dashboards.serving.offers import Offer, offer
from dashboards.serving.paths import FOLLOWUPS_PATH, REPORTS_PATH

# The files of a report that people ask for, in this order; the CSV files lie beside them.
_REPORT_FILES = {
    "report.pdf": "Report (PDF)",
    "report.xlsx": "Workbook (XLSX)",
    "report.json": "All figures (JSON)",
}


def offer_table(title: str, file_name: str, content: Callable[[], str]) -> None:
    """The link to a table's CSV, for whoever may see the page that runs."""
    page = st.session_state.get("page")
    if page is not None:
        _show_links({"CSV": offer(title, Offer(page, file_name, content))}, f"CSV of {title}")


def show_report_files(manifest: Mapping[str, Any] | None, chosen: Chosen) -> None:
    """The report's downloads and the snapshot they were made from; without a report, how to make one."""
    st.subheader("The owner's report", anchor=False)
    if not may(present_viewer().role, "report"):
        st.html('<p class="fs-sub">Its files are for the shop\'s owner.</p>')
        return
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
    _show_links({label: _address(REPORTS_PATH, chosen.scope, name) for name, label in _REPORT_FILES.items()})
    folder = text(snapshots.data_dir() / "reports" / chosen.scope)
    st.html(f'<p class="fs-sub">CSV of every table, and the manifest with all hashes: <code>{folder}</code></p>')


def show_followups(chosen: Chosen) -> None:
    """The owner's download of buyers to write to; who may not have it sees nothing of it."""
    role = present_viewer().role
    if not may(role, "followups") and role != OPEN:
        return
    st.subheader("Buyers to write to", anchor=False)
    st.html(
        '<p class="fs-sub">Buyers who came back, scanned or shared, and who agreed to be written to, with the reasons.'
        " It holds e-mail addresses: keep it to yourself, and take it anew before each use.</p>"
    )
    if may(role, "followups"):
        _show_links({"Follow-ups (CSV)": _address(FOLLOWUPS_PATH, chosen.scope)})
        return
    command = f"<code>sprint followups {text(chosen.scope)} --data {text(snapshots.data_dir())}</code>"
    st.html(f'<p class="fs-sub">An open app gives no addresses. On this machine: {command}</p>')


def _address(*parts: str) -> str:
    return "/".join([parts[0], *(quote(part, safe="") for part in parts[1:])])


def _show_links(links: Mapping[str, str], description: str = "") -> None:
    described = f' aria-label="{text(description)}"' if description else ""
    base = st.get_option("server.baseUrlPath").strip("/")
    prefix = f"/{base}" if base else ""
    anchors = "".join(
        f'<a class="fs-download" href="{text(prefix + address)}" download{described}>{text(label)}</a>'
        for label, address in links.items()
    )
    st.html(f'<p class="fs-downloads">{anchors}</p>')
