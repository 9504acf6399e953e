"""Drift: whether what a crawl brought is what its boards usually bring, and what to do about a fall.

Belongs here: judging the profiles of crawls (``scrapers.profiles``), part by part, against the last good ones. Never
here: files, the network, a clock: the same profiles in the same order give the same judgement, so a rebuild holds back
what was held.

A *part* is what a source consists of: a job board, a data set, a programme, a year of works, else the source itself
(``""``). Only parts that a crawl read whole are judged, each by what was declared of it then; what was not reached says
nothing.

**A fall** is a number of records, or a share of records that fill a field, below ``floor`` times the median of the last
``WINDOW`` good crawls, and lower than chance explains (``NOISE``). The records of a part that fell are *held*: they are
kept in their file but not used, the last good crawl stays in force, and nothing closes because of them. A crawl that
is back above the floor ends it by itself. A fall is taken for the truth after ``ACCEPT_CRAWLS`` crawls in a row on one
new level, spread over ``ACCEPT_SPREAD`` or more, or after ``UNSTEADY_CRAWLS`` over ``UNSTEADY_SPREAD`` on whatever
levels; what was held before stays held, so that no published number moves backwards. To accept one earlier, lower
``floor`` in the line of the board (``scrapers/boards.yaml``) or in the source: crawls from then on go by it. A part
with fewer records than its board's ``min_items`` is held for as long as that is so.

Rejects and response times are watched too: they warn, they hold nothing.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median

from scrapers.archive import Limits

WINDOW = 8  # good crawls that make up what is usual
ACCEPT_CRAWLS = 3
ACCEPT_SPREAD = timedelta(hours=48)
UNSTEADY_CRAWLS = 6
UNSTEADY_SPREAD = timedelta(days=7)
NOISE = 0.01  # a fall that chance brings about more often than this is none: three ads of five is a quiet week
ENOUGH = 10  # records of which the share that fills a field means something
USUAL_SHARE = 0.5  # a field that fewer records fill is not missed
WARN_REJECTS, WARN_AT_LEAST = 3.0, 5  # times the usual share of rejects, and so many of them
WARN_SECONDS, WARN_SLOWER = 2.0, 3.0  # a response time above both this and so many times the usual one

RECORDS, FIELD, REJECTS, SECONDS = "records", "field:", "rejects", "seconds"


@dataclass(frozen=True)
class Part:
    """What one crawl brought of one part: records, and how many of them fill each field. ``elsewhere``: ads abroad that
    were listed without their texts, beside the records. A long list shows few of them, so how many they are says
    something only when nothing at all is left.
    """

    records: int
    filled: Mapping[str, int] = field(default_factory=dict)
    elsewhere: int = 0


@dataclass(frozen=True)
class Profile:
    """One crawl in numbers. ``whole`` names the parts that it read to their end; with "" it read all of the source.
    ``limits`` are those declared at that time, "" for the source. ``seconds`` is the median time of an answer, None
    where none was measured.
    """

    crawl_id: str
    started_at: datetime
    parts: Mapping[str, Part]
    whole: tuple[str, ...]
    limits: Mapping[str, Limits] = field(default_factory=dict)
    rejects: Mapping[str, int] = field(default_factory=dict)
    unknown_fields: tuple[str, ...] = ()
    seconds: float | None = None

    @property
    def records(self) -> int:
        return sum(part.records for part in self.parts.values())

    def limits_of(self, part: str) -> Limits:
        """What was declared of a part; the least that a source ever has is no part's."""
        own = self.limits.get(part) if part else None
        return own or Limits(self.limits.get("", Limits()).floor)


@dataclass(frozen=True)
class Fall:
    """What fell, of which part: ``what`` is "records", "field:<name>", "rejects" or "seconds"."""

    part: str
    what: str
    usual: float
    found: float

    def __str__(self) -> str:
        name = self.part or "the source"
        if self.what.startswith(FIELD):
            said = f"{self.found:.0%} of records fill {self.what.removeprefix(FIELD)} where {self.usual:.0%} do usually"
        elif self.what == REJECTS:
            said = f"{self.found:.0%} of what arrived is set aside where {self.usual:.0%} is usual"
        elif self.what == SECONDS:
            said = f"an answer takes {self.found:.1f} s where {self.usual:.1f} s are usual"
        else:
            said = f"{self.found:.0f} records where {self.usual:.0f} are usual"
        return f"{name}: {said}"


