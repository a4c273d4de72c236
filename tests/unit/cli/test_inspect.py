from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
from typer.testing import CliRunner

from pipelines.cli.app import app
from pipelines.cli.plain_text import plain
from pipelines.contracts.inspection_report import InspectionReport

HUBS = "hub_id,name,latitude,longitude\nh,North,1,2\ni,[red]\u202eSouth,x,2\n"


@pytest.mark.parametrize("command", [["inspect"], ["add", "--dry-run"]])
def test_a_look_at_files_names_verdict_and_bad_rows_and_stores_nothing(tmp_path: Path, command: list[str]) -> None:
    (tmp_path / "hubs [red].csv").write_text(HUBS)
    (tmp_path / "README.md").touch()
    result = CliRunner().invoke(app, [*command, str(tmp_path), "--data", str(tmp_path / "data")])
    assert result.exit_code == 1
    for said in (
        "hubs [red].csv: 1 bad row\n",
        "loads in part",
        "latitude_is_a_number (1)",
        "lacks: capacity_units, updated_at",
        "1 of 2 files would load",
        "would be",
    ):
        assert said in result.stdout
    assert not (tmp_path / "data").exists()


def test_json_is_the_documented_schema(tmp_path: Path) -> None:
    (tmp_path / "hubs.csv").write_text(HUBS.split("i,", maxsplit=1)[0])
    result = CliRunner().invoke(app, ["inspect", str(tmp_path / "hubs.csv"), "--json"])
    assert result.exit_code == 0
    printed = json.loads(result.stdout)
    jsonschema.validate(printed, InspectionReport.model_json_schema(mode="serialization"))
    (file,) = printed["files"]
    assert (file["feed"], file["verdict"], file["rows_read"], file["bad_rows"]) == ("hubs", "loads", 1, [])


def test_what_cannot_be_printed_is_shown_by_its_code() -> None:
    assert plain("a\u202eb\x1b[31m\n[red]").plain == "a\\u202eb\\x1b[31m\\n[red]"
