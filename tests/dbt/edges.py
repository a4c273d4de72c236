"""Every edge of the metrics, the test that shows it, and a wrong rule which that test must catch.

A unit test's name is that of dbt's, in the YAML beside the model; a name that begins with `test_` is a test of
`test_metric_edges.py`, for what takes several feeds.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Edge:
    """One edge.

    Attributes:
        what: The edge in words.
        shown_by: The test's name.
        model: The model whose rule it is; None for a test of several feeds.
        right: The rule as the model has it.
        wrong: The same rule, wrong at this edge alone.
    """

    what: str
    shown_by: str
    model: str | None = None
    right: str = ""
    wrong: str = ""


EDGES = (
    Edge(
        "exactly 20 km", "within_the_radius_includes_its_end_and_pickup_is_apart", "fct_parcel_lead_times",
        "distance_km <= instant.lead_time_radius_km", "distance_km < instant.lead_time_radius_km",
    ),
    Edge(
        "a metre more than 20 km", "within_the_radius_includes_its_end_and_pickup_is_apart", "fct_parcel_lead_times",
        "distance_km <= instant.lead_time_radius_km", "distance_km <= instant.lead_time_radius_km + 0.001",
    ),
    Edge(
        "20 km and a metre more, from coordinates", "distances_are_great_circles_to_the_millimetre",
        "int_shipments__located", "'orders.door_latitude', 'orders.door_longitude') }}\n            as distance_km",
        "'orders.door_latitude', 'orders.door_longitude') }} * 1.0000001\n            as distance_km",
    ),
    Edge(
        "exactly 48 h", "the_window_ends_before_hour_48", "rpt_inventory_velocity_by_sku",
        "order_lines.ordered_at < drops.window_ends_at", "order_lines.ordered_at <= drops.window_ends_at",
    ),
    Edge(
        "a microsecond more than 48 h", "the_window_ends_before_hour_48", "rpt_inventory_velocity_by_sku",
        "order_lines.ordered_at < drops.window_ends_at",
        "order_lines.ordered_at <= drops.window_ends_at + interval '1 microsecond'",
    ),
    Edge(
        "a restock at exactly 48 h", "a_restock_at_hour_48_is_not_in_the_window", "dim_skus",
        "stock.staged_at < {{ hours_after", "stock.staged_at <= {{ hours_after",
    ),
    Edge(
        "exactly 30 d", "within_thirty_days_includes_their_last_instant", "fct_drop_buyers",
        "first_orders.window_ends_at >= later.ordered_at", "first_orders.window_ends_at > later.ordered_at",
    ),
    Edge(
        "a microsecond more than 30 d", "within_thirty_days_includes_their_last_instant", "fct_drop_buyers",
        "first_orders.window_ends_at >= later.ordered_at",
        "first_orders.window_ends_at + interval '1 microsecond' >= later.ordered_at",
    ),
    Edge(
        "30 d of which the last instant is not seen yet", "within_thirty_days_includes_their_last_instant",
        "fct_drop_buyers", "'is_eligible': 'window_ends_at < as_of'", "'is_eligible': 'window_ends_at <= as_of'",
    ),
    Edge(
        "zero orders", "a_rate_of_nobody_is_unknown", "rpt_repeat_conversion",
        "{{ rate('buyers.returned_count', 'buyers.eligible_count') }}",
        "coalesce({{ rate('buyers.returned_count', 'buyers.eligible_count') }}, 0)",
    ),
    Edge(
        "zero deliveries", "engagement_without_boxes_is_unknown", "rpt_unboxing_engagement",
        "{{ rate('boxes.scans_count', 'boxes.boxes_delivered_count') }}",
        "coalesce({{ rate('boxes.scans_count', 'boxes.boxes_delivered_count') }}, 0)",
    ),
    Edge(
        "one buyer", "a_rate_of_nobody_is_unknown", "rpt_repeat_conversion",
        "{{ rate('buyers.returned_count', 'buyers.eligible_count') }}",
        "{{ rate('buyers.returned_count', 'nullif(buyers.eligible_count, 1)') }}",
    ),
    Edge(
        "all parcels under way", "with_all_parcels_under_way_the_median_is_unknown", "rpt_lead_time",
        "        reached.median_hours,", "        coalesce(reached.median_hours, 0) as median_hours,",
    ),
    Edge(
        "an order at the drop's first instant", "a_line_belongs_to_the_drop_whose_sku_and_window_fit",
        "int_order_lines__attributed", "order_lines.ordered_at >= plans.starts_at",
        "order_lines.ordered_at > plans.starts_at",
    ),
    Edge(
        "an order at the drop's last instant", "a_line_belongs_to_the_drop_whose_sku_and_window_fit",
        "int_order_lines__attributed", "order_lines.ordered_at < plans.ends_at",
        "order_lines.ordered_at < plans.ends_at - interval '1 microsecond'",
    ),
    Edge(
        "an order at the drop's end", "a_line_belongs_to_the_drop_whose_sku_and_window_fit",
        "int_order_lines__attributed", "order_lines.ordered_at < plans.ends_at",
        "order_lines.ordered_at <= plans.ends_at",
    ),
    Edge("a daylight-saving night", "test_a_night_of_25_hours_has_no_extra_hour"),
    Edge(
        "a buyer in two drops", "within_thirty_days_includes_their_last_instant", "fct_drop_buyers",
        "same_scope.order_id is null or first_orders.scope = 'shop' as is_repeat",
        "first_orders.scope = 'shop' as is_repeat",
    ),
    Edge(
        "an order with a line in each of two drops", "an_order_of_two_drops_counts_in_both_and_cancelled_lines_in_none",
        "int_orders__scoped", "where drop_id is not null and not is_cancelled",
        "where drop_id is not null and not is_cancelled and line_number = 1",
    ),
    Edge("a cancelled first order", "test_a_cancelled_first_order_begins_nothing"),
    Edge(
        "a cancelled order", "an_order_of_two_drops_counts_in_both_and_cancelled_lines_in_none", "int_orders__scoped",
        "    where not is_cancelled\n", "    where true\n",
    ),
    Edge("two parcels of one order", "test_two_parcels_of_one_order_are_two_lead_times_in_each_scope"),
    Edge(
        "two parcels of one order and hub: nothing waits", "what_was_not_sent_waits_and_what_is_cancelled_is_out",
        "int_shipments__located", "where live_parcels.parcel_id is null", "where true",
    ),
    Edge("a return before delivery", "test_a_return_before_delivery_lowers_net_sales_and_leaves_the_lead_time"),
    Edge(
        "a return at the instant of its order", "a_return_is_kept_and_flagged_when_it_does_not_fit", "fct_returns",
        "returned_lines.returned_at < order_lines.ordered_at", "returned_lines.returned_at <= order_lines.ordered_at",
    ),
    Edge(
        "a scan at the instant of delivery", "one_look_of_a_visitor_counts_once", "int_scans__judged",
        "scans.scanned_at < boxes.delivered_at", "scans.scanned_at <= boxes.delivered_at",
    ),
    Edge(
        "a scan exactly 30 minutes after the one before", "one_look_of_a_visitor_counts_once", "int_scans__judged",
        "scanned_at <= previous_scanned_at", "scanned_at < previous_scanned_at",
    ),
    Edge(
        "delivered at the instant promised",
        "the_promised_instant_itself_is_on_time_and_a_promise_is_overdue_while_its_parcel_waits",
        "fct_parcel_lead_times",
        "delivered_at <= promised_at", "delivered_at < promised_at",
    ),
    Edge(
        "a drop exactly 30 d after its end", "a_drop_is_final_thirty_days_after_its_end_once_nothing_young_waits",
        "dim_drops", "instant.as_of < {{ days_after", "instant.as_of <= {{ days_after",
    ),
)  # fmt: skip
