"""Records, classifications, crawl records and the registry into the warehouse's raw tables.

Belongs here: bringing the raw tables to the state of the files, in one transaction. Never here: cleaning or counting
(dbt), decoding or classifying (they write the files). A file is loaded whole or not at all; one that is already loaded
under its checksum is left alone, one that is gone takes its rows with it, so equal inputs change no row.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import duckdb
import pandas as pd
import pyarrow as pa
from pydantic import BaseModel, ValidationError

from warehouse import raw_tables, told_tables
from warehouse.connection import exact_path, opened, quoted
from warehouse.lock import writer

Row = TypeVar("Row", bound=BaseModel)


# What models keep beside their readings of texts, by table.
_OF_MODELS = {
    "classified": raw_tables.CLASSIFIED,
    "duplicate": raw_tables.DUPLICATE,
    "emerging_term": raw_tables.EMERGING_TERM,
    "text_claim": raw_tables.TEXT_CLAIM,
}


class LoadError(Exception):
    """A file or an input cannot be loaded; nothing was changed. The message is one line and names it."""


@dataclass(frozen=True)
class LoadReport:
    """What a load did: files by fate, rows now in each raw table, and whether any row changed."""

    new: int = 0
    unchanged: int = 0
    removed: int = 0
    rows: dict[str, int] = field(default_factory=dict)
    changed: bool = False


@dataclass(frozen=True)
class _File:
    name: str  # relative to the data root, with "/" on every platform
    path: Path
    kind: str
    source_id: str | None
    crawl_id: str | None


def load(
    warehouse_file: Path,
    records_root: Path,
    classified_root: Path,
    model_version: str,
    crawls: Sequence[Mapping[str, Any]],
    sources: Sequence[Mapping[str, Any]],
    concepts: pd.DataFrame,
    drift: Mapping[str, Sequence[Mapping[str, Any]]] | None = None,
    lineage: Sequence[Mapping[str, Any]] = (),
) -> LoadReport:
    """Bring schema ``raw`` to the state of the given inputs.

    ``records_root`` holds ``<kind>/<source_id>/<crawl_id>.parquet``, ``classified_root`` holds
    ``<kind>/<model_version>/*.parquet`` for the kinds that have texts, and what models keep beside them;
    each file has a ``.sha256`` file beside it.
    ``crawls`` and ``sources`` are dumps of crawl records and registry entries; ``concepts`` is the taxonomy with one
    row a concept. ``drift`` is the judgement of crawls: rows of ``held``, ``part`` and ``remark``;
    ``lineage`` says which research organisation stands for another today.

    Raises LoadError for a file that does not match its checksum, is not Parquet or lacks a column, and for a crawl
    record, source or taxonomy that does not have its fields; the warehouse is then as it was.
    """
    crawl_table = _table("crawl record", told_tables.CrawlRow, crawls, told_tables.CRAWL_SCHEMA)
    entries = _validated("source", told_tables.SourceEntry, sources)
    replaced = {
        "crawl": crawl_table,
        "source": pa.Table.from_pylist([entry.row() for entry in entries], schema=told_tables.SOURCE_SCHEMA),
        "board": pa.Table.from_pylist(
            [board for entry in entries for board in entry.boards()], schema=told_tables.BOARD_SCHEMA
        ),
        "concept": _concepts(concepts),
        "lineage": _table("lineage", told_tables.LineageRow, lineage, told_tables.LINEAGE_SCHEMA),
    }
    judged: dict[str, type[BaseModel]] = {
        "held": told_tables.HeldRow,
        "part": told_tables.PartRow,
        "remark": told_tables.RemarkRow,
    }
    for name, model in judged.items():
        replaced[name] = _table(name, model, (drift or {}).get(name, ()), told_tables.REPLACED[name])
    files = [*_record_files(records_root), *_classified_files(classified_root, model_version)]

    with writer(warehouse_file.parent), opened(warehouse_file) as connection:
        connection.execute("begin")
        try:
            _create_tables(connection)
            report = _sync_files(connection, files)
            changed = report.changed
            for name, table in replaced.items():
                changed |= _replace_if_different(connection, name, table)
            rows = {name: _count(connection, name) for name in (*raw_tables.DDL, *replaced)}
            connection.execute("commit")
        except BaseException:
            connection.execute("rollback")
            raise
    return LoadReport(report.new, report.unchanged, report.removed, rows, changed)


def _record_files(records_root: Path) -> Iterator[_File]:
    for kind in raw_tables.RECORD_FILES:
        for path in sorted((records_root / kind).glob("*/*.parquet")):
            if not path.name.startswith("."):
                source_id = path.parent.name
                yield _File(f"records/{kind}/{source_id}/{path.name}", path, kind, source_id, path.stem)


