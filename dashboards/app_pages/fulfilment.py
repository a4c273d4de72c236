"""From order to door: how long, by what, where to, and which parcels wait."""

from __future__ import annotations

from dashboards.components import figures, page, tables, tiles, wording
from dashboards.components.tables import Column
from dashboards.queries import behind, metrics, plans, shipments, trends
from pipelines.figures import words
from pipelines.figures.headlines import describe_lead_time
from pipelines.figures.intervals import FEWEST_CASES
from pipelines.figures.lead_times import doors_and_hubs, median_hours_by
from pipelines.figures.survival import Axes, share_by_time

chosen = page.open_page("Fulfilment", can_compare=True)
snapshot, scope = chosen.snapshot, chosen.scope
radius = metrics.windows(snapshot).lead_time_radius_km
row = metrics.metric_rows(snapshot, scope).lead_time or {}
tiles.show_headlines(
    [describe_lead_time(row, radius, is_final=page.is_final(chosen))], chosen, others=tiles.compared_headlines(chosen),
    trends=trends.metric_trends(snapshot, scope, is_drop=bool(chosen.drop), keys=("lead_time",)),
)  # fmt: skip

splits = {"": "All in one", "hub": "Hub", "carrier": "Carrier", "ring": "Distance"}
split = page.choose("Curves by", splits, "split", is_optional=True)
other = chosen.compared or plans.SHOP
groups = {"This drop" if chosen.drop else "The shop": shipments.lead_time_counts(snapshot, scope)}
if chosen.drop:
    groups[chosen.compared_name] = shipments.lead_time_counts(snapshot, other)
axes = Axes(
    title="Share delivered by hours since the order",
    x_label="Hours since the order was placed",
    y_label=f"Share of parcels at the door, those still waiting counted in; doors within {radius:g} km",
    description="The share of parcels delivered by each hour since the order.",
)
shown = shipments.lead_time_counts_by(snapshot, scope, split) if split else groups
figures.show_figure(share_by_time(shown, axes), "Nothing is delivered yet. Add deliveries and hubs: sprint add PATH.")

bars = [
    median_hours_by(shipments.lead_time_groups(snapshot, scope, group), f"Order to door by {group}", label)
    for group, label in {"hub": "Hub", "carrier": "Carrier", "day": "Day of the order (UTC)"}.items()
]
rings = median_hours_by(shipments.lead_time_rings(snapshot, scope), "Order to door by distance, any radius", "Distance")
figures.show_figures([*bars, rings], f"No group has {FEWEST_CASES} delivered parcels yet: too few to say.")
places = doors_and_hubs(shipments.door_cells(snapshot, scope), shipments.hubs(snapshot, scope))
figures.show_figure(places, "No door with coordinates yet.")

states = {"waiting": "Waiting", "delivered": "Delivered", "ended": "Came back or failed", "all": "All"}
state = page.choose("Parcels of the number above", states, "state")
asked = {"waiting": ("under_way", "not_handed_over"), "all": ("delivered", "under_way", "not_handed_over", "ended")}
tables.mark_rows()
tables.show_rows(
    "Parcels behind the number", behind.shipments_of_the_median(snapshot, scope, asked.get(state, (state,))),
    [Column("order_id", "Order"), Column("hub", "Hub"), Column("carrier", "Carrier", is_wide=True),
     Column("state", "Where it is", wording.sentence), Column("watched_hours", "Hours", words.hours, is_numeric=True),
     Column.instant("delivered_at", "Delivered", chosen.where, is_wide=True),
     Column.instant("promised_at", "Promised", chosen.where, is_wide=True)],
    chosen, "No such parcel.",
)  # fmt: skip
tables.show_rows(
    "Parcels still waiting, at any distance", shipments.open_parcels(snapshot, scope),
    [Column("order_id", "Order"), Column("hub", "Hub"), Column("state", "Where it is", wording.sentence),
     Column("watched_hours", "Waiting", words.hours, is_numeric=True),
     Column.instant("promised_at", "Promised", chosen.where, is_wide=True),
     Column("is_late", "Past its promise", wording.yes)],
    chosen, "No parcel is waiting.",
)  # fmt: skip
page.show_foot(snapshot, chosen.where)
