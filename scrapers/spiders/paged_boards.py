"""The boards that list in pages, each with its own way of paging.

Belongs here: one small class a publisher. Never here: what they share (``paged``), Workday (``workday``).
"""

from __future__ import annotations

from scrapers.decoders import arbeitnow, bamboohr, eures, skeeled, smartrecruiters, themuse, workable
from scrapers.decoders.listed import Listing
from scrapers.items import JobPosting
from scrapers.plan import Planned
from scrapers.plan import paged as plan
from scrapers.spiders.paged import Chain, PagedBoardSpider


class SmartRecruitersSpider(PagedBoardSpider):
    """Pages by offset. A page moves on by what the publisher says it took, which may be less than was asked for."""

    name = "smartrecruiters"
    decoder = smartrecruiters

    def next_page(self, chain: Chain, page: Listing) -> Planned | None:
        if len(page.ids) < page.step or chain.total is None or chain.offset >= chain.total:
            return None
        return plan.smartrecruiters_page(chain.board, chain.offset, chain.pages + 1)

    def offer(self, board: str, record: JobPosting) -> Planned | None:
        return plan.smartrecruiters_posting(board, record.posting_id)


class WorkableSpider(PagedBoardSpider):
    """Pages by a token that each page gives for the next one."""

    name = "workable"
    decoder = workable

    def next_page(self, chain: Chain, page: Listing) -> Planned | None:
        return plan.workable_page(chain.board, page.following, chain.pages + 1) if page.following else None

    def offer(self, board: str, record: JobPosting) -> Planned | None:
        return plan.workable_job(board, record.posting_id)


class BambooHRSpider(PagedBoardSpider):
    """One page. The address of a company that left leads to the publisher's own site, which is no list."""

    name = "bamboohr"
    decoder = bamboohr

    def next_page(self, chain: Chain, page: Listing) -> Planned | None:
        return None

    def offer(self, board: str, record: JobPosting) -> Planned | None:
        return plan.bamboohr_opening(board, record.posting_id)


class SkeeledSpider(PagedBoardSpider):
    """One page with every text."""

    name = "skeeled"
    decoder = skeeled

    def next_page(self, chain: Chain, page: Listing) -> Planned | None:
        return None


class EuresSpider(PagedBoardSpider):
    """Pages by number, of a search that shows its first 10,000 hits."""

    name = "eures"
    decoder = eures

    def next_page(self, chain: Chain, page: Listing) -> Planned | None:
        read = chain.pages * plan.EURES_PAGE
        if chain.total is None or read >= min(chain.total, eures.MAX_HITS):
            return None  # what stands behind the last hit that is shown is missing, and said to be
        return plan.eures_page(self.params["countries"], chain.pages + 1)


class ArbeitnowSpider(PagedBoardSpider):
    """Pages by number until one names no next page."""

    name = "arbeitnow"
    decoder = arbeitnow

    def next_page(self, chain: Chain, page: Listing) -> Planned | None:
        return plan.arbeitnow_page(chain.pages + 1) if page.following else None


class TheMuseSpider(PagedBoardSpider):
    """Pages by number, of which each says how many there are."""

    name = "themuse"
    decoder = themuse

    def next_page(self, chain: Chain, page: Listing) -> Planned | None:
        return plan.themuse_page(self.params["location"], chain.pages + 1) if page.following else None
