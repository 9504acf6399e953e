"""Read-only SQL on a release, for people and programs that bring their own questions.

Belongs here: running one SELECT on the public part of a release without a way to anything else. Never here: the
warehouse, the restricted part, writing. The SQL is hostile input: it cannot read files or the network, attach, copy,
install, change settings, see the program's variables, or run for ever.
"""

from __future__ import annotations

import threading
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow as pa

from warehouse.connection import literal
from warehouse.release import find

ROW_LIMIT = 100_000
BYTE_LIMIT = 64 << 20
BATCH_ROWS = 2048
TIMEOUT_SECONDS = 30.0
MEMORY = "1GB"


class QueryError(Exception):
    """The SQL was refused or failed; the message is one line."""


def query(
    releases_root: Path,
    sql: str,
    release: str | None = None,
    *,
    limit: int = ROW_LIMIT,
    timeout_s: float = TIMEOUT_SECONDS,
) -> pd.DataFrame:
    """Run one SELECT on a release (the current one by default) and return its rows.

    Raises QueryError for anything but a single SELECT, for SQL that fails or reaches outside the release, for more than
    ``limit`` rows or 64 MiB, and after ``timeout_s`` seconds. Memory within one batch is DuckDB's: whoever runs SQL of
    strangers also limits the process, as the command line does.
    """
    chosen = find(releases_root, release)
    connection = duckdb.connect(
        config={
            "threads": 2,
            "memory_limit": MEMORY,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "allow_community_extensions": False,
            "python_enable_replacements": False,
        }
    )
    stopped = threading.Event()

    def stop() -> None:
        stopped.set()
        connection.interrupt()

    timer = threading.Timer(timeout_s, stop)
    try:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute(f"attach {literal(chosen.public_file)} as release (read_only)")
        connection.execute("use release")
        connection.execute("set enable_external_access = false")
        connection.execute("set lock_configuration = true")
        _refuse_all_but_select(connection, sql)
        timer.start()
        return _bounded(connection.execute(sql).to_arrow_reader(BATCH_ROWS), limit)
    except duckdb.InterruptException:
        raise QueryError(f"not done after {timeout_s:.0f} s; ask for less") from None
    except (duckdb.Error, RuntimeError) as error:
        if stopped.is_set():
            raise QueryError(f"not done after {timeout_s:.0f} s; ask for less") from None
        raise QueryError(" ".join(str(error).split())[:500]) from error
    finally:
        timer.cancel()
        connection.close()


def _bounded(stream: pa.RecordBatchReader, limit: int) -> pd.DataFrame:
    """The rows of a result, read batch by batch, so that a result that is too large is left before it is held."""
    batches, rows, size = [], 0, 0
    for batch in stream:
        batches.append(batch)
        rows, size = rows + batch.num_rows, size + batch.nbytes
        if rows > limit:
            raise QueryError(f"more than {limit} rows; add a LIMIT, or count instead of listing")
        if size > BYTE_LIMIT:
            raise QueryError(f"more than {BYTE_LIMIT >> 20} MiB; ask for fewer or shorter columns")
    table = pa.Table.from_batches(batches, schema=stream.schema)
    return table.to_pandas(integer_object_nulls=True, maps_as_pydicts="lossy")


def _refuse_all_but_select(connection: duckdb.DuckDBPyConnection, sql: str) -> None:
    statements = connection.extract_statements(sql)
    if len(statements) != 1:
        raise QueryError(f"one SELECT at a time; this holds {len(statements)} statements")
    if statements[0].type != duckdb.StatementType.SELECT:
        raise QueryError(f"only SELECT is allowed, not {statements[0].type.name}")
