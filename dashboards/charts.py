"""Drawing of figures by Plotly. What a figure shows is decided in `pipelines/figures`; no data is read here."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go
import polars as pl

from pipelines.figures.specification import Figure, Series
from pipelines.figures.theme import Theme

_TICKS = {"money": ",.2f", "count": ",d", "rate": ".0%", "hours": ",.0f"}
_HEIGHT = 240


def draw_panels(figure: Figure, theme: Theme) -> dict[str, go.Figure]:
    """One Plotly figure a panel, by the panel's key; the page decides how they flow."""
    panels = {}
    for key in figure.panels:
        rows = figure.data.filter(pl.col("panel") == key)
        if not rows.is_empty():
            panels[key] = _draw_panel(figure, rows, theme)
    return panels


def _draw_panel(figure: Figure, rows: pl.DataFrame, theme: Theme) -> go.Figure:
    drawn = go.Figure()
    for series in figure.drawn_series:
        part = rows.filter(pl.col("series") == series.name)
        if not part.is_empty():
            drawn.add_trace(_trace(series, part, figure, theme))
    axis = {"gridcolor": theme.grid, "zerolinecolor": theme.grid, "linecolor": theme.grid, "automargin": True}
    drawn.update_layout(
        height=_HEIGHT,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"color": theme.text, "size": 12},
        showlegend=False,
        hovermode="x unified",
        hoverlabel={"bgcolor": theme.ground, "font": {"color": theme.text}},
        bargap=0.15,
        dragmode=False,
    )
    drawn.update_xaxes(
        range=_shared_span(figure), title={"text": figure.x_label, "font": {"size": 12}}, showgrid=False, **axis
    )
    # The page writes the vertical label above: turned text in a narrow panel is cut off.
    drawn.update_yaxes(tickformat=_TICKS[figure.y_unit], rangemode="tozero", range=_money_range(figure, rows), **axis)
    return drawn


def _trace(series: Series, rows: pl.DataFrame, figure: Figure, theme: Theme) -> Any:
    colour = theme.roles[series.role]
    x, y = rows["x"].to_list(), rows["y"].to_list()
    hover = f"%{{y:{_TICKS[figure.y_unit]}}}"
    if series.mark == "bar":
        return go.Bar(x=x, y=y, name=series.name, marker_color=colour, hovertemplate=hover)
    if series.mark == "points":
        marker = {"color": colour, "size": 7, "symbol": "circle", "line": {"width": 1, "color": theme.ground}}
        return go.Scatter(x=x, y=y, name=series.name, mode="markers", marker=marker, hovertemplate=hover)
    shape = "hv" if series.mark == "step" else "linear"
    line = {"color": colour, "width": 2, "shape": shape}
    return go.Scatter(x=x, y=y, name=series.name, mode="lines", line=line, hovertemplate=hover)


def _shared_span(figure: Figure) -> list[float] | None:
    """One horizontal span for all panels, with room for the first and last bar; None where x is not a number."""
    if not figure.data["x"].dtype.is_numeric() or figure.is_empty:
        return None
    values = figure.data["x"].to_list()
    return [min(values) - 0.6, max(values) + 0.6]


def _money_range(figure: Figure, rows: pl.DataFrame) -> list[float] | None:
    """The span of a money axis: prices differ by tenths, so that from nought three bands would be one line."""
    known = rows["y"].drop_nulls().to_list()
    if figure.y_unit != "money" or not known:
        return None
    low, high = min(known), max(known)
    # A price that never moves still needs an axis with a height.
    margin = max((high - low) * 0.1, abs(high) * 0.02, 0.01)
    return [low - margin, high + margin]
