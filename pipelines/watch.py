"""The watch: one sensor looks at every source that is due, and says what it saw. It starts nothing.

Belongs here: when to look, the cursor, observations, and what of it goes into the event log. Never here: HTTP
(``scrapers.watch``), or what follows from a change (``pipelines.automation``).

The cursor holds, per source, the version last reported and when to look next. It is returned after everything else
was done, so a tick that dies is done again, and events carry keys so that they are not written twice.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta

from pipelines import steps
from scrapers.registry import Source
from scrapers.watch import Look
from state import events
from state.settings import Settings

BACKOFF_MINUTES = 5
LONGEST = timedelta(days=1)
AGAIN = timedelta(hours=1)
"""How long a reported version may stay uncollected, at first, before it is reported again; doubled each time."""

Looker = Callable[[Settings, Iterable[Source]], Mapping[str, Look]]
Collected = Callable[[Source], frozenset[str]]
"""Versions that the last crawl of a source brought in: what was reported when it began, and its own fingerprint."""


@dataclass(frozen=True)
class Watched:
    """What the cursor knows of one source. Times are ISO 8601, UTC."""

    version: str | None = None  # last reported
    reported_at: str | None = None
    due: str | None = None  # None: at once
    failed_looks: int = 0  # in a row
    reports: int = 0
    again: int = 0  # reports of the present version beyond the first
    heard_at: str | None = None  # of sources that share a feed of updates: when it was last read


@dataclass(frozen=True)
class Seen:
    """A version to report upstream, as an observation."""

    source: Source
    data_version: str
    look: Look


@dataclass
class Tick:
    """What one tick found: versions to report, the new cursor, one line for the log."""

    seen: list[Seen] = field(default_factory=list)
    cursor: str = "{}"
    looked: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def line(self) -> str:
        new = ", ".join(seen.source.id for seen in self.seen) or "nothing new"
        return "; ".join([f"looked at {', '.join(self.looked)}: {new}", *self.problems])


def tick(
    settings: Settings, sources: Iterable[Source], cursor: str | None, now: datetime, look: Looker, collected: Collected
) -> Tick:
    """Look at what is due. Raises whatever keeps all looks from being made; the old cursor then stands."""
    known = read_cursor(cursor)
    states = {source.id: known.get(source.id, Watched()) for source in sources}
    due = [source for source in sources if is_due(states[source.id], now)]
    result = Tick(looked=[source.id for source in due])
    if not due:
        result.cursor = cursor or "{}"
        return result
    looks = {s.id: clock_version(s, now, settings) for s in due if s.watch.kind == "none"}
    looks |= look(settings, [source for source in due if source.watch.kind != "none"])
    engine = steps.state_engine(settings)
    for source in due:
        if looks[source.id].is_skipped:
            continue
        states[source.id], found = heard(states[source.id], looks[source.id], now)
        if found.problem:
            result.problems.append(f"{source.id}: {found.problem}")
        events.note_check(
            engine,
            source.id,
            by="look",
            at=now,
            version=found.version,
            trouble=found.trouble,
            detail=found.problem or "",
        )
        states[source.id], seen = after_look(settings, source, states[source.id], found, now, collected)
        if seen is not None:
            result.seen.append(seen)
            if found.version is not None and seen.data_version == found.version:
                events.record(
                    engine,
                    "seen",
                    at=now,
                    source_id=source.id,
                    upstream_at=found.upstream_at,
                    detail=f"version {found.version[:16]}",
                    key=f"seen:{source.id}:{states[source.id].reports}:{found.version[:40]}",
                )
    result.cursor = json.dumps({source_id: compact(state) for source_id, state in sorted(states.items())})
    return result


def heard(state: Watched, found: Look, now: datetime) -> tuple[Watched, Look]:
    """What a feed of updates says of one source. A source that it does not name has not changed: the version that was
    reported stands. Unless the feed was last read before its oldest entry: an update may have come and gone.
    """
    if found.heard_since is None:
        return state, found
    is_missed = state.heard_at is None or datetime.fromisoformat(state.heard_at) < found.heard_since
    if found.version is None:
        stands = None if is_missed else state.version
        found = replace(found, version=stands or f"since-{found.heard_since.isoformat()}")
    return replace(state, heard_at=now.isoformat()), found


def after_look(
    settings: Settings, source: Source, state: Watched, found: Look, now: datetime, collected: Collected
) -> tuple[Watched, Seen | None]:
    """The cursor's next state for one source, and the version to report if there is one."""
    every = interval(source, settings)
    if found.version is None:
        state = replace(state, failed_looks=state.failed_looks + 1)
        return replace(state, due=(now + backoff(every, state.failed_looks)).isoformat()), None
    state = replace(state, failed_looks=0, due=(now + every).isoformat())
    last = datetime.fromisoformat(state.reported_at) if state.reported_at else None
    if found.version != state.version:
        if state.version is None and found.version in collected(source):
            return replace(state, version=found.version, reported_at=now.isoformat()), None  # crawled before we watched
        gap_ends = last + timedelta(minutes=source.watch.min_gap_minutes) if last else now
        if now < gap_ends:  # the version stays unreported, and so it is new again at the next look
            return replace(state, due=gap_ends.isoformat()), None
        reported = replace(
            state, version=found.version, reported_at=now.isoformat(), reports=state.reports + 1, again=0
        )
        return reported, Seen(source, found.version, found)
    wait = min(AGAIN * 2 ** min(state.again, 10), LONGEST)
    if last is not None and now >= last + wait and found.version not in collected(source):
        # No crawl has brought it in: neither the run nor its retry. The same change, under another name.
        state = replace(state, reported_at=now.isoformat(), again=state.again + 1)
        return state, Seen(source, f"{found.version}+{state.again}", found)
    return state, None


def is_due(state: Watched, now: datetime) -> bool:
    return state.due is None or datetime.fromisoformat(state.due) <= now


def interval(source: Source, settings: Settings) -> timedelta:
    """Time between two good looks: the source's own, or the tests' against a loopback site."""
    if settings.watch_seconds is not None and settings.host_map:
        return timedelta(seconds=settings.watch_seconds)
    return timedelta(minutes=source.watch.every_minutes)


def backoff(every: timedelta, failed: int) -> timedelta:
    """Time until a failing source is looked at again: sooner than usual at first, then ever later, a day at most."""
    first = min(every, timedelta(minutes=BACKOFF_MINUTES))
    return min(first * 2 ** min(failed - 1, 12), LONGEST)


def clock_version(source: Source, now: datetime, settings: Settings) -> Look:
    """Sources without a look: the clock is the version."""
    slot = math.floor(now.timestamp() / interval(source, settings).total_seconds())
    return Look(source.id, version=f"clock-{slot}")


def original(data_version: str) -> str:
    """The version that a repeated report stands for."""
    return data_version.partition("+")[0]


def read_cursor(cursor: str | None) -> dict[str, Watched]:
    """The cursor's content; one that does not read is a new start, which looks at everything again."""
    try:
        content = json.loads(cursor or "{}")
        return {source_id: Watched(**state) for source_id, state in content.items()}
    except (ValueError, TypeError, AttributeError):
        return {}


def compact(state: Watched) -> dict[str, object]:
    empty = asdict(Watched())
    return {name: value for name, value in asdict(state).items() if value != empty[name]}
