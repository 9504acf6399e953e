"""The small operational database: which editions exist and what was sent (SQLAlchemy on one SQLite file).

Belongs here: opening it, the edition log and the send log, claimed before and confirmed after. Never here: data about
the world (archive, releases), recipients' addresses in the clear, the event log (events.py), or anything that can be
derived again. It is data of record: its tables (tables.py) change by migrations only (``state/migrations``).
"""

from __future__ import annotations

import atexit
import hashlib
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from filelock import FileLock
from sqlalchemy import URL, Engine, create_engine, event, func, select
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from state.tables import HEAD, SecretRow
from state.tables import DeliveryRow as DeliveryRow
from state.tables import EditionRow as EditionRow

MAX_ENGINES = 8


def open_state(file: Path) -> Engine:
    """Engine on a SQLite file, the same one at every call: made, with its folder, and brought to today's shape at the
    first. A file that is put in its place is another database and gets an engine of its own."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file = file.resolve()
    if not file.exists():
        file.touch()  # an empty file is an empty database, and has the identity that its engine is kept under
    return _engine(file, file.stat().st_ino, os.getpid())


@lru_cache(maxsize=MAX_ENGINES)
def _engine(file: Path, inode: int, process: int) -> Engine:
    """One engine a file and process: connections must not pass to a forked child. While it is kept its pool holds the
    file open, so that no other file can get the same inode."""
    engine = create_engine(URL.create("sqlite", database=str(file)))
    atexit.register(engine.dispose)  # the last connection to be closed takes SQLite's side files away

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _: object) -> None:
        connection.isolation_level = None  # the driver opens no transaction by itself; ``_begin`` does
        connection.execute("PRAGMA busy_timeout = 30000")
        if connection.execute("PRAGMA journal_mode").fetchone() != ("wal",):
            connection.execute("PRAGMA journal_mode = WAL")  # readers do not wait for a writer; the file keeps it
        connection.execute("PRAGMA foreign_keys = ON")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # A writer takes its lock before it reads, so that what it read still holds when it writes.
        writes = connection.get_execution_options().get("writes")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    # First connections one at a time: SQLite's change to WAL fails at once while anybody else reads the file.
    with FileLock(file.with_name(f"{file.name}.lock")):
        if _revision(engine) != HEAD:
            from state.migrate import upgrade

            upgrade(file)
    return engine


def _revision(engine: Engine) -> str | None:
    """Revision that a database is at, None for one that is new or from before migrations."""
    with engine.connect() as connection:
        if not connection.dialect.has_table(connection, "alembic_version"):
            return None
        found: str | None = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
        return found


@contextmanager
def transaction(engine: Engine) -> Iterator[Session]:
    """One writing transaction: committed at the end of the block, rolled back by an exception. Writers take turns."""
    with Session(engine.execution_options(writes=True)) as session, session.begin():
        yield session


def lock(engine: Engine, name: str) -> FileLock:
    """A lock beside the database, for what one process does at a time. The operating system lets go of it when the
    process dies. Not taken yet: ``with lock(...).acquire(timeout=...)``."""
    return FileLock(Path(str(engine.url.database)).with_name(f"{name}.lock"))


def recipient_key(address: str) -> str:
    """SHA-256 of a recipient's address, normalised: the log says who got what without keeping addresses."""
    return hashlib.sha256(address.strip().lower().encode()).hexdigest()


def own_secret(engine: Engine, name: str) -> bytes:
    """32 random bytes under a name, made at first use and the same ever after."""
    with transaction(engine) as session:
        row = session.get(SecretRow, name)
        if row is None:
            row = SecretRow(name=name, value=secrets.token_bytes(32))
            session.add(row)
        return row.value


def sha256(content: bytes) -> str:
    """SHA-256 of bytes, hex."""
    return hashlib.sha256(content).hexdigest()


def claim_edition(
    engine: Engine, slot: datetime, release_id: str, previous_release_id: str | None, data_cut_off: datetime
) -> int:
    """Number of the edition of a slot: the one it already has, else the next. Safe when two processes ask.

    An edition keeps the releases that were recorded with it first: ``edition_of(engine, slot)`` says which.
    """
    with transaction(engine) as session:
        known = session.scalar(select(EditionRow.number).where(EditionRow.slot == slot))
        if known is not None:
            return known
        number = (session.scalar(select(func.max(EditionRow.number))) or 0) + 1
        session.add(
            EditionRow(
                number=number,
                slot=slot,
                release_id=release_id,
                previous_release_id=previous_release_id,
                data_cut_off=data_cut_off,
                logged_at=datetime.now(UTC),
            )
        )
    return number


