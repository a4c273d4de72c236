"""Drawing of figures by Plotly. What a figure shows is decided in `pipelines/figures`; no data is read here."""

from __future__ import annotations

from base64 import b64encode
from html import escape
from typing import Any

import plotly.graph_objects as go
import polars as pl

from pipelines.figures import words
from pipelines.figures.specification import Figure, Series
from pipelines.figures.theme import Theme
from pipelines.figures.trends import Trend

_TICKS = {"money": ",.2f", "count": ",d", "rate": ".0%", "hours": ",.0f", "degrees": ".2f"}
# Lines that lie on one another, or that an eye cannot tell apart by hue, still differ.
_DASHES = {"second": "dash", "third": "dot", "fourth": "dashdot", "muted": "dot"}
_HEIGHT = 240
_MAP_HEIGHT = 460


_SPARK_WIDTH, _SPARK_HEIGHT, _SPARK_EDGE = 240, 44, 5


def sparkline(trend: Trend, theme: Theme) -> str:
    """A trend as the address of a picture that a page can hold; it bridges gaps, and the newest point has a dot."""
    known = [value for value in trend.values if value is not None]
    low, high = min(known), max(known)
    step = (_SPARK_WIDTH - 2 * _SPARK_EDGE) / (len(trend.values) - 1)
    height = _SPARK_HEIGHT - 2 * _SPARK_EDGE

    def place(number: int, value: float) -> str:
        share = (value - low) / (high - low) if high > low else 0.5
        return f"{_SPARK_EDGE + number * step:.1f},{_SPARK_EDGE + (1 - share) * height:.1f}"

    places = [place(number, value) for number, value in enumerate(trend.values) if value is not None]
    x, y = places[-1].split(",")
    colour = theme.roles["first"]
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_SPARK_WIDTH} {_SPARK_HEIGHT}" '
        f'preserveAspectRatio="xMinYMid">'
        f'<path d="M{"L".join(places)}" fill="none" stroke="{colour}" stroke-width="2" stroke-linejoin="round" '
        f'stroke-linecap="round"/><circle cx="{x}" cy="{y}" r="3.5" fill="{colour}"/></svg>'
    )
    return f"data:image/svg+xml;base64,{b64encode(svg.encode()).decode()}"


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
            drawn.add_traces(_traces(series, part, figure, theme))
            # Places bear their names; hundreds of dots would only hide one another.
            if series.mark == "diamonds" and "label" in part.columns:
                drawn.update_layout(annotations=_names(part, theme))
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
        bargap=0.4 if _has_categories(figure) else 0.15,
        dragmode=False,
    )
    ticks = {"tickformat": _TICKS[figure.y_unit], "rangemode": _range_mode(figure)}
    label = {"text": figure.x_label, "font": {"size": 12}}
    if _has_categories(figure):
        drawn.update_layout(height=70 + 34 * rows.height, hovermode="closest")
        drawn.update_yaxes(showgrid=False, autorange="reversed", **axis)
        drawn.update_xaxes(**ticks, **axis)
        return drawn
    drawn.update_xaxes(range=_shared_span(figure), title=label, showgrid=False, **axis)
    # The page writes the vertical label above: turned text in a narrow panel is cut off.
    drawn.update_yaxes(range=_money_range(figure, figure.data if figure.is_y_shared else rows), **ticks, **axis)
    if figure.y_per_x is not None:
        drawn.update_layout(height=_MAP_HEIGHT, hovermode="closest")
        drawn.update_yaxes(scaleanchor="x", scaleratio=figure.y_per_x)
        drawn.update_xaxes(range=None)
    return drawn


