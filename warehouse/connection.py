"""How the warehouse opens DuckDB: fixed time zone, fixed storage version, names quoted.

Belongs here: connections and quoting. Never here: queries.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

ORPHAN_SECONDS = 180.0  # a dbt whose parent was killed goes on to its end, and holds the file as long
STORAGE_VERSION = "v1.5.0"  # DuckDB 2's own default cannot be opened by any 1.x reader


def quoted(name: str) -> str:
    """An SQL identifier, whatever characters it has."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str | Path) -> str:
    """An SQL string literal, for the few statements (ATTACH, COPY) that take no parameters."""
    return "'" + str(text).replace("'", "''") + "'"


def exact_path(path: Path) -> str:
    """A path for read_parquet that is taken as it is: characters of patterns are escaped."""
    return "".join(f"[{char}]" if char in "*?[" else char for char in str(path))


@contextmanager
def opened(file: Path, *, read_only: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection to a DuckDB file, in UTC, closed at the end; waits up to ``ORPHAN_SECONDS`` for a process that holds
    the file without the writer's lock.
    """
    config: dict[str, str | bool | int | float | list[str]] = {"threads": 2}
    if not read_only:
        config["storage_compatibility_version"] = STORAGE_VERSION
    connection = _connected(file, read_only, config)
    try:
        # Dates are cut from instants: without this they would depend on the machine's time zone.
        connection.execute("set TimeZone = 'UTC'")
        yield connection
    finally:
        connection.close()


def _connected(
    file: Path, read_only: bool, config: dict[str, str | bool | int | float | list[str]]
) -> duckdb.DuckDBPyConnection:
    deadline = time.monotonic() + ORPHAN_SECONDS
    while True:
        try:
            return duckdb.connect(str(file), read_only=read_only, config=config)
        except duckdb.IOException as error:
            if "Could not set lock" not in str(error) or time.monotonic() >= deadline:
                raise
        time.sleep(0.2)


@contextmanager
def in_memory() -> Iterator[duckdb.DuckDBPyConnection]:
    """An empty database in memory, in UTC, to attach files to."""
    connection = duckdb.connect(config={"threads": 2})
    try:
        connection.execute("set TimeZone = 'UTC'")
        yield connection
    finally:
        connection.close()
