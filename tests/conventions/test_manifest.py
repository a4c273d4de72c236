"""The rules of dbt-labs/dbt-project-evaluator that fit this project, read from the parsed manifest.

Left out on purpose: "every model is a table downstream" and the like, which are about other engines' costs.
"""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipelines.contracts.price_bands import FALLBACK_GRACE
from pipelines.orchestration.dbt_build import DBT_PROJECT_DIR
from pipelines.warehouse.tables import FEED_TABLES

# Fan-out: a model that more than this many others read is hard to change. The scopes and the clock are read by all.
MOST_READERS = 12
READ_BY_MANY = {
    "stg_as_of__instant",
    "stg_drops__plans",
    "stg_changes__orders",
    "int_scopes__listed",
    "int_changes__scopes",
}
# Several rows of one content: it lists what may have changed, and is joined by `in` alone.
WITHOUT_A_KEY = {"stg_changes__scans"}
# A plan and a hub are described once: old is no fault of theirs.
LANDED_ONCE = {"drops", "hubs"}
LONGEST_CHAIN_OF_VIEWS = 4
# The ledger of files is kept in two tables, first sights and later ones, and neither says anything alone; nor does the
# clock without how far a build in slices has come.
LEDGERS_IN_PARTS = {"stg_landing_files__orders_met", "stg_as_of__instant"}
# Rules that take a whole shop to show, and where that is.
SHOWN_ELSEWHERE = {
    "int_changes__scopes": "tests/dbt/test_incremental.py",
    "rpt_drop_comparison": "tests/dbt/test_beside_headlines.py",
    "rpt_drop_scorecard": "tests/dbt/test_missing_feeds.py",
}
# A model that joins more than this many others hides a step that wants a name. A scorecard is made of everything.
MOST_PARENTS = 9
MADE_OF_EVERYTHING = {"rpt_drop_scorecard"}


