"""Issuing the edition that is due, and handing it to members: what the schedule and the command line share.

Belongs here: which release an edition cites, who is served by which transport, what is left to do. Never here: Dagster
(schedule.py), wording (``publications.digest``), the rules of delivery (``publications.outbox``).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine

from publications import calendar, digest, outbox
from publications.edition import Edition
from publications.members import TOPICS, Member, MembersError, read_members
from publications.memory import ACCOUNT, health_of, read_account, remember
from publications.transport import transport_of
from state import db, events
from state.settings import Settings
from warehouse.reading import ReleaseReader, open_release, release_ids

ISSUE_WAIT_SECONDS = 300.0
ANNOUNCED = "announced:{number}"
"""Key of the event that is logged once all files of an edition stand."""


@dataclass(frozen=True)
class IssueReport:
    """The edition of this week, its files, and which of them this call wrote."""

    number: int
    release_id: str
    files: tuple[Path, ...]
    written: tuple[Path, ...]


@dataclass(frozen=True)
class SendReport:
    """One round of sending: the edition, whether this round issued it, how it went, and what is odd about the list."""

    number: int
    issued: bool
    delivery: outbox.DeliveryReport
    problems: tuple[str, ...]


@dataclass(frozen=True)
class EditionStanding:
    """An edition in the list: its number, week, release, and how many messages were sent, refused or still wait."""

    number: int
    slot: datetime
    release_id: str
    sent: int
    refused: int
    pending: int


@contextmanager
def issued(settings: Settings, now: datetime) -> Iterator[digest.IssuedEdition]:
    """The edition of this week: issued if it is due, finished if a process died over it, else as it was issued.

    ``written`` is empty if there was nothing to do. Once logged an edition keeps its releases, whatever comes after.
    Its releases are open, so that it can be rendered, until the end of the block.
    """
    engine = db.open_state(settings.state_db)
    with ExitStack() as stack:
        with db.lock(engine, "issue").acquire(timeout=ISSUE_WAIT_SECONDS):
            last = db.last_edition(engine)
            slot = calendar.slot_of(now) if last is None or calendar.is_due(last, now) else last.slot
            edition = digest.issue(
                *releases_of(settings, engine, slot, stack),
                editions_folder(settings),
                engine=engine,
                slot=slot,
                sender=settings.mail_from,
                health=events.health(engine),
                languages=settings.digest_languages,
                public_url=settings.public_url,
                now=now,
            )
        events.record(
            engine,
            "announced",
            at=now,
            release_id=edition.release_id,
            edition=edition.number,
            key=ANNOUNCED.format(number=edition.number),
        )
        yield edition


def issue(settings: Settings, now: datetime) -> IssueReport:
    """Issue the edition if it is due; mails nobody."""
    with issued(settings, now) as edition:
        return IssueReport(edition.number, edition.release_id, edition.files, edition.written)


def send(settings: Settings, now: datetime, *, retry_refused: bool = False) -> SendReport:
    """Issue the edition if it is due, then hand it to every member who has not got it, once.

    Raises ``outbox.SenderBusyError`` while another process sends, and ``members.MembersError`` for a list that cannot
    be used; the edition is issued in both cases.
    """
    with issued(settings, now) as edition:
        engine = db.open_state(settings.state_db)
        members, problems = members_of(settings)
        if retry_refused:
            db.forget_refusals(engine, edition.number)
        report = outbox.deliver(
            engine,
            edition.number,
            members,
            edition.render,
            transport_of(settings, members_folder(settings, edition.number)),
            now=now,
            sender=settings.mail_from,
        )
        return SendReport(edition.number, bool(edition.written), report, tuple(problems))


def preview(settings: Settings, lang: str, now: datetime, topics: tuple[str, ...] = ()) -> Edition:
    """The edition that would be issued now, or the one that was issued this week; nothing is written."""
    unknown = [topic for topic in topics if topic not in TOPICS]
    if unknown:
        raise ValueError(f"no topic {', '.join(unknown)}; there are: {', '.join(TOPICS)}")
    # A database that is not there yet is not made here.
    engine = db.open_state(settings.state_db) if settings.state_db.exists() else None
    last = db.last_edition(engine) if engine is not None else None
    due = last is None or calendar.is_due(last, now)
    number, slot = (last.number, last.slot) if last is not None and not due else (1, calendar.slot_of(now))
    if last is not None and due:
        number = last.number + 1
    folder = editions_folder(settings)
    account = None if due else read_account(folder / ACCOUNT.format(number=number))
    with ExitStack() as stack:
        return digest.render(
            *releases_of(settings, engine, slot, stack),
            lang,
            datetime.fromisoformat(account["moment"]) if account else max(now, slot),
            number=number,
            slot=slot,
            topics=topics,
            health=health_of(account) if account else events.health(engine) if engine is not None else {},
            memory=remember(folder, number),
            public_url=str(account.get("public_url", "")) if account else settings.public_url,
        )


def issued_at(settings: Settings, number: int) -> datetime | None:
    """When an edition was issued, None while it is not."""
    account = read_account(editions_folder(settings) / ACCOUNT.format(number=number))
    return datetime.fromisoformat(account["moment"]) if account else None


def work_left(settings: Settings, now: datetime) -> str | None:
    """Why a round of sending is worth while now, None if it is not: what a sensor asks every few minutes."""
    if not (settings.releases / "current.json").exists():
        return None
    engine = db.open_state(settings.state_db)
    last = db.last_edition(engine)
    if last is None or calendar.is_due(last, now):
        return f"the edition of {calendar.slot_of(now):%Y-%m-%d} is due"
    if not is_complete(settings, engine, last):
        return f"edition {last.number} was not finished"
    try:
        members, _ = members_of(settings)
    except MembersError as error:
        return str(error)  # the round fails with it, and the engineers hear
    attempt = outbox.next_attempt(engine, last.number, members, settings.transport)
    return f"edition {last.number} waits for members" if attempt is not None and attempt <= now else None


def overview(settings: Settings) -> list[EditionStanding]:
    """Every edition with how far it has come, oldest first."""
    engine = db.open_state(settings.state_db)
    return [
        EditionStanding(row.number, row.slot, row.release_id, **asdict(outbox.standing(engine, row.number)))
        for row in db.editions(engine)
    ]


def members_of(settings: Settings) -> tuple[list[Member], list[str]]:
    """The members' list that the settings name, and what is wrong with it; nobody if they name none."""
    if settings.members is None:
        return [], []
    return read_members(settings.members.expanduser(), settings.digest_languages)


