"""From order to door: how long, by what, where to, and which parcels wait."""

from __future__ import annotations

from dashboards.components import figures, page, tables, tiles, wording
from dashboards.components.tables import Column
from dashboards.queries import metrics, plans, shipments
from pipelines.figures import words
from pipelines.figures.headlines import describe_lead_time
from pipelines.figures.intervals import FEWEST_CASES
from pipelines.figures.lead_times import doors_and_hubs, median_hours_by
from pipelines.figures.survival import Axes, share_by_time

chosen = page.open_page("Fulfilment")
snapshot, scope = chosen.snapshot, chosen.scope
radius = metrics.windows(snapshot).lead_time_radius_km
row = metrics.metric_rows(snapshot, scope).lead_time or {}
headline = describe_lead_time(row, radius, is_final=page.is_final(chosen))
tiles.show_headlines([headline])

axes = Axes(
    title="Share delivered by hours since the order",
    x_label="Hours since the order was placed",
    y_label=f"Share of parcels at the door, those still waiting counted in; doors within {radius:g} km",
    description="The share of parcels delivered by each hour since the order.",
)
groups = {"This drop" if chosen.drop else "The shop": shipments.lead_time_counts(snapshot, scope)}
if chosen.drop:
    groups["All orders of the shop"] = shipments.lead_time_counts(snapshot, plans.SHOP)
figures.show_figure(share_by_time(groups, axes), "Nothing is delivered yet. Add deliveries and hubs: sprint add PATH.")

rings = median_hours_by(shipments.lead_time_rings(snapshot, scope), "Order to door by distance, any radius", "Distance")
axis_labels = {"hub": "Hub", "carrier": "Carrier", "day": "Day of the order (UTC)"}
bars = [
    median_hours_by(shipments.lead_time_groups(snapshot, scope, group), f"Order to door by {group}", label)
    for group, label in axis_labels.items()
]
figures.show_figures([*bars, rings], f"No group has {FEWEST_CASES} delivered parcels yet: too few to say.")
places = doors_and_hubs(shipments.door_cells(snapshot, scope), shipments.hubs(snapshot, scope))
figures.show_figure(places, "No door with coordinates yet.")
tables.show_rows(
    "Parcels still waiting", shipments.open_parcels(snapshot, scope),
    [Column("order_id", "Order"), Column("hub", "Hub"), Column("carrier", "Carrier", is_wide=True),
     Column("state", "Where it is", wording.sentence),
     Column("watched_hours", "Waiting", words.hours, is_numeric=True),
     Column.instant("promised_at", "Promised", chosen.where, is_wide=True),
     Column("is_late", "Past its promise", wording.yes)],
    chosen, "No parcel is waiting.",
)  # fmt: skip
page.show_foot(snapshot, chosen.where)