def _traces(series: Series, rows: pl.DataFrame, figure: Figure, theme: Theme) -> list[Any]:
    colour, name = theme.roles[series.role], _inert(series.name)
    x, y = [_inert(value) if isinstance(value, str) else value for value in rows["x"]], rows["y"].to_list()
    hover = f"%{{y:{_TICKS[figure.y_unit]}}}"
    if series.mark == "bar" and _has_categories(figure):
        # Names lie flat beside their bars: turned ones below take more room than the bars and are hard to read.
        hover = hover.replace("%{y", "%{x")
        return [go.Bar(x=y, y=x, name=name, orientation="h", marker_color=colour, hovertemplate=hover)]
    if series.mark == "bar":
        return [go.Bar(x=x, y=y, name=name, marker_color=colour, hovertemplate=hover)]
    if series.mark == "band":
        return _band(rows, name, colour)
    if series.mark in ("points", "diamonds"):
        return [_points(series, rows, colour, theme, hover)]
    shape = "hv" if series.mark == "step" else "linear"
    line = {"color": colour, "width": 2, "shape": shape, "dash": _DASHES.get(series.role, "solid")}
    return [go.Scatter(x=x, y=y, name=name, mode="lines", line=line, hovertemplate=hover)]


def _band(rows: pl.DataFrame, name: str, colour: str) -> list[Any]:
    known = rows.drop_nulls(["low", "high"])
    edge = {"x": known["x"].to_list(), "mode": "lines", "name": name, "hoverinfo": "skip"}
    line = {"width": 0, "shape": "hv"}
    return [
        go.Scatter(y=known["low"].to_list(), line=line, **edge),
        go.Scatter(y=known["high"].to_list(), line=line, fill="tonexty", fillcolor=_faded(colour, 0.18), **edge),
    ]


def _faded(colour: str, alpha: float) -> str:
    red, green, blue = (int(colour[start : start + 2], 16) for start in (1, 3, 5))
    return f"rgba({red},{green},{blue},{alpha})"


def _points(series: Series, rows: pl.DataFrame, colour: str, theme: Theme, hover: str) -> Any:
    marker: dict[str, Any] = {"color": colour, "size": 7, "line": {"width": 1, "color": theme.ground}}
    if series.mark == "diamonds":
        marker |= {"symbol": "diamond", "size": 15}
    elif "label" in rows.columns and "size" in rows.columns:
        # The area, not the radius, tells how many.
        marker |= {"size": (rows["size"].sqrt() * 7).clip(7, 34).to_list(), "opacity": 0.65}
    labels = [_inert(label) for label in rows["label"]] if "label" in rows.columns else None
    return go.Scatter(
        x=rows["x"].to_list(),
        y=rows["y"].to_list(),
        name=_inert(series.name),
        mode="markers",
        marker=marker,
        text=labels,
        hovertemplate="%{text}" if labels else hover,
    )


def _names(rows: pl.DataFrame, theme: Theme) -> list[dict[str, Any]]:
    """Each place's name on a ground of its own, so that dots below do not strike it out.

    Above the northern half, below the southern: neighbours part.
    """
    middle = rows["y"].median()
    return [
        {
            "x": x,
            "y": y,
            "text": f"<b>{_inert(label)}</b>",
            "showarrow": False,
            "yshift": 19 if middle is None or y >= middle else -19,
            "bgcolor": _faded(theme.ground, 0.7),
            "borderpad": 0,
            "font": {"color": theme.text, "size": 12},
        }
        for x, y, label in rows.select("x", "y", "label").iter_rows()
    ]


def _inert(text: str) -> str:
    """Text that Plotly shows as it stands: it takes `<b>` and links for markup, and knows no `&quot;`."""
    return escape(words.visible(text), quote=False)


def _has_categories(figure: Figure) -> bool:
    return not figure.data["x"].dtype.is_numeric()


def _range_mode(figure: Figure) -> str:
    return "normal" if figure.y_unit == "degrees" else "tozero"


def _shared_span(figure: Figure) -> list[float] | None:
    """One horizontal span for all panels, with room for the first and last bar; None where x is not a number."""
    if figure.is_empty:
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
