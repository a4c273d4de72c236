"""A page's frame: its title, the snapshot and the drop that it shows, its foot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import streamlit as st

from dashboards.formatting import text
from dashboards.queries import plans, seasons, snapshots
from dashboards.queries.snapshots import Snapshot
from pipelines.figures import words

# A page looks for a newer snapshot this often: ticks come once an hour, a kill must show within moments.
_LOOK_AGAIN_SECONDS = 15


UTC_ZONE = ZoneInfo("UTC")


def apply_style() -> None:
    """The app's own style sheet."""
    st.html(Path(__file__).parents[1] / "style.css")


@dataclass(frozen=True)
class Chosen:
    """What a page is to show.

    Attributes:
        snapshot: The published state.
        scope: A drop's id, or `shop`.
        drop: The drop's row; None for the shop.
        where: The zone of all local times.
        compared: The other scope, which tiles are set against; None: none is.
        compared_name: Its name.
    """

    snapshot: Snapshot
    scope: str
    drop: Mapping[str, Any] | None
    where: ZoneInfo
    compared: str | None = None
    compared_name: str = ""


def open_page(title: str, *, drop_only: bool = False, whole_shop: bool = False, can_compare: bool = False) -> Chosen:
    """The page's title, its snapshot and its drop; where it can, what the drop is compared with.

    A page of drops alone stops with a sentence where there is none; a page of the whole shop asks for no drop.
    """
    snapshot = require_snapshot()
    st.title(title, anchor=False)
    if whole_shop:
        return Chosen(snapshot, plans.SHOP, None, UTC_ZONE)
    drops = plans.drops(snapshot)
    if drop_only and drops.is_empty():
        folder = text(snapshots.data_dir())
        st.html(
            '<section class="fs-card"><h3>No drop yet</h3><p>This page is about one drop. Add a plan: '
            f"<code>sprint add drops/my-drop.yaml --data {folder}</code>, then run "
            f"<code>sprint tick --data {folder}</code>.</p></section>"
        )
        show_foot(snapshot, words.zone(None))
        st.stop()
    names = dict(drops.select("drop_id", "name").iter_rows())
    chosen_column, compared_column = st.columns(2)
    with chosen_column:
        scope = choose("Drop", names if drop_only else names | {plans.SHOP: "The whole shop"}, "drop")
    drop = plans.drop_row(snapshot, scope)
    compared, others = None, _others(snapshot, scope, names) if can_compare and drop else {}
    if others:
        with compared_column:
            compared = choose("Compare with", {"": "Nothing"} | others, "compare", is_optional=True) or None
    where = words.zone(drop["timezone"] if drop else None)
    return Chosen(snapshot, scope, drop, where, compared, names.get(compared or "", "The whole shop"))


def _others(snapshot: Snapshot, scope: str, names: Mapping[str, str]) -> dict[str, str]:
    """What a drop can be compared with: first the drop before it and that of the season before, then the rest."""
    rules = {"previous_drop": "The drop before", "last_year": "The season before"}
    near = {
        row["other_scope"]: f"{rules[row['compared_with']]}: {row['name']}"
        for row in seasons.counterparts(snapshot, scope).iter_rows(named=True)
    }
    rest = {code: name for code, name in names.items() if code != scope and code not in near}
    return near | {plans.SHOP: "The whole shop"} | rest


def choose(label: str, names: Mapping[str, str], key: str, *, is_optional: bool = False) -> str:
    """One of `names` by its code; the choice lives in the link as `?key=` and goes along from page to page.

    An optional choice leaves the link bare while it is the first of the names.
    """
    # Streamlit's own binding would put the name into the link: names change and may be had twice, codes do not.
    kept = f"kept {key}"
    places = (st.session_state.get(key), st.query_params.get(key), st.session_state.get(kept))
    wanted = next((one for one in places if one is not None), None)
    first = next(iter(names))
    # Set at every run: another page's options make another widget, which would begin at its first option.
    st.session_state[key] = wanted if wanted in names else first
    chosen: str = st.selectbox(
        label, list(names), format_func=lambda code: words.visible(names[code]), key=key, width=440
    )
    st.session_state[kept] = chosen
    if is_optional and chosen == first:
        st.query_params.pop(key, None)
    else:
        st.query_params[key] = chosen
    return chosen


def link_to(page: str, **filters: str) -> str:
    """The address of another page with the filters of this one; the browser goes there as by any link."""
    query = urlencode({**st.query_params.to_dict(), **filters})
    return f"{page}?{query}" if query else page


def require_snapshot() -> Snapshot:
    """The snapshot that the link names, else the current one; without any the page says what to do and stops there."""
    wanted = st.query_params.get("snapshot", st.session_state.get("kept snapshot"))
    kept = snapshots.kept_snapshot(wanted) if wanted else None
    snapshot = kept or snapshots.current_snapshot()
    if snapshot is None:
        _say_what_to_publish()
    st.session_state["kept snapshot"] = kept.snapshot_id if kept and not kept.is_current else None
    if wanted and kept is None:
        st.html('<div class="fs-note" role="note">The snapshot of this link is no longer kept; these are newer.</div>')
        del st.query_params["snapshot"]
    if not snapshot.is_current:
        st.query_params["snapshot"] = snapshot.snapshot_id
        _offer_the_current()
    else:
        _watch_for_news(snapshot.folder)
    if snapshot.is_simulated:
        st.html('<div class="fs-note" role="note">Simulated data: an invented shop, not a real one.</div>')
    return snapshot


def _say_what_to_publish() -> NoReturn:
    st.title("Flash-Sprints", anchor=False)
    folder = text(snapshots.data_dir())
    steps = [
        f"<li>Add your shop's files: <code>sprint add PATH --data {folder}</code></li>",
        f"<li>Then run the first tick: <code>sprint tick --data {folder}</code></li>",
        "<li>Or look at a simulated shop first: <code>make demo</code></li>",
    ]
    st.html(f'<section class="fs-card"><h3>Nothing is published yet</h3><ul>{"".join(steps)}</ul></section>')
    _watch_for_news("")
    st.stop()


def _offer_the_current() -> None:
    st.html('<div class="fs-note" role="note">This link shows an older snapshot; newer numbers are published.</div>')
    if st.button("Show the current numbers", type="primary"):
        st.session_state["kept snapshot"] = None
        del st.query_params["snapshot"]
        st.rerun()


@st.fragment(run_every=_LOOK_AGAIN_SECONDS)
def _watch_for_news(folder: str) -> None:
    newest = snapshots.current_snapshot()
    if newest is not None and newest.folder != folder:
        st.rerun()


def is_final(chosen: Chosen) -> bool:
    """Whether nothing of the chosen drop can change any more; the shop never ends."""
    return bool(chosen.drop and chosen.drop["status"] == "final")


def show_foot(snapshot: Snapshot, where: ZoneInfo) -> None:
    """Which snapshot all numbers of the page belong to, and the link that keeps them."""
    query = urlencode({**st.query_params.to_dict(), "snapshot": snapshot.snapshot_id})
    st.html(
        f'<p class="fs-foot">As of {text(words.instant(snapshot.as_of, where))} ({text(where.key)}) · '
        f"snapshot {text(snapshot.snapshot_id)}{' · simulated' if snapshot.is_simulated else ''} · "
        f'<a href="?{text(query)}" target="_self">Link to exactly these numbers</a></p>'
    )