def _classified_files(classified_root: Path, model_version: str) -> Iterator[_File]:
    for kind in raw_tables.TEXT_KINDS:
        for path in sorted((classified_root / kind / model_version).glob("*.parquet")):
            if not path.name.startswith("."):
                yield _File(f"classified/{kind}/{model_version}/{path.name}", path, "classified", None, None)
    for folder, table in raw_tables.READ_FILES.items():
        for path in sorted((classified_root / folder / model_version).glob("*.parquet")):
            if not path.name.startswith("."):
                yield _File(f"classified/{folder}/{model_version}/{path.name}", path, table, None, None)


def _create_tables(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("create schema if not exists raw")
    if _made_by_another_version(connection):
        # Everything here comes from files: it is loaded again.
        connection.execute("drop schema raw cascade")
        connection.execute("create schema raw")
    for name, columns in raw_tables.DDL.items():
        declared = ", ".join(f"{quoted(column)} {kind}" for column, kind in columns.items())
        connection.execute(f"create table if not exists raw.{quoted(name)} ({declared})")


def _made_by_another_version(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether a table that exists has other columns than are declared today."""
    rows = connection.execute(
        "select table_name, list(column_name order by column_index) from duckdb_columns() "
        "where schema_name = 'raw' and database_name = current_database() group by table_name"
    ).fetchall()
    declared = {name: list(columns) for name, columns in raw_tables.DDL.items()}
    declared |= {name: schema.names for name, schema in told_tables.REPLACED.items()}
    return any(name in declared and found != declared[name] for name, found in rows)


def _sync_files(connection: duckdb.DuckDBPyConnection, files: Sequence[_File]) -> LoadReport:
    known = dict(connection.execute("select file, sha256 from raw.loaded_file").fetchall())
    wanted = {file.name: _recorded_checksum(file) for file in files}
    gone = [name for name in known if name not in wanted]
    fresh = [file for file in files if known.get(file.name) != wanted[file.name]]
    for name in gone + [file.name for file in fresh if file.name in known]:
        _forget(connection, name)
    for file in fresh:
        _load_file(connection, file, wanted[file.name])
    if gone or any(file.name in known for file in fresh):
        connection.execute(
            "delete from raw.posting_text where text_sha256 not in (select text_sha256 from raw.job_posting)"
        )
    return LoadReport(len(fresh), len(files) - len(fresh), len(gone), changed=bool(fresh or gone))


def _recorded_checksum(file: _File) -> str:
    sidecar = file.path.with_name(file.path.name + ".sha256")
    if not sidecar.exists():
        sidecar = file.path.with_suffix(".sha256")
    try:
        checksum = sidecar.read_text(encoding="ascii").split()[0].lower()
    except (OSError, IndexError, UnicodeDecodeError):
        raise LoadError(f"{file.name}: its checksum file is missing or unreadable; decode that crawl again") from None
    return checksum


def _forget(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    found = connection.execute(
        "delete from raw.loaded_file where file = ? returning kind, source_id, crawl_id", [name]
    ).fetchone()
    if found is None:
        return
    kind, source_id, crawl_id = found
    if kind in _OF_MODELS:
        connection.execute(f"delete from raw.{quoted(kind)} where file = ?", [name])
    elif kind in raw_tables.RECORD_FILES:
        connection.execute(
            f"delete from raw.{quoted(kind)} where source_id = ? and crawl_id = ?", [source_id, crawl_id]
        )


def _load_file(connection: duckdb.DuckDBPyConnection, file: _File, checksum: str) -> None:
    with file.path.open("rb") as stream:
        found = hashlib.file_digest(stream, "sha256").hexdigest()
    if found != checksum:
        raise LoadError(f"{file.name}: its bytes do not match its checksum; delete it and decode or classify again")
    try:
        described = connection.execute("describe select * from read_parquet(?)", [exact_path(file.path)]).fetchall()
        _insert(connection, file, {row[0]: row[1] for row in described})
    except duckdb.Error as error:
        raise LoadError(f"{file.name}: cannot be loaded: {str(error).splitlines()[0]}") from error
    count = connection.execute("select count(*) from read_parquet(?)", [exact_path(file.path)]).fetchone()
    connection.execute(
        "insert into raw.loaded_file values (?, ?, ?, ?, ?, ?)",
        [file.name, file.kind, file.source_id, file.crawl_id, checksum, count[0] if count else 0],
    )


def _insert(connection: duckdb.DuckDBPyConnection, file: _File, types: Mapping[str, str]) -> None:
    declared = _OF_MODELS.get(file.kind) or raw_tables.RECORD_FILES[file.kind]
    needed = [*declared, *(["text"] if file.kind in raw_tables.TEXT_KINDS else [])]
    missing = [column for column in needed if column not in types]
    if missing:
        told = ", ".join(missing[:3]) + (f" and {len(missing) - 3} more" if len(missing) > 3 else "")
        raise LoadError(f"{file.name}: was written by an earlier version, without {told}; run: observatory rebuild")
    path = exact_path(file.path)
    columns = ", ".join(quoted(column) for column in declared)
    if file.kind in _OF_MODELS:
        read = columns
        for nested in ("evidence", "claims"):  # kept as JSON text
            if nested in declared and types[nested] != "VARCHAR":
                read = read.replace(quoted(nested), f"cast(to_json({quoted(nested)}) as varchar)")
        said = {"record_kind": file.name.split("/")[1]} if file.kind == "classified" else {}
        connection.execute(
            f"insert into raw.{quoted(file.kind)} ({columns}, {''.join(f'{name}, ' for name in said)}file) "
            f"select {read}, {'?, ' * len(said)}? from read_parquet(?)",
            [*said.values(), file.name, path],
        )
        return
    stray = connection.execute(
        "select count(*) from read_parquet(?) where source_id is distinct from ? or crawl_id is distinct from ?",
        [path, file.source_id, file.crawl_id],
    ).fetchone()
    if stray and stray[0]:
        raise LoadError(f"{file.name}: {stray[0]} rows belong to another source or crawl than the file's name says")
    if file.kind not in raw_tables.TEXT_KINDS:
        connection.execute(
            f"insert into raw.{quoted(file.kind)} ({columns}) select {columns} from read_parquet(?)", [path]
        )
        return
    # The key that classifications are stored under; the classifier computes the same over title, employer and text.
    employer = raw_tables.TEXT_KINDS[file.kind]
    parts = ("title", employer, "text")
    key = " || chr(31) || ".join(f"coalesce({part}, '')" if part else "''" for part in parts)
    key = f"sha256({key})"
    connection.execute(
        f"insert into raw.{quoted(file.kind)} ({columns}, text_sha256, text_length) "
        f"select {columns}, {key}, length(coalesce(text, '')) from read_parquet(?)",
        [path],
    )
    if file.kind == "job_posting":
        connection.execute(
            f"insert or ignore into raw.posting_text select distinct {key}, coalesce(text, '') from read_parquet(?)",
            [path],
        )


def _replace_if_different(connection: duckdb.DuckDBPyConnection, name: str, table: pa.Table) -> bool:
    connection.register("incoming", table)
    try:
        connection.execute(f"create table if not exists raw.{quoted(name)} as select * from incoming limit 0")
        compared = connection.execute(
            f"select (select count(*) from (select * from incoming except all select * from raw.{quoted(name)}))"
            f" + (select count(*) from (select * from raw.{quoted(name)} except all select * from incoming))"
        ).fetchone()
        if compared is None or compared[0] == 0:
            return False
        connection.execute(f"delete from raw.{quoted(name)}")
        connection.execute(f"insert into raw.{quoted(name)} by name select * from incoming order by all")
        return True
    finally:
        connection.unregister("incoming")


def _count(connection: duckdb.DuckDBPyConnection, name: str) -> int:
    row = connection.execute(f"select count(*) from raw.{quoted(name)}").fetchone()
    return int(row[0]) if row else 0


def _validated(what: str, model: type[Row], rows: Iterable[Mapping[str, Any]]) -> list[Row]:
    checked = []
    for row in rows:
        try:
            checked.append(model.model_validate(dict(row)))
        except ValidationError as error:
            first = error.errors()[0]
            name = row.get("crawl_id") or row.get("id") or row.get("source_id") or "?"
            where = ".".join(str(part) for part in first["loc"])
            raise LoadError(f"{what} {name}: {where}: {first['msg']}") from error
    return checked


def _table(what: str, model: type[BaseModel], rows: Iterable[Mapping[str, Any]], schema: pa.Schema) -> pa.Table:
    return pa.Table.from_pylist([row.model_dump() for row in _validated(what, model, rows)], schema=schema)


def _concepts(frame: pd.DataFrame) -> pa.Table:
    if "concept_id" not in frame.columns or "label_en" not in frame.columns:
        raise LoadError("taxonomy: needs at least the columns concept_id and label_en")
    if frame["concept_id"].duplicated().any():
        raise LoadError(f"taxonomy: concept {frame.loc[frame['concept_id'].duplicated(), 'concept_id'].iloc[0]} twice")
    columns = told_tables.CONCEPT_SCHEMA.names
    filled = frame.reindex(columns=columns).astype(object)
    filled = filled.where(filled.notna(), None)
    return pa.Table.from_pandas(filled, schema=told_tables.CONCEPT_SCHEMA, preserve_index=False)
