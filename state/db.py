"""The small operational database: which editions exist and what was sent (SQLAlchemy on one SQLite file).

Belongs here: the edition log and the send log, claimed before and confirmed after. Never here: data about the world
(archive, releases), recipients' addresses in the clear, or anything that can be derived again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import DateTime, Engine, ForeignKey, String, TypeDecorator, create_engine, event, func, select
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

CLAIM_ATTEMPTS = 5


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
    """One edition of the digest: its number, the release it cites and the one it compares with."""

    __tablename__ = "edition"
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    release_id: Mapped[str] = mapped_column(String(80), unique=True)
    previous_release_id: Mapped[str | None] = mapped_column(String(80))
    data_cut_off: Mapped[datetime] = mapped_column(Moment)
    logged_at: Mapped[datetime] = mapped_column(Moment)


class DeliveryRow(Base):
    """One message of an edition for one recipient: claimed first, then confirmed with what was written or sent."""

    __tablename__ = "delivery"
    message_id: Mapped[str] = mapped_column(String(200), primary_key=True)
    recipient_sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    edition_number: Mapped[int] = mapped_column(ForeignKey("edition.number"))
    lang: Mapped[str] = mapped_column(String(2))
    channel: Mapped[str] = mapped_column(String(10))
    subject: Mapped[str] = mapped_column(String(400))
    claimed_at: Mapped[datetime] = mapped_column(Moment)
    confirmed_at: Mapped[datetime | None] = mapped_column(Moment)
    content_sha256: Mapped[str | None] = mapped_column(String(64))


def open_state(file: Path) -> Engine:
    """Engine on a SQLite file, its folder and tables made where they are missing."""
    file.parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(f"sqlite:///{file}")

    @event.listens_for(engine, "connect")
    def _prepare(connection: object, _: object) -> None:
        cursor = connection.cursor()  # type: ignore[attr-defined]
        cursor.execute("PRAGMA journal_mode = WAL")  # readers do not wait for a writer
        cursor.execute("PRAGMA busy_timeout = 10000")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.close()

    Base.metadata.create_all(engine)
    return engine


@contextmanager
def transaction(engine: Engine) -> Iterator[Session]:
    """One transaction: committed at the end of the block, rolled back by an exception."""
    with Session(engine) as session, session.begin():
        yield session


def recipient_key(address: str) -> str:
    """SHA-256 of a recipient's address, normalised: the log says who got what without keeping addresses."""
    return hashlib.sha256(address.strip().lower().encode()).hexdigest()


def sha256(content: bytes) -> str:
    """SHA-256 of bytes, hex."""
    return hashlib.sha256(content).hexdigest()


def claim_edition(engine: Engine, release_id: str, previous_release_id: str | None, data_cut_off: datetime) -> int:
    """Number of the edition that cites a release: the one it already has, else the next. Safe when two processes
    ask.
    """
    for attempt in range(CLAIM_ATTEMPTS):
        try:
            with transaction(engine) as session:
                known = session.scalar(select(EditionRow.number).where(EditionRow.release_id == release_id))
                if known is not None:
                    return known
                number = (session.scalar(select(func.max(EditionRow.number))) or 0) + 1
                session.add(
                    EditionRow(
                        number=number,
                        release_id=release_id,
                        previous_release_id=previous_release_id,
                        data_cut_off=data_cut_off,
                        logged_at=datetime.now(UTC),
                    )
                )
            return number
        except IntegrityError:  # another process took the number or logged the release in between
            if attempt + 1 == CLAIM_ATTEMPTS:
                raise
    raise AssertionError("unreachable")


def claim_delivery(
    engine: Engine, *, message_id: str, recipient: str, edition_number: int, lang: str, channel: str, subject: str
) -> bool:
    """Note the intent to send one message. True while nobody has confirmed it, so that it is to be sent.

    A claim is no lock: a row that another process claimed and has not confirmed gives True as well, because that
    process may have died in between. Two senders at the same time can so both send; message ids are deterministic, and
    writing a file twice gives the same file. False means confirmed, or claimed by another process in this instant.
    """
    key = recipient_key(recipient)
    try:
        with transaction(engine) as session:
            row = session.get(DeliveryRow, (message_id, key))
            if row is not None:
                return row.confirmed_at is None
            session.add(
                DeliveryRow(
                    message_id=message_id,
                    recipient_sha256=key,
                    edition_number=edition_number,
                    lang=lang,
                    channel=channel,
                    subject=subject[:400],
                    claimed_at=datetime.now(UTC),
                )
            )
        return True
    except IntegrityError:  # another process inserted the row a moment ago and is sending
        return False


def confirm_delivery(engine: Engine, *, message_id: str, recipient: str, content_sha256: str) -> None:
    """Note that the message left, and which bytes it had."""
    with transaction(engine) as session:
        row = session.get(DeliveryRow, (message_id, recipient_key(recipient)))
        if row is None:
            raise LookupError(f"delivery {message_id} was never claimed")
        row.confirmed_at = datetime.now(UTC)
        row.content_sha256 = content_sha256


def editions(engine: Engine) -> list[EditionRow]:
    """All editions, oldest first."""
    with Session(engine, expire_on_commit=False) as session:
        return list(session.scalars(select(EditionRow).order_by(EditionRow.number)))


def deliveries(engine: Engine, edition_number: int | None = None) -> list[DeliveryRow]:
    """The send log, of one edition or of all, in the order of claims."""
    query = select(DeliveryRow).order_by(DeliveryRow.claimed_at, DeliveryRow.message_id)
    if edition_number is not None:
        query = query.where(DeliveryRow.edition_number == edition_number)
    with Session(engine, expire_on_commit=False) as session:
        return list(session.scalars(query))


def release_of_previous_edition(engine: Engine, release_id: str) -> str | None:
    """The release that the edition of this release is compared with; None for the first edition.

    For a release that has an edition it is the one recorded then, so that rendering again gives the same; for another
    release it is the one that the newest edition cites.
    """
    with Session(engine) as session:
        own = session.scalar(select(EditionRow).where(EditionRow.release_id == release_id))
        if own is not None:
            return own.previous_release_id
        return session.scalar(select(EditionRow.release_id).order_by(EditionRow.number.desc()).limit(1))
