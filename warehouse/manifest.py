"""The files of one release: writing them, the manifest that names each with its hash, and checking both.

Belongs here: one release's folder. Never here: which release is current (``warehouse.release``).
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb

from warehouse.connection import STORAGE_VERSION, in_memory, literal, quoted
from warehouse.digest import combined, file_sha256, table_digest
from warehouse.published import Table, descriptions, public_tables, restricted_tables

PUBLIC, RESTRICTED, MANIFEST, CHECKSUM = "observatory.duckdb", "restricted.duckdb", "manifest.json", "manifest.sha256"


def write_release(
    connection: duckdb.DuckDBPyConnection, folder: Path, about: Mapping[str, str], inputs: Mapping[str, Any]
) -> None:
    """Write all files of a release into ``folder``; the warehouse is attached to the connection as ``w``.

    ``about`` gives release_id, published_at, content_digest and the three versions.
    """
    (folder / "parquet").mkdir(parents=True)
    public = public_tables(about["release_id"])
    listed = {
        PUBLIC: [*_write_database(connection, folder / PUBLIC, public), _add_release_row(connection, folder, about)],
        RESTRICTED: _write_database(connection, folder / RESTRICTED, restricted_tables()),
    }
    _write_parquet(connection, folder, [table.name for table in public if table.parquet] + ["release"])
    tables = [{"database": name, **entry} for name, entries in listed.items() for entry in entries]
    sample = connection.execute("select coalesce(bool_or(is_sample), false) from w.marts.indicator_value").fetchone()
    written = {
        "release_id": about["release_id"],
        "published_at": about["published_at"],
        "content_digest": about["content_digest"],
        "is_sample": bool(sample and sample[0]),
        "versions": {
            "code": about["code_version"],
            "model": about["model_version"],
            "taxonomy": about["taxonomy_version"],
            "duckdb": duckdb.__version__,
            "storage": STORAGE_VERSION,
        },
        "inputs": dict(inputs),
        "captures": _captures(connection),
        "files": {
            name: {"sha256": file_sha256(folder / name), "bytes": (folder / name).stat().st_size}
            for name in _file_names(folder)
        },
        "tables": tables,
    }
    text = json.dumps(written, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    (folder / MANIFEST).write_text(text, encoding="utf-8")
    (folder / CHECKSUM).write_text(f"{file_sha256(folder / MANIFEST)}  {MANIFEST}\n", encoding="ascii")
    for name in [*_file_names(folder), MANIFEST, CHECKSUM]:
        _sync_file(folder / name)
        (folder / name).chmod(0o444)
    sync_folder(folder / "parquet")
    sync_folder(folder)


def read(folder: Path) -> dict[str, Any]:
    """The manifest of the release in a folder."""
    found = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    return dict(found)


def verify_release(folder: Path) -> list[str]:
    """What is wrong with the files and tables of a release, one line each."""
    problems = []
    try:
        recorded = (folder / CHECKSUM).read_text(encoding="ascii").split()[0]
        if recorded != file_sha256(folder / MANIFEST):
            # Nothing that it says can be relied on to check the rest.
            return [f"{MANIFEST}: its bytes do not match {CHECKSUM}"]
        listed = read(folder)
        files, tables = listed["files"], listed["tables"]
    except (OSError, ValueError, KeyError, IndexError) as error:
        return [f"{MANIFEST}: unreadable ({type(error).__name__})"]
    present = set(_file_names(folder))
    problems += [f"{name}: not in the manifest" for name in sorted(present - set(files))]
    for name, entry in sorted(files.items()):
        if name not in present:
            problems.append(f"{name}: missing")
        elif file_sha256(folder / name) != entry["sha256"]:
            problems.append(f"{name}: its bytes do not match the manifest")
    for database in (PUBLIC, RESTRICTED):
        problems += _verify_tables(folder / database, [table for table in tables if table["database"] == database])
    counted = {_qualified(table): table["digest"] for table in tables if table["counts"]}
    if combined(counted) != listed.get("content_digest"):
        problems.append(f"{MANIFEST}: the content digest does not follow from those of the tables")
    if not folder.name.endswith(str(listed.get("content_digest"))[:8]):
        problems.append(f"{folder.name}: its content digest begins with {str(listed.get('content_digest'))[:8]}")
    return problems


def _qualified(entry: Mapping[str, Any]) -> str:
    return f"{'public' if entry['database'] == PUBLIC else 'restricted'}.{entry['name']}"


def _verify_tables(file: Path, entries: Sequence[Mapping[str, Any]]) -> list[str]:
    problems = []
    try:
        with in_memory() as connection:
            connection.execute(f"attach {literal(file)} as r (read_only)")
            for entry in entries:
                select = f"select * from r.{quoted(entry['name'])}"
                if table_digest(connection, select, entry["clock"]) != entry["digest"]:
                    problems.append(f"{file.name}: table {entry['name']}: its content does not match the manifest")
    except duckdb.Error as error:
        problems.append(f"{file.name}: cannot be read: {str(error).splitlines()[0][:200]}")
    return problems


def _write_database(connection: duckdb.DuckDBPyConnection, file: Path, tables: Sequence[Table]) -> list[dict[str, Any]]:
    entries = []
    connection.execute(f"attach {literal(file)} as r (storage_version {literal(STORAGE_VERSION)})")
    try:
        for table in tables:
            order = ", ".join(f"cast({quoted(name)} as varchar)" for name in table.key)
            name = quoted(table.name)
            connection.execute(f"create table r.{name} as select * from ({table.select}) order by {order}")
            entries.append(_describe(connection, table))
        connection.execute("checkpoint r")
    finally:
        connection.execute("detach r")
    return entries


def _add_release_row(connection: duckdb.DuckDBPyConnection, folder: Path, about: Mapping[str, str]) -> dict[str, Any]:
    """The one row of table ``release``. It is written last: it carries the digest of the others."""
    table = Table("release", "", ("release_id",), counts=False)
    connection.execute(f"attach {literal(folder / PUBLIC)} as r")
    try:
        connection.execute(
            "create table r.release as select ? as release_id, cast(? as timestamptz) as published_at, "
            "? as content_digest, ? as code_version, ? as model_version, ? as taxonomy_version, "
            "(select coalesce(bool_or(is_sample), false) from r.indicator_value) as is_sample",
            [
                about["release_id"],
                about["published_at"],
                about["content_digest"],
                about["code_version"],
                about["model_version"],
                about["taxonomy_version"],
            ],
        )
        entry = _describe(connection, table)
        connection.execute("checkpoint r")
    finally:
        connection.execute("detach r")
    return entry


def _describe(connection: duckdb.DuckDBPyConnection, table: Table) -> dict[str, Any]:
    """Comments on table and columns, and the table's entry in the manifest (fields as in a Frictionless schema)."""
    description, columns = descriptions(table)
    name = quoted(table.name)
    connection.execute(f"comment on table r.{name} is {literal(description)}")
    fields = []
    for column, kind in [row[:2] for row in connection.execute(f"describe r.{name}").fetchall()]:
        said = columns[column]
        connection.execute(f"comment on column r.{name}.{quoted(column)} is {literal(said)}")
        fields.append({"name": column, "type": _frictionless(kind), "duckdb_type": kind, "description": said})
    count = connection.execute(f"select count(*) from r.{name}").fetchone()
    return {
        "name": table.name,
        "description": description,
        "rows": count[0] if count else 0,
        "digest": table_digest(connection, f"select * from r.{name}", table.clock),
        "clock": list(table.clock),
        "counts": table.counts,
        "schema": {"fields": fields, "primaryKey": list(table.key)},
    }


