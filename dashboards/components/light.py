"""One light for those who run the shop, and how fresh each feed is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import polars as pl
import streamlit as st

from dashboards import formatting
from dashboards.components.wording import sentence
from dashboards.formatting import pill, text
from dashboards.queries.snapshots import Snapshot
from pipelines.figures import words


def find_problems(checks: pl.DataFrame, files: pl.DataFrame, ticks: pl.DataFrame, missed_hours: int) -> list[str]:
    """What needs somebody's eyes, each as a sentence; empty when all is well."""
    problems = []
    if not ticks.is_empty() and ticks["status"][0] == "failed":
        problems.append("The last tick failed: these are the numbers of the one before. Run: sprint tick")
    if missed_hours:
        problems.append(
            f"{words.count(missed_hours, 'hour was', 'hours were')} missed: no tick ran, prices stood at list."
        )
    quarantined = files.filter(pl.col("status") == "quarantined").height
    if quarantined:
        problems.append(f"{words.count(quarantined, 'file', 'files')} could not be read: see the quarantine folder.")
    if not files["is_reconciled"].all():
        problems.append("Some file's rows do not add up: accepted, rejected and repeated must make all rows read.")
    if files["rejected"].sum():
        problems.append(
            f"{words.count(int(files['rejected'].sum()), 'row was', 'rows were')} rejected; the rules are below."
        )
    failed = checks.filter(~pl.col("is_passed"))
    problems += [
        f"Check failed: {sentence(name)} ({seen})." for name, seen in failed.select("check_name", "observed").rows()
    ]
    return problems


def show_light(problems: Sequence[str]) -> None:
    """One light: green, or what is wrong."""
    if not problems:
        good = pill("All well", "good")
        st.html(f'<div class="fs-head">{good}<span>Every file is read, every hour has its tick.</span></div>')
        return
    items = "".join(f"<li>{text(problem)}</li>" for problem in problems)
    st.html(f'<section class="fs-card"><h3>{pill("Look here", "late")}</h3><ul>{items}</ul></section>')


def show_freshness(freshness: pl.DataFrame, snapshot: Snapshot, late_after_hours: int | None) -> None:
    """When each feed was last met, against the snapshot's instant."""
    st.subheader("Freshness by feed", anchor=False)
    lines = []
    for row in freshness.iter_rows(named=True):
        old = snapshot.as_of.replace(tzinfo=None) - row["last_met_at"]
        late = row["feed"] == "orders" and late_after_hours is not None and old > timedelta(hours=late_after_hours)
        state = pill("late: prices are held", "late") if late else ""
        rejected = f"{row['rejected']:,}"
        if row["quarantined"]:
            rejected += f"<small>{text(words.count(row['quarantined'], 'file set apart', 'files set apart'))}</small>"
        lines.append(
            [text(words.named(words.FEEDS, row["feed"])), f"{text(words.age(old))} {state}", f"{row['files']:,}",
             f"{row['accepted']:,}", f"{row['duplicate']:,}", rejected]
        )  # fmt: skip
    header = ["Feed", "Last met", "Files", "Rows accepted", "Repeated", "Rejected"]
    st.html(
        formatting.table(
            header, lines, caption="Freshness by feed", numeric=frozenset({2, 3, 4, 5}), wide=frozenset({2, 4})
        )
    )
