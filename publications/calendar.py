"""When an edition is due: every Monday 07:00 Europe/Luxembourg, whatever the clocks do there.

Belongs here: the rhythm of the digest. Never here: what starts at that hour (``pipelines.schedule``), or the log of
editions (``state.db``).
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Europe/Luxembourg")
HOUR = time(7)
CRON = "0 7 * * 1"
"""The same rhythm for a scheduler that runs in ``ZONE``; a test holds the two together."""


class HasSlot(Protocol):
    """An edition in the log (``state.db.EditionRow``)."""

    @property
    def slot(self) -> datetime: ...


def slot_of(now: datetime) -> datetime:
    """The latest Monday 07:00 Europe/Luxembourg at or before ``now``, as UTC: the week an edition belongs to."""
    if now.tzinfo is None:
        raise ValueError("timestamps must be aware")
    day = now.astimezone(ZONE).date()
    monday = day - timedelta(days=day.weekday())
    slot = datetime.combine(monday, HOUR, ZONE).astimezone(UTC)
    if slot > now:
        slot = datetime.combine(monday - timedelta(days=7), HOUR, ZONE).astimezone(UTC)
    return slot


def next_slot(now: datetime) -> datetime:
    """The first Monday 07:00 Europe/Luxembourg after ``now``, as UTC."""
    # Eight days after a slot is always in the next week, also where a week has an hour more or less.
    return slot_of(slot_of(now) + timedelta(days=8))


def is_due(last: HasSlot | None, now: datetime) -> bool:
    """True if the week of ``now`` has no edition yet. Weeks that were missed are not made up for: only the newest."""
    return last is None or last.slot < slot_of(now)