@dataclass(frozen=True)
class Standing:
    """Where a part stands after all crawls: ``fall`` and ``since`` while its records are held."""

    part: str
    records: int  # at the last crawl that read it whole
    usual: float | None  # records; None before the first good crawl
    last_good_at: datetime | None
    last_good_crawl: str | None
    fall: Fall | None = None
    since: datetime | None = None


@dataclass(frozen=True)
class Unknown:
    """A field that the publisher sends and no decoder keeps."""

    name: str
    first_seen_at: datetime
    last_seen_at: datetime


@dataclass(frozen=True)
class Drift:
    """The judgement of all crawls of a source, and what to say of the newest."""

    held: Mapping[str, Mapping[str, Fall]] = field(default_factory=dict)  # crawl id -> part -> why it is not used
    standings: Mapping[str, Standing] = field(default_factory=dict)
    warnings: tuple[Fall, ...] = ()
    unknown: tuple[Unknown, ...] = ()

    @property
    def falls(self) -> tuple[Standing, ...]:
        """The parts whose records are held now."""
        return tuple(one for one in self.standings.values() if one.fall is not None)


def judge(profiles: Sequence[Profile]) -> Drift:
    """Judge every crawl of a source against the good ones before it; ``profiles`` are in the order of time."""
    parts: dict[str, _PartHistory] = {}
    held: dict[str, dict[str, Fall]] = {}
    for crawl in profiles:
        read = crawl.whole if "" not in crawl.whole else tuple(dict.fromkeys([*crawl.parts, *parts]))
        for name in read:
            history = parts.setdefault(name, _PartHistory(name))
            fall = history.take(crawl, crawl.parts.get(name, Part(0)), crawl.limits_of(name))
            if fall is not None:
                held.setdefault(crawl.crawl_id, {})[name] = fall
    return Drift(
        held=held,
        standings={name: parts[name].standing() for name in sorted(parts)},
        warnings=_warnings(profiles),
        unknown=_unknown(profiles),
    )


@dataclass(frozen=True)
class _Low:
    """A crawl below the floor."""

    at: datetime
    part: Part
    fall: Fall