def _frictionless(kind: str) -> str:
    simple = {"VARCHAR": "string", "DOUBLE": "number", "BIGINT": "integer", "INTEGER": "integer", "BOOLEAN": "boolean"}
    if kind.endswith("]"):
        return "array"
    if kind.startswith(("MAP", "STRUCT")):
        return "object"
    if kind.startswith("TIMESTAMP"):
        return "datetime"
    return simple.get(kind, "date" if kind == "DATE" else "any")


def _write_parquet(connection: duckdb.DuckDBPyConnection, folder: Path, names: Sequence[str]) -> None:
    connection.execute(f"attach {literal(folder / PUBLIC)} as r (read_only)")
    try:
        for name in names:
            file = folder / "parquet" / f"{name}.parquet"
            connection.execute(f"copy r.{quoted(name)} to {literal(file)} (format parquet, compression zstd)")
    finally:
        connection.execute("detach r")


def _captures(connection: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    rows = connection.execute(
        "select source_id, count(distinct capture_id) from w.marts.lineage group by source_id order by source_id"
    ).fetchall()
    return [{"source_id": source_id, "captures": count} for source_id, count in rows]


def _file_names(folder: Path) -> list[str]:
    names = [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]
    return sorted(name for name in names if name not in {MANIFEST, CHECKSUM})


def _sync_file(path: Path) -> None:
    with path.open("rb") as stream:
        os.fsync(stream.fileno())


def sync_folder(folder: Path) -> None:
    """Make renames within a folder last through a power cut, where the platform can."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
