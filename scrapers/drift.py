"""Drift: whether what a crawl brought is what its boards usually bring, and what to do about a fall.

Belongs here: the profile of a crawl, part by part, and its judgement against the last good ones. Never here: files, the
network, a clock: the same profiles in the same order give the same judgement, so a rebuild holds back what was held.

A *part* is what a source consists of: a job board, a data set, a programme, else the source itself (``""``). Only parts
that a crawl read whole are judged; what was not reached says nothing.

**A fall** is a number of records, or a share of records that fill a field, below ``floor`` times the median of the last
``WINDOW`` good crawls, and lower than chance explains (``NOISE``). The records of a part that fell are *held*: they are
kept in their file but not used, the last good crawl stays in force, and nothing closes because of them. A crawl that
is back above the floor ends it by itself. A fall is taken for the truth after ``ACCEPT_CRAWLS`` crawls in a row on the
new level, spread over ``ACCEPT_SPREAD`` or more; what was held before stays held, so that no published number moves
backwards. To accept one earlier, lower ``floor`` in the line of the board (``scrapers/boards.yaml``) or in the source.
A part with fewer records than its board's ``min_items`` is held for as long as that is so.

Rejects and response times are watched too: they warn, they hold nothing.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median

from scrapers.decoders.base import Decoded
from scrapers.items import Announcement, FundingEvent, JobPosting, Observation, Record

WINDOW = 8  # good crawls that make up what is usual
ACCEPT_CRAWLS = 3
ACCEPT_SPREAD = timedelta(hours=48)
NOISE = 0.01  # a fall that chance brings about more often than this is none: three ads of five is a quiet week
ENOUGH = 10  # records of which the share that fills a field means something
USUAL_SHARE = 0.5  # a field that fewer records fill is not missed
WARN_REJECTS, WARN_AT_LEAST = 3.0, 5  # times the usual share of rejects, and so many of them
WARN_SECONDS, WARN_SLOWER = 2.0, 3.0  # a response time above both this and so many times the usual one
MAX_UNKNOWN = 200  # names of fields kept of one crawl

RECORDS, FIELD, REJECTS, SECONDS = "records", "field:", "rejects", "seconds"
_UNKNOWN = re.compile(r"unknown field (.{1,200}?) is not kept(?: \(\d+ times\))?$")
_NEVER_COUNTED = Record.PROVENANCE | {"record_id", "source_id"}


@dataclass(frozen=True)
class Part:
    """What one crawl brought of one part: records, and how many of them fill each field."""

    records: int
    filled: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Profile:
    """One crawl in numbers. ``whole`` names the parts that it read to their end; None: all of them, if any were read
    by an earlier crawl. ``seconds`` is the median time of an answer, None where none was measured.
    """

    crawl_id: str
    started_at: datetime
    parts: Mapping[str, Part]
    whole: tuple[str, ...] | None
    complete: bool
    rejects: Mapping[str, int] = field(default_factory=dict)
    unknown_fields: tuple[str, ...] = ()
    seconds: float | None = None

    @property
    def records(self) -> int:
        return sum(part.records for part in self.parts.values())


@dataclass(frozen=True)
class Limits:
    """What is declared of a part: the share of its usual number that it may fall to, and the least it ever has."""

    floor: float = 0.5
    min_items: int = 0


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


def part_of(record: Record, boards: Collection[str]) -> str:
    """The part of its source that a record belongs to; ``boards`` are the declared ones.

    A portal that nobody declares boards of is one whole: which employers it lists changes from day to day.
    """
    if isinstance(record, JobPosting):
        return record.board_id if boards else ""
    if isinstance(record, Observation):
        return record.dataset_id
    return record.programme if isinstance(record, FundingEvent) else ""


def keeps_records(kind: str) -> bool:
    """Whether records of a kind are used although their part is held: an item of news that is not listed any more is
    not withdrawn by that, but one that is not read is lost.
    """
    return kind == Announcement.kind


def profile(
    decoded: Decoded,
    *,
    crawl_id: str,
    started_at: datetime,
    complete: bool,
    whole: Iterable[str] | None,
    boards: Collection[str] = (),
    seconds: float | None = None,
) -> Profile:
    """The profile of a decoded crawl of a source with these declared boards."""
    records: Counter[str] = Counter()
    filled: dict[str, Counter[str]] = defaultdict(Counter)
    for record in decoded.records:
        part = part_of(record, boards)
        records[part] += 1
        filled[part].update(
            name for name, value in record.__dict__.items() if name not in _NEVER_COUNTED and not _is_empty(value)
        )
    found = (_UNKNOWN.search(note) for note in decoded.notes)
    return Profile(
        crawl_id=crawl_id,
        started_at=started_at,
        parts={part: Part(count, dict(sorted(filled[part].items()))) for part, count in sorted(records.items())},
        whole=None if whole is None else tuple(sorted(whole)),
        complete=complete,
        rejects=dict(sorted(Counter(reject.reason for reject in decoded.rejects).items())),
        unknown_fields=tuple(sorted({match[1] for match in found if match})[:MAX_UNKNOWN]),
        seconds=seconds,
    )


def _is_empty(value: object) -> bool:
    return value is None or value is False or value == "" or value == [] or value == {}


def boards_read_whole(
    boards: Iterable[str], settled: Iterable[str], problems: Iterable[str], planned: int
) -> tuple[str, ...]:
    """The declared boards that a crawl read to their end.

    The key of a request begins with its board ("acme", "acme/page-2"). A board is whole if its list was answered and no
    request of it failed. Where requests are missing that no board's problem explains (a host that was given up, a crawl
    out of time) nobody knows whose they were, and no board is taken for whole.
    """
    declared, done, failed = list(boards), set(settled), list(problems)
    blamed = [key.partition("/")[0] for key in failed]
    known = set(declared)
    never_asked = sum(board not in done and board not in failed for board in declared)
    if planned - len(done) > sum(board in known for board in blamed) + never_asked:
        return ()
    return tuple(board for board in declared if board in done and board not in blamed)


def judge(profiles: Sequence[Profile], limits: Callable[[str], Limits]) -> Drift:
    """Judge every crawl of a source against the good ones before it; ``profiles`` are in the order of time.

    ``limits`` gives what is declared of a part.
    """
    parts: dict[str, _PartHistory] = {}
    held: dict[str, dict[str, Fall]] = {}
    for crawl in profiles:
        if crawl.whole is not None:
            read = crawl.whole
        else:
            read = tuple(dict.fromkeys([*crawl.parts, *parts])) if crawl.complete else ()
        for name in read:
            history = parts.setdefault(name, _PartHistory(name))
            fall = history.take(crawl, crawl.parts.get(name, Part(0)), limits(name))
            if fall is not None:
                held.setdefault(crawl.crawl_id, {})[name] = fall
    return Drift(
        held=held,
        standings={name: parts[name].standing() for name in sorted(parts)},
        warnings=_warnings(profiles),
        unknown=_unknown(profiles),
    )


class _PartHistory:
    """The good crawls of one part, and the held ones since."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.good: deque[Part] = deque(maxlen=WINDOW)
        self.low: list[tuple[datetime, Part, Fall]] = []
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
                self._remember(crawl.started_at, now, fall, limits.floor)
                if self._is_settled():
                    self.good.clear()
                    self.good.extend(part for _, part, _ in self.low)
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
            fall = self.low[-1][2] if self.low else Fall(self.name, RECORDS, self._usual() or 0.0, self.last.records)
        return Standing(self.name, self.last.records, self._usual(), at, crawl_id, fall, self.since)

    def _usual(self) -> float | None:
        return median(part.records for part in self.good) if self.good else None

    def _fall(self, now: Part, floor: float) -> Fall | None:
        usual = self._usual()
        if usual is None:
            return None
        if _fell(now.records, usual, floor):
            return Fall(self.name, RECORDS, usual, now.records)
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

    def _remember(self, at: datetime, now: Part, fall: Fall, floor: float) -> None:
        """One more crawl on the low level, or the first on another one."""
        if self.low:
            _, before, was = self.low[0]
            steps = sorted((before.records, now.records))
            if was.what != fall.what or _fell(steps[0], steps[1], floor):
                self.low.clear()
        self.low.append((at, now, fall))

    def _is_settled(self) -> bool:
        return len(self.low) >= ACCEPT_CRAWLS and self.low[-1][0] - self.low[0][0] >= ACCEPT_SPREAD


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
