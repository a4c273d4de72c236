"""Each edge has its test, and the test fails when the rule is wrong there.

The wrong rules are put into a copy of the project, one at a time: a minute and a half in all, in `make soak-edges`.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml

from pipelines.orchestration import dbt_build
from tests.dbt import test_metric_edges
from tests.dbt.built_shop import Marts
from tests.dbt.edges import EDGES, Edge

BREAKABLE = [edge for edge in EDGES if edge.model]


def test_every_edge_is_shown_by_a_test_that_is_there() -> None:
    texts = [path.read_text(encoding="utf-8") for path in (dbt_build.DBT_PROJECT_DIR / "models").rglob("*.yml")]
    units = {unit["name"]: unit["model"] for text in texts for unit in yaml.safe_load(text).get("unit_tests", [])}
    for edge in EDGES:
        if edge.model:
            assert units.get(edge.shown_by) == edge.model, edge.what
        else:
            assert hasattr(test_metric_edges, edge.shown_by), edge.what


def test_every_wrong_rule_is_one_change_of_a_right_one() -> None:
    for edge in BREAKABLE:
        assert _model(dbt_build.DBT_PROJECT_DIR, edge).read_text(encoding="utf-8").count(edge.right) == 1, edge.what


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the dbt project that may be broken."""
    copy = tmp_path_factory.mktemp("broken") / "dbt_project"
    shutil.copytree(dbt_build.DBT_PROJECT_DIR, copy, ignore=shutil.ignore_patterns("target", "logs"))
    return copy


@pytest.mark.soak
@pytest.mark.parametrize("edge", BREAKABLE, ids=lambda edge: edge.what)
def test_a_wrong_rule_fails_its_test(
    edge: Edge, project: Path, empty_shop: Marts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dbt_build, "DBT_PROJECT_DIR", project)
    path, target = _model(project, edge), project.parent / "target"
    right = path.read_text(encoding="utf-8")
    run = (empty_shop.warehouse_path, target, project.parent / "logs", [edge.shown_by])
    assert len(dbt_build.test_models(*run)) == 1
    try:
        path.write_text(right.replace(edge.right, edge.wrong), encoding="utf-8")
        with pytest.raises(dbt_build.DbtBuildError, match=r"1 dbt nodes failed\nunit_test\.") as failed:
            dbt_build.test_models(*run)
        # It ran and found another result: a rule that does not compile proves nothing.
        assert {result.status for result in failed.value.results} == {"fail"}
    finally:
        path.write_text(right, encoding="utf-8")


def _model(project: Path, edge: Edge) -> Path:
    (path,) = (project / "models").rglob(f"{edge.model}.sql")
    return path
