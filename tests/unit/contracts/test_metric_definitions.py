"""Definitions are read whole or refused by name, whatever order the files come in."""

from __future__ import annotations

import pytest

from pipelines.contracts.metric_definitions import DefinitionError, parse_definitions

GROUPS = "groups: [{name: sales, owner: {name: Merchandising}}]"
METRIC = """
metrics:
  - name: velocity
    label: "Velocity, {{ var('velocity_window_hours') }} h"
    description: "Sold ÷ staged in {{ var('velocity_window_hours') }} hours."
    config:
      group: sales
      meta:
        definition:
          {subject: velocity, mart: rpt_v, column: rate, unit: rate, formula: s ÷ t, is_headline: true,
           rules: {Sold: "all"}}
"""
COLUMN = """
models:
  - name: rpt_v
    columns:
      - name: plain
      - name: sold_out_at
        config:
          meta:
            definition: {name: gone, label: Gone, sentence: When., subject: velocity, unit: hours, formula: t}
"""
WINDOWS = {"velocity_window_hours": 36.0}


def test_a_metric_and_a_documented_column_are_read_alike() -> None:
    files = {"marts/sales/rpt_v.yml": COLUMN, "semantic/sales.yml": METRIC, "groups.yml": GROUPS}
    definitions = parse_definitions(files, WINDOWS)
    velocity, gone = definitions.of_subject("velocity")
    assert definitions.headline("velocity") == velocity
    assert (velocity.label, velocity.sentence) == ("Velocity, 36 h", "Sold ÷ staged in 36 hours.")
    assert (velocity.is_queryable, gone.is_queryable) == (True, False)
    assert (gone.mart, gone.column, gone.owner) == ("rpt_v", "sold_out_at", "Merchandising")
    assert definitions.of_column("rpt_v", "rate") == velocity
    assert definitions.of_column("rpt_v", "plain") is None
    assert parse_definitions(dict(reversed(files.items())), WINDOWS) == definitions


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({"s.yml": METRIC}, "velocity: the definition has no owner"),
        ({"s.yml": METRIC.replace("formula: s ÷ t, ", ""), "g.yml": GROUPS}, "velocity: the definition has no formula"),
        ({"s.yml": METRIC.replace("subject: velocity", "subject: x"), "g.yml": GROUPS}, "no known subject"),
        ({"s.yml": METRIC.replace("velocity_window", "other_window"), "g.yml": GROUPS}, "no window is called other_"),
        ({"a.yml": METRIC, "b.yml": METRIC, "g.yml": GROUPS}, "defined twice: velocity"),
    ],
)
def test_a_definition_that_lacks_something_is_refused_by_name(files: dict[str, str], reason: str) -> None:
    with pytest.raises(DefinitionError, match=reason):
        parse_definitions(files, WINDOWS)
