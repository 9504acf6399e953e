"""Records on disk: one immutable Parquet file a kind and crawl, with its checksum, and the quarantine beside it.

Belongs here: scrubbing what decoders gave before it is written, writing, listing and checking the files. Never here:
decoding, classification, the warehouse.

Order of writing: records, their checksum, quarantine, its checksum. The quarantine file exists even if empty and comes
last, so its checksum is the mark that a crawl was decoded whole. Every file appears under its name by one rename; a
process killed at any moment leaves whole files and perhaps a temporary one, which readers never see and the next write
removes.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import metadata
from operator import attrgetter
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import BaseModel

from scrapers.archive import strip_url
from scrapers.archive.files import write_atomically
from scrapers.decoders.base import Decoded
from scrapers.items import RECORD_KINDS, SCHEMA_VERSION, Record, Reject, arrow_schema

QUARANTINE = Reject.kind
_CONTACT = re.compile(r"[@＠]|\d(?:[ \u00a0\u202f./()–-]{0,3}\d){5}")

_PHONE_NAME = re.compile(
    r"(?:.*[_.-])?(?:tel|t[eé]l[eé]phone|telefon|phone|mobile?|gsm|fax|handy|whatsapp|msisdn|call)(?:[_.-]?(?:no|nr|number))?",
    re.I,
)
_ABROAD = re.compile(r"\s*(?:[+ ]|00)\s?(?:\d[ ().\u00a0-]{0,2}){8,15}")  # "+" of a query reads as a blank


class RecordsConflictError(RuntimeError):
    """A crawl that was decoded already would get other rows: these files are never changed, only rebuilt as a whole."""


class WritableSource(Protocol):
    """What is read of a registry entry."""

    @property
    def id(self) -> str: ...
    @property
    def record(self) -> str: ...


@dataclass(frozen=True)
class WrittenCrawl:
    """What a crawl left on disk. ``new`` is False when every file was there already with the same rows."""

    files: tuple[Path, ...]
    records: int
    rejects: int
    new: bool


def scrub(decoded: Decoded, scrub_text: Callable[[str], str]) -> Decoded:
    """The same result with contacts taken out of every free text. Nothing unscrubbed is written or quarantined.

    Results are remembered by text and function: advertisements stay the same from crawl to crawl.
    """
    clean = _remembered(scrub_text)
    records = [_scrub_record(item, clean) for item in decoded.records]
    rejects = [
        item.model_copy(update={"detail": cleaned}) if (cleaned := clean(item.detail)[:300]) != item.detail else item
        for item in decoded.rejects
    ]
    return Decoded(records, rejects, [clean(note) for note in decoded.notes])


def _scrub_record(record: Record, clean: Callable[[str], str]) -> Record:
    """A record as its model's FREE_TEXT, NAMES and PAGES ask; the very same object when nothing had to be taken out."""
    changed: dict[str, Any] = {}
    for name in record.FREE_TEXT:
        before = getattr(record, name)
        after = [clean(part) for part in before] if isinstance(before, list) else before and clean(before)
        if after != before:
            changed[name] = after
    for name in record.NAMES:
        before = getattr(record, name)
        if _CONTACT.search(before) and (after := clean(before)) != before:
            changed[name] = after
    for name in record.PAGES:
        before = getattr(record, name)
        listed = isinstance(before, list)
        after = [page for one in before if (page := _plain_page(one))] if listed else _plain_page(before)
        if after != before:
            changed[name] = after
    return record.model_copy(update=changed) if changed else record


def _plain_page(url: str) -> str:
    """A page's address without credentials and without parameters that hold an e-mail address or a telephone number;
    "" where its path names somebody, since part of a path leads elsewhere.
    """
    if "@" not in url and "?" not in url and "%" not in url:
        return url
    try:
        plain = strip_url(url)
        parts = urlsplit(plain)
        pairs = parse_qsl(parts.query, keep_blank_values=True)
    except ValueError:
        return ""
    if "@" in unquote(unquote(parts.path)):
        return ""
    kept = [(name, value) for name, value in pairs if "@" not in unquote(name + value) and not _is_phone(name, value)]
    return plain if kept == pairs else urlunsplit(parts._replace(query=urlencode(kept)))


