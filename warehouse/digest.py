"""Content digests: what a table says, whatever the order of its rows, its file format or its engine.

Belongs here: hashing of tables and files. Never here: which tables are published.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from pathlib import Path

import duckdb

from warehouse.connection import quoted

_MISSING, _BETWEEN = "chr(30)", "chr(31)"


def file_sha256(path: Path) -> str:
    """SHA-256 of a file's bytes, hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def table_digest(connection: duckdb.DuckDBPyConnection, select: str, without: Collection[str] = ()) -> str:
    """SHA-256 over column names, types and rows of a SELECT, except the columns ``without``.

    Rows are hashed one by one and their hashes sorted, so order does not matter; floats count to 12 significant digits,
    so that the order in which an engine adds numbers does not matter either; times count as UTC microseconds.
    """
    columns = [row[:2] for row in connection.execute(f"describe {select}").fetchall() if row[0] not in without]
    header = ";".join(f"{name}:{kind}" for name, kind in columns)
    texts = ", ".join(f"coalesce({_as_text(quoted(name), kind)}, {_MISSING})" for name, kind in columns)
    found = connection.execute(
        f"select string_agg(hashed, '' order by hashed) from ("
        f"select sha256(concat_ws({_BETWEEN}, {texts})) as hashed from ({select}))"
    ).fetchone()
    rows = (found[0] if found else None) or ""
    return hashlib.sha256(f"{header}\n{rows}".encode()).hexdigest()


def combined(digests: Mapping[str, str]) -> str:
    """One digest of several tables."""
    lines = "".join(f"{name} {digest}\n" for name, digest in sorted(digests.items()))
    return hashlib.sha256(lines.encode()).hexdigest()


def _as_text(column: str, kind: str) -> str:
    if kind in {"DOUBLE", "FLOAT"}:
        # Zero has two signs; they say the same.
        return f"case when {column} = 0 then '0' else printf('%.12g', {column}) end"
    if kind.startswith("TIMESTAMP"):
        return f"cast(epoch_us({column}) as varchar)"
    if kind.endswith("]") or kind.startswith(("MAP", "STRUCT")):
        return f"cast(to_json({column}) as varchar)"
    return f"cast({column} as varchar)"
