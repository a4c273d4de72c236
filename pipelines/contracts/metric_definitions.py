"""What each metric means: the definitions that dbt's YAML holds, as values.

The YAML is the one place where a metric's sentence, formula, rules and owner are written. A metric that MetricFlow can
express stands among `metrics:`; a number that no aggregate of rows gives (Kaplan and Meier's) is a documented column of
its mart. Both carry `config: meta: definition:`. Here text becomes values; who calls reads the files.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any, Literal

import yaml

Unit = Literal["hours", "rate", "ratio", "amount", "count"]

_VARIABLE = re.compile(r"\{\{\s*var\('(\w+)'\)\s*\}\}")
# Parsing YAML in Python takes a tenth of a second a file; libyaml, where it is built in, takes a hundredth of that.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class DefinitionError(ValueError):
    """A definition lacks something; the message names it."""


@dataclass(frozen=True)
class MetricDefinition:
    """One number that pages and reports show.

    Attributes:
        name: Its name in code; what `mf query --metrics` takes, if `is_queryable`.
        label: Its name on screen.
        sentence: What it says, in one sentence.
        formula: How it is worked out, in one line.
        subject: What it is about: `lead_time`, `velocity`, `repeat`, `unboxing`, `sales`, `costs`, `comparison`,
            `prices`. The first four are also the keys of `figures.headlines`.
        owner: Who answers for it.
        unit: `hours`, `rate` (0 to 1), `ratio`, `amount` (in a currency) or `count`.
        mart: The dbt model that holds it; its SQL is the file of that name.
        column: The mart's column; None for a share of which the mart holds only the two counts.
        numerator: Column (or sum of columns) above the line, if it is a share.
        denominator: Column that counts what it was worked out from, if any.
        rules: What counts and what happens at the edges, each with the word it explains.
        is_headline: Whether it is its subject's first number.
        is_queryable: Whether MetricFlow gives it too.
        title: The subject's name, of a headline; empty otherwise.
        marts: All marts of the subject, of a headline; empty otherwise.
    """

    name: str
    label: str
    sentence: str
    formula: str
    subject: str
    owner: str
    unit: Unit
    mart: str
    column: str | None
    numerator: str | None
    denominator: str | None
    rules: tuple[tuple[str, str], ...]
    is_headline: bool
    is_queryable: bool
    title: str
    marts: tuple[str, ...]


@dataclass(frozen=True)
class MetricDefinitions:
    """All definitions, headlines first within their subject."""

    all: tuple[MetricDefinition, ...]
    _by_name: dict[str, MetricDefinition] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_name", {definition.name: definition for definition in self.all})

    def __getitem__(self, name: str) -> MetricDefinition:
        return self._by_name[name]

    def subjects(self) -> tuple[str, ...]:
        """The subjects in the order in which a reader meets them."""
        return tuple(dict.fromkeys(definition.subject for definition in self.all))

    def of_subject(self, subject: str) -> tuple[MetricDefinition, ...]:
        """One subject's definitions, its headline first."""
        return tuple(definition for definition in self.all if definition.subject == subject)

    def headline(self, subject: str) -> MetricDefinition:
        """A subject's first number, with the subject's title and marts."""
        return next(definition for definition in self.of_subject(subject) if definition.is_headline)

    def of_column(self, mart: str, column: str) -> MetricDefinition | None:
        """The definition of a mart's column; None where the column is no metric."""
        found = (definition for definition in self.all if (definition.mart, definition.column) == (mart, column))
        return next(found, None)


_SUBJECTS = ("lead_time", "velocity", "repeat", "unboxing", "sales", "costs", "comparison", "prices")


def parse_definitions(files: Mapping[str, str], windows: Mapping[str, float]) -> MetricDefinitions:
    """Read the definitions out of dbt's YAML.

    Args:
        files: YAML of `dbt_project/models` by path relative to it; files without a definition may be left out, the
            one with the groups may not.
        windows: `lead_time_radius_km`, `velocity_window_hours`, `repeat_window_days`: what sentences and formulas name.

    Raises:
        DefinitionError: A definition lacks a part, names no known window, or repeats a name.
    """
    documents = {PurePosixPath(path): _parsed(files[path], windows) for path in sorted(files)}
    groups = [group for document in documents.values() for group in _of(document, "groups")]
    owners = {group["name"]: group["owner"]["name"] for group in groups}
    found = [entry for path, document in documents.items() for entry in _entries(path, document)]
    definitions = [_definition(entry, owners) for entry in found]
    names = [definition.name for definition in definitions]
    if repeated := {name for name in names if names.count(name) > 1}:
        message = f"defined twice: {', '.join(sorted(repeated))}"
        raise DefinitionError(message)
    definitions.sort(key=lambda one: (_SUBJECTS.index(one.subject), not one.is_headline))
    return MetricDefinitions(tuple(definitions))


def has_definitions(text: str) -> bool:
    """Whether a YAML file is worth parsing here: it defines a metric or an owner."""
    return "definition:" in text or "\ngroups:" in text


def _parsed(text: str, windows: Mapping[str, float]) -> Any:
    def value(match: re.Match[str]) -> str:
        if match[1] not in windows:
            message = f"no window is called {match[1]}"
            raise DefinitionError(message)
        return f"{windows[match[1]]:g}"

    return yaml.load(_VARIABLE.sub(value, text), _LOADER)  # noqa: S506  both loaders are safe ones


def _of(document: Any, key: str) -> list[dict[str, Any]]:
    return (document or {}).get(key) or []


def _entries(path: PurePosixPath, document: Any) -> Iterator[dict[str, Any]]:
    """Each definition with what its place says: the metric's own words, or its column's mart and folder."""
    for metric in _of(document, "metrics"):
        config = metric.get("config", {})
        said = {"name": metric["name"], "label": metric.get("label"), "sentence": metric.get("description")}
        yield said | {"group": config.get("group"), "is_queryable": True} | config.get("meta", {}).get("definition", {})
    for model in _of(document, "models"):
        for column in model.get("columns", []):
            definition = column.get("config", {}).get("meta", {}).get("definition")
            if definition:
                place = {"mart": model["name"], "column": column["name"], "group": path.parent.name}
                yield place | {"is_queryable": False} | definition


def _definition(entry: dict[str, Any], owners: Mapping[str, str]) -> MetricDefinition:
    needed = ("name", "label", "sentence", "formula", "subject", "unit", "mart", "group")
    lacking = [key for key in needed if not entry.get(key)]
    if not lacking and entry["group"] not in owners:
        lacking = ["owner"]
    if not lacking and entry["subject"] not in _SUBJECTS:
        lacking = ["known subject"]
    if lacking:
        message = f"{entry.get('name', entry)}: the definition has no {', '.join(lacking)}"
        raise DefinitionError(message)
    return MetricDefinition(
        name=entry["name"],
        label=entry["label"],
        sentence=entry["sentence"].strip(),
        formula=entry["formula"],
        subject=entry["subject"],
        owner=owners[entry["group"]],
        unit=entry["unit"],
        mart=entry["mart"],
        column=entry.get("column"),
        numerator=entry.get("numerator"),
        denominator=entry.get("denominator"),
        rules=tuple((word, text.strip()) for word, text in entry.get("rules", {}).items()),
        is_headline=entry.get("is_headline", False),
        is_queryable=entry["is_queryable"],
        title=entry.get("title", ""),
        marts=tuple(entry.get("marts", ())),
    )