def _is_phone(name: str, value: str) -> bool:
    """Whether a parameter is a telephone number: called one, or written with a country's code."""
    digits = sum(char.isdigit() for char in value)
    return digits >= 5 and (_PHONE_NAME.fullmatch(name) is not None or _ABROAD.fullmatch(value) is not None)


@lru_cache(maxsize=4)
def _remembered(scrub_text: Callable[[str], str]) -> Callable[[str], str]:
    return lru_cache(maxsize=16_384)(scrub_text)


def write_crawl(
    records_root: Path, source: WritableSource, crawl_id: str, decoded: Decoded, *, code_version: str | None = None
) -> WrittenCrawl:
    """Write a crawl's scrubbed result: ``<kind>/<source>/<crawl>.parquet`` and ``quarantine/<source>/<crawl>.parquet``.

    A file whose rows are already there is left alone, byte for byte. Raises RecordsConflictError when a crawl that was
    decoded whole would get other rows, ValueError for a record that is not of this source and crawl.
    """
    rows_by_kind: dict[str, list[Record]] = {source.record: []}
    for record in decoded.records:
        rows_by_kind.setdefault(record.kind, []).append(record)
    stamped: list[Record | Reject] = [*decoded.records, *decoded.rejects]
    for item in stamped:
        if (item.source_id, item.crawl_id) != (source.id, crawl_id):
            raise ValueError(f"{item.source_id}/{item.crawl_id} does not belong to {source.id}/{crawl_id}")
    version = code_version if code_version is not None else _installed_version()
    finished = _is_whole(_path(records_root, QUARANTINE, source.id, crawl_id))
    parts: list[tuple[str, type[BaseModel], Sequence[BaseModel]]] = [
        (kind, RECORD_KINDS[kind], sorted(rows, key=attrgetter("record_id"))) for kind, rows in rows_by_kind.items()
    ]
    parts.append((QUARANTINE, Reject, decoded.rejects))
    files, new = [], False
    for kind, model, items in parts:
        path = _path(records_root, kind, source.id, crawl_id)
        new |= _write_once(path, _table(model, items, source.id, crawl_id, version), finished=finished)
        files.append(path)
    return WrittenCrawl(tuple(files), len(decoded.records), len(decoded.rejects), new)


def decoded_crawls(records_root: Path, kind: str, source_id: str) -> set[str]:
    """Ids of crawls whose file of this kind is whole and whose decoding was finished (the quarantine file is there)."""
    folder = records_root / kind / source_id
    return {
        path.stem
        for path in folder.glob("*.parquet")
        if _is_whole(path) and _is_whole(_path(records_root, QUARANTINE, source_id, path.stem))
    }


def count_records(records_root: Path, kind: str, source_id: str, crawl_id: str) -> int | None:
    """Number of records of one crawl; None if it is not decoded to its end."""
    path = _path(records_root, kind, source_id, crawl_id)
    return pq.read_metadata(path).num_rows if _is_whole(path) else None


def count_all(records_root: Path, kind: str, source_id: str) -> int:
    """Number of rows of a kind over all decoded crawls of a source."""
    files = (records_root / kind / source_id).glob("*.parquet")
    return sum(pq.read_metadata(path).num_rows for path in files if _is_whole(path))


def read_metadata(path: Path) -> dict[str, str]:
    """The metadata written with a records file: schema version, crawl, source, span of retrieval, code version."""
    raw = pq.read_schema(path).metadata or {}
    return {key.decode(): value.decode() for key, value in raw.items() if key != b"ARROW:schema"}


def verify(records_root: Path) -> list[str]:
    """Re-hash every file of records; one line for each that is damaged, unmarked, orphaned or unreadable."""
    problems = []
    for path in sorted(records_root.rglob("*.parquet")):
        name = path.relative_to(records_root).as_posix()
        sidecar = _sidecar(path)
        if not sidecar.exists():
            problems.append(f"{name}: no checksum beside it (a crawl not decoded to its end)")
            continue
        if sidecar.read_text(encoding="ascii", errors="replace") != _checksum_line(path, path.read_bytes()):
            problems.append(f"{name}: bytes do not match their checksum")
            continue
        try:
            if read_metadata(path).get("schema_version") != str(SCHEMA_VERSION):
                problems.append(f"{name}: schema version is not {SCHEMA_VERSION}")
        except (pa.ArrowException, OSError) as error:
            problems.append(f"{name}: not readable as Parquet: {error}".splitlines()[0])
            continue
        kind, source_id = path.parts[-3], path.parts[-2]
        if kind != QUARANTINE and not _is_whole(_path(records_root, QUARANTINE, source_id, path.stem)):
            problems.append(f"{name}: no quarantine file (a crawl not decoded to its end)")
    for sidecar in sorted(records_root.rglob("*.parquet.sha256")):
        if not sidecar.with_suffix("").exists():
            problems.append(f"{sidecar.relative_to(records_root).as_posix()}: the file it vouches for is gone")
    return problems


