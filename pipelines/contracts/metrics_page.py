"""`docs/metrics.md` from the definitions and dbt's doc blocks: text in, text out."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence

from pipelines.contracts.metric_definitions import MetricDefinition, MetricDefinitions

_NOTE = "<!-- Made from dbt_project/models (semantic/, marts/, docs/) by tests/conventions/test_metrics_page.py. -->"
_WIDTH = 120


def doc_block(text: str, name: str) -> str:
    """The text of one `{% docs … %}` block.

    Raises:
        LookupError: The text has no such block.
    """
    found = re.search(rf"{{% docs {name} %}}\n(.*?)\n{{% enddocs %}}", text, re.DOTALL)
    if found is None:
        raise LookupError(name)
    return found[1].strip()


def metrics_page(definitions: MetricDefinitions, overview: str, afterwords: Sequence[str]) -> str:
    """The page: what all metrics share, a section a subject, and what comes after them."""
    title, _, shared = overview.partition("\n")
    sections = [_section(definitions, subject) for subject in definitions.subjects()]
    return "\n\n".join([title, _NOTE, shared.strip(), *sections, *afterwords]) + "\n"


def _section(definitions: MetricDefinitions, subject: str) -> str:
    headline = definitions.headline(subject)
    named = ", ".join(f"`{mart}`" for mart in headline.marts)
    rules = [_item(word, text) for one in definitions.of_subject(subject) for word, text in one.rules]
    table = [
        "| number | what it says | formula | mart | `mf query` |",
        "|---|---|---|---|---|",
        *(_row(definition) for definition in definitions.of_subject(subject)),
    ]
    parts = [
        f"## {headline.title}: {named}",
        textwrap.fill(f"**{headline.sentence}**", _WIDTH, break_long_words=False, break_on_hyphens=False),
        "\n".join(rules),
        f"Owner: {headline.owner}.",
        "\n".join(table),
    ]
    return "\n\n".join(part for part in parts if part)


def _item(word: str, text: str) -> str:
    filled = f"- *{word}*: {text}"
    return textwrap.fill(filled, _WIDTH, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)


def _row(definition: MetricDefinition) -> str:
    columns = definition.column or f"{definition.numerator} / {definition.denominator}"
    asked = f"`{definition.name}`" if definition.is_queryable else "–"
    return (
        f"| {definition.label} | {definition.sentence} | {definition.formula} | `{definition.mart}`: `{columns}`"
        f" | {asked} |"
    )
