"""OAI-PMH harvests: one chain of pages a set, from where the last harvest left off.

Belongs here: where a harvest begins, following tokens to the end, and whether what was listed is all. Never here: what
a record says (``scrapers/decoders/oai_dc.py``), addresses (``scrapers/plan/oai.py``).

**Where it begins.** The first harvest asks from ``since`` (or for everything), each later one from the day of the last
complete harvest less ``overlap_days``: clocks need not agree, and what was changed while it ran is read. A chain that
brought nothing, or was not read to its end, says in a remark of its crawl where the next one goes on: an answer that
was empty by mistake costs nothing, and a harvest that was cut off goes on with the window that was not read. Every
``full_every_days`` it begins at the start again, since most repositories forget what they deleted.

**Whole.** An increment is never whole: a work that is absent from it did not change, and only a deleted header says
that one is gone. Such a crawl is complete and signs off no part of its source, so that nothing is gone for being
absent, and few records are no fall. Only a harvest from the start in all its chains is whole.

**Tokens expire.** Then the list is begun again at the last day that was read whole, where days never went back so far
and the server counts; else at the begin of its window; at most ``MAX_RESTARTS`` times a chain. With ``slice_days``
windows are short: a record that changes meanwhile moves to a later one, never to one that was read. A window that lists
fewer records than are counted is read once more, since many servers page by offsets that shift under a change; then it
is a failure.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from scrapy.http import Request, Response

from scrapers.decoders.base import UnreadableError, parse_day
from scrapers.decoders.oai_pmh import EMPTY, EXPIRED, Page, read_page
from scrapers.items import utc_now
from scrapers.netguard import FIRST_WAIT_SECONDS, MAX_WAITS, retry_after
from scrapers.plan import Planned
from scrapers.plan.oai import ALL, oai_list_url, oai_next_url
from scrapers.session import host_of
from scrapers.spiders.base import PlannedSpider

MAX_RESTARTS = 5  # of one chain in one crawl
DEFAULT_PAGES = 500
_MISSING_ONE_IN = 1_000  # records that may be missing of a list, which changes while it is read
_SAYS_ERRORS = (400, 404, 410, 422)  # statuses under which servers send the protocol's own errors
_GOES_ON = re.compile(r"goes on from (\d{4}-\d\d-\d\d)")


@dataclass
class Chain:
    """The pages of one set as far as they were read: windows in turn, each one list or, begun again, more."""

    key: str
    since: date | None  # where this crawl began; None: everything was asked for
    is_full: bool  # that is where the source begins
    pages: int = 0
    restarts: int = 0
    has_found: bool = False
    has_ended: bool = False
    # The window under way.
    window: date | None = None
    until: date | None = None
    ids: set[str] = field(default_factory=set)
    first_size: int | None = None  # of its first list, as the server counts it
    is_second: bool = False  # read once more, because records were missing
    newest: date | None = None
    is_sorted: bool = True  # no day was followed by an earlier one
    # The list under way.
    begun: date | None = None
    listed: set[str] = field(default_factory=set)
    nameless: int = 0
    size: int | None = None
    tokens: set[str] = field(default_factory=set)

    def open_window(self, since: date | None, until: date | None, *, is_second: bool = False) -> None:
        self.window, self.until, self.is_second = since, until, is_second
        self.ids, self.first_size = set(), None
        self.newest, self.is_sorted = None, True
        self.open_list(since)

    def open_list(self, since: date | None) -> None:
        self.begun, self.listed, self.nameless, self.size, self.tokens = since, set(), 0, None, set()

    def take(self, page: Page) -> None:
        self.pages += 1
        self.listed |= {header.identifier for header in page.headers}
        self.ids |= self.listed
        self.has_found = self.has_found or bool(self.listed)
        self.nameless += page.nameless
        if page.size is not None:  # the most that a page said: what left meanwhile may have hidden another
            self.size = max(self.size or 0, page.size)
        self.first_size = self.size if self.first_size is None else self.first_size
        for header in page.headers:
            day = parse_day(header.datestamp)
            if day is None or (self.newest is not None and day < self.newest):
                self.is_sorted = False
            else:
                self.newest = day

    @property
    def read_to(self) -> date | None:
        """The day before which nothing of the window is left to read, as its list looks so far. A list in another order
        may look so by chance: only where the server counts, a loss would show in the end.
        """
        is_known = self.is_sorted and self.newest is not None and self.first_size is not None
        return self.newest if is_known else self.window

    def missing(self) -> int:
        """Records that the server counts and did not list, beyond what may come or go meanwhile."""
        lists = [(self.size, self.listed), *([(self.first_size, self.ids)] if self.restarts else [])]
        gaps = [(size - len(ids) - self.nameless, size) for size, ids in lists if size is not None]
        return max((gap for gap, size in gaps if gap > size // _MISSING_ONE_IN), default=0)


class OaiSpider(PlannedSpider):
    """ListRecords of each set of ``params.sets`` to its end (``scrapers.plan.oai``)."""

    name = "oai"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        params = self.session.source.params
        self._base, self._prefix = str(params.get("base")), str(params.get("prefix", "oai_dc"))
        self._chains: dict[str, Chain] = {}
        self._next = utc_now().date() - timedelta(days=self._number("overlap_days", 1))
        self._read: tuple[bytes, Page] | None = None
        self._unreadable = ""  # why the last answer that could not be read could not
        for at, planned in enumerate(self.session.planned):
            chain = self._begin(planned.key)
            self._chains[planned.key] = chain
            if self.session.mode == "live" and self.session.purpose == "crawl":
                self.session.planned[at] = replace(planned, url=self._list_url(chain))

    def request(self, planned: Planned) -> Request:
        """A list that was begun goes before the others: its token does not wait for them."""
        request = super().request(planned)
        return request.replace(priority=1) if "/" in planned.key else request

    def _begin(self, key: str) -> Chain:
        declared = parse_day(str(self.session.source.params.get("since") or ""))
        since = self._goes_on(key) if self.session.mode == "live" else None
        is_full = since is None or (declared is not None and since <= declared)
        chain = Chain(key, since or declared, is_full)
        chain.open_window(chain.since, self._until(chain.since))
        return chain

    def _goes_on(self, key: str) -> date | None:
        """The day at which earlier crawls left off; None where everything is to be asked for."""
        crawls = [one for one in self.session.archive.crawls(self.session.source.id) if not one.is_reconstructed]
        full = [one for one in crawls if one.complete and "" in (one.whole or ()) and key in one.complete_keys]
        every, overlap = self._number("full_every_days", 0), timedelta(days=self._number("overlap_days", 1))
        was_cut_off = bool(crawls) and not crawls[-1].complete and key in crawls[-1].remarks
        last = (full or crawls)[:: -1 if full else 1]
        if every and last and not was_cut_off and utc_now() - last[0].started_at >= timedelta(days=every):
            return None
        for one in reversed(crawls):
            left = _GOES_ON.search(one.remarks.get(key, ""))
            if left:
                return date.fromisoformat(left[1])
            if one.complete and key in one.complete_keys:
                return one.started_at.date() - overlap
        return None

    def parse(self, response: Response, key: str) -> Iterator[Request]:
        page = self._page(response.body) if response.status in (200, *_SAYS_ERRORS) else None
        if page is None and response.status == 422 and (again := self._later(response)):
            yield again
            return
        if page is not None and page.error == EXPIRED and (restarted := self._restart(key)):
            yield self.request(restarted)
            return
        if page is not None and page.error:
            response = response.replace(status=200)
        yield from super().parse(response, key)

    def _later(self, response: Response) -> Request | None:
        """The same request once more where a 422 asks to wait and says nothing in the protocol's own words."""
        request = response.request
        seconds = retry_after(response.headers.get("Retry-After"), utc_now())
        waits = request.meta.get("waits", 0) if request is not None else MAX_WAITS
        if request is None or seconds is None or waits >= MAX_WAITS:
            return None
        self.session.pace.block(host_of(response.url), seconds or FIRST_WAIT_SECONDS)
        return request.replace(meta={**request.meta, "waits": waits + 1}, dont_filter=True)

    def _restart(self, key: str) -> Planned | None:
        chain = self._chain(key)
        if chain.restarts >= MAX_RESTARTS or key == chain.key:
            return None
        chain.restarts += 1
        self.session.remarks[f"{chain.key}: tokens"] = f"{chain.restarts} tokens expired before they were used"
        chain.open_list(chain.read_to)
        return Planned(key, self._list_url(chain))

    def problem_with(self, body: bytes) -> str | None:
        page = self._page(body)
        if page is None:
            return self._unreadable
        if page.error and page.error != EMPTY:
            return f"the server answers with an error: {page.error}: {page.said[:160]}"
        return None

    def identity(self, body: bytes) -> str:
        """By the records: each answer carries its own time, and tokens are made for one reader."""
        page = self._page(body) or Page()
        said = sorted(f"{one.identifier}\t{one.datestamp}\t{one.is_deleted}" for one in page.headers)
        return hashlib.sha256("\n".join([page.error, *said]).encode("utf-8", "replace")).hexdigest()

    def follow(self, body: bytes, url: str, key: str) -> Iterable[Planned]:
        chain, page = self._chain(key), self._page(body) or Page()
        chain.take(page)
        if not page.token:
            yield from self._at_end(chain, key)
        elif page.token in chain.tokens:
            self._not_whole(key, f"the list goes round: page {chain.pages} names a page that was read")
        elif chain.pages >= self._number("max_pages", DEFAULT_PAGES):
            self._not_whole(key, f"the list goes on after {chain.pages} pages; the rest is left for the next crawl")
        else:
            chain.tokens.add(page.token)
            yield Planned(f"{chain.key}/page-{chain.pages + 1}", oai_next_url(self._base, page.token))

    def _at_end(self, chain: Chain, key: str) -> Iterator[Planned]:
        """The next window; or the judgement of the chain."""
        missing = chain.missing() if self.session.source.params.get("trusts_count", True) else 0
        if missing and not chain.is_second:
            said = f"{missing} records were counted and not listed, so the list was read again"
            self.session.remarks[f"{chain.key}: counts"] = said
            chain.open_window(chain.window, chain.until, is_second=True)
            yield Planned(f"{chain.key}/page-{chain.pages + 1}", self._list_url(chain))
        elif missing:
            self._not_whole(key, f"the server counts {chain.size} records, {missing} were not listed")
        elif chain.until is not None:
            since = chain.until + timedelta(days=1)
            chain.open_window(since, self._until(since))
            yield Planned(f"{chain.key}/page-{chain.pages + 1}", self._list_url(chain))
        elif chain.is_full and not chain.has_found:
            self._not_whole(key, "the whole list is empty")
        else:
            chain.has_ended = True

    def _not_whole(self, key: str, why: str) -> None:
        self.session.settled.pop(key, None)
        self.session.fail(key, why, "too_few")

    def closed(self, reason: str) -> None:
        super().closed(reason)
        for chain in self._chains.values():
            if chain.has_ended and chain.has_found:
                if not self.session.complete:
                    self.session.remarks[chain.key] = f"goes on from {self._next}: read to its end"
            elif chain.has_ended and chain.since is not None:
                self.session.remarks[chain.key] = f"goes on from {chain.since}: nothing was listed"
            elif chain.window is not None and (chain.pages or not chain.is_full):
                self.session.remarks[chain.key] = f"goes on from {chain.window}: not read to its end"

    def read_whole(self) -> set[str]:
        is_full = all(chain.is_full and chain.has_ended for chain in self._chains.values())
        return super().read_whole() if is_full else set()

    def _chain(self, key: str) -> Chain:
        return self._chains[key.partition("/")[0]]

    def _page(self, body: bytes) -> Page | None:
        """The answer as a page, or None; read once for all that ask of it one after the other."""
        if self._read is None or self._read[0] is not body:
            try:
                self._read = (body, read_page(body))
            except UnreadableError as error:
                self._unreadable = error.detail
                return None
        return self._read[1]

    def _list_url(self, chain: Chain) -> str:
        set_spec = "" if chain.key == ALL else chain.key
        since, until = (day.isoformat() if day else "" for day in (chain.begun, chain.until))
        return oai_list_url(self._base, self._prefix, set_spec, since, until)

    def _until(self, since: date | None) -> date | None:
        """The last day of the window that begins at ``since``; None for one that reaches today, which stays open."""
        days = self._number("slice_days", 0)
        if not days or since is None or self.session.mode != "live":
            return None
        until = since + timedelta(days=days - 1)
        return until if until < utc_now().date() else None

    def _number(self, name: str, default: int) -> int:
        value = self.session.source.params.get(name, default)
        return value if isinstance(value, int) and not isinstance(value, bool) else default
