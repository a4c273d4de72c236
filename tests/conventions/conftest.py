"""The parsed dbt project, for every test that reads its manifest."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pipelines.orchestration.dbt_build import parse_project


@pytest.fixture(scope="session")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(parse_project(tmp_path_factory.mktemp("dbt")).read_text(encoding="utf-8"))
    return parsed
