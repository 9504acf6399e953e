"""The sources as an edition sees them: which are late or broken, and which are well again.

Belongs here: states at the moment of an edition. Never here: wording, checking a source.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from publications.memory import Health, Memory
from warehouse.reading.compare import rows_of
from warehouse.reading.freshness import freshness
from warehouse.reading.reader import ReleaseReader, Row

LATE = "late"


@dataclass(frozen=True)
class SourceState:
    """One source at the moment of an edition. ``trouble`` is what a look or crawl met, LATE, or None; ``since`` when it
    began."""

    row: Row
    kind: str  # state of its freshness: sample, fresh, late, never, broken
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
    """The state of every source of the release, judged as on every other face."""
    found = []
    for row in rows_of(reader.sources()):
        fresh = freshness(row, now, health.get(str(row["source_id"])))
        trouble, since = (LATE, fresh.due_at) if fresh.state == "late" else (fresh.trouble, fresh.trouble_since)
        found.append(SourceState(row, fresh.state, fresh.last_checked_at, trouble, since))
    return tuple(found)


def recoveries(memory: Memory, sources: tuple[SourceState, ...]) -> tuple[Recovery, ...]:
    """The sources that the edition before named and that are well again."""
    well = {state.source_id: state for state in sources if state.trouble is None and state.kind != "disabled"}
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
