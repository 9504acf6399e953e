"""Workday's careers sites: 20 ads a page, at most 2,000 of a query, narrowed to Luxembourg where facets allow it.

Belongs here: what Workday does in its own way. Never here: what all boards in pages share (``paged``).

How Workday pages, as others measured in 2026: the count is true on the first page only and 0 on later ones; behind its
end, and behind 2,000, a list begins anew. So pages stop at the first count, at a short page, or where nothing is new.

A site of a bank with 3,000 ads has twenty of Luxembourg. Where the first page offers facets of places, the list is
asked once more for each facet that has values of Luxembourg, and the ads of those lists are asked for, however their
place is written ("Kirchberg Office"). The whole list is read too if it has no more than ``NARROWED_FROM`` ads, so that
small boards are complete; of longer ones the first page stands for the rest, which is elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from scrapers.decoders import workday
from scrapers.decoders.listed import Listing
from scrapers.decoders.workday import PlaceFacets
from scrapers.items import JobPosting
from scrapers.plan import Planned
from scrapers.plan.paged import OFFER, WORKDAY_PAGE, workday_page, workday_posting
from scrapers.spiders.paged import Chain, PagedBoardSpider

MOST_SHOWN = 2_000  # ads of one query, whatever its count says
NARROWED_FROM = 200  # ads: ten pages


class WorkdaySpider(PagedBoardSpider):
    """Sites of ``params.boards``, each ``tenant.site`` at its host."""

    name = "workday"
    decoder = workday
    trusts_total = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._facets: dict[str, PlaceFacets] = {}  # of each board's first page

    def follow(self, body: bytes, url: str, key: str) -> Iterable[Planned]:
        if OFFER in key:
            return
        chain, page = self.chain_of(key), workday.listing(body)
        has_new = chain.take(page)
        is_whole_list = chain.key == chain.board
        if key == chain.board:
            self._facets[chain.board] = workday.place_facets(body)
        facets = self._facets[chain.board]
        if key == chain.board:
            for parameter, values in facets.here.items():
                yield workday_page(self.boards[chain.board], f"{chain.board}/in-{parameter}", {parameter: values})
        if not (is_whole_list and facets.offered and (chain.total or 0) > NARROWED_FROM):
            if (chain.total or 0) >= MOST_SHOWN:
                self.not_whole(chain, f"Workday shows {MOST_SHOWN} ads of a query and offers no way to narrow this one")
            yield from self.go_on(chain, page, has_new=has_new)
        if not (is_whole_list and facets.offered):
            yield from self.offers(chain, self.records(body, url), every=not is_whole_list)

    def next_page(self, chain: Chain, page: Listing) -> Planned | None:
        if len(page.ids) < WORKDAY_PAGE or chain.pages * WORKDAY_PAGE >= min(chain.total or 0, MOST_SHOWN):
            return None
        narrowed = chain.key.partition("/in-")[2]
        facets = {narrowed: self._facets[chain.board].here[narrowed]} if narrowed else None
        return workday_page(self.boards[chain.board], chain.key, facets, chain.pages + 1)

    def offer(self, board: str, record: JobPosting) -> Planned | None:
        path = workday.detail_path(record.posting_url)
        return workday_posting(self.boards[board], path, record.posting_id) if path else None
