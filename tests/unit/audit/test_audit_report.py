from __future__ import annotations

from pathlib import Path

import pytest
from audits import audit
from published_snapshot import AS_OF, FINAL, LIVE, write_snapshot

from pipelines.warehouse.published import open_published


def test_an_audit_holds_the_marts_numbers_and_the_snapshot_they_are_of(tmp_path: Path) -> None:
    folder = write_snapshot(tmp_path)
    report = audit(tmp_path, FINAL)
    snapshot = open_published(tmp_path / "published")
    card = snapshot.frame("select * from marts.rpt_drop_scorecard where scope = ?", [FINAL]).row(0, named=True)
    assert report.totals is not None
    assert report.totals.net_sales_amount == card["net_sales_amount"]
    assert (report.provenance.snapshot_id, report.provenance.as_of) == (folder.name, AS_OF)
    reasons = report.tables["returns_by_reason"].select("reason", "returns_count", "refund_lag_median_hours").rows()
    assert reasons == [("arrived broken", 3, 216.0), ("not as pictured", 3, 240.0)]
    assert report.unsettled == ()


def test_what_is_still_open_is_said_in_sentences(tmp_path: Path) -> None:
    write_snapshot(tmp_path)
    assert audit(tmp_path, LIVE).unsettled == (
        "The drop is not over: sales, stock and prices still move.",
        "14 parcels near their hubs are under way.",
        "9 parcels near their hubs wait to be handed over.",
        "31 parcels in all are awaited.",
        "90 buyers may still come back in time.",
        "Returns, refunds, scans and shares may still come in.",
        "Final from Wed 6 Jan 2027, 09:00 GMT on at the earliest, once no parcel is awaited any more.",
    )


def test_each_metric_says_how_it_was_worked_out(tmp_path: Path) -> None:
    write_snapshot(tmp_path)
    report = audit(tmp_path, FINAL)
    assert [method.subject for method in report.methods] == [headline.key for headline in report.headlines]
    assert all(method.sentence and method.formula and method.owner for method in report.methods)


def test_every_table_says_what_a_row_is_and_fits_a_sheets_name(tmp_path: Path) -> None:
    write_snapshot(tmp_path)
    report = audit(tmp_path, FINAL)
    assert report.tables.keys() == report.sentences.keys()
    # A workbook's sheet has 31 characters at most.
    assert all(len(name) <= 31 for name in report.tables)


def test_price_history_marks_what_a_guardrail_changed(tmp_path: Path) -> None:
    write_snapshot(tmp_path)
    report = audit(tmp_path, LIVE)
    assert list(report.price_histories) == sorted(report.titles)
    data = report.price_histories["KIT-GIFT"].data
    marked = data.filter(series="Changed by a guardrail").drop_nulls("y")
    # Hours 7 and 20 of 72, in which 65 and 52 hours are left, in either channel.
    assert sorted(set(marked["x"])) == [7.0, 20.0]
    assert set(marked["panel"]) == {"web", "popup"}


def test_what_was_never_sold_before_has_no_prior_price(tmp_path: Path) -> None:
    write_snapshot(tmp_path)
    rows = audit(tmp_path, LIVE).tables["prior_prices"].iter_rows(named=True)
    before = {row["sku"]: row["lowest_30d_before_amount"] for row in rows}
    assert [sku for sku, amount in before.items() if amount is None] == ["KIT-GIFT"]


def test_buyers_are_listed_with_their_consent_alone_and_by_the_start_of_their_key(tmp_path: Path) -> None:
    write_snapshot(tmp_path)
    assert audit(tmp_path, FINAL).tables["interested_buyers"].is_empty()
    agreed = [f"{FINAL}-b0", f"{FINAL}-b2", "somebody else"]
    listed = audit(tmp_path, FINAL, consenting=agreed).tables["interested_buyers"]
    assert listed.select("rank", "interest_points", "why").rows() == [
        (1, 7, "ordered again (3); shared once (2); scanned 2 times (2)"),
        (2, 2, "shared once (2)"),
    ]
    assert [len(buyer) for buyer in listed["buyer"]] == [len(FINAL) + 3] * 2
    assert "buyer_key" not in listed.columns


def test_an_unknown_drop_names_those_that_are_known(tmp_path: Path) -> None:
    write_snapshot(tmp_path)
    with pytest.raises(LookupError, match="advent-1, advent-2"):
        audit(tmp_path, "nothing")
