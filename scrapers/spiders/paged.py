"""Boards that list in pages: the next page, whether the pages are the whole list, and which ads are asked for.

Belongs here: the rules that all such boards share. Never here: addresses (``scrapers.plan.paged``), the shape of an
answer (its decoder), what one publisher does in its own way (``paged_boards``, ``workday``).

**Whole.** A list is whole if its pages hold as many different ads as the publisher counts. One in 200 may be missing:
some count ads that they do not list. None may be where the list changed while it was read (a count that moved, an ad on
two pages), or where it would not show (a count on the first page only): an ad that slipped from an unread page to a
read one would look closed. A list that is not counted must not have changed at all. A board that is not whole is not
settled, so none of its ads is closed, and the others of the crawl are not touched by it.

**Ads.** Where a list has no texts, an ad's own answer is asked for if its place can be Luxembourg's
(``scrapers.decoders.listed``), if it is due (``details``), and for no more than ``offers_per_crawl`` ads a crawl; the
others wait, listed without their texts. An ad that is gone by then is no trouble.
"""

from __future__ import annotations

import hashlib
import re
from abc import abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any, ClassVar

from scrapy.http import Request

from scrapers.decoders.base import DecodeContext, UnreadableError
from scrapers.decoders.listed import Listing, wants_text
from scrapers.items import JobPosting, utc_now
from scrapers.plan import Planned
from scrapers.plan.paged import OFFER
from scrapers.registry import resolved_params
from scrapers.spiders.details import ALWAYS, DetailSpider

DEFAULT_PAGES = 100
_ONE_IN = 200  # ads that may be missing of a list that stayed as it was
_LISTS_FIRST = 10
_PAGE = re.compile(r"^(.+?)(?:/page-(\d{1,6}))?$")


@dataclass
class Chain:
    """The pages of one list as far as they were read."""

    key: str  # of its first page
    board: str
    trusts_total: bool = True  # whether pages after the first one still say how many there are
    pages: int = 0
    offset: int = 0  # elements that the pages took, as the publisher counts them
    total: int | None = None  # the most that a page said there are
    extra: int = 0  # elements that are counted and are no further ads: without an id, or twice on one page
    ids: set[str] = field(default_factory=set)
    has_changed: bool = False

    def take(self, page: Listing) -> bool:
        """Count a page in; whether it brought anything new."""
        named = [known for known in page.ids if known]
        new = set(named) - self.ids
        if self.pages and (len(new) < len(set(named)) or (self.trusts_total and page.total != self.total)):
            self.has_changed = True
        if page.total is not None and (self.trusts_total or not self.pages):
            self.total = max(self.total or 0, page.total)
        self.pages += 1
        self.offset += page.step or len(page.ids)
        self.ids |= new
        self.extra += len(page.ids) - len(set(named))
        return bool(new) or len(page.ids) > len(named)

    def gap(self) -> str | None:
        """Why these pages are not the whole list; None if they are."""
        moved = ", which changed while it was read" if self.has_changed else ""
        if self.total is None:
            return f"the list is not counted{moved}" if moved else None
        missing = self.total - len(self.ids) - self.extra
        would_show = self.pages == 1 or (self.trusts_total and not self.has_changed)
        if missing <= (self.total // _ONE_IN if would_show else 0):
            return None
        return f"{self.total} ads are counted, {missing} were not found in the list{moved}"


class PagedBoardSpider(DetailSpider):
    """Lists of boards page by page, and the ads that they call for."""

    decoder: ModuleType  # has ``decode`` and ``listing``
    most = ("offers_per_crawl", 200)
    trusts_total: ClassVar[bool] = True  # as in Chain

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.params = resolved_params(self.session.source)
        self.boards = {str(one["board"]): one for one in self.params.get("boards") or () if isinstance(one, dict)}
        self.chains: dict[str, Chain] = {}

    @abstractmethod
    def next_page(self, chain: Chain, page: Listing) -> Planned | None:
        """The request of the page after this one, as far as the publisher's paging says that there is one."""

    def offer(self, board: str, record: JobPosting) -> Planned | None:
        """The request of an ad's own answer; None where the list says everything."""
        return None

    def request(self, planned: Planned) -> Request:
        request = super().request(planned)
        request.meta["dont_redirect"] = True  # a board that moved is to be looked at by people
        # Lists first: the less time passes between two pages, the less can slip from one to the other.
        return request.replace(priority=_LISTS_FIRST) if self.is_list(planned.key) else request

    def problem_of(self, body: bytes, key: str) -> str | None:
        try:
            if OFFER in key:
                self.decoder.decode(body, self._context(""))
            else:
                self.decoder.listing(body)
        except UnreadableError as error:
            return error.detail
        return None

    def is_list(self, key: str) -> bool:
        return OFFER not in key

    def problem_with(self, body: bytes) -> str | None:
        return self.problem_of(body, "")

    def identity(self, body: bytes) -> str:
        """By what the ads say: answers carry clocks, scores and days in words that move while no ad does."""
        try:
            records = self.decoder.decode(body, self._context("")).records
        except UnreadableError:
            records = []
        if not records:
            return super().identity(body)
        said = sorted(f"{r.posting_id}\t{r.title}\t{r.location_raw}\t{r.deadline_on}\t{r.text}" for r in records)
        return hashlib.sha256("\n".join(said).encode("utf-8", "replace")).hexdigest()

    def follow(self, body: bytes, url: str, key: str) -> Iterable[Planned]:
        if OFFER in key:
            return
        chain, page = self.chain_of(key), self.decoder.listing(body)
        has_new = chain.take(page)
        yield from self.go_on(chain, page, has_new=has_new)
        yield from self.offers(chain, self.records(body, url))

    def go_on(self, chain: Chain, page: Listing, *, has_new: bool) -> Iterator[Planned]:
        """The next page, or the judgement of the list at its end. A page that brings nothing new ends it: some wrap."""
        following = self.next_page(chain, page) if has_new else None
        if following is None:
            if why := chain.gap():
                self.not_whole(chain, why)
        elif chain.pages >= self.allowed("max_pages", DEFAULT_PAGES):
            self.not_whole(chain, f"the list goes on after {chain.pages} pages; the rest is left out")
        else:
            yield following

    def offers(self, chain: Chain, records: Iterable[JobPosting], *, every: bool = False) -> Iterator[Planned]:
        """Requests of the ads whose texts are wanted and due; with ``every``, of the others too, at each crawl."""
        offers = []
        for record in records:
            wanted = wants_text(record)
            planned = None if record.text or not (every or wanted) else self.offer(chain.board, record)
            if planned is not None:
                offers.append((planned, self.urgency(planned) if wanted else ALWAYS))
        return self.due(offers, "offers")

    def not_whole(self, chain: Chain, why: str) -> None:
        """Take back that the board was read: its ads stay as they are until it is read to its end."""
        self.session.settled.pop(chain.board, None)
        said = why if chain.key == chain.board else f"{chain.key}: {why}"
        self.session.fail(chain.board, said, "too_few")

    def chain_of(self, key: str) -> Chain:
        found = _PAGE.match(key)
        first = found[1] if found else key
        return self.chains.setdefault(first, Chain(first, first.partition("/")[0], self.trusts_total))

    def records(self, body: bytes, url: str) -> list[JobPosting]:
        found = self.decoder.decode(body, self._context(url)).records
        return [record for record in found if isinstance(record, JobPosting)]

    def _context(self, url: str) -> DecodeContext:
        source_id = self.session.source.id
        return DecodeContext(source_id, "", "0" * 64, url, utc_now(), params=self.params)
