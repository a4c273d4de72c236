"""The owner's report of a drop: what it holds, how old it is, and its files."""

from __future__ import annotations

from dashboards.components import downloads, page, tables, tiles
from dashboards.components.tables import Column
from dashboards.queries import afterwards, metrics, reports
from pipelines.figures import words

chosen = page.open_page("Audit and downloads", drop_only=True)
snapshot, drop_id = chosen.snapshot, chosen.scope
tiles.show_totals(metrics.scorecard(snapshot, drop_id))
downloads.show_report_files(reports.report_manifest(drop_id), chosen)
downloads.show_followups(chosen)
tables.show_rows(
    "Returns by reason", afterwards.returns_by_reason(snapshot, drop_id),
    [Column("reason", "Reason"), Column.counted("returns_count", "Returns"), Column.counted("returned_units", "Units"),
     Column("refunds_amount", "Refunded", lambda amount: words.money(amount, None), is_numeric=True),
     Column("currency_code", "Currency", is_wide=True),
     Column("median_lag_hours", "After, median", words.hours, is_numeric=True, is_wide=True)],
    chosen, "Nothing has come back so far.",
)  # fmt: skip
page.show_foot(snapshot, chosen.where)
