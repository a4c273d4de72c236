"""One light and a sentence for those who run the shop, and below it all that it is made of."""

from __future__ import annotations

import polars as pl

from dashboards.components import light, page, tables, wording
from dashboards.components.tables import Column
from dashboards.queries import upkeep
from pipelines.figures import words

chosen = page.open_page("Data health", whole_shop=True)
snapshot, where = chosen.snapshot, chosen.where
freshness, files = upkeep.feed_freshness(snapshot), upkeep.landing_files(snapshot)
checks, ticks = upkeep.checks(snapshot), upkeep.ticks(snapshot)

light.show_light(light.find_problems(checks, files, missed_hours=upkeep.missed_hours(snapshot), ticks=ticks))
light.show_freshness(freshness, snapshot, None)
tables.show_rows(
    "Checks of the last tick",
    checks.with_columns(kind=pl.when("is_blocking").then(pl.lit("stops publishing")).otherwise(pl.lit("warns"))),
    [Column("check_name", "Check", wording.sentence), Column("is_passed", "Result", wording.passed),
     Column("kind", "If it fails", is_wide=True), Column("observed", "Found")],
    chosen, "No check has run yet.",
)  # fmt: skip
tables.show_rows(
    "Last ticks", ticks,
    [Column.instant("hour", "Hour", where), Column("status", "Result", wording.sentence),
     Column("trigger", "Started by", is_wide=True),
     Column("seconds", "Seconds", words.visible, is_numeric=True)],
    chosen, "No tick has run yet.",
)  # fmt: skip
tables.show_rows(
    "Files", files.drop("sha256"),
    [Column.coded("feed", "Feed", words.FEEDS), Column("path", "File"),
     Column.coded("status", "Result", {"quarantined": "set apart"}),
     Column.counted("rows_read", "Rows"), Column.counted("accepted", "Accepted"),
     Column.counted("rejected", "Rejected"),
     Column.counted("duplicate", "Repeated", is_wide=True), Column("first_error", "First error")],
    chosen, "No file has come yet.",
)  # fmt: skip
tables.show_rows(
    "Columns that came or stayed away", upkeep.drift(snapshot),
    [Column.coded("feed", "Feed", words.FEEDS), Column("source", "System", wording.sentence, is_wide=True),
     Column("change", "What"), Column("column_name", "Column"), Column.counted("files_count", "Files"),
     Column.instant("last_seen_at", "Last", where, is_wide=True)],
    chosen, "Every file has the columns of its feed.",
)  # fmt: skip
tables.show_rows(
    "Rejected rows by rule", upkeep.rejects(snapshot),
    [Column.coded("feed", "Feed", words.FEEDS), Column("rule", "Rule", wording.sentence),
     Column("field", "Field", wording.sentence, is_wide=True), Column.counted("rows_count", "Rows"),
     Column.counted("files_count", "Files", is_wide=True)],
    chosen, "No row was rejected.",
)  # fmt: skip
tables.show_rows(
    "Rows and money, reconciled", upkeep.reconciliation(snapshot),
    [Column.coded("feed", "Feed", words.FEEDS), Column("outcome", "Outcome", wording.sentence),
     Column("currency_code", "Currency"), Column.counted("rows_count", "Rows"),
     Column("amount", "Amount", lambda amount: words.money(amount, None), is_numeric=True)],
    chosen, "No file has come yet.",
)  # fmt: skip
page.show_foot(snapshot, where)