def claim_delivery(
    engine: Engine,
    *,
    message_id: str,
    recipient: str,
    edition_number: int,
    lang: str,
    channel: str,
    subject: str,
    at: datetime | None = None,
) -> bool:
    """Note the intent to send one message. True while nobody has confirmed or refused it, so that it is to be sent.

    A claim is no lock: a row that another process claimed and has not confirmed gives True as well, because that
    process may have died in between. Senders therefore take turns by a lock of their own (``publications.outbox``).
    ``at`` is the time of the attempt, by default now.
    """
    key = recipient_key(recipient)
    now = at or datetime.now(UTC)
    with transaction(engine) as session:
        row = session.get(DeliveryRow, (message_id, key))
        if row is None:
            row = DeliveryRow(
                message_id=message_id,
                recipient_sha256=key,
                edition_number=edition_number,
                lang=lang,
                channel=channel,
                subject=subject[:400],
                claimed_at=now,
                attempts=0,
            )
            session.add(row)
        elif is_settled(row, channel):
            return False
        # Of this attempt: what a file got before is no proof that a mail left. A settled file copy is sent as a mail.
        row.channel, row.confirmed_at, row.content_sha256, row.refused_at = channel, None, None, None
        row.attempts += 1
        row.last_attempt_at = now
    return True


def is_settled(row: DeliveryRow, channel: str) -> bool:
    """True if a message is not to be sent over a channel any more: it left, or its recipient's server refused it.

    A copy in a file reached nobody, so it settles nothing for another channel.
    """
    if row.channel == "file" != channel:
        return False
    return row.confirmed_at is not None or row.refused_at is not None


def confirm_delivery(engine: Engine, *, message_id: str, recipient: str, content_sha256: str) -> None:
    """Note that the message left, and which bytes it had."""
    with transaction(engine) as session:
        row = _claimed(session, message_id, recipient)
        row.confirmed_at = datetime.now(UTC)
        row.content_sha256 = content_sha256
        row.last_error = None


def note_failure(engine: Engine, *, message_id: str, recipient: str, error: str, for_good: bool) -> None:
    """Note why an attempt failed. ``for_good``: the message is refused and never tried again; else it stays pending."""
    with transaction(engine) as session:
        row = _claimed(session, message_id, recipient)
        row.last_error = error[:400]
        if for_good:
            row.refused_at = datetime.now(UTC)


def forget_refusals(engine: Engine, edition_number: int) -> int:
    """Make the refused messages of an edition pending again, for when the fault was ours; gives their number."""
    with transaction(engine) as session:
        rows = session.scalars(
            select(DeliveryRow).where(DeliveryRow.edition_number == edition_number, DeliveryRow.refused_at.is_not(None))
        ).all()
        for row in rows:
            row.refused_at = None
        return len(rows)


def _claimed(session: Session, message_id: str, recipient: str) -> DeliveryRow:
    row = session.get(DeliveryRow, (message_id, recipient_key(recipient)))
    if row is None:
        raise LookupError(f"delivery {message_id} was never claimed")
    return row


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


def last_edition(engine: Engine) -> EditionRow | None:
    """The newest edition, None before the first."""
    with Session(engine, expire_on_commit=False) as session:
        return session.scalar(select(EditionRow).order_by(EditionRow.number.desc()).limit(1))


def edition_of(engine: Engine, slot: datetime) -> EditionRow | None:
    """The edition of a slot, None if it has none."""
    with Session(engine, expire_on_commit=False) as session:
        return session.scalar(select(EditionRow).where(EditionRow.slot == slot))


def release_of_previous_edition(engine: Engine, slot: datetime) -> str | None:
    """The release that the edition of this slot is compared with; None for the first edition.

    For a slot that has an edition it is the one recorded then, so that rendering again gives the same; for another
    slot it is the one that the newest edition cites.
    """
    own = edition_of(engine, slot)
    if own is not None:
        return own.previous_release_id
    newest = last_edition(engine)
    return newest.release_id if newest is not None else None
