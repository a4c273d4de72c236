"""The rules of dbt-labs/dbt-project-evaluator that fit this project, read from the parsed manifest.

Left out on purpose: "every model is a table downstream" and the like, which are about other engines' costs.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from pipelines.orchestration.dbt_build import parse_project

# Fan-out: a model that more than this many others read is hard to change. The scopes and the clock are read by all.
MOST_READERS = 12
READ_BY_MANY = {
    "stg_as_of__instant",
    "stg_drops__plans",
    "stg_changes__orders",
    "int_scopes__listed",
    "int_changes__scopes",
}


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(parse_project(tmp_path_factory.mktemp("dbt")).read_text(encoding="utf-8"))
    return parsed


@pytest.fixture(scope="module")
def models(manifest: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {node["name"]: node for node in manifest["nodes"].values() if node["resource_type"] == "model"}


def _layer(model: dict[str, Any]) -> str:
    return str(model["fqn"][1])


def _parents(model: dict[str, Any]) -> list[str]:
    return [parent.split(".")[-1] for parent in model["depends_on"]["nodes"] if parent.startswith("model.")]


def test_no_model_stands_above_the_layer_it_reads(models: dict[str, dict[str, Any]]) -> None:
    # Survival curves are intermediate over facts: a curve is no fact of its own, and two reports read it.
    allowed = {"int_lead_times__survival", "int_buyers__survival"}
    # The lists of changed keys stand beside the layers: every kept table is cut down to them.
    order = {"staging": 0, "intermediate": 1, "marts": 2}
    for name, model in models.items():
        for parent in _parents(model):
            if name not in allowed and "_changes__" not in parent:
                assert order[_layer(models[parent])] <= order[_layer(model)], f"{name} reads {parent} of a later layer"


def test_no_model_reads_a_source_and_a_later_layer(models: dict[str, dict[str, Any]]) -> None:
    for name, model in models.items():
        sources = [parent for parent in model["depends_on"]["nodes"] if parent.startswith("source.")]
        later = [parent for parent in _parents(model) if not parent.startswith(("stg_", "int_changes__"))]
        assert not (sources and later), f"{name} reads {sources} and {later}"


def test_no_source_and_no_staging_model_is_without_a_reader(
    manifest: dict[str, Any], models: dict[str, dict[str, Any]]
) -> None:
    # What storefronts showed is read by pricing from `raw`; its view documents the feed.
    unread_by_choice = {"stg_shown_prices__prices"}
    read = {parent for model in models.values() for parent in model["depends_on"]["nodes"]}
    for unique_id, source in manifest["sources"].items():
        assert unique_id in read, f"source {source['name']} is read by nobody: remove it"
    for name, model in models.items():
        if _layer(model) != "marts" and name not in unread_by_choice:
            assert model["unique_id"] in read, f"{name} is read by nobody: remove it"


def test_no_model_is_read_by_too_many(models: dict[str, dict[str, Any]]) -> None:
    readers: dict[str, int] = {}
    for model in models.values():
        for parent in _parents(model):
            readers[parent] = readers.get(parent, 0) + 1
    for name, count in readers.items():
        assert count <= MOST_READERS or name in READ_BY_MANY, f"{name} is read by {count} models: split it"


def test_every_mart_has_a_contract_described_columns_and_a_key_test(
    manifest: dict[str, Any], models: dict[str, dict[str, Any]]
) -> None:
    keyed = {
        test["attached_node"]
        for test in manifest["nodes"].values()
        if test["resource_type"] == "test" and (test.get("test_metadata") or {}).get("name") == "unique_key"
    }
    for name, model in models.items():
        if _layer(model) != "marts":
            continue
        assert model["contract"]["enforced"] or model["config"]["materialized"] == "view", f"{name} has no contract"
        assert model["unique_id"] in keyed or name == "fct_price_decisions", f"{name} has no key test"
        for column in model["columns"].values():
            assert column["description"].strip(), f"{name}.{column['name']} has no description"


def test_every_description_of_a_mart_begins_with_its_grain(models: dict[str, dict[str, Any]]) -> None:
    for name, model in models.items():
        if _layer(model) == "marts":
            assert model["description"].startswith("One row per "), f"{name}: begin with `One row per …`"


def test_every_source_table_is_described(manifest: dict[str, Any]) -> None:
    for source in manifest["sources"].values():
        assert source["description"].strip(), f"{source['name']} has no description"


def test_no_unit_test_repeats_a_name(manifest: dict[str, Any]) -> None:
    names = [test["name"] for test in manifest["unit_tests"].values()]
    assert len(names) == len(set(names))


def test_no_model_names_a_table_by_hand(models: dict[str, dict[str, Any]]) -> None:
    for name, model in models.items():
        text = re.sub(r"--.*|\{\{.*?\}\}|\{%.*?%\}", "", model["raw_code"])
        assert not re.search(r"\b(from|join)\s+(raw|staging|intermediate|marts|pricing)\.", text), name
        assert Path(model["original_file_path"]).stem == name
