"""Drawing of figures as SVG by matplotlib, for reports: no browser, and the same bytes for the same data."""

from __future__ import annotations

from io import BytesIO
from textwrap import wrap
from typing import Any

import matplotlib as mpl
import polars as pl
from matplotlib.figure import Figure as Canvas

from pipelines.figures import words
from pipelines.figures.specification import Figure, Series
from pipelines.figures.theme import LIGHT

# Without a fixed salt the ids inside an SVG are drawn at random. Text becomes outlines: no font is looked for later.
_STYLE: Any = {
    "svg.hashsalt": "flash-sprints",
    "svg.fonttype": "path",
    "font.family": "DejaVu Sans",
    "font.size": 7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": LIGHT.grid,
    "axes.labelcolor": LIGHT.text,
    "xtick.color": LIGHT.text,
    "ytick.color": LIGHT.text,
    "text.color": LIGHT.text,
    "text.parse_math": False,
}
# A panel's title runs into its neighbour's beyond so many characters, of all panels together; it has two lines.
_TITLE_CHARACTERS = 76
_TITLE_LINES = 2
# A vertical label longer than its axis runs into the legend; half of the height is the panels' own.
_CHARACTERS_AN_INCH = 9
# Lines that lie on one another, or that an eye cannot tell apart by hue, still differ.
_DASHES = {"fourth": ":", "muted": "--"}


def draw_svg(figure: Figure, width_inches: float, height_inches: float, *, share_y: bool = False) -> bytes:
    """The figure's panels side by side, as SVG; with `share_y` one scale serves them all."""
    with mpl.rc_context(_STYLE):
        canvas = Canvas(figsize=(width_inches, height_inches), layout="constrained")
        panels = canvas.subplots(1, len(figure.panels), squeeze=False, sharex=True, sharey=share_y)[0]
        for axes, (key, title) in zip(panels, figure.panels.items(), strict=True):
            _draw_panel(axes, figure, figure.data.filter(pl.col("panel") == key), _wrapped(title, len(panels)))
        panels[0].set_ylabel("\n".join(wrap(figure.y_label, int(height_inches * _CHARACTERS_AN_INCH))))
        canvas.supxlabel(figure.x_label, fontsize=7)
        handles, labels = _legend_entries(panels)
        if len(handles) > 1:
            canvas.legend(handles, labels, loc="outside upper left", ncols=len(labels), frameon=False)
        out = BytesIO()
        canvas.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    return out.getvalue()


def _draw_panel(axes: Any, figure: Figure, rows: pl.DataFrame, title: str) -> None:
    for series in figure.series:
        part = rows.filter(pl.col("series") == series.name)
        if not part["y"].is_null().all():
            _draw_series(axes, series, part)
    if title:
        axes.set_title(title, loc="left", fontsize=7.5, fontweight="bold")
    axes.grid(axis="y", color=LIGHT.grid, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.tick_params(length=0)
    if figure.y_unit == "money":
        axes.yaxis.set_major_formatter(lambda value, _: words.money(f"{value:.2f}", figure.currency_code))


def _draw_series(axes: Any, series: Series, rows: pl.DataFrame) -> None:
    colour = LIGHT.roles[series.role]
    x, y = rows["x"].to_list(), [float("nan") if value is None else value for value in rows["y"]]
    if series.mark == "bar":
        axes.bar(x, y, color=colour, width=0.85, label=series.name)
    elif series.mark == "points":
        axes.scatter(x, y, s=9, color=colour, label=series.name, zorder=3, linewidths=0)
    elif series.mark == "step":
        axes.step(x, y, where="post", color=colour, linewidth=1.3, label=series.name)
    else:
        axes.plot(x, y, color=colour, linewidth=1.0, linestyle=_DASHES.get(series.role, "-"), label=series.name)


def _legend_entries(panels: Any) -> tuple[list[Any], list[str]]:
    found: dict[str, Any] = {}
    for axes in panels:
        for handle, label in zip(*axes.get_legend_handles_labels(), strict=True):
            found.setdefault(label, handle)
    return list(found.values()), list(found)


def _wrapped(title: str, panels_count: int) -> str:
    width = _TITLE_CHARACTERS // panels_count
    return "\n".join(wrap(words.visible(title), width, max_lines=_TITLE_LINES, placeholder=" …"))