class _PartHistory:
    """The good crawls of one part, and the held ones since."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.good: deque[Part] = deque(maxlen=WINDOW)
        self.low: list[_Low] = []  # since the last good crawl
        self.steady = 0  # the last so many of them are on one level
        self.since: datetime | None = None
        self.last: Part = Part(0)
        self.last_good: tuple[datetime, str] | None = None

    def take(self, crawl: Profile, now: Part, limits: Limits) -> Fall | None:
        """The fall for which this crawl's records of the part are held; None if they are good."""
        self.last = now
        if now.records < limits.min_items:
            fall: Fall | None = Fall(self.name, RECORDS, self._usual() or float(limits.min_items), now.records)
            self.low.clear()  # never taken for the truth: the registry says that this is a broken board
        else:
            fall = self._fall(now, limits.floor)
            if fall is not None:
                self._remember(_Low(crawl.started_at, now, fall), limits.floor)
                if level := self._accepted():
                    self.good.clear()
                    self.good.extend(one.part for one in level[:-1])
                    fall = None
        if fall is not None:
            self.since = self.since or crawl.started_at
            return fall
        self.low.clear()
        self.since = None
        self.good.append(now)
        self.last_good = (crawl.started_at, crawl.crawl_id)
        return None

    def standing(self) -> Standing:
        at, crawl_id = self.last_good or (None, None)
        fall = None
        if self.since is not None:
            fall = self.low[-1].fall if self.low else Fall(self.name, RECORDS, self._usual() or 0.0, self.last.records)
        return Standing(self.name, self.last.records, self._usual(), at, crawl_id, fall, self.since)

    def _usual(self) -> float | None:
        return median(part.records for part in self.good) if self.good else None

    def _fall(self, now: Part, floor: float) -> Fall | None:
        usual = self._usual()
        if usual is None:
            return None
        if _fell(now.records, usual, floor):
            return Fall(self.name, RECORDS, usual, now.records)
        listed = median(part.records + part.elsewhere for part in self.good)
        if now.records + now.elsewhere == 0 and _fell(0, listed, floor):
            return Fall(self.name, RECORDS, listed, 0)
        before = [part for part in self.good if part.records >= ENOUGH]
        if now.records < ENOUGH or not before:
            return None
        enough = floor * now.records  # filled in so many, a field cannot have fallen below the floor
        for name in sorted({name for part in before for name in part.filled if now.filled.get(name, 0) < enough}):
            share = median(part.filled.get(name, 0) / part.records for part in before)
            filled = now.filled.get(name, 0)
            if share >= USUAL_SHARE and _fell(filled, share * now.records, floor):
                return Fall(self.name, FIELD + name, share, filled / now.records)
        return None

    def _remember(self, now: _Low, floor: float) -> None:
        """One more low crawl, on the level of the one before it or on another one."""
        first = self.low[-self.steady] if self.low else now
        steps = sorted((first.part.records, now.part.records))
        is_another = first.fall.what != now.fall.what or _fell(steps[0], steps[1], floor)
        self.steady = 1 if is_another or not self.low else self.steady + 1
        self.low.append(now)

    def _accepted(self) -> list[_Low]:
        """The low crawls that make up what is usual from now on; none as long as the fall is held."""
        steady = self.low[-self.steady :]
        if len(steady) >= ACCEPT_CRAWLS and steady[-1].at - steady[0].at >= ACCEPT_SPREAD:
            return steady
        if len(self.low) >= UNSTEADY_CRAWLS and self.low[-1].at - self.low[0].at >= UNSTEADY_SPREAD:
            return self.low
        return []


def _fell(now: float, usual: float, floor: float) -> bool:
    return now < floor * usual and _chance(now, usual) < NOISE


def _chance(now: float, usual: float) -> float:
    """How often a count with this mean is as low as this (Poisson; its normal approximation where it is large)."""
    if usual > 200:
        return 0.5 * math.erfc((usual - now - 0.5) / math.sqrt(2 * usual))
    term = total = math.exp(-usual)
    for count in range(1, math.floor(now) + 1):
        term *= usual / count
        total += term
    return min(total, 1.0)


def _warnings(profiles: Sequence[Profile]) -> tuple[Fall, ...]:
    """What is unusual about the newest crawl without being a reason to hold it."""
    if not profiles:
        return ()
    newest, before = profiles[-1], profiles[-1 - WINDOW : -1]
    found = []
    shares = [_reject_share(crawl) for crawl in before if crawl.records]
    now, rejects = _reject_share(newest), sum(newest.rejects.values())
    if shares and rejects >= WARN_AT_LEAST and now > WARN_REJECTS * median(shares):
        expected = median(shares) * (newest.records + rejects)
        if 1 - _chance(rejects - 1, expected) < NOISE:
            found.append(Fall("", REJECTS, median(shares), now))
    times = [crawl.seconds for crawl in before if crawl.seconds is not None]
    if times and newest.seconds is not None and newest.seconds > max(WARN_SECONDS, WARN_SLOWER * median(times)):
        found.append(Fall("", SECONDS, median(times), newest.seconds))
    return tuple(found)


def _reject_share(crawl: Profile) -> float:
    rejects = sum(crawl.rejects.values())
    return rejects / (crawl.records + rejects) if rejects else 0.0


def _unknown(profiles: Sequence[Profile]) -> tuple[Unknown, ...]:
    """Fields that the last crawls met and nobody keeps, each since when."""
    first: dict[str, datetime] = {}
    last: dict[str, datetime] = {}
    for crawl in profiles:
        for name in crawl.unknown_fields:
            first.setdefault(name, crawl.started_at)
            last[name] = crawl.started_at
    recent = {name for crawl in profiles[-WINDOW:] for name in crawl.unknown_fields}
    return tuple(Unknown(name, first[name], last[name]) for name in sorted(recent))
