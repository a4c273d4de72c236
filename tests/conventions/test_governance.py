"""Who owns what, who reads what, and that it is said: groups, exposures and metrics of the parsed manifest."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import pytest

from dashboards.definitions import metric_definitions
from pipelines.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted((ROOT / "dashboards/app_pages").glob("[!_]*.py"))
# Readers that are no page: exposure -> the modules that name the marts they read.
OTHER_READERS = {
    "audit_report": ("pipelines/audit", "pipelines/operations/reports.py"),
    "followups": ("pipelines/figures/interest.py", "pipelines/cli/followups.py"),
    "sprint_metrics": ("pipelines/warehouse/metrics.py",),
    "hourly_prices": ("pipelines/warehouse/ledger.py", "pipelines/warehouse/publish.py"),
}


@pytest.fixture(scope="module")
def exposures(manifest: dict[str, Any]) -> dict[str, set[str]]:
    """Exposure to the names of the models that it depends on."""
    return {
        exposure["name"]: {parent.split(".")[-1] for parent in exposure["depends_on"]["nodes"]}
        for exposure in manifest["exposures"].values()
    }


@pytest.fixture(scope="module")
def marts(manifest: dict[str, Any]) -> dict[str, dict[str, Any]]:
    nodes = manifest["nodes"].values()
    return {node["name"]: node for node in nodes if node["resource_type"] == "model" and node["fqn"][1] == "marts"}


def test_every_group_has_an_owner_and_every_model_a_group(manifest: dict[str, Any]) -> None:
    groups = {group["name"]: group["owner"] for group in manifest["groups"].values()}
    for name, owner in groups.items():
        assert owner["name"], name
        assert owner["email"], name
    for node in manifest["nodes"].values():
        assert node["resource_type"] != "model" or node["config"]["group"] in groups, f"{node['name']} has no group"


def test_marts_alone_are_public_and_those_have_contracts(manifest: dict[str, Any], marts: dict[str, Any]) -> None:
    for node in manifest["nodes"].values():
        if node["resource_type"] == "model":
            assert (node["access"] == "public") == (node["name"] in marts), node["name"]
            assert node["access"] != "public" or node["contract"]["enforced"], node["name"]


def test_every_page_has_an_exposure_and_every_exposure_of_a_page_a_page(exposures: dict[str, set[str]]) -> None:
    said = {name.removeprefix("page_") for name in exposures if name.startswith("page_")}
    assert said == {path.stem for path in PAGES}, "keep dbt_project/models/exposures.yml beside dashboards/app_pages"


def test_every_exposure_is_described_owned_and_depends_on_marts_alone(
    manifest: dict[str, Any], marts: dict[str, Any]
) -> None:
    for exposure in manifest["exposures"].values():
        assert exposure["description"].strip(), exposure["name"]
        assert exposure["owner"]["email"], exposure["name"]
        for parent in exposure["depends_on"]["nodes"]:
            assert parent.split(".")[-1] in marts, f"{exposure['name']} depends on {parent}, which is no mart"


def test_no_mart_is_without_a_reader(
    manifest: dict[str, Any], marts: dict[str, Any], exposures: dict[str, set[str]]
) -> None:
    read = set().union(*exposures.values())
    for node in manifest["nodes"].values():
        read |= {parent.split(".")[-1] for parent in node["depends_on"]["nodes"] if node["resource_type"] == "model"}
    assert marts.keys() - read == set(), "name who reads it in exposures.yml, or remove it"


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.stem)
def test_the_exposure_of_a_page_names_every_mart_that_the_page_can_reach(
    page: Path, marts: dict[str, Any], exposures: dict[str, set[str]]
) -> None:
    lacking = _reached(page, set(marts)) - exposures[f"page_{page.stem}"]
    assert not lacking, f"add to page_{page.stem} in dbt_project/models/exposures.yml: {sorted(lacking)}"


@pytest.mark.parametrize("name", OTHER_READERS)
def test_the_exposure_of_a_program_names_every_mart_that_it_reads(
    name: str, marts: dict[str, Any], exposures: dict[str, set[str]]
) -> None:
    paths = [ROOT / place for place in OTHER_READERS[name]]
    files = [file for path in paths for file in (path.rglob("*.py") if path.is_dir() else [path])]
    named = set().union(*(_named(file.read_text(encoding="utf-8"), set(marts)) for file in files))
    lacking = named - exposures[name]
    assert not lacking, f"add to {name} in dbt_project/models/exposures.yml: {sorted(lacking)}"


def test_every_metric_is_defined_with_an_owner_and_on_a_column_that_is_there(
    manifest: dict[str, Any], marts: dict[str, Any]
) -> None:
    definitions = metric_definitions()
    queryable = {definition.name for definition in definitions.all if definition.is_queryable}
    assert queryable == {metric["name"] for metric in manifest["metrics"].values()}
    for definition in definitions.all:
        assert definition.owner, definition.name
        columns = marts[definition.mart]["columns"]
        named = [definition.column, *re.split(r" \+ ", definition.numerator or ""), definition.denominator]
        assert all(column in columns for column in named if column), f"{definition.name}: {named}"
        assert not set(definition.marts) - marts.keys(), definition.name
    for subject in definitions.subjects():
        assert definitions.headline(subject).title, subject


def test_what_descriptions_say_of_the_windows_is_what_settings_begin_with(manifest: dict[str, Any]) -> None:
    said = {
        name: Settings.__dataclass_fields__[name].default
        for name in ("lead_time_radius_km", "velocity_window_hours", "repeat_window_days")
    }
    text = (ROOT / "dbt_project/dbt_project.yml").read_text(encoding="utf-8")
    assert {name: float(re.search(rf"^  {name}: (\S+)$", text, re.MULTILINE)[1]) for name in said} == said  # type: ignore[index]
    velocity = manifest["metrics"]["metric.flash_sprints.inventory_velocity"]
    assert "first 48 hours" in velocity["description"]


def _named(text: str, names: set[str]) -> set[str]:
    return set(re.findall(r"\b(?:dim|fct|rpt)_\w+", text)) & names


def _reached(page: Path, names: set[str]) -> set[str]:
    """Marts named by the page and by whatever of `dashboards` it uses, however far down."""
    modules = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts): _Module(path)
        for path in (ROOT / "dashboards").rglob("*.py")
        if path.stem != "__init__"
    }
    start = ".".join(page.relative_to(ROOT).with_suffix("").parts)
    found: set[str] = set()
    seen: set[tuple[str, str]] = set()
    todo: list[tuple[str, ast.AST]] = [(start, modules[start].tree)]
    while todo:
        place, tree = todo.pop()
        found |= _named(ast.unparse(tree), names)
        used = modules[place].used_by(tree, place, set(modules)) - seen
        seen |= used
        todo += [(module, modules[module].parts[name]) for module, name in used if name in modules[module].parts]
    return found


class _Module:
    """What a module defines at its top, and what its imports are called in it."""

    def __init__(self, path: Path) -> None:
        self.tree = ast.parse(path.read_text(encoding="utf-8"))
        self.parts: dict[str, ast.AST] = {}
        self.imported: dict[str, str] = {}
        for node in self.tree.body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                self.parts[node.name] = node
            elif isinstance(node, ast.Assign | ast.AnnAssign):
                for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                    self.parts[ast.unparse(target)] = node
            elif isinstance(node, ast.ImportFrom):
                self.imported |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}

    def used_by(self, tree: ast.AST, place: str, modules: set[str]) -> set[tuple[str, str]]:
        """The (module, name) pairs that a part of this module, which is `place`, uses."""
        used = set()
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                used.add((self.imported.get(node.value.id, ""), node.attr))
            elif isinstance(node, ast.Name):
                module, _, name = self.imported.get(node.id, f"{place}.{node.id}").rpartition(".")
                used.add((module, name))
        return {(module, name) for module, name in used if module in modules}
