"""A published snapshot whose every free text is hostile: what people, carriers and files may write, in each field."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
from published_snapshot import write_snapshot

# In the words of DATA_SAFETY B18: a formula, scripts, markup of typst and Markdown, quotes of SQL, text turned round
# and text that cannot be seen. `window.pwned` tells whether any of it ran.
HOSTILE = (
    "=cmd|'/c calc'!A1<script>window.pwned=1</script><img src=x onerror=window.pwned=1>"
    "<a href='javascript:window.pwned=1'>a</a>#set page(width: 1pt) *x* $y$ [a](javascript:alert) **b** `c` :red[d]"
    "'; drop table x; --\" \u202egnp\u200b "
)
# Columns of free text; all others hold words, codes or instants that a contract allows.
_FREE_TEXTS = {
    "name", "title", "sku", "gtin", "hub_id", "carrier", "order_id", "parcel_id", "parcel_key", "box_id", "path",
    "first_error", "observed", "field", "rule", "check_name", "detail", "return_id", "platform", "dimension_value",
    "extra_columns", "missing_columns",
}  # fmt: skip
_REASONS_OF_PEOPLE = {"fct_returns", "rpt_returns"}


def write_hostile_snapshot(data_dir: Path, hostile: str = HOSTILE) -> None:
    """Publish the small shop with `hostile` before every free text; keys stay equal wherever they stand."""
    folder = write_snapshot(data_dir)
    with duckdb.connect(str(folder / "warehouse.duckdb")) as connection:
        columns = connection.execute(
            "select c.table_schema, c.table_name, c.column_name from information_schema.columns as c"
            " join information_schema.tables as t using (table_schema, table_name)"
            " where t.table_type = 'BASE TABLE' and c.data_type = 'VARCHAR'"
        ).fetchall()
        for schema, table, column in columns:
            if column in _FREE_TEXTS or (column == "reason" and table in _REASONS_OF_PEOPLE):
                connection.execute(f'update {schema}.{table} set "{column}" = ? || "{column}"', [hostile])
    bands = folder / "price_bands.json"
    feed = json.loads(bands.read_text(encoding="utf-8"))
    for entry in feed["entries"]:
        entry["sku"] = hostile + entry["sku"]
    bands.write_text(json.dumps(feed), encoding="utf-8")
