"""Text of files and shops on its way to a terminal: nothing in it may move the cursor, turn lines or colour a table."""

from __future__ import annotations

from rich.text import Text


def plain(text: str) -> Text:
    """The text as it is, but what cannot be printed (escape sequences, right-to-left marks) as its code."""
    shown = "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode("ascii")
        for character in text
    )
    return Text(shown)
