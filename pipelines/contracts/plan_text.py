"""A plan's YAML as text: every scalar stays the text that was written, with the line it stands on.

YAML's own types would read 1.10 as a float, 007 as a number and a date as a naive timestamp. What the text means is
for `drop_plan.py`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import yaml

# A plan is a page of text; these bounds only stop files made to exhaust memory or the stack.
LONGEST_PLAN_BYTES = 1_000_000
DEEPEST_NESTING = 20

_NO_TEXT = re.compile("[\0\ud800-\udfff]")
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_PLAIN_TAGS = ("tag:yaml.org,2002:str", "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq")

Path = tuple[str | int, ...]


class PlanTextError(ValueError):
    """The text is no YAML that a plan may be written in; the message names the line."""

    def __init__(self, rule: str, message: str, line: int) -> None:
        super().__init__(f"line {line}: {message}")
        self.rule = rule
        self.line = line


@dataclass(frozen=True)
class PlanText:
    """What a plan says, unread.

    Attributes:
        content: Nested dicts and lists; scalars are text, or None where nothing is written.
        lines: Path of each value → the line that it begins on, counted from 1.
    """

    content: Any
    lines: dict[Path, int]

    def line_of(self, path: Path) -> int:
        """The line of a value, or of the nearest thing around it that is written."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


def read_plan_text(text: str) -> PlanText:
    """Read YAML without giving its scalars a type.

    Raises:
        PlanTextError: Bad syntax, a key that is written twice, an alias, a tag, nesting too deep.
    """
    try:
        _check_events(text)
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = _line(error.problem_mark or error.context_mark)
        message = f"not YAML: {error.problem or error.context}"
        raise PlanTextError("plan_is_yaml", message, line) from error
    except yaml.YAMLError as error:  # a control character, which has a position but no mark
        raise PlanTextError("plan_is_yaml", f"not YAML: {str(error).splitlines()[0]}", 1) from error
    lines: dict[Path, int] = {}
    return PlanText(None if node is None else _value(node, (), lines), lines)


def _line(mark: Any) -> int:
    """A mark's line, counted from 1; the parser has no mark for some faults."""
    return 1 if mark is None else mark.line + 1


def _check_events(text: str) -> None:
    """Refuse what could grow or nest beyond its text, before anything is built from it."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        line = _line(event.start_mark)
        if isinstance(event, yaml.AliasEvent):
            raise PlanTextError("plan_has_no_aliases", f"alias *{event.anchor}: write the value out", line)
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > DEEPEST_NESTING:
            message = f"nested more than {DEEPEST_NESTING} deep"
            raise PlanTextError("plan_is_not_nested_too_deep", message, line)


def _check_text(node: yaml.ScalarNode) -> None:
    """Refuse what YAML's escapes can write, and no store and no file name can hold."""
    if _NO_TEXT.search(node.value):
        message = "half a character (a lone surrogate) or a NUL: write the character itself"
        raise PlanTextError("plan_is_unicode_text", message, _line(node.start_mark))


def _value(node: yaml.Node, path: Path, lines: dict[Path, int]) -> Any:
    line = _line(node.start_mark)
    lines.setdefault(path, line)
    if isinstance(node, yaml.ScalarNode):
        _check_text(node)
        is_nothing = node.style is None and node.value in _NULLS
        return None if is_nothing else node.value
    if node.tag not in _PLAIN_TAGS:
        raise PlanTextError("plan_has_no_tags", f"tag {node.tag}: a plan is plain text, lists and mappings", line)
    if isinstance(node, yaml.SequenceNode):
        return [_value(item, (*path, index), lines) for index, item in enumerate(node.value)]
    mapping: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key_line = _line(key_node.start_mark)
        if not isinstance(key_node, yaml.ScalarNode):
            raise PlanTextError("plan_keys_are_words", "a list or mapping stands where a key should", key_line)
        _check_text(key_node)
        key = key_node.value
        if key in mapping:
            raise PlanTextError("plan_keys_are_written_once", f"{key} is written twice", key_line)
        lines[*path, key] = key_line
        mapping[key] = _value(value_node, (*path, key), lines)
    return mapping
