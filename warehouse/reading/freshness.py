"""How fresh a source is, judged when a reader looks, so that silence is never taken for calm.

Belongs here: the state and its words. Never here: checking a source.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from warehouse.reading import formats
from warehouse.reading.reader import Row, as_utc
from warehouse.reading.texts import t

State = Literal["sample", "fresh", "late", "never"]


@dataclass(frozen=True)
class Freshness:
    """State of one source at one moment, with the hours it is late by."""

    state: State
    last_checked_at: datetime | None
    hours_late: float = 0.0

    def text(self, lang: str) -> str:
        """One short line for readers."""
        if self.last_checked_at is None:
            return t(f"fresh.{self.state}_unchecked", lang)
        return t(f"fresh.{self.state}", lang, day=formats.day(self.last_checked_at, lang))


def freshness(source: Row, now: datetime) -> Freshness:
    """Fresh within the hours the source promises, late after that; a sample source is neither.

    A source that was never checked is not late: no shown figure rests on it. It says that it is not collected yet.
    """
    checked = as_utc(source["last_checked_at"])
    if bool(source["is_sample"]):
        return Freshness("sample", checked)
    if checked is None:
        return Freshness("never", None)
    allowed = source["fresh_within_hours"]
    if not formats.is_present(allowed):
        return Freshness("fresh", checked)
    late = now - checked - timedelta(hours=float(allowed))
    hours = late.total_seconds() / 3600
    return Freshness("late", checked, hours) if hours > 0 else Freshness("fresh", checked)
