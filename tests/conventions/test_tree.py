"""Names, twins and what must not be in the tree. Each test names the rule; its message names the remedy."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
MODELS = ROOT / "dbt_project/models"
FORBIDDEN_NAMES = {"utils", "helpers", "common", "manager", "base", "misc"}
LAYER_PREFIXES = {"staging": ("stg_",), "intermediate": ("int_",), "marts": ("dim_", "fct_", "rpt_")}


def tracked_files() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True
    ).stdout  # fmt: skip
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def test_every_module_opens_with_what_belongs_in_it() -> None:
    for path in [*(ROOT / "pipelines").rglob("*.py"), *(ROOT / "dashboards").rglob("*.py")]:
        assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))), f"{path} has no docstring"


def test_no_module_is_named_after_nothing() -> None:
    for path in tracked_files():
        assert path.stem not in FORBIDDEN_NAMES, f"{path}: name it after what it holds"


@pytest.mark.parametrize("layer", LAYER_PREFIXES)
def test_models_bear_their_layer_in_their_name(layer: str) -> None:
    paths = list((MODELS / layer).rglob("*.sql"))
    assert paths, f"no models in {layer}"
    for path in paths:
        assert path.stem.startswith(LAYER_PREFIXES[layer]), path


def test_a_model_and_its_yaml_are_twins() -> None:
    for path in MODELS.rglob("*.sql"):
        twin = path.with_suffix(".yml")
        assert twin.is_file(), f"{path.name} has no {twin.name} beside it"
        documented = yaml.safe_load(twin.read_text(encoding="utf-8"))["models"]
        assert [model["name"] for model in documented] == [path.stem]
        assert documented[0]["description"].strip(), f"{twin.name} has no description"


def test_only_staging_reads_sources() -> None:
    for path in MODELS.rglob("*.sql"):
        reads_source = re.search(r"\bsource\s*\(", path.read_text(encoding="utf-8"))
        layer = path.relative_to(MODELS).parts[0]
        assert not reads_source or layer == "staging", f"{path.name} reads a source; only staging does"


def test_models_never_ask_for_the_time() -> None:
    for path in MODELS.rglob("*.sql"):
        text = re.sub(r"--.*", "", path.read_text(encoding="utf-8")).lower()
        assert not re.search(r"\bnow\(\)|current_timestamp|current_date|get_current_", text), path.name


def test_the_lock_has_exact_versions_with_hashes_and_no_address() -> None:
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert not re.search(r"https?://|index-url|find-links", text)
    requirements = [line for line in text.splitlines() if line and not line.startswith((" ", "#", "\t"))]
    assert all("==" in line for line in requirements)
    assert text.count("--hash=sha256:") >= len(requirements)


def test_no_path_of_one_machine_stands_in_the_tree() -> None:
    pattern = re.compile(r"(^|[^a-z.\w/])/(work|root|home)/[a-z]")
    for path in tracked_files():
        if path.suffix in {".py", ".sql", ".yml", ".yaml", ".md", ".toml", ".sh", ""}:
            found = pattern.search(path.read_text(encoding="utf-8", errors="replace"))
            assert not found, f"{path}: {found.group(0) if found else ''}"
