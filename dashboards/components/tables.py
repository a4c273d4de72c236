"""Tables with their CSV."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import streamlit as st

from dashboards import formatting
from dashboards.components.downloads import offer_table
from dashboards.components.page import Chosen
from dashboards.components.wording import local_time
from dashboards.formatting import text
from dashboards.queries.connection import ROWS_AT_MOST
from pipelines.figures import words
from pipelines.figures.spreadsheet import csv_text

# More rows than this make a page slow to read and to draw; the CSV has them all.
_ROWS_SHOWN = 12


@dataclass(frozen=True)
class Column:
    """One column of a table: its name in the data, on the screen, and how a value is shown there.

    Attributes:
        name: Its name in the data.
        label: Its name on the screen.
        show: A value in words.
        is_numeric: Set flush right.
        is_wide: Shown on wide screens alone.
        is_whole: Never broken over two lines.
    """

    name: str
    label: str
    show: Callable[[Any], str] = words.visible
    is_numeric: bool = False
    is_wide: bool = False
    is_whole: bool = False

    @classmethod
    def counted(cls, name: str, label: str, *, is_wide: bool = False) -> Column:
        """A column of counts."""
        return cls(name, label, words.count, is_numeric=True, is_wide=is_wide)

    @classmethod
    def coded(cls, name: str, label: str, codes: dict[str, str], *, is_wide: bool = False) -> Column:
        """A column of codes that have words."""
        return cls(name, label, lambda code: words.named(codes, code), is_wide=is_wide)

    @classmethod
    def instant(cls, name: str, label: str, where: ZoneInfo, *, is_wide: bool = False) -> Column:
        """A column of instants, in local time."""
        return cls(name, label, lambda moment: local_time(moment, where), is_wide=is_wide, is_whole=True)


def mark_rows() -> None:
    """The place that tiles lead to: the rows behind their number come next."""
    st.html('<span id="rows"></span>')


def show_rows(title: str, frame: pl.DataFrame, columns: Sequence[Column], chosen: Chosen, nothing: str) -> None:
    """A table under its title with its CSV; without rows the sentence `nothing`."""
    st.subheader(title, anchor=False)
    if frame.is_empty():
        st.write(nothing)
        return
    head = frame.head(_ROWS_SHOWN)
    lines = [[_cell(one, row[one.name]) for one in columns] for row in head.iter_rows(named=True)]
    numeric = frozenset(index for index, one in enumerate(columns) if one.is_numeric)
    wide = frozenset(index for index, one in enumerate(columns) if one.is_wide)
    labels = [one.label for one in columns]
    st.html(formatting.table(labels, lines, caption=title, numeric=numeric, wide=wide))
    if frame.height > _ROWS_SHOWN:
        some = "the first " if frame.height >= ROWS_AT_MOST else ""
        st.html(f'<p class="fs-sub">The first {_ROWS_SHOWN} rows; the CSV has {some}{frame.height:,}.</p>')
    offer_csv(title, frame, columns, chosen)


def _cell(column: Column, value: Any) -> str:
    shown = text(words.NONE if value is None else column.show(value))
    return f'<span class="fs-whole">{shown}</span>' if column.is_whole else shown


def offer_csv(title: str, frame: pl.DataFrame, columns: Sequence[Column], chosen: Chosen) -> None:
    """The link that gives a table as CSV: every row, values as the marts hold them."""
    # Taken now: by the time of the click the link may say something else.
    filters = st.query_params.to_dict()
    file_name = f"{title.lower().replace(' ', '-')}-{chosen.snapshot.snapshot_id}.csv"
    shown = frame.select(pl.col(one.name).alias(one.label) for one in columns)
    offer_table(title, file_name, lambda: csv_text(shown, csv_header(title, chosen, filters)))


def csv_header(title: str, chosen: Chosen, filters: Mapping[str, str]) -> list[str]:
    """What a file must say of itself once it has left the page: filters, snapshot, time zone."""
    named = {key: value for key, value in filters.items() if key != "snapshot"} | {"drop": chosen.scope}
    return [
        f"Flash-Sprints: {title}",
        f"Filters: {', '.join(f'{key} = {value}' for key, value in sorted(named.items()))}",
        f"Snapshot {chosen.snapshot.snapshot_id}, as of {chosen.snapshot.as_of:%Y-%m-%dT%H:%MZ}",
        f"All instants are UTC; the page shows them in {chosen.where.key}",
        *(["Simulated data"] if chosen.snapshot.is_simulated else []),
    ]
