"""The owner's report of a drop: what it holds, how old it is, and its files."""

from __future__ import annotations

from dashboards import components, queries
from dashboards.components import Column
from pipelines.figures import words

chosen = components.open_page("Audit and downloads", drop_only=True)
snapshot, drop_id = chosen.snapshot, chosen.scope
components.show_totals(queries.scorecard(snapshot, drop_id))
components.show_report_files(queries.report_manifest(drop_id), chosen)
components.show_rows(
    "Returns by reason", queries.returns_by_reason(snapshot, drop_id),
    [Column("reason", "Reason"), Column.counted("returns_count", "Returns"), Column.counted("returned_units", "Units"),
     Column("refunds_amount", "Refunded", lambda amount: words.money(amount, None), is_numeric=True),
     Column("currency_code", "Currency", is_wide=True),
     Column("median_lag_hours", "After, median", words.hours, is_numeric=True, is_wide=True)],
    chosen, "Nothing has come back so far.",
)  # fmt: skip
components.show_foot(snapshot, chosen.where)
