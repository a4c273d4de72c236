"""Tables on their way to a spreadsheet: a header block that says what they are, and texts that stay texts."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

# A cell that begins with one of these is run as a formula by spreadsheets.
_FORMULA_STARTS = r"^[\s\u0000]*[=+\-@\t\r|%＝＋－＠]"


def inert_texts(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with an apostrophe before every text that a spreadsheet would take for a formula."""
    return frame.with_columns(
        pl.when(pl.col(name).str.contains(_FORMULA_STARTS))
        .then(pl.concat_str(pl.lit("'"), name))
        .otherwise(name)
        .alias(name)
        for name, kind in frame.schema.items()
        if kind == pl.Utf8
    )


def csv_text(frame: pl.DataFrame, header: Sequence[str]) -> str:
    """CSV with `# ` lines on top; instants are UTC and end in Z, amounts keep every digit."""
    # Text of data may hold line ends: a header line must not end early.
    top = "".join(f"# {' '.join(line.split())}\n" for line in header)
    body = inert_texts(frame.with_columns(pl.selectors.datetime().dt.strftime("%Y-%m-%dT%H:%M:%SZ")))
    return top + body.write_csv()
