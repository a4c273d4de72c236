"""MetricFlow's metrics give the numbers of the marts: each metric of the YAML, in each scope of a random shop.

The engine is the one behind `mf query`, asked in this process (importing it takes some ten seconds). The command itself
looks for a newer version on the network before it answers, and so does no test.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import duckdb
import pytest

from dashboards.definitions import metric_definitions
from pipelines.contracts.metric_definitions import MetricDefinition
from pipelines.orchestration.dbt_build import parse_project
from tests.dbt.built_shop import START, Marts, Shop, insert_rows
from tests.dbt.random_shop import random_arrivals

DEFINITIONS = metric_definitions()
QUERYABLE = [definition for definition in DEFINITIONS.all if definition.is_queryable]
DAY = timedelta(days=1)
Query = Callable[[list[str], list[str]], list[dict[str, Any]]]


@pytest.fixture(scope="module")
def marts(build_filled: Callable[..., Marts]) -> Marts:
    """A random shop in which, besides, something was discounted, came back and sold out."""
    arrivals = random_arrivals(seed=7, steps=3)
    shop = Shop()
    ordered_at = START + 41 * DAY
    shop.add("orders", order_id="last", sku="bag", quantity=10, ordered_at=ordered_at, discount_amount=3)
    shop.add("returns", return_id="back", order_id="last", refund_amount=8, returned_at=ordered_at + DAY)

    def fill(connection: duckdb.DuckDBPyConnection) -> None:
        for number, rows in enumerate([*(rows for _, rows in arrivals), shop.rows]):
            insert_rows(connection, rows, file_id=f"f{number}")

    return build_filled(fill, START + 55 * DAY)


@pytest.fixture(scope="module")
def semantic_manifest(tmp_path_factory: pytest.TempPathFactory) -> Any:
    from metricflow_semantics.model.dbt_manifest_parser import (  # noqa: PLC0415
        parse_manifest_from_dbt_generated_manifest,
    )

    parsed = parse_project(tmp_path_factory.mktemp("dbt")).with_name("semantic_manifest.json")
    return parse_manifest_from_dbt_generated_manifest(parsed.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def query(marts: Marts, semantic_manifest: Any) -> Iterator[Query]:
    """Ask MetricFlow for metrics by dimensions, and run its SQL on the marts; rows by column name."""
    from metricflow.engine.metricflow_engine import MetricFlowEngine, MetricFlowQueryRequest  # noqa: PLC0415
    from metricflow.protocols.sql_client import SqlEngine  # noqa: PLC0415
    from metricflow.sql.render.duckdb_renderer import DuckDbSqlPlanRenderer  # noqa: PLC0415
    from metricflow_semantics.model.semantic_manifest_lookup import SemanticManifestLookup  # noqa: PLC0415

    class Renderer:
        """As much of a client as it takes to write SQL; the connection below runs it."""

        sql_engine_type = SqlEngine.DUCKDB
        sql_plan_renderer = DuckDbSqlPlanRenderer()

    engine = MetricFlowEngine(SemanticManifestLookup(semantic_manifest), Renderer())
    with duckdb.connect(str(marts.warehouse_path)) as connection:

        def run(metrics: list[str], group_by: list[str]) -> list[dict[str, Any]]:
            request = MetricFlowQueryRequest.create(metric_names=metrics, group_by_names=group_by)
            cursor = connection.execute(engine.explain(request).sql_statement.sql)
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

        yield run


@pytest.mark.parametrize("name", [definition.name for definition in QUERYABLE])
def test_a_metric_is_the_number_of_its_mart(marts: Marts, query: Query, name: str) -> None:
    definition = DEFINITIONS[name]
    asked = {tuple(row.values())[:-1]: _number(row[name]) for row in query([name], _dimensions(definition))}
    in_mart = {tuple(row.values())[:-1]: _number(row["value"]) for row in marts.query(_mart_query(definition))}
    assert any(in_mart.values()), f"the shop says nothing of {name}"
    # Where one of the two has no row to add up the other says nothing, or none. Amounts in a currency that is not the
    # drop's are in no mart.
    scopes = {scope for scope, *_ in in_mart}
    assert not any(value for (scope, *_), value in asked.items() if scope not in scopes)
    assert {key: asked.get(key) or 0 for key in in_mart} == pytest.approx(
        {key: value or 0 for key, value in in_mart.items()}, rel=1e-12
    )
    assert all(in_mart.get(key) is None for key, value in asked.items() if value is None)


def test_metrics_of_several_marts_are_asked_for_at_once_by_what_is_known_of_the_drop(query: Query) -> None:
    metrics = ["inventory_velocity", "repeat_conversion", "unboxing_engagement", "delivered_only_lead_time_hours"]
    rows = {row["scope"]: row for row in query(metrics, ["scope", "scope__status"])}
    assert {scope: row["scope__status"] for scope, row in rows.items()} == {
        "shop": None, "one": "final", "two": "final", "three": "settling"
    }  # fmt: skip
    assert all(rows["one"][metric] is not None for metric in metrics)


def test_the_semantic_models_break_no_rule_of_metricflow(semantic_manifest: Any) -> None:
    from metricflow_semantic_interfaces.validations.semantic_manifest_validator import (  # noqa: PLC0415
        SemanticManifestValidator,
    )

    found = SemanticManifestValidator().validate_semantic_manifest(semantic_manifest)
    assert [issue.message for issue in (*found.errors, *found.warnings)] == []


def _dimensions(definition: MetricDefinition) -> list[str]:
    """Amounts are asked for by currency too: they are never added up across it."""
    if definition.mart == "rpt_fulfilment_costs":
        return ["scope", "shipment__shipment_currency_code"]
    is_amount = definition.subject == "sales" and definition.unit == "amount"
    return ["scope", "sales_hour__sales_currency_code"] if is_amount else ["scope"]


def _mart_query(definition: MetricDefinition) -> str:
    value = definition.column or f"{definition.numerator} / nullif({definition.denominator}, 0)"
    where = {
        # Hourly sales are of drops; the shop's sales are the scorecard's alone.
        "rpt_drop_scorecard": "scope != 'shop'",
        "rpt_fulfilment_costs": "is_total",
    }.get(definition.mart, "true")
    keys = "scope, currency_code" if len(_dimensions(definition)) > 1 else "scope"
    return f"select {keys}, {value} as value from marts.{definition.mart} where {where}"


def _number(value: Any) -> float | None:
    return None if value is None else float(value)
