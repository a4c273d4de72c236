"""Figures on a page. How they are drawn is in `charts`."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from dashboards import charts, formatting
from dashboards.formatting import text
from pipelines.figures.specification import Figure
from pipelines.figures.theme import DARK, LIGHT, Theme


def present_theme() -> Theme:
    """The colours of the ground that the viewer looks at."""
    return DARK if st.context.theme.type == "dark" else LIGHT


def show_figure(figure: Figure, nothing: str) -> None:
    """A figure under its title, its panels side by side where there is room; without data the sentence `nothing`."""
    st.subheader(figure.title, anchor=False)
    if figure.is_empty:
        st.write(nothing)
        return
    theme = present_theme()
    st.html(f'<p class="fs-sub">{text(figure.y_label)}. {text(figure.note)}</p>')
    if len(figure.series) > 1:
        st.html(formatting.legend(figure.drawn_series, theme))
    panels = charts.draw_panels(figure, theme)
    for column, (panel, drawn) in zip(st.columns(len(panels)), panels.items(), strict=True):
        with column:
            if figure.panels[panel]:
                st.html(f"<b>{text(figure.panels[panel])}</b>")
            st.plotly_chart(
                drawn,
                theme=None,
                config={"displayModeBar": False},
                key=f"{figure.title}|{panel}",
                alt=figure.description,
            )


def show_figures(figures: Sequence[Figure], nothing: str) -> None:
    """Several small figures, two in a row where there is room."""
    for start in range(0, len(figures), 2):
        for column, figure in zip(st.columns(2), figures[start : start + 2], strict=False):
            with column:
                show_figure(figure, nothing)
