"""What buyers do with the box: scans, shares, and how soon."""

from __future__ import annotations

from dashboards.components import figures, page, tables, tiles
from dashboards.components.tables import Column
from dashboards.queries import afterwards, metrics, trends
from pipelines.figures import words
from pipelines.figures.headlines import describe_unboxing
from pipelines.figures.survival import Axes, share_by_time

chosen = page.open_page("Unboxing", can_compare=True)
snapshot, scope = chosen.snapshot, chosen.scope
row = metrics.metric_rows(snapshot, scope).unboxing or {}
tiles.show_headlines(
    [describe_unboxing(row, is_final=page.is_final(chosen))], chosen, others=tiles.compared_headlines(chosen),
    trends=trends.metric_trends(snapshot, scope, is_drop=bool(chosen.drop), keys=("unboxing",)),
)  # fmt: skip
tiles.show_note(
    f"Left out: {words.count(row.get('bot_scans_count') or 0, 'scan', 'scans')} by robots and"
    f" {words.count(row.get('early_scans_count') or 0, 'scan', 'scans')} before delivery."
)

axes = Axes(
    title="Share of boxes scanned by hours since delivery",
    x_label="Hours since delivery",
    y_label="Share of delivered boxes with a scan; boxes delivered lately counted in",
    description="The share of boxes scanned by each hour since their delivery.",
)
groups = {"Boxes": afterwards.scan_counts(snapshot, scope)}
figures.show_figure(share_by_time(groups, axes), "No box was scanned yet. Labels need a box id: see deliveries.")

tables.mark_rows()
tables.show_rows(
    "Boxes", afterwards.boxes(snapshot, scope),
    [Column("box_id", "Box"), Column.instant("delivered_at", "Delivered", chosen.where),
     Column.instant("first_scanned_at", "First scan", chosen.where, is_wide=True),
     Column.counted("scans_count", "Scans"), Column.counted("shares_count", "Shares")],
    chosen, "No labelled box was delivered.",
)  # fmt: skip
page.show_foot(snapshot, chosen.where)
