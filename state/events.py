"""The event log: what was seen upstream, crawled, changed, published, announced, failed and recovered, and when.

Belongs here: writing events, reading them with their delays, and the last state of each source. Never here: deciding
that something happened (``pipelines``), or a sentence for readers.

An event's **delay** is the time from its origin to the event, in seconds. The origin is what the publisher says
(``upstream_at``); where the publisher says nothing it is the moment we saw the change (``seen``). A release answers the
oldest of the changes that came since the release before it, and an edition answers what its release answers. The
origin is looked up once, when the event is logged, and kept with it.

A source's **trouble** has two owners: looks and crawls. Each notes and clears its own, and a source is well when both
are; where both are in trouble the crawl's is named, because it is about the content that figures rest on.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import ColumnElement, Engine, func, select
from sqlalchemy.orm import Session

from state import db, tables

KINDS = ("seen", "crawled", "changed", "published", "announced", "failed", "recovered")
DETAIL = 1000
"""Characters of a detail that are kept."""
Owner = Literal["look", "crawl"]


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
    """What the last looks at a source and crawls of it gave. ``trouble`` is None while both are fine."""

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
        row = tables.EventRow(
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
        row.origin_at = _origin(session, row)
        session.add(row)
    return True


def events(
    engine: Engine,
    *,
    source_id: str | None = None,
    kinds: Collection[str] | None = None,
    since: datetime | None = None,
    limit: int = 200,
    offset: int = 0,
) -> list[EventRow]:
    """``limit`` events after the ``offset`` newest, newest first, of one source, of some kinds, or from a moment on."""
    query = select(tables.EventRow).where(*_among(source_id, kinds, since))
    query = query.order_by(tables.EventRow.at.desc(), tables.EventRow.id.desc()).limit(limit).offset(offset)
    with Session(engine) as session:
        return [_with_delay(row) for row in session.scalars(query)]


def count(
    engine: Engine,
    *,
    source_id: str | None = None,
    kinds: Collection[str] | None = None,
    since: datetime | None = None,
) -> int:
    """How many events there are of one source, of some kinds, or from a moment on."""
    with Session(engine) as session:
        query = select(func.count(tables.EventRow.id)).where(*_among(source_id, kinds, since))
        return session.scalar(query) or 0


def is_logged(engine: Engine, key: str) -> bool:
    """True if an event with this key is there."""
    with Session(engine) as session:
        return session.scalar(select(tables.EventRow.id).where(tables.EventRow.key == key)) is not None


def _among(source_id: str | None, kinds: Collection[str] | None, since: datetime | None) -> list[ColumnElement[bool]]:
    """What an event must be to be of one source, of some kinds, and from a moment on."""
    conditions: list[ColumnElement[bool]] = []
    if source_id is not None:
        conditions.append(tables.EventRow.source_id == source_id)
    if kinds is not None:
        conditions.append(tables.EventRow.kind.in_(kinds))
    if since is not None:
        conditions.append(tables.EventRow.at >= since)
    return conditions


def note_check(
    engine: Engine,
    source_id: str,
    *,
    by: Owner,
    at: datetime,
    version: str | None = None,
    trouble: str | None = None,
    detail: str = "",
) -> None:
    """Note what a look at a source, or a crawl of it, gave; called at every one of them.

    A look clears the trouble of looks only, a crawl that of crawls. When the first of both begins ``failed`` is logged,
    and ``recovered`` when the last of both is over, once each however often this is called. A ``version`` other than
    the last one known moves ``last_changed_at``. A note older than the last one of its owner is dropped.
    """
    with db.transaction(engine) as session:
        row = session.get(tables.CheckRow, source_id)
        if row is None:
            row = tables.CheckRow(source_id=source_id, last_checked_at=at, detail="", look_detail="", crawl_detail="")
            session.add(row)
        noted = row.look_at if by == "look" else row.crawl_at
        if noted is not None and at < noted:
            return
        if by == "look":
            row.look_at, row.look_trouble, row.look_detail = at, trouble, one_line(detail)
        else:
            row.crawl_at, row.crawl_trouble, row.crawl_detail = at, trouble, one_line(detail)
        row.last_checked_at = max(row.last_checked_at, at)
        if version is not None and version != row.version:
            row.version, row.last_changed_at = version[:400], at
        was, row.trouble = row.trouble, row.crawl_trouble or row.look_trouble
        of_crawl = row.crawl_trouble is not None or (row.look_trouble is None and by == "crawl")
        row.detail = row.crawl_detail if of_crawl else row.look_detail
        if row.trouble is None:
            row.last_ok_at, row.trouble_since = max(row.last_ok_at or at, at), None
        elif was is None:
            row.trouble_since = at
        if (was is None) != (row.trouble is None):
            kind = "recovered" if row.trouble is None else "failed"
            said = tables.EventRow(kind=kind, at=at, source_id=source_id, trouble=row.trouble or was, detail=row.detail)
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


def _with_delay(row: tables.EventRow) -> EventRow:
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
        delay_seconds=None if row.origin_at is None else (row.at - row.origin_at).total_seconds(),
    )


def _origin(session: Session, row: tables.EventRow) -> datetime | None:
    """When that began which an event answers; None if nobody knows."""
    event = tables.EventRow
    if row.upstream_at is not None:
        return row.upstream_at
    if row.kind in ("crawled", "changed") and row.source_id is not None:
        # The look that a crawl or a change of the same source answers: the last one before it.
        seen = session.scalar(
            select(event)
            .where(event.kind == "seen", event.source_id == row.source_id, event.at <= row.at)
            .order_by(event.at.desc(), event.id.desc())
            .limit(1)
        )
        return None if seen is None else seen.upstream_at or seen.at
    if row.kind == "published":
        before = session.scalar(select(func.max(event.at)).where(event.kind == "published", event.at < row.at))
        oldest = select(func.min(event.origin_at)).where(event.kind == "changed", event.at <= row.at)
        return session.scalar(oldest if before is None else oldest.where(event.at > before))
    if row.kind == "announced" and row.release_id is not None:
        release = select(event.origin_at).where(event.kind == "published", event.release_id == row.release_id)
        return session.scalar(release.order_by(event.at).limit(1))
    return None
