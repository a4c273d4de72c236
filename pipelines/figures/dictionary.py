"""What each metric means, for the dictionary page and reports. How it is computed stands in its model alone."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Entry:
    """One metric of the dictionary.

    Attributes:
        key: The metric's short name, as `Headline` has it.
        title: Its name on screen.
        sentence: What it is.
        formula: How its headline is worked out.
        beside: What stands beside it.
        edges: What happens at the edges of its window and with odd rows.
        better: Which direction is good.
        model: The mart's model that computes it.
    """

    key: str
    title: str
    sentence: str
    formula: str
    beside: str
    edges: str
    better: str
    model: str


DICTIONARY = (
    Entry(
        key="lead_time",
        title="Fulfilment lead time",
        sentence="How long a parcel takes from the order to the door, for doors near the hub that sends it.",
        formula="The smallest hour by which half of the parcels have arrived, by Kaplan and Meier: parcels under way"
        " and orders not yet handed over count as still awaited at the snapshot's instant, so that a live drop is not"
        " flattered. Empty while half have not arrived.",
        beside="Median and nine-in-ten of delivered parcels alone; the carrier's leg from hand-over to door; parcels"
        " under way and not handed over; share on time against the promise.",
        edges="Distance is the great circle from hub to door; the radius includes its end. Pick-ups and doors without"
        " coordinates are counted apart. A returned or failed parcel counts as awaited until it ended.",
        better="Lower is better.",
        model="rpt_lead_time",
    ),
    Entry(
        key="velocity",
        title="Inventory velocity",
        sentence="How much of the stock a drop sells in its first hours.",
        formula="Units sold in the window ÷ units staged before the window's end (stock at the start and restocks).",
        beside="SKUs sold out, SKUs with at least one sale, the hour each sold out.",
        edges="The window includes its start and not its end. Cancelled orders are left out; later returns are not"
        " subtracted. Above 100% is flagged as oversold. Before the window's end: so far.",
        better="Higher is better.",
        model="rpt_inventory_velocity",
    ),
    Entry(
        key="repeat",
        title="Repeat conversion",
        sentence="How many buyers of a drop come back.",
        formula="Buyers who place another order, without an item of that drop, later than their first order in it and"
        " within the window ÷ buyers whose window has passed.",
        beside="Buyers still in their window, those of them already back, any reorder, orders without a known buyer.",
        edges="The window includes its end, to the second. For the shop: from the first order ever to any other order.",
        better="Higher is better.",
        model="rpt_repeat_conversion",
    ),
    Entry(
        key="unboxing",
        title="Unboxing engagement",
        sentence="What buyers do with the box once they have it.",
        formula="(QR scans + social shares) ÷ boxes delivered. Empty without a delivered box.",
        beside="Scans per box, shares per box, share of boxes scanned.",
        edges="A visitor's scans of one box within 30 minutes count once. Robots and scans before delivery are left"
        " out. Share counters count by their increase.",
        better="Higher is better.",
        model="rpt_unboxing_engagement",
    ),
)
