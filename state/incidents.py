"""What engineers are told of once when it begins and once when it ends.

Belongs here: which incidents are open and which of them were told. Never here: what an incident is (``pipelines``), or
the mail about it (``publications.engineers``).

An incident is logged before anybody is told and noted as told afterwards, so that a sender that dies in between tells
again rather than never; its id makes the second mail recognisable.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, or_, select
from sqlalchemy.orm import Session

from state import db
from state.tables import IncidentRow


@dataclass(frozen=True)
class Incident:
    """One incident; ``told_at`` and ``clear_told_at`` are None while nobody was told of its begin or its end."""

    id: int
    key: str
    opened_at: datetime
    told_at: datetime | None
    closed_at: datetime | None
    clear_told_at: datetime | None
    subject: str
    text: str


def begin(engine: Engine, key: str, *, at: datetime, subject: str, text: str) -> bool:
    """Open an incident. False, and nothing written, while one of this key is open."""
    with db.transaction(engine) as session:
        if session.scalar(select(IncidentRow.id).where(IncidentRow.key == key, IncidentRow.closed_at.is_(None))):
            return False
        session.add(IncidentRow(key=key, opened_at=at, subject=subject[:200], text=text))
    return True


def end(engine: Engine, key: str, *, at: datetime) -> bool:
    """Close the open incident of this key. False if there is none."""
    with db.transaction(engine) as session:
        row = session.scalar(select(IncidentRow).where(IncidentRow.key == key, IncidentRow.closed_at.is_(None)))
        if row is None:
            return False
        row.closed_at = at
    return True


def open_incidents(engine: Engine, prefix: str = "") -> list[Incident]:
    """Incidents that have not ended, oldest first, or those whose key begins with a prefix."""
    query = select(IncidentRow).where(IncidentRow.closed_at.is_(None)).order_by(IncidentRow.id)
    with Session(engine) as session:
        return [_incident(row) for row in session.scalars(query) if row.key.startswith(prefix)]


def untold(engine: Engine) -> tuple[list[Incident], list[Incident]]:
    """Open incidents that nobody was told of, and ended ones of whose end nobody was told, oldest first.

    Nobody has to hear that something ended of which nobody heard that it began.
    """
    begun = IncidentRow.closed_at.is_(None) & IncidentRow.told_at.is_(None)
    ended = IncidentRow.closed_at.is_not(None) & IncidentRow.told_at.is_not(None) & IncidentRow.clear_told_at.is_(None)
    with Session(engine) as session:
        found = session.scalars(select(IncidentRow).where(or_(begun, ended)).order_by(IncidentRow.id)).all()
        rows = [_incident(row) for row in found]
    return [row for row in rows if row.closed_at is None], [row for row in rows if row.closed_at is not None]


def note_told(engine: Engine, told: Iterable[Incident], *, at: datetime) -> None:
    """Note that people were told of incidents: of their end if they had ended when they were read, else of the begin.

    An incident of which people now heard the begin and that has ended meanwhile still gets its all-clear.
    """
    with db.transaction(engine) as session:
        for incident in told:
            row = session.get_one(IncidentRow, incident.id)
            if incident.closed_at is not None:
                row.clear_told_at = at
            else:
                row.told_at = at


def _incident(row: IncidentRow) -> Incident:
    return Incident(
        row.id, row.key, row.opened_at, row.told_at, row.closed_at, row.clear_told_at, row.subject, row.text
    )
