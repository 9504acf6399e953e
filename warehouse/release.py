"""Releases: what the observatory says, frozen, checksummed and never changed again.

Belongs here: publishing, the pointer, listing, verifying, comparing and rolling back. Never here: estimating.

A DuckDB file has one writing process or many reading ones, and a process that holds an old file open gets that same old
database again when it opens the path. So nothing is ever replaced: a release is built under a temporary name, renamed
into place whole, and only then does ``current.json`` move. A crash at any point leaves the current release as it was;
the next publication removes what is left over, or, if only the pointer had not moved yet, moves it.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from warehouse import manifest
from warehouse.connection import in_memory, literal
from warehouse.digest import combined, table_digest
from warehouse.lock import writer
from warehouse.published import public_tables, restricted_tables

CURRENT = "current.json"
_ID = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{8}")
_PARTIAL = ".partial-"


class ReleaseError(Exception):
    """A release cannot be made, found or used; the message is one line."""


@dataclass(frozen=True)
class Release:
    """One published release and where it is."""

    release_id: str
    path: Path
    published_at: datetime
    content_digest: str
    code_version: str
    model_version: str
    taxonomy_version: str
    is_sample: bool
    is_current: bool
    tables: dict[str, int] = field(default_factory=dict)  # rows of each public table
    manifest: dict[str, Any] = field(default_factory=dict, repr=False)

    @property
    def public_file(self) -> Path:
        return self.path / manifest.PUBLIC

    @property
    def restricted_file(self) -> Path:
        return self.path / manifest.RESTRICTED


def publish(
    warehouse_file: Path,
    releases_root: Path,
    *,
    code_version: str,
    model_version: str,
    taxonomy_version: str,
    inputs: Mapping[str, Any],
    now: datetime | None = None,
) -> Release | None:
    """Publish the marts as a new release and make it current; None if they say what the current release says.

    A reason for a new release is a change of values, the catalogue, revisions, observations, concepts, code labels or
    a source's terms, or of postings and their evidence in the restricted part. None is what moves with every look: the
    counters and times of sources, quarantine counts, when a posting was last seen, lineage, the wording of a query.
    ``inputs`` is kept in the manifest as it is (JSON). A release that was rolled back from is not published again as
    long as the content stays the same. Raises ReleaseError if the warehouse has no estimates yet.
    """
    published_at = (now or datetime.now(UTC)).astimezone(UTC).replace(microsecond=0)
    with writer(warehouse_file.parent), writer(releases_root), in_memory() as connection:
        _remove_leftovers(releases_root)
        if not warehouse_file.exists():
            raise ReleaseError(f"{warehouse_file} does not exist; run load, build and estimate first")
        connection.execute(f"attach {literal(warehouse_file)} as w (read_only)")
        try:
            digest = combined(_digests(connection))
        except duckdb.Error as error:
            raise ReleaseError(f"the marts cannot be read: {str(error).splitlines()[0]}") from error
        pointer = _pointer(releases_root)
        if digest == pointer.get("content_digest") or digest in pointer.get("held", []):
            return None
        waiting = _finished_but_not_current(releases_root, digest, pointer.get("release_id", ""))
        if waiting is None:
            release_id = f"{published_at:%Y%m%dT%H%M%SZ}-{digest[:8]}"
            if (releases_root / release_id).exists():
                raise ReleaseError(f"{release_id} exists already; wait a second and publish again")
            partial = releases_root / f"{_PARTIAL}{release_id}"
            about = {
                "release_id": release_id,
                "published_at": published_at.isoformat(),
                "content_digest": digest,
                "code_version": code_version,
                "model_version": model_version,
                "taxonomy_version": taxonomy_version,
            }
            manifest.write_release(connection, partial, about, inputs)
            partial.rename(releases_root / release_id)
            manifest.sync_folder(releases_root)
            waiting = release_id
        _point_to(releases_root, {"release_id": waiting, "content_digest": digest})
    return _release(releases_root, waiting)


def current_id(releases_root: Path) -> str | None:
    """Id of the current release, None before the first."""
    found = _pointer(releases_root).get("release_id")
    return str(found) if found else None


def list_releases(releases_root: Path) -> list[Release]:
    """All whole releases, oldest first."""
    names = sorted(path.name for path in releases_root.glob("*") if path.is_dir() and _ID.fullmatch(path.name))
    return [_release(releases_root, name) for name in names]


def find(releases_root: Path, release_id: str | None = None) -> Release:
    """One release; the current one if no id is given. Raises ReleaseError if there is none."""
    return _release(releases_root, _chosen(releases_root, release_id))


def _chosen(releases_root: Path, release_id: str | None) -> str:
    chosen = release_id or current_id(releases_root)
    if chosen is None:
        raise ReleaseError("there is no release yet; `observatory run` makes one")
    if not _ID.fullmatch(chosen) or not (releases_root / chosen).is_dir():
        raise ReleaseError(f"there is no release {chosen!r}; `observatory release list` names them")
    return chosen


def show(releases_root: Path, release_id: str | None = None) -> Release:
    """One release with its manifest, the current one if no id is given. Raises ReleaseError if there is none."""
    return find(releases_root, release_id)


def verify(releases_root: Path, release_id: str | None = None) -> list[str]:
    """Everything that is wrong with a release, one line each; an empty list means it is as it was published.

    Hashes every file again, and every table's content.
    """
    return manifest.verify_release(releases_root / _chosen(releases_root, release_id))


def rollback(releases_root: Path, release_id: str) -> Release:
    """Make an older release current again. The one left is held back until the content changes.

    Raises ReleaseError if the release is unknown or damaged.
    """
    with writer(releases_root):
        target = find(releases_root, release_id)
        problems = verify(releases_root, release_id)
        if problems:
            raise ReleaseError(f"{release_id} is damaged and was not made current: {problems[0]}")
        try:
            left = _pointer(releases_root)
        except ReleaseError:
            left = {}  # a damaged pointer is what this call mends
        held = [digest for digest in [*left.get("held", []), left.get("content_digest")] if digest]
        kept = sorted(set(held) - {target.content_digest})
        _point_to(releases_root, {"release_id": release_id, "content_digest": target.content_digest, "held": kept})
    return _release(releases_root, release_id)


_COMPARED = {
    "value": "DOUBLE",
    "low": "DOUBLE",
    "high": "DOUBLE",
    "n": "BIGINT",
    "k": "BIGINT",
    "unit": "VARCHAR",
    "flags": "VARCHAR",
    "suppressed_because": "VARCHAR",
    "is_sample": "BOOLEAN",
}


def diff(releases_root: Path, a: str, b: str) -> pd.DataFrame:
    """The cells in which release ``b`` says something else than ``a``, one row each.

    Columns: change (added | removed | changed), the cell (indicator_code, geo, period, dimensions as text), then for
    each compared column its ``_old`` and ``_new``. Numbers differ if they differ in 12 significant digits.
    """
    old, new = find(releases_root, a), find(releases_root, b)
    pairs = ", ".join(f"o.{name} as {name}_old, n.{name} as {name}_new" for name in _COMPARED)
    differs = " or ".join(
        f"(case when o.{name} = 0 then '0' else printf('%.12g', o.{name}) end) is distinct from "
        f"(case when n.{name} = 0 then '0' else printf('%.12g', n.{name}) end)"
        if kind == "DOUBLE"
        else f"o.{name} is distinct from n.{name}"
        for name, kind in _COMPARED.items()
    )
    cell = "indicator_code, geo, period, cast(dimensions as varchar) as dimensions"
    with in_memory() as connection:
        connection.execute(f"attach {literal(old.public_file)} as old_release (read_only)")
        connection.execute(f"attach {literal(new.public_file)} as new_release (read_only)")
        query = f"""
            with o as (select * exclude (dimensions), {cell.rsplit(", ", 1)[1]} from old_release.indicator_value),
            n as (select * exclude (dimensions), {cell.rsplit(", ", 1)[1]} from new_release.indicator_value)
            select
                case when o.indicator_code is null then 'added' when n.indicator_code is null then 'removed'
                    else 'changed' end as change,
                indicator_code, geo, period, dimensions, {pairs}
            from o full outer join n using (indicator_code, geo, period, dimensions)
            where o.indicator_code is null or n.indicator_code is null or {differs}
            order by indicator_code, geo, period, dimensions
        """
        return connection.execute(query).df()


def _digests(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    parts = {"public": public_tables(""), "restricted": restricted_tables()}
    return {
        f"{part}.{table.name}": table_digest(connection, table.select, table.clock)
        for part, tables in parts.items()
        for table in tables
        if table.counts
    }


def _finished_but_not_current(releases_root: Path, digest: str, current: str) -> str | None:
    """A newer whole release with this content: its publication died before the pointer moved."""
    for release in reversed(list_releases(releases_root)):
        if release.release_id > current and release.content_digest == digest:
            return release.release_id if not manifest.verify_release(release.path) else None
    return None


def _remove_leftovers(releases_root: Path) -> None:
    for path in releases_root.glob(f"{_PARTIAL}*"):
        shutil.rmtree(path)
    for path in releases_root.glob(f".{CURRENT}.*"):
        path.unlink()


def _pointer(releases_root: Path) -> dict[str, Any]:
    try:
        found = json.loads((releases_root / CURRENT).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise ReleaseError(f"{CURRENT} is unreadable ({error}); roll back to a release to write it again") from error
    return dict(found)


def _points_to(releases_root: Path, release_id: str) -> bool:
    """Whether the pointer says so; a damaged one points nowhere, so that releases can still be listed and chosen."""
    try:
        return _pointer(releases_root).get("release_id") == release_id
    except ReleaseError:
        return False


def _point_to(releases_root: Path, pointer: Mapping[str, Any]) -> None:
    partial = releases_root / f".{CURRENT}.{os.getpid()}"
    with partial.open("w", encoding="utf-8") as stream:
        json.dump(pointer, stream, sort_keys=True)
        stream.flush()
        os.fsync(stream.fileno())
    partial.replace(releases_root / CURRENT)
    manifest.sync_folder(releases_root)


def _release(releases_root: Path, release_id: str) -> Release:
    path = releases_root / release_id
    try:
        about = manifest.read(path)
        return Release(
            release_id=release_id,
            path=path,
            published_at=datetime.fromisoformat(about["published_at"]),
            content_digest=about["content_digest"],
            code_version=about["versions"]["code"],
            model_version=about["versions"]["model"],
            taxonomy_version=about["versions"]["taxonomy"],
            is_sample=bool(about["is_sample"]),
            is_current=_points_to(releases_root, release_id),
            tables={table["name"]: table["rows"] for table in about["tables"] if table["database"] == manifest.PUBLIC},
            manifest=about,
        )
    except (OSError, ValueError, KeyError) as error:
        raise ReleaseError(f"{release_id}: its manifest is unreadable ({type(error).__name__})") from error
