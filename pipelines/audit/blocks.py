"""What a page is made of: headings, texts, tables and figures as plain values, which the template lays out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

Block = dict[str, Any]

# What fits on a page; the workbook has every row.
MOST_ROWS = 24


def heading(text: str, level: int = 2) -> Block:
    """A heading of the document's outline."""
    return {"kind": "heading", "level": level, "text": text}


def paragraph(text: str) -> Block:
    """A text at reading size."""
    return {"kind": "text", "text": text}


def note(text: str) -> Block:
    """A text beneath a table or figure that says how to read it."""
    return {"kind": "note", "text": text}


def facts(pairs: Sequence[tuple[str, str]]) -> Block:
    """Short facts in a line, each with its label; those that are empty are left out."""
    return {"kind": "facts", "pairs": [list(pair) for pair in pairs if pair[1]]}


def figure(name: str, description: str) -> Block:
    """A figure by its file's name, with its words for those who cannot see it."""
    return {"kind": "figure", "file": name, "description": description}


def table(
    heads: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    texts: int = 1,
    sums: Sequence[int] = (),
    is_narrow: bool = False,
) -> list[Block]:
    """A table; of more rows than fit, those on top and how many there are.

    Args:
        heads: The heads of its columns; a long one says by its line ends where it is broken.
        rows: Its cells, as text.
        texts: How many columns at the left hold words; the others are numbers and stand to the right.
        sums: Positions of the rows that add up those above them; below zero from the end.
        is_narrow: Whether it takes half of the page, so that the eye finds from a word to its number.
    """
    shown = list(rows[:MOST_ROWS])
    places = [place % len(rows) for place in sums]
    # Texts reach the page as one line each: the lines of a head are texts of their own.
    lines = [head.split("\n") for head in heads]
    blocks = [{"kind": "table", "heads": lines, "rows": shown, "texts": texts, "sums": places, "is_narrow": is_narrow}]
    if len(shown) < len(rows):
        blocks.append(note(f"{len(shown)} of {len(rows):,} rows; the workbook has all."))
    return blocks
