"""The state of one crawl of one source, shared by spider, middleware and download handler.

Belongs here: counting, the fetch ledger, and what has been decided about hosts and planned keys. Never here: HTTP.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO
from urllib.parse import urlsplit

import orjson

from scrapers import profiles
from scrapers.archive import Archive, ArchiveWriter, Capture, CrawlStats, Purpose, Trouble, fingerprint, strip_url
from scrapers.archive.model import Mode
from scrapers.budget import Budget
from scrapers.items import utc_now
from scrapers.keyring import WireKey
from scrapers.plan import Planned
from scrapers.registry import Source

if TYPE_CHECKING:
    from scrapy.http import Request

    from scrapers.pace import Pace


@dataclass
class CrawlSession:
    """One crawl under way. ``deadline`` is in monotonic seconds."""

    source: Source
    mode: Mode
    archive: Archive
    pace: Pace
    deadline: float
    user_agent: str
    planned: list[Planned]
    purpose: Purpose = "crawl"
    writer: ArchiveWriter | None = None  # live only
    ledger: Path | None = None  # live only
    host_map: dict[str, str] = field(default_factory=dict)
    key: WireKey | None = None  # for the download handler alone
    budget: Budget | None = None  # of a publisher that says in its answers what may still be asked today
    requests: int = 0
    hits: int = 0
    misses: int = 0
    errors: int = 0
    settled: dict[str, str] = field(default_factory=dict)  # planned key -> capture id of its healthy answer
    whole: set[str] = field(default_factory=set)  # boards whose list was read to its end, "" for all of the source
    problems: dict[str, str] = field(default_factory=dict)  # planned key, host or "crawl" -> why it failed
    remarks: dict[str, str] = field(default_factory=dict)  # what was left for a later crawl: no failure
    troubles: dict[str, Trouble] = field(default_factory=dict)  # of the same keys as the problems
    robots: dict[str, str] = field(default_factory=dict)
    stopped: dict[str, str] = field(default_factory=dict)  # host -> why nothing more is asked of it
    is_host_busy: bool = False  # another crawl of ours kept a host from this one for as long as it could wait
    upstream_at: datetime | None = None  # newest change that the publisher speaks of
    meanings: dict[str, str] = field(default_factory=dict)  # a look: planned key -> what the answer means
    confirms: dict[str, Capture] = field(default_factory=dict)  # capture id -> what a 304 would confirm

    def __post_init__(self) -> None:
        self._keys = {request.key for request in self.planned}
        self._rows: BinaryIO | None = None

    def sent(self, request: Request) -> None:
        """Count a request that leaves for the network, and make sure its host is owed its delay."""
        self.requests += 1
        request.meta["sent_at"] = time.monotonic()

    def stop_host(self, host: str, reason: str, trouble: Trouble = "refused") -> None:
        """Ask nothing more of a host: it refused, or it stayed unreachable for as long as the crawl may wait."""
        self.stopped.setdefault(host, reason)
        self.problems.setdefault(host, reason)
        self.troubles.setdefault(host, trouble)

    def settle(self, key: str, capture_id: str) -> None:
        """A planned request got a healthy answer."""
        self.settled[key] = capture_id
        self.problems.pop(key, None)
        self.troubles.pop(key, None)

    def fail(self, key: str, reason: str, trouble: Trouble = "changed_shape") -> None:
        """A planned request got none; one line why, and the kind of it."""
        self.problems[key] = " ".join(reason.split())[:300]
        self.troubles[key] = trouble

    def plan(self, request: Planned) -> bool:
        """Add a request that an answer called for; False if its key is planned already."""
        if request.key in self._keys:
            return False
        self._keys.add(request.key)
        self.planned.append(request)
        return True

    def replan(self, requests: Iterable[Planned]) -> None:
        """Put these in place of all that is planned; what was settled or failed of the others is forgotten."""
        self.planned = list(requests)
        self._keys = {request.key for request in self.planned}
        for found in (self.settled, self.problems, self.troubles):
            for key in [key for key in found if "/" in key and key not in self._keys]:
                del found[key]

    @property
    def complete(self) -> bool:
        return "crawl" not in self.problems and all(request.key in self.settled for request in self.planned)

    @property
    def trouble(self) -> Trouble | None:
        """The kind of what kept the crawl from being complete; a stopped host explains all that was asked of it."""
        hosts = [self.troubles[host] for host in self.stopped if host in self.troubles]
        return None if self.complete else next(iter([*hosts, *self.troubles.values()]), "unreachable")

    @property
    def fingerprint(self) -> str:
        """Over the healthy answers alone: robots.txt, redirects and errors are noise."""
        return fingerprint(self.settled.items())

    def note(self, request: Request, outcome: str, **details: Any) -> None:
        """One row of the fetch ledger: when, what was asked, what came of it. No credentials, no body."""
        if self.ledger is None:
            return
        sent_at = request.meta.get("sent_at")
        row = {
            "at": utc_now().isoformat(),
            "method": request.method,
            "url": strip_url(request.url),
            "outcome": outcome,
            "seconds": round(time.monotonic() - sent_at, 3) if sent_at else None,
            **details,
        }
        if self._rows is None:
            self._rows = self.ledger.open("ab", buffering=0)
        self._rows.write(orjson.dumps({name: value for name, value in row.items() if value is not None}) + b"\n")

    def close(self) -> None:
        """Close the ledger; a row after it opens it again."""
        if self._rows is not None:
            self._rows.close()
            self._rows = None

    def stats(self) -> CrawlStats:
        return CrawlStats(
            requests=self.requests,
            misses=self.misses,
            errors=self.errors,
            planned=len(self.planned),
            complete_keys=sorted(self.settled),
            whole=sorted(self.whole),
            limits=profiles.limits_of(self.source),
            problems=dict(sorted(self.problems.items())),
            remarks=dict(sorted(self.remarks.items())),
            trouble=self.trouble,
            robots=dict(sorted(self.robots.items())),
            fingerprint=self.fingerprint,
        )


def host_of(url: str) -> str:
    return (urlsplit(url).hostname or "").lower()


def summary(planned: int, done: int, problems: dict[str, str], finish_reason: str) -> str | None:
    """What kept a crawl from being complete, in one line; None if nothing did."""
    if done == planned and finish_reason == "finished":
        return problems.get("crawl")
    if not planned:
        return f"{finish_reason}: {next(iter(problems.values()), 'nothing was planned')}"
    first = next(iter(problems.items()), None)
    why = f"; {first[0]}: {first[1]}" if first else ""
    ended = "" if finish_reason == "finished" else f", ended {finish_reason!r}"
    return f"{planned - done} of {planned} planned answers missing{ended}{why}"
