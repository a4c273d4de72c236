"""Every compiled model reads as SQL of Spark and Postgres too, once sqlglot has put it into their words.

What the engines do differently sits in `macros/`. That a model parses there is no proof that it runs there; it shows
that nothing but words would have to change.
"""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlglot

from tests.dbt.built_shop import Marts


def _compiled_models(marts: Marts) -> dict[str, str]:
    # Compiled unit tests lie below a folder that is named after their YAML.
    root = marts.data_dir / "dbt" / "compiled"
    paths = [path for path in root.rglob("models/**/*.sql") if not any(".yml" in part for part in path.parts)]
    return {path.stem: path.read_text(encoding="utf-8") for path in paths}


@pytest.mark.parametrize("dialect", ["spark", "postgres"])
def test_every_model_can_be_said_in_another_dialect(empty_shop: Marts, dialect: str) -> None:
    models = _compiled_models(empty_shop)
    written = {path.stem for path in (Path(__file__).parents[2] / "dbt_project" / "models").rglob("*.sql")}
    assert set(models) == written
    for name, sql in models.items():
        try:
            (said,) = sqlglot.transpile(sql, read="duckdb", write=dialect, unsupported_level=sqlglot.ErrorLevel.RAISE)
            sqlglot.parse_one(said, read=dialect)
        except sqlglot.errors.SqlglotError as error:
            pytest.fail(f"{name} is not {dialect}: {error}")
