"""Kaplan and Meier's estimate, and the figure of how much has happened by when, what is still awaited counted in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from pipelines.figures.specification import Figure, Series
from pipelines.figures.theme import Role

_NORMAL_QUANTILE = 1.959963984540054
_ROLES: tuple[Role, ...] = ("first", "second", "third", "fourth")


@dataclass(frozen=True)
class Axes:
    """The words of one such figure: its title, both axes, and itself in a sentence."""

    title: str
    x_label: str
    y_label: str
    description: str


def kaplan_meier(counts: pl.DataFrame) -> pl.DataFrame:
    """The share to which the event has happened by each time, with its 95 % interval.

    S(t) = Π (1 − d_i / n_i) over the event times up to t, with d_i events among n_i still watched (those that leave at
    t_i are watched up to and with t_i). The interval is Greenwood's on the log(−log S) scale: it stays within 0 to 1.
    E. L. Kaplan and P. Meier, JASA 53 (1958), 457–481; J. D. Kalbfleisch and R. L. Prentice (1980).

    Args:
        counts: One row a time: `time`, `left_count` (who stops being watched then, event or not), `event_count`.

    Returns:
        One row an event time: `time`, `share`, `low`, `high`; the bounds are null where the share is 1.
    """
    ordered = counts.sort("time")
    left = ordered["left_count"].to_numpy().astype(np.float64)
    events = ordered["event_count"].to_numpy().astype(np.float64)
    at_risk = np.cumsum(left[::-1])[::-1]
    happened = events > 0
    events, at_risk, times = events[happened], at_risk[happened], ordered["time"].to_numpy()[happened]
    survival = np.cumprod(1.0 - events / at_risk)
    with np.errstate(divide="ignore", invalid="ignore"):
        greenwood = np.cumsum(events / (at_risk * (at_risk - events)))
        width = _NORMAL_QUANTILE * np.sqrt(greenwood) / np.abs(np.log(survival))
        low, high = 1.0 - survival ** np.exp(-width), 1.0 - survival ** np.exp(width)
    frame = pl.DataFrame({"time": times, "share": 1.0 - survival, "low": low, "high": high}, strict=False)
    return frame.cast(pl.Float64).with_columns(pl.col("low", "high").fill_nan(None))


def share_by_time(groups: Mapping[str, pl.DataFrame], axes: Axes) -> Figure:
    """How much has happened by when: one step curve a group, the first with its interval.

    Args:
        groups: The group's name to its counts, as `kaplan_meier` takes them; at most four.
        axes: The figure's words.
    """
    parts, series = [], []
    for number, ((name, counts), role) in enumerate(zip(groups.items(), _ROLES, strict=False)):
        curve = kaplan_meier(counts)
        if curve.is_empty():
            continue
        start = pl.DataFrame({"time": [0.0], "share": [0.0], "low": [None], "high": [None]}, schema=curve.schema)
        # The last share holds until the last who was watched left.
        end = curve.tail(1).with_columns(time=pl.lit(max(counts["time"].to_list()), dtype=pl.Float64))
        rows = pl.concat([start, curve, end])
        if number == 0:
            band = f"{name}, 95% interval"
            parts.append(rows.select(series=pl.lit(band), x="time", y="share", low="low", high="high"))
            series.append(Series(band, "band", role))
        nothing = pl.lit(None, dtype=pl.Float64)
        parts.append(rows.select(series=pl.lit(name), x="time", y="share", low=nothing, high=nothing))
        series.append(Series(name, "step", role))
    schema = {"series": pl.Utf8, "x": pl.Float64, "y": pl.Float64, "low": pl.Float64, "high": pl.Float64}
    data = pl.concat(parts) if parts else pl.DataFrame(schema=schema)
    return Figure(
        title=axes.title,
        data=data.select(pl.lit("").alias("panel"), pl.all()),
        series=tuple(series),
        panels={"": ""},
        x_label=axes.x_label,
        y_label=axes.y_label,
        y_unit="rate",
        description=axes.description,
    )
