"""The tables of the operational database, as SQLAlchemy reads them today.

Belongs here: columns and what they mean. Never here: queries (db.py, events.py, incidents.py), or the way from an older
shape (``state/migrations``; a test holds both together).
"""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import DateTime, ForeignKey, Index, LargeBinary, String, Text, TypeDecorator
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Moment(TypeDecorator[datetime]):
    """Aware UTC timestamps: SQLite stores no zone, so it is taken off and put back here."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("timestamps must be aware")
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC)


class Base(DeclarativeBase):
    """Tables of the operational database."""


class EditionRow(Base):
    """One edition of the digest: its number, the week it belongs to, the release it cites and the one it compares with.

    ``slot`` is the Monday 07:00 Europe/Luxembourg of that week, as UTC: one edition a slot. A quiet week cites the
    release of the week before again. Editions from before the weekly rhythm that shared a week with an earlier one
    have the moment they were logged instead.
    """

    __tablename__ = "edition"
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    slot: Mapped[datetime] = mapped_column(Moment, unique=True)
    release_id: Mapped[str] = mapped_column(String(80))
    previous_release_id: Mapped[str | None] = mapped_column(String(80))
    data_cut_off: Mapped[datetime] = mapped_column(Moment)
    logged_at: Mapped[datetime] = mapped_column(Moment)


class DeliveryRow(Base):
    """One message of an edition for one recipient: claimed before it is sent, then confirmed, refused, or tried again.

    ``attempts`` counts the times that sending began; ``last_error`` says why the last one failed; ``refused_at`` is
    set when the recipient's server refused for good. A row with neither ``confirmed_at`` nor ``refused_at`` is pending.
    """

    __tablename__ = "delivery"
    message_id: Mapped[str] = mapped_column(String(200), primary_key=True)
    recipient_sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    edition_number: Mapped[int] = mapped_column(ForeignKey("edition.number"), index=True)
    lang: Mapped[str] = mapped_column(String(2))
    channel: Mapped[str] = mapped_column(String(10))
    subject: Mapped[str] = mapped_column(String(400))
    claimed_at: Mapped[datetime] = mapped_column(Moment)
    confirmed_at: Mapped[datetime | None] = mapped_column(Moment)
    content_sha256: Mapped[str | None] = mapped_column(String(64))
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    last_attempt_at: Mapped[datetime | None] = mapped_column(Moment)
    last_error: Mapped[str | None] = mapped_column(String(400))
    refused_at: Mapped[datetime | None] = mapped_column(Moment)


class EventRow(Base):
    """One event of the event log; see ``state.events``. ``origin_at`` is what its delay counts from, found at once."""

    __tablename__ = "event"
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    at: Mapped[datetime] = mapped_column(Moment, index=True)
    source_id: Mapped[str | None] = mapped_column(String(80))
    upstream_at: Mapped[datetime | None] = mapped_column(Moment)
    run_id: Mapped[str | None] = mapped_column(String(80))
    release_id: Mapped[str | None] = mapped_column(String(80))
    edition: Mapped[int | None] = mapped_column()
    trouble: Mapped[str | None] = mapped_column(String(20))
    detail: Mapped[str] = mapped_column(String(1000))
    key: Mapped[str | None] = mapped_column(String(200), unique=True)
    origin_at: Mapped[datetime | None] = mapped_column(Moment)
    __table_args__ = (Index("ix_event_source_id_at", "source_id", "at"), Index("ix_event_kind_at", "kind", "at"))


class CheckRow(Base):
    """What the last look at a source and its last crawl gave; one row a source; see ``state.events.note_check``.

    Looks and crawls each write their own columns; ``trouble``, ``trouble_since`` and ``detail`` are of both together.
    """

    __tablename__ = "source_check"
    source_id: Mapped[str] = mapped_column(String(80), primary_key=True)
    last_checked_at: Mapped[datetime] = mapped_column(Moment)
    last_ok_at: Mapped[datetime | None] = mapped_column(Moment)
    last_changed_at: Mapped[datetime | None] = mapped_column(Moment)
    trouble: Mapped[str | None] = mapped_column(String(20))
    trouble_since: Mapped[datetime | None] = mapped_column(Moment)
    detail: Mapped[str] = mapped_column(String(1000))
    version: Mapped[str | None] = mapped_column(String(400))
    look_at: Mapped[datetime | None] = mapped_column(Moment)
    look_trouble: Mapped[str | None] = mapped_column(String(20))
    look_detail: Mapped[str] = mapped_column(String(1000), default="", server_default="")
    crawl_at: Mapped[datetime | None] = mapped_column(Moment)
    crawl_trouble: Mapped[str | None] = mapped_column(String(20))
    crawl_detail: Mapped[str] = mapped_column(String(1000), default="", server_default="")


class IncidentRow(Base):
    """Something the engineers are told of once when it begins and once when it ends; see ``state.incidents``."""

    __tablename__ = "incident"
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(200), index=True)
    opened_at: Mapped[datetime] = mapped_column(Moment)
    told_at: Mapped[datetime | None] = mapped_column(Moment)
    closed_at: Mapped[datetime | None] = mapped_column(Moment)
    clear_told_at: Mapped[datetime | None] = mapped_column(Moment)
    subject: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Text)


class SecretRow(Base):
    """Random bytes that this installation made for itself and that never leave it; see ``own_secret``."""

    __tablename__ = "secret"
    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[bytes] = mapped_column(LargeBinary)


HEAD = "0003"
"""Newest revision of ``state/migrations``: what the tables above describe. A test holds the two together."""