def _path(records_root: Path, kind: str, source_id: str, crawl_id: str) -> Path:
    for part in (kind, source_id, crawl_id):
        if not part or part.startswith(".") or "/" in part or "\\" in part:
            raise ValueError(f"{part!r} cannot be part of a file name")
    return records_root / kind / source_id / f"{crawl_id}.parquet"


def _sidecar(path: Path) -> Path:
    return path.with_name(path.name + ".sha256")


def _is_whole(path: Path) -> bool:
    return path.exists() and _sidecar(path).exists()


def _checksum_line(path: Path, content: bytes) -> str:
    """A line as ``sha256sum --check`` reads it."""
    return f"{hashlib.sha256(content).hexdigest()}  {path.name}\n"


def _table(model: type[BaseModel], items: Iterable[BaseModel], source_id: str, crawl_id: str, version: str) -> pa.Table:
    schema = arrow_schema(model)
    maps = [field.name for field in schema if pa.types.is_map(field.type)]
    rows = [item.model_dump() for item in items]
    digest = hashlib.sha256()
    for row in rows:
        digest.update(orjson.dumps(row, option=orjson.OPT_SORT_KEYS))
        for name in maps:
            row[name] = list(row[name].items())
    seen = [row["retrieved_at"] for row in rows]
    said = {
        "schema_version": str(SCHEMA_VERSION),
        "source_id": source_id,
        "crawl_id": crawl_id,
        "retrieved_first": min(seen).isoformat() if seen else "",
        "retrieved_last": max(seen).isoformat() if seen else "",
        "code_version": version,
        "rows_sha256": digest.hexdigest(),
    }
    return pa.Table.from_pylist(rows, schema=schema.with_metadata(said))


def _write_once(path: Path, table: pa.Table, *, finished: bool) -> bool:
    """Write a file and its checksum unless they are there with the same rows; whether anything was written."""
    path.parent.mkdir(parents=True, exist_ok=True)
    _clear_leftovers(path.parent)
    if path.exists() and _rows_digest(path) == table.schema.metadata[b"rows_sha256"].decode():
        line = _checksum_line(path, path.read_bytes())
        if _sidecar(path).exists():
            return False
        write_atomically(_sidecar(path), line.encode("ascii"))  # killed between file and checksum
        return True
    if path.exists() and finished:
        raise RecordsConflictError(f"{path} was decoded before with other rows; delete the records and rebuild")
    buffer = io.BytesIO()
    pq.write_table(table, buffer, compression="zstd", version="2.6")
    content = buffer.getvalue()
    # An unfinished crawl may be written anew: its old checksum goes first, so that no moment shows a wrong pair.
    _sidecar(path).unlink(missing_ok=True)
    write_atomically(path, content)
    write_atomically(_sidecar(path), _checksum_line(path, content).encode("ascii"))
    return True


def _rows_digest(path: Path) -> str:
    try:
        return read_metadata(path).get("rows_sha256", "")
    except (pa.ArrowException, OSError):
        return ""


def _clear_leftovers(folder: Path) -> None:
    """Remove temporary files of writers that died: theirs carry the number of a process that is no more."""
    for leftover in folder.glob(".*.tmp"):
        owner = leftover.name.split(".")[-2]
        if not (owner.isdigit() and _is_running(int(owner))):
            leftover.unlink(missing_ok=True)


def _is_running(process: int) -> bool:
    if process == os.getpid() or os.name != "posix":  # elsewhere signal 0 is no harmless question
        return False
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _installed_version() -> str:
    try:
        return metadata.version("luxai-observatory")
    except metadata.PackageNotFoundError:
        return "unknown"
