"""The event log: what was seen upstream, crawled, changed, published, announced, failed and recovered, and when.

Belongs here: writing events, reading them with their delays, and the last state of each source. Never here: deciding
that something happened (``pipelines``), or a sentence for readers.

An event's **delay** is the time from its origin to the event, in seconds. The origin is what the publisher says
(``upstream_at``); where the publisher says nothing it is the moment we saw the change (``seen``). A release answers the
oldest of the changes that came since the release before it, and an edition answers what its release answers.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from state import db, tables

KINDS = ("seen", "crawled", "changed", "published", "announced", "failed", "recovered")
DETAIL = 1000
"""Characters of a detail that are kept."""


@dataclass(frozen=True)
class EventRow:
    """One event. Times are aware UTC; ``delay_seconds`` is None where its origin is not known."""

    kind: str
    at: datetime
    source_id: str | None
    upstream_at: datetime | None
    run_id: str | None
    release_id: str | None
    edition: int | None
    trouble: str | None
    detail: str
    delay_seconds: float | None


@dataclass(frozen=True)
class SourceHealth:
    """What the last looks at a source gave. ``trouble`` is None while the source is fine."""

    source_id: str
    last_checked_at: datetime
    last_ok_at: datetime | None
    last_changed_at: datetime | None
    trouble: str | None
    trouble_since: datetime | None
    detail: str
    version: str | None


def record(
    engine: Engine,
    kind: str,
    *,
    at: datetime,
    source_id: str | None = None,
    upstream_at: datetime | None = None,
    run_id: str | None = None,
    release_id: str | None = None,
    edition: int | None = None,
    trouble: str | None = None,
    detail: str = "",
    key: str | None = None,
) -> bool:
    """Log one event. False, and nothing written, if an event with this ``key`` is there already."""
    if kind not in KINDS:
        raise ValueError(f"no kind of event {kind!r}; there are: {', '.join(KINDS)}")
    with db.transaction(engine) as session:
        if key is not None and session.scalar(select(tables.EventRow.id).where(tables.EventRow.key == key)) is not None:
            return False
        session.add(
            tables.EventRow(
                kind=kind,
                at=at,
                source_id=source_id,
                upstream_at=upstream_at,
                run_id=run_id,
                release_id=release_id,
                edition=edition,
                trouble=trouble,
                detail=one_line(detail),
                key=key,
            )
        )
    return True


def events(
    engine: Engine,
    *,
    source_id: str | None = None,
    kinds: Collection[str] | None = None,
    since: datetime | None = None,
    limit: int = 200,
) -> list[EventRow]:
    """The newest ``limit`` events, newest first, of one source, of some kinds, or from a moment on."""
    query = select(tables.EventRow).order_by(tables.EventRow.at.desc(), tables.EventRow.id.desc()).limit(limit)
    if source_id is not None:
        query = query.where(tables.EventRow.source_id == source_id)
    if kinds is not None:
        query = query.where(tables.EventRow.kind.in_(kinds))
    if since is not None:
        query = query.where(tables.EventRow.at >= since)
    with Session(engine) as session:
        return [_with_delay(session, row) for row in session.scalars(query)]


def note_check(
    engine: Engine,
    source_id: str,
    *,
    at: datetime,
    version: str | None = None,
    trouble: str | None = None,
    detail: str = "",
) -> None:
    """Note what a look at a source, or a crawl of it, gave; called at every one of them.

    Going into trouble logs ``failed`` and coming out of it ``recovered``, once each however often this is called. A
    ``version`` other than the last one known moves ``last_changed_at``. A note older than the last one is dropped.
    """
    with db.transaction(engine) as session:
        row = session.get(tables.CheckRow, source_id)
        if row is None:
            row = tables.CheckRow(source_id=source_id, last_checked_at=at, detail="")
            session.add(row)
        elif at < row.last_checked_at:
            return
        row.last_checked_at = at
        row.detail = one_line(detail)
        if version is not None and version != row.version:
            row.version, row.last_changed_at = version[:400], at
        was = row.trouble
        row.trouble = trouble
        if trouble is None:
            row.last_ok_at, row.trouble_since = at, None
        elif was is None:
            row.trouble_since = at
        if (was is None) != (trouble is None):
            kind = "recovered" if trouble is None else "failed"
            said = tables.EventRow(
                kind=kind, at=at, source_id=source_id, trouble=trouble or was, detail=one_line(detail)
            )
            session.add(said)


def health(engine: Engine) -> dict[str, SourceHealth]:
    """The last known state of every source that was ever looked at, by source id."""
    with Session(engine) as session:
        return {
            row.source_id: SourceHealth(
                source_id=row.source_id,
                last_checked_at=row.last_checked_at,
                last_ok_at=row.last_ok_at,
                last_changed_at=row.last_changed_at,
                trouble=row.trouble,
                trouble_since=row.trouble_since,
                detail=row.detail,
                version=row.version,
            )
            for row in session.scalars(select(tables.CheckRow).order_by(tables.CheckRow.source_id))
        }


def one_line(text: str) -> str:
    """A detail as it is kept: one line, bounded."""
    return " ".join(text.split())[:DETAIL]


def _with_delay(session: Session, row: tables.EventRow) -> EventRow:
    origin = _origin(session, row)
    return EventRow(
        kind=row.kind,
        at=row.at,
        source_id=row.source_id,
        upstream_at=row.upstream_at,
        run_id=row.run_id,
        release_id=row.release_id,
        edition=row.edition,
        trouble=row.trouble,
        detail=row.detail,
        delay_seconds=None if origin is None else (row.at - origin).total_seconds(),
    )


def _origin(session: Session, row: tables.EventRow) -> datetime | None:
    """When that began which an event answers; None if nobody knows."""
    if row.upstream_at is not None:
        return row.upstream_at
    if row.kind in ("crawled", "changed"):
        return _seen_before(session, row)
    if row.kind == "published":
        return _oldest_change(session, row)
    if row.kind == "announced" and row.release_id is not None:
        release = session.scalar(
            select(tables.EventRow)
            .where(tables.EventRow.kind == "published", tables.EventRow.release_id == row.release_id)
            .order_by(tables.EventRow.at)
            .limit(1)
        )
        return _origin(session, release) if release is not None else None
    return None


def _seen_before(session: Session, row: tables.EventRow) -> datetime | None:
    """The look that a crawl or a change of the same source answers: the last one before it."""
    if row.source_id is None:
        return None
    seen = session.scalar(
        select(tables.EventRow)
        .where(tables.EventRow.kind == "seen", tables.EventRow.source_id == row.source_id, tables.EventRow.at <= row.at)
        .order_by(tables.EventRow.at.desc(), tables.EventRow.id.desc())
        .limit(1)
    )
    return None if seen is None else seen.upstream_at or seen.at


def _oldest_change(session: Session, row: tables.EventRow) -> datetime | None:
    """The origin of the oldest change that came after the release before this one."""
    before = session.scalar(
        select(tables.EventRow.at)
        .where(tables.EventRow.kind == "published", tables.EventRow.at < row.at)
        .order_by(tables.EventRow.at.desc())
        .limit(1)
    )
    changes = select(tables.EventRow).where(tables.EventRow.kind == "changed", tables.EventRow.at <= row.at)
    if before is not None:
        changes = changes.where(tables.EventRow.at > before)
    origins = [_origin(session, change) for change in session.scalars(changes)]
    return min((origin for origin in origins if origin is not None), default=None)
