"""How fresh a source is, judged when a reader looks, so that silence is never taken for calm.

Belongs here: the state and its words. Never here: checking a source, or where its last look is noted: a face that knows
hands it in (``checked``), anything that has the fields of :class:`Checked`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, Protocol

from warehouse.reading import formats
from warehouse.reading.reader import Row, as_utc
from warehouse.reading.texts import either, t

State = Literal["sample", "reviewed", "fresh", "late", "never", "disabled", "broken"]


class Checked(Protocol):
    """What the last looks at a source gave; ``trouble`` is None while it is fine."""

    @property
    def last_checked_at(self) -> datetime | None: ...
    @property
    def last_ok_at(self) -> datetime | None: ...
    @property
    def trouble(self) -> str | None: ...
    @property
    def trouble_since(self) -> datetime | None: ...


@dataclass(frozen=True)
class Freshness:
    """State of one source at one moment.

    ``last_checked_at`` is the last look that went well; ``due_at`` is when the source's own promise asks for the next.
    """

    state: State
    last_checked_at: datetime | None
    trouble: str | None = None
    trouble_since: datetime | None = None
    due_at: datetime | None = None

    @property
    def is_marked(self) -> bool:
        """True for what every face must mark: a source that is late or broken."""
        return self.state in ("late", "broken")

    def text(self, lang: str) -> str:
        """One short line for readers."""
        if self.state == "broken":
            since = formats.day(self.trouble_since, lang) if self.trouble_since else "–"
            return t("fresh.broken", lang, day=since, trouble=self.trouble_text(lang))
        if self.last_checked_at is None:
            return t(f"fresh.{self.state}_unchecked", lang)
        return t(f"fresh.{self.state}", lang, day=formats.day(self.last_checked_at, lang))

    def trouble_text(self, lang: str) -> str:
        """What went wrong in readers' words, empty while nothing did."""
        return either([f"trouble.{self.trouble}", "trouble.other"], lang, code=self.trouble) if self.trouble else ""

    def banner(self, source: str, lang: str) -> str:
        """The mark of a late or broken source, empty for the others."""
        if self.state == "broken":
            since = formats.day(self.trouble_since, lang) if self.trouble_since else "–"
            return t("fresh.broken_banner", lang, source=source, day=since, trouble=self.trouble_text(lang))
        if self.state == "late" and self.last_checked_at is not None:
            return t("fresh.late_banner", lang, source=source, day=formats.day(self.last_checked_at, lang))
        return ""


def freshness(source: Row, now: datetime, checked: Checked | None = None) -> Freshness:
    """Broken while the last look failed; fresh within the hours the source promises, late after that.

    ``source`` is a row of the release's table, ``checked`` what has been noted of later looks: a look that found
    nothing new makes a source fresh without a new release. A sample source is never late, since nothing is looked at,
    but it can be broken. A source that was never looked at is not late: no shown figure rests on it. One that is
    disabled is looked at no more, whatever it was before. The project's own lists are reviewed, not looked at.
    """
    good = [as_utc(source["last_checked_at"]), checked.last_ok_at if checked is not None else None]
    latest = max((moment for moment in good if moment is not None), default=None)
    allowed = source["fresh_within_hours"]
    due = latest + timedelta(hours=float(allowed)) if latest is not None and formats.is_present(allowed) else None
    is_sample = bool(source["is_sample"])
    if formats.is_present(source.get("disabled")):
        return Freshness("disabled", latest)
    if checked is not None and checked.trouble is not None:
        return Freshness("broken", latest, checked.trouble, checked.trouble_since, due)
    if is_sample:
        return Freshness("sample", latest)
    if latest is None:
        return Freshness("never", None)
    well: State = "reviewed" if source.get("access") == "own_list" else "fresh"
    return Freshness("late" if due is not None and now > due else well, latest, due_at=due)