@pytest.fixture(scope="module")
def models(manifest: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {node["name"]: node for node in manifest["nodes"].values() if node["resource_type"] == "model"}


def _layer(model: dict[str, Any]) -> str:
    return str(model["fqn"][1])


def _parents(model: dict[str, Any]) -> list[str]:
    return [parent.split(".")[-1] for parent in model["depends_on"]["nodes"] if parent.startswith("model.")]


def test_no_model_stands_above_the_layer_it_reads(models: dict[str, dict[str, Any]]) -> None:
    # Survival curves are intermediate over facts: a curve is no fact of its own, and two reports read it. So are
    # quantiles and what they are found in, what shipments add up to, and the intervals of reported rates.
    allowed = {
        "int_lead_times__survival",
        "int_lead_times__steps",
        "int_lead_times__delivered",
        "int_shipments__months",
        "int_buyers__survival",
        "int_rates__bounded",
    }
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
    read = {parent for model in models.values() for parent in model["depends_on"]["nodes"]}
    for unique_id, source in manifest["sources"].items():
        assert unique_id in read, f"source {source['name']} is read by nobody: remove it"
    for name, model in models.items():
        if _layer(model) != "marts":
            assert model["unique_id"] in read, f"{name} is read by nobody: remove it"


def test_no_model_is_read_by_too_many(models: dict[str, dict[str, Any]]) -> None:
    readers: dict[str, int] = {}
    for model in models.values():
        for parent in _parents(model):
            readers[parent] = readers.get(parent, 0) + 1
    for name, count in readers.items():
        assert count <= MOST_READERS or name in READ_BY_MANY, f"{name} is read by {count} models: split it"


def test_every_model_has_a_test_of_its_key(manifest: dict[str, Any], models: dict[str, dict[str, Any]]) -> None:
    keyed = {
        test["attached_node"]
        for test in manifest["nodes"].values()
        if test["resource_type"] == "test" and (test.get("test_metadata") or {}).get("name") == "unique_key"
    }
    for name, model in models.items():
        assert model["unique_id"] in keyed or name in WITHOUT_A_KEY, f"{name} has no key test"


def test_every_mart_has_a_contract_and_described_columns(models: dict[str, dict[str, Any]]) -> None:
    for name, model in models.items():
        if _layer(model) != "marts":
            continue
        assert model["contract"]["enforced"], f"{name} has no contract"
        for column in model["columns"].values():
            assert column["description"].strip(), f"{name}.{column['name']} has no description"


def test_every_description_begins_with_its_grain(models: dict[str, dict[str, Any]]) -> None:
    for name, model in models.items():
        assert model["description"].startswith(("One row per ", "One row, ")), f"{name}: begin with `One row per …`"


def test_every_source_table_is_described_and_every_feed_says_how_old_it_may_be(manifest: dict[str, Any]) -> None:
    for source in manifest["sources"].values():
        assert source["description"].strip(), f"{source['name']} has no description"
        assert source["source_description"].strip(), f"{source['source_name']} has no description"
    feeds = {source["name"]: source for source in manifest["sources"].values() if source["name"] in FEED_TABLES}
    for name, source in feeds.items():
        assert source["loaded_at_field"] == "_loaded_at", f"{name} does not say when its rows came"
        limits = source["freshness"] or {}
        assert bool((limits.get("warn_after") or {}).get("count")) != (name in LANDED_ONCE), f"{name}: freshness"


def test_models_wait_for_a_price_as_long_as_storefronts_do() -> None:
    project = yaml.safe_load((DBT_PROJECT_DIR / "dbt_project.yml").read_text(encoding="utf-8"))
    assert timedelta(minutes=project["vars"]["fallback_grace_minutes"]) == FALLBACK_GRACE


def test_no_unit_test_repeats_a_name(manifest: dict[str, Any]) -> None:
    names = [test["name"] for test in manifest["unit_tests"].values()]
    assert len(names) == len(set(names))


def test_no_model_names_a_table_by_hand(models: dict[str, dict[str, Any]]) -> None:
    for name, model in models.items():
        text = re.sub(r"--.*|\{\{.*?\}\}|\{%.*?%\}", "", model["raw_code"])
        assert not re.search(r"\b(from|join)\s+(raw|staging|intermediate|marts|pricing)\.", text), name
        assert Path(model["original_file_path"]).stem == name


def test_no_model_joins_too_many_others(models: dict[str, dict[str, Any]]) -> None:
    for name, model in models.items():
        count = len(set(model["depends_on"]["nodes"]))
        assert count <= MOST_PARENTS or name in MADE_OF_EVERYTHING, f"{name} reads {count} others: name a step between"


def test_no_model_stands_on_nothing(models: dict[str, dict[str, Any]]) -> None:
    for name, model in models.items():
        assert model["depends_on"]["nodes"], f"{name} reads neither source nor model"


def test_a_source_table_has_one_staging_model_beside_the_lists_of_changes(
    manifest: dict[str, Any], models: dict[str, dict[str, Any]]
) -> None:
    # A drop's versions and its current plan are two grains of one table.
    two_grains = {"drops"}
    for unique_id, source in manifest["sources"].items():
        readers = [
            name
            for name, model in models.items()
            if unique_id in model["depends_on"]["nodes"] and "_changes__" not in name
        ]
        assert len(readers) <= 1 or source["name"] in two_grains, f"{source['name']} is read by {readers}"


def test_a_source_has_one_name_and_a_staging_model_one_source(
    manifest: dict[str, Any], models: dict[str, dict[str, Any]]
) -> None:
    relations = [source["relation_name"] for source in manifest["sources"].values()]
    assert len(relations) == len(set(relations)), "two sources name one table"
    for name, model in models.items():
        sources = [parent for parent in model["depends_on"]["nodes"] if parent.startswith("source.")]
        assert len(sources) <= 1 or "_changes__" in name or name in LEDGERS_IN_PARTS, (
            f"{name} joins {sources}: stage each, join later"
        )


def test_no_chain_of_views_is_long(models: dict[str, dict[str, Any]]) -> None:
    """A view is worked out anew by each of its readers, and a view of views by each of theirs."""

    def length(name: str) -> int:
        is_view = models[name]["config"]["materialized"] == "view"
        return 1 + max(map(length, _parents(models[name])), default=0) if is_view else 0

    for name in models:
        assert length(name) <= LONGEST_CHAIN_OF_VIEWS, (
            f"{name} ends a chain of {length(name)} views: keep one as a table"
        )


def test_models_lie_in_the_folder_of_their_layer_and_subject(models: dict[str, dict[str, Any]]) -> None:
    for name, model in models.items():
        folders = Path(model["original_file_path"]).parts[1:-1]
        subject = name.removeprefix("stg_").partition("__")[0]
        if folders[0] == "staging":
            assert folders == ("staging", subject), f"{name} belongs in staging/{subject}"
        elif folders[0] == "marts":
            assert model["group"] == folders[1], f"{name} belongs to group {folders[1]}"


def test_every_rule_has_a_unit_test(manifest: dict[str, Any], models: dict[str, dict[str, Any]]) -> None:
    """What decides (a `case`, a window's edge, a rank) is shown on rows; what only renames or lists need not be."""
    tested = {test["model"] for test in manifest["unit_tests"].values()}
    for name, model in models.items():
        code = re.sub(r"--.*", "", model["raw_code"])
        decides = re.search(r"\bcase\b|row_number\(|lag\(|interval|hours_after|days_after", code)
        assert not decides or name in tested or name in SHOWN_ELSEWHERE, f"{name} has a rule and no unit test"
    for name, place in SHOWN_ELSEWHERE.items():
        assert name in (Path(__file__).parents[2] / place).read_text(encoding="utf-8"), (
            f"{place} shows nothing of {name}"
        )
