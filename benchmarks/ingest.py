"""Rows a second and peak memory of loading orders, beside the limit and a peer: `python benchmarks/ingest.py`.

The limit is DuckDB's own reader (`COPY`, `read_json`, `read_parquet` into a table of the same types): it checks
nothing. The peer is dlt, from the same files into DuckDB. `read` is read + validate (every row held against its
contract, its people made pseudonyms), `load` is the whole way: read + validate + archive + duplicates + commit.

Every measurement runs in a process of its own; imports and the start of the reading child (about 1.5 s, once a tick)
are not in it, as the imports of the others are not. Memory is the sum of both processes' peaks, which counts what they
share twice: no more than that was ever taken. What dlt takes is one process's.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import duckdb

FORMATS = ("csv", "csv.gz", "ndjson", "json", "parquet")
STEPS = ("duckdb", "read", "load", "dlt")
# One JSON array is held whole, so larger ones are refused (256 MB): beyond that an export is NDJSON.
MOST_JSON_ROWS = 500_000
# Issue 3: the marks.
MARKS = {
    "read csv against COPY": (0.8, "read", "duckdb", "csv"),
    "read parquet against COPY": (0.5, "read", "duckdb", "parquet"),
    "load csv against dlt": (10.0, "load", "dlt", "csv"),
    "load parquet against dlt": (10.0, "load", "dlt", "parquet"),
}
MOST_MEMORY_MB = 1_024
NOW = datetime(2026, 11, 22, tzinfo=UTC)

COLUMNS = {
    "order_id": "VARCHAR", "line_number": "INTEGER", "sku": "VARCHAR", "quantity": "INTEGER",
    "unit_price": "DECIMAL(18, 4)", "discount_amount": "DECIMAL(18, 4)", "currency_code": "VARCHAR",
    "channel": "VARCHAR", "status": "VARCHAR", "ordered_at": "TIMESTAMPTZ", "updated_at": "TIMESTAMPTZ",
    "buyer_id": "VARCHAR", "hub_id": "VARCHAR", "fulfilment": "VARCHAR", "ship_latitude": "DOUBLE",
    "ship_longitude": "DOUBLE",
}  # fmt: skip

# Order lines as a shop exports them: two lines an order, a buyer for every third order, in the order of time.
_ORDERS = """
    SELECT 'A' || (i // 2) AS order_id, i % 2 + 1 AS line_number, 'SKU-' || (i * 7 % 500) AS sku,
        i % 3 + 1 AS quantity, (5 + i % 900 / 10)::DECIMAL(18, 2)::VARCHAR AS unit_price,
        CASE i % 10 WHEN 0 THEN '1.50' END AS discount_amount, 'EUR' AS currency_code,
        ['web', 'mobile', 'marketplace', 'popup'][i % 4 + 1] AS channel, 'placed' AS status,
        strftime(TIMESTAMP '2024-01-01' + INTERVAL 2 SECOND * i, '%Y-%m-%dT%H:%M:%SZ') AS ordered_at,
        strftime(TIMESTAMP '2024-01-01' + INTERVAL 2 SECOND * i, '%Y-%m-%dT%H:%M:%SZ') AS updated_at,
        'buyer-' || (i // 6) AS buyer_id, 'hub-' || i % 5 AS hub_id, 'delivery' AS fulfilment,
        (51 + i % 4000 / 10000)::DECIMAL(9, 4)::VARCHAR AS ship_latitude,
        (12 + i % 6000 / 10000)::DECIMAL(9, 4)::VARCHAR AS ship_longitude
    FROM range({rows}) AS r(i)
"""
_COPY_OPTIONS = {
    "csv": "FORMAT csv, HEADER",
    "csv.gz": "FORMAT csv, HEADER, COMPRESSION gzip",
    "ndjson": "FORMAT json",
    "json": "FORMAT json, ARRAY true",
    "parquet": "FORMAT parquet, COMPRESSION zstd",
}


def write_orders(folder: Path, kind: str, rows: int) -> Path:
    """A file of so many order lines."""
    path = folder / f"orders_{rows}.{kind}"
    connection = duckdb.connect()
    connection.execute("SET memory_limit = '2GB'")
    connection.execute(f"COPY ({_ORDERS.format(rows=rows)}) TO '{path}' ({_COPY_OPTIONS[kind]})")
    connection.close()
    return path


def run_duckdb(path: Path, kind: str, folder: Path) -> Callable[[], int]:
    """DuckDB's own reader into a typed table."""
    connection = duckdb.connect(str(folder / "copied.duckdb"))
    connection.execute(f"CREATE TABLE orders ({', '.join(f'{name} {of}' for name, of in COLUMNS.items())})")
    if kind.startswith("csv"):
        statement = f"COPY orders FROM '{path}' (HEADER)"
    elif kind == "parquet":
        statement = f"INSERT INTO orders BY NAME SELECT * FROM read_parquet('{path}')"
    else:
        layout = "array" if kind == "json" else "newline_delimited"
        types = ", ".join(f"{name}: '{of}'" for name, of in COLUMNS.items())
        limit = 512 * 2**20
        statement = (
            "INSERT INTO orders BY NAME SELECT * FROM"
            f" read_json('{path}', format = '{layout}', columns = {{{types}}}, maximum_object_size = {limit})"
        )

    def work() -> int:
        return int(connection.execute(statement).fetchall()[0][0])

    return work


def run_read(path: Path, kind: str, folder: Path) -> Callable[[], int]:
    """Read and validate, in the reading child as a tick does."""
    from pipelines.ingest.content import open_regular  # noqa: PLC0415 - a step imports what it measures, no more
    from pipelines.ingest.parse import identify  # noqa: PLC0415
    from pipelines.ingest.parser_process import ParserProcess  # noqa: PLC0415

    parser = ParserProcess()

    def read(one: Path) -> int:
        with open_regular(one) as file:
            identity = identify(file, "orders", "canonical", one.name)
            batches = parser.parse(file, identity, one.name, NOW, b"a secret of more than 16 bytes").batches
            return sum(batch.accepted.height for batch in batches)

    read(write_orders(folder, kind, 10))

    def work() -> int:
        rows = read(path)
        parser.close()
        return rows

    return work


def run_load(path: Path, kind: str, folder: Path) -> Callable[[], int]:
    """The whole way into a warehouse: what `sprint tick` does with a landed file."""
    from pipelines.ingest.parser_process import ParserProcess  # noqa: PLC0415
    from pipelines.orchestration.loading import load_landed  # noqa: PLC0415
    from pipelines.settings import Settings  # noqa: PLC0415
    from pipelines.warehouse.connect import connect_warehouse  # noqa: PLC0415

    settings = Settings(data_dir=folder / "shop", key="a secret of more than 16 bytes")
    landing = settings.landing_dir / "orders"
    landing.mkdir(parents=True)
    connection = connect_warehouse(settings.warehouse_path)
    parser = ParserProcess()
    write_orders(folder, kind, 10).rename(landing / f"first.{kind}")
    load_landed(connection, settings, NOW, NOW, parser)
    (landing / path.name).hardlink_to(path)

    def work() -> int:
        (file,) = load_landed(connection, settings, NOW, NOW, parser).loaded
        parser.close()
        # The ten rows of the first file are in this one too.
        return file.accepted + file.duplicate

    return work


def run_dlt(path: Path, kind: str, folder: Path) -> Callable[[], int]:
    """The filesystem source of dlt into DuckDB."""
    import dlt  # noqa: PLC0415
    from dlt.sources.filesystem import filesystem, read_csv, read_jsonl, read_parquet  # noqa: PLC0415

    readers = {"csv": read_csv, "csv.gz": read_csv, "ndjson": read_jsonl, "parquet": read_parquet}
    pipeline = dlt.pipeline(
        "orders", destination=dlt.destinations.duckdb(str(folder / "dlt.duckdb")), pipelines_dir=str(folder / "dlt")
    )
    files = filesystem(bucket_url=path.parent.as_uri(), file_glob=path.name)

    def work() -> int:
        pipeline.run((files | readers[kind]()).with_name("orders"))
        with pipeline.sql_client() as client:
            return int(client.execute_sql("SELECT count(*) FROM orders")[0][0])

    return work


def measure(step: str, path: Path, kind: str) -> dict[str, float]:
    """Run one step in a process of its own."""
    command = [sys.executable, __file__, "--step", step, "--file", str(path), "--format", kind]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    if ended.returncode:
        sys.exit(f"{step} {path.name}: {ended.stderr.strip().splitlines()[-1]}")
    measured: dict[str, float] = json.loads(ended.stdout.splitlines()[-1])
    return measured


def run_step(step: str, path: Path, kind: str) -> None:
    """Prepare, work against the clock, and say what it took."""
    runners = {"duckdb": run_duckdb, "read": run_read, "load": run_load, "dlt": run_dlt}
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        work = runners[step](path, kind, Path(folder))
        began = time.perf_counter()
        rows = work()
        seconds = time.perf_counter() - began
    peaks = [resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    print(json.dumps({"rows": rows, "seconds": seconds, "peak_mb": sum(peaks) / 1024}))


def is_measured(step: str, kind: str, rows: int, most_peer_rows: int) -> bool:
    """Whether a step can do this format at this size."""
    if step == "dlt":
        return kind != "json" and rows <= most_peer_rows
    return kind != "json" or rows <= MOST_JSON_ROWS


def compare(sizes: list[int], formats: list[str], repeats: int, most_peer_rows: int) -> bool:
    """Measure everything, the steps of a file side by side, and print one table; tell whether all marks are met."""
    print(f"{'rows':>10} {'format':8} " + "".join(f"{step + ' rows/s':>16} {'MB':>6}" for step in STEPS))
    fastest: dict[str, dict[tuple[str, int], float]] = {step: {} for step in STEPS}
    peak = 0.0
    with tempfile.TemporaryDirectory() as folder:
        for rows in sizes:
            for kind in formats:
                if not is_measured("read", kind, rows, 0):
                    continue
                path = write_orders(Path(folder), kind, rows)
                cells = ""
                for step in STEPS:
                    if not is_measured(step, kind, rows, most_peer_rows):
                        cells += f"{'-':>16} {'-':>6}"
                        continue
                    runs = [measure(step, path, kind) for _ in range(repeats)]
                    if any(run["rows"] != rows for run in runs):
                        sys.exit(f"{step} {kind}: {rows} rows were written, {runs[0]['rows']:.0f} came back")
                    speed = rows / min(run["seconds"] for run in runs)
                    memory = max(run["peak_mb"] for run in runs)
                    fastest[step][kind, rows] = speed
                    peak = max(peak, memory) if step in ("read", "load") else peak
                    cells += f"{speed:>16,.0f} {memory:>6,.0f}"
                print(f"{rows:>10,} {kind:8} {cells}", flush=True)
                if kind != "json" and rows > most_peer_rows:
                    print(f"{'':19} dlt is not run beyond {most_peer_rows:,} rows: it takes minutes a million")
                path.unlink()
    return show_marks(fastest, peak)


def show_marks(fastest: dict[str, dict[tuple[str, int], float]], peak: float) -> bool:
    """The marks, each at the largest size at which both sides were measured."""
    verdicts = {True: "met", False: "MISSED"}
    are_met = peak <= MOST_MEMORY_MB
    print(f"{'peak memory MB, read and load':36} {peak:8,.0f}  at most {MOST_MEMORY_MB:,}  {verdicts[are_met]}")
    for name, (least, ours, theirs, kind) in MARKS.items():
        both = [size for of, size in fastest[ours].keys() & fastest[theirs].keys() if of == kind]
        if both:
            ratio = fastest[ours][kind, max(both)] / fastest[theirs][kind, max(both)]
            are_met = are_met and ratio >= least
            print(f"{name:36} {ratio:8.2f}  at least {least:g}  {verdicts[ratio >= least]}")
    return are_met


def main() -> None:
    """Parse the command line; one step when called by ourselves."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rows", type=int, nargs="+", default=[100_000, 1_000_000, 10_000_000])
    arguments.add_argument("--formats", nargs="+", default=list(FORMATS), choices=FORMATS)
    arguments.add_argument("--repeats", type=int, default=1)
    arguments.add_argument("--most-peer-rows", type=int, default=1_000_000, help="it takes minutes a million")
    arguments.add_argument("--step", choices=STEPS, help=argparse.SUPPRESS)
    arguments.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    arguments.add_argument("--format", choices=FORMATS, help=argparse.SUPPRESS)
    given = arguments.parse_args()
    if given.step:
        run_step(given.step, given.file, given.format)
    elif not compare(given.rows, given.formats, given.repeats, given.most_peer_rows):
        sys.exit(1)


if __name__ == "__main__":
    main()
