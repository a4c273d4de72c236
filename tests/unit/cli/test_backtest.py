from __future__ import annotations

import json

from typer.testing import CliRunner

from pipelines.cli.app import app
from pipelines.cli.backtest import sum_up
from pipelines.simulate.marks import Verdict


def verdict(**changes):
    stated = {
        "family": "tiny", "percent": 97.0, "interval": (96.0, 98.0), "mark": 96.5, "is_met": True, "stretch": 98.1,
        "distance": 1.1, "closest_peer": "ts_update", "lead": 3.0, "least_lead": 1.0, "violations": 0,
        "lost_to_list_rate": 0.2,
    }  # fmt: skip
    return Verdict(**stated | changes)


def test_a_backtest_prints_its_tables_and_keeps_its_jobs(tmp_path):
    arguments = ["backtest", "--families", "tiny,kinked", "--drops", "3", "--processes", "1", "--kept", str(tmp_path)]
    result = CliRunner().invoke(app, [*arguments, "--figure", str(tmp_path / "figure.html")])
    assert result.exit_code == 0
    for part in ("fixed_list", "Marks: ", "Peers: ", "Prices below the floor: 0.", "2 of 2 jobs to run"):
        assert part in result.output
    assert len(list(tmp_path.glob("tiny-1-0-*.npz"))) == 1
    page = (tmp_path / "figure.html").read_text()
    assert "same model, Thompson" in page
    assert 'src="http' not in page
    again = CliRunner().invoke(app, [*arguments, "--json"])
    assert "0 of 2 jobs to run" in again.stderr
    said = json.loads(again.stdout)
    assert [each["mark"] for each in said["marks"]] == [96.5, None]
    engine = said["families"]["tiny"]["engine"]
    assert {"percent_of_clairvoyant_dp", "interval", "percent_of_fluid", "p5_capture", "leftover_rate"} <= set(engine)


def test_what_is_missing_is_said():
    good = "\n".join(sum_up([verdict(distance=-0.1)], 2.0))
    for part in ("all met", "all beaten", "all reached", "floor: 0."):
        assert part in good
    bad = "\n".join(sum_up([verdict(is_met=False, least_lead=-0.1, violations=2)], 2.0))
    for part in ("not met in tiny", "ts_update in tiny", "not reached in tiny", "floor: 2."):
        assert part in bad


def test_a_family_without_a_mark_neither_meets_nor_misses_it():
    said = sum_up([verdict(family="kinked", mark=None, is_met=None, stretch=None, distance=None)], 2.0)
    assert said[0] == "Marks: all met."
    assert said[2] == "Stretch marks: all reached."


def test_a_figure_is_a_page_or_json():
    result = CliRunner().invoke(app, ["backtest", "--families", "tiny", "--figure", "figure.png"])
    assert result.exit_code == 2
