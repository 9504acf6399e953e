"""The sources as an edition sees them: which are late or broken, which are well again, which a series gained or lost.

Belongs here: states at the moment of an edition. Never here: wording, checking a source.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from publications.memory import Health, Memory, SourceChange
from warehouse.reading import formats
from warehouse.reading.compare import latest_period, rows_of
from warehouse.reading.freshness import freshness
from warehouse.reading.reader import ReleaseReader, Row, as_utc

LATE = "late"
TROUBLES = ("unreachable", "refused", "changed_shape", "too_few", "damaged", LATE)


@dataclass(frozen=True)
class SourceState:
    """One source at the moment of an edition. ``trouble`` is one of TROUBLES or None; ``since`` when it began."""

    row: Row
    kind: str  # state of its freshness: sample, fresh, late, never
    last_ok_at: datetime | None
    trouble: str | None
    since: datetime | None

    @property
    def source_id(self) -> str:
        return str(self.row["source_id"])


@dataclass(frozen=True)
class Recovery:
    """A source that the edition before called late or broken and that is well now."""

    row: Row
    was: Health
    last_ok_at: datetime | None


def states(reader: ReleaseReader, health: Mapping[str, Health], now: datetime) -> tuple[SourceState, ...]:
    """The state of every source of the release: what the last looks gave, and late where nothing was heard in time."""
    found = []
    for row in rows_of(reader.sources()):
        seen = health.get(str(row["source_id"]))
        last_ok = (seen.last_ok_at if seen else None) or as_utc(row["last_checked_at"])
        fresh = freshness({**row, "last_checked_at": last_ok}, now)
        trouble, since = (seen.trouble, seen.trouble_since) if seen is not None else (None, None)
        if trouble is None and fresh.state == "late" and last_ok is not None:
            trouble, since = LATE, last_ok + timedelta(hours=float(row["fresh_within_hours"]))
        found.append(SourceState(row, str(fresh.state), last_ok, trouble, since))
    return tuple(found)


def recoveries(memory: Memory, sources: tuple[SourceState, ...]) -> tuple[Recovery, ...]:
    """The sources that the edition before named and that are well again."""
    well = {state.source_id: state for state in sources if state.trouble is None}
    return tuple(
        Recovery(well[source_id].row, was, well[source_id].last_ok_at)
        for source_id, was in sorted(memory.troubled.items())
        if source_id in well
    )


def as_health(sources: tuple[SourceState, ...], health: Mapping[str, Health]) -> dict[str, Health]:
    """The states to keep in an account: what the looks gave, and lateness that nobody looked at."""
    kept = dict(health)
    for state in sources:
        if state.trouble == LATE:
            seen = health.get(state.source_id)
            checked = seen.last_checked_at if seen else state.last_ok_at
            kept[state.source_id] = Health(checked, state.last_ok_at, LATE, state.since)
    return kept


def source_changes(reader: ReleaseReader, previous: ReleaseReader) -> tuple[SourceChange, ...]:
    """Indicators that rest on other sources than in the release before: a break at their newest period."""
    found = []
    for code in sorted(set(reader.values()["indicator_code"]) & set(previous.values()["indicator_code"])):
        now, before = giving(reader, code), giving(previous, code)
        if before and now != before:
            period = latest_period(reader.values(code)) or ""
            found.append(SourceChange(code, period, tuple(sorted(now - before)), tuple(sorted(before - now))))
    return tuple(found)


def giving(reader: ReleaseReader, code: str) -> frozenset[str]:
    """The sources of an indicator that gave records to this release."""
    about = reader.indicator(code)
    named = set(about.sources) if about else set()
    rows = rows_of(reader.sources())
    gave = {str(row["source_id"]) for row in rows if formats.is_present(row["records"]) and row["records"] > 0}
    return frozenset(named & gave)