def members_folder(settings: Settings, number: int) -> Path:
    """Where members' copies of an edition go with the file transport."""
    return settings.outbox / "members" / f"edition-{number:04d}"


def editions_folder(settings: Settings) -> Path:
    """Where the editions themselves stand, with the index of all of them."""
    return settings.outbox / "editions"


def is_complete(settings: Settings, engine: Engine, edition: db.EditionRow) -> bool:
    """True if every file of an edition stands, in every language it is issued in, and nothing died while it was made.

    The index of all editions stands from the first one on, so files alone do not say that this one is in it.
    """
    files = digest.files_of(editions_folder(settings), edition.number, edition.release_id, settings.digest_languages)
    return all(file.exists() for file in files) and events.is_logged(engine, ANNOUNCED.format(number=edition.number))


def releases_of(
    settings: Settings, engine: Engine | None, slot: datetime, stack: ExitStack
) -> tuple[ReleaseReader, ReleaseReader | None]:
    """Readers of the release that the edition of a slot cites, and of the one it compares with if that is still there.

    For a slot without an edition they are the current release, and the one that the newest edition cites. They are
    closed with ``stack``.
    """
    own = db.edition_of(engine, slot) if engine is not None else None
    current = stack.enter_context(closing(open_release(settings.releases, own.release_id if own else None)))
    cited = db.release_of_previous_edition(engine, slot) if engine is not None else None
    if cited is None or cited not in release_ids(settings.releases):
        return current, None
    return current, stack.enter_context(closing(open_release(settings.releases, cited)))
