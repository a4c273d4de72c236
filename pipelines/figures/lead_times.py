"""Figures of fulfilment: hours by hub, carrier and distance, and the map of doors."""

from __future__ import annotations

from math import cos, radians

import polars as pl

from pipelines.figures.intervals import FEWEST_CASES
from pipelines.figures.specification import Figure, Series


def median_hours_by(groups: pl.DataFrame, title: str, what: str) -> Figure:
    """Median hours from order to door of what was delivered, one bar a group; groups with too few cases have none.

    Args:
        groups: `name, delivered_count, median_hours` and, where it is known, `waiting_count`, in the order of the bars.
            Groups of which nothing was delivered and nothing waits are left out.
        title: What the figure shows.
        what: What the groups are, as the axis names it.
    """
    if "waiting_count" not in groups.columns:
        groups = groups.with_columns(waiting_count=pl.lit(0, dtype=pl.Int64))
    groups = groups.filter(pl.col("delivered_count") + pl.col("waiting_count") > 0)
    name = pl.col("name").fill_null("not known").replace("unknown", "not known")
    waits = pl.when(pl.col("waiting_count") > 0).then(pl.format(", {} waiting", "waiting_count")).otherwise(pl.lit(""))
    data = groups.select(
        panel=pl.lit(""),
        series=pl.lit("Median"),
        x=pl.format("{} ({}{})", name, pl.col("delivered_count"), waits),
        y=pl.when(pl.col("delivered_count") >= FEWEST_CASES).then(pl.col("median_hours")).cast(pl.Float64),
    )
    small = groups.filter(pl.col("delivered_count") < FEWEST_CASES).height
    return Figure(
        title=title,
        data=data,
        series=(Series("Median", "bar", "first"),),
        panels={"": ""},
        x_label=f"{what} (parcels delivered)",
        y_label="Median hours of delivered parcels",
        y_unit="hours",
        note=" ".join(
            [
                *(["Where many still wait, the late ones are yet to come."] if groups["waiting_count"].sum() else []),
                *([f"Without a bar: fewer than {FEWEST_CASES} parcels."] if small else []),
            ]
        ),
        description=f"{title}: median hours, one bar a group.",
    )


def doors_and_hubs(cells: pl.DataFrame, hubs: pl.DataFrame) -> Figure:
    """A map without tiles: cells of about one kilometre that parcels went to, and the hubs.

    Args:
        cells: `latitude, longitude, parcels_count`, one row a cell; no single door is known.
        hubs: `name, latitude, longitude`.
    """
    doors = cells.select(
        panel=pl.lit(""), series=pl.lit("Doors, by cell of about 1 km"), x="longitude", y="latitude",
        size=pl.col("parcels_count").cast(pl.Float64), label=pl.format("{} parcels", "parcels_count"),
    )  # fmt: skip
    # Hubs lie close together: the part of a name before its colon is as much as fits.
    places = hubs.select(
        panel=pl.lit(""), series=pl.lit("Hubs"), x="longitude", y="latitude",
        size=pl.lit(None, dtype=pl.Float64), label=pl.col("name").str.split(":").list.first(),
    )  # fmt: skip
    latitudes = pl.concat([cells["latitude"], hubs["latitude"]]).to_list()
    middle = sum(latitudes) / len(latitudes) if latitudes else 0.0
    return Figure(
        title="Where parcels went",
        data=pl.concat([doors, places]),
        series=(Series("Doors, by cell of about 1 km", "points", "first"), Series("Hubs", "diamonds", "second")),
        panels={"": ""},
        x_label="Degrees east",
        y_label="Degrees north; a larger dot is more parcels",
        y_unit="degrees",
        # A degree of longitude is shorter than one of latitude by the cosine of the latitude.
        y_per_x=1 / cos(radians(middle)),
        description="A map of hubs and of the square kilometres that parcels were sent to.",
    )
