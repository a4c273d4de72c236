"""The backtest as a picture: for each family of drops, what each policy earned of what the clairvoyant earned."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from pipelines.figures.theme import LIGHT, Role, Theme

POLICY_NAMES: Mapping[str, str] = {
    "clairvoyant_dp": "clairvoyant",
    "engine": "engine",
    "engine_thompson": "same model, Thompson",
    "pooled_gamma_poisson": "pooled Gamma–Poisson",
    "knapsack_bandit": "knapsack bandit",
    "ts_update": "TS-update",
    "linear_markdown": "linear markdown",
    "fixed_list": "fixed list",
    "mabwiser_ucb1": "MABWiser UCB1",
    "mabwiser_thompson": "MABWiser Thompson",
}
_COLUMNS = 2
_PANEL_HEIGHT = 250


def draw_backtest(
    families: Mapping[str, Mapping[str, Mapping[str, Any]]],
    marks: Mapping[str, tuple[float, float]],
    theme: Theme = LIGHT,
) -> go.Figure:
    """A panel a family, best policy on top: percent of the clairvoyant with its 95 % interval, mark and stretch.

    Args:
        families: As `sprint backtest --json` prints them.
        marks: Family to (mark, stretch), in percent; a family may have none.
        theme: Colours.
    """
    rows = -(-len(families) // _COLUMNS)
    titles = [f"{name}, {each['engine']['drops']} drops" for name, each in families.items()]
    drawn = make_subplots(rows=rows, cols=_COLUMNS, subplot_titles=titles, horizontal_spacing=0.18,
                          vertical_spacing=0.35 / max(rows, 2))  # fmt: skip
    for place, (family, policies) in enumerate(families.items()):
        cell = {"row": 1 + place // _COLUMNS, "col": 1 + place % _COLUMNS}
        ranked = sorted(policies, key=lambda name: policies[name]["percent_of_clairvoyant_dp"])
        for name in ranked:
            drawn.add_trace(_interval(name, policies[name], theme), **cell)
        for value, dash in zip(marks.get(family, ()), ("solid", "dot"), strict=False):
            drawn.add_vline(x=value, line={"color": theme.roles["third"], "dash": dash, "width": 1}, **cell)
    drawn.update_xaxes(gridcolor=theme.grid, zeroline=False, ticksuffix=" %")
    drawn.update_yaxes(showgrid=False, automargin=True)
    drawn.update_layout(
        title={"text": "Earned, in % of a seller who knows demand (95 % intervals; lines: mark, dotted: stretch)"},
        height=100 + _PANEL_HEIGHT * rows,
        paper_bgcolor=theme.ground,
        plot_bgcolor=theme.ground,
        font={"color": theme.text, "size": 12},
        showlegend=False,
    )
    return drawn


def _interval(name: str, figures: Mapping[str, Any], theme: Theme) -> go.Scatter:
    value, (low, high) = figures["percent_of_clairvoyant_dp"], figures["interval"]
    role: Role = "first" if name == "engine" else "muted"
    label = POLICY_NAMES.get(name, name)
    return go.Scatter(
        x=[value],
        y=[label],
        mode="markers",
        marker={"color": theme.roles[role], "size": 9, "symbol": "diamond" if name == "engine" else "circle"},
        error_x={"type": "data", "symmetric": False, "array": [high - value], "arrayminus": [value - low],
                 "color": theme.roles[role]},
        hovertemplate=f"{label}: %{{x:.2f}} %, {low:.2f} to {high:.2f} %<extra></extra>",
    )  # fmt: skip
