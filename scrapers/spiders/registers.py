"""Registers of research that answer in pages and count what they hold: Crossref, Semantic Scholar, ROR.

Belongs here: telling a page from an error document, the next page, and whether the pages are the whole list. Never
here: addresses (``scrapers.plan.registers``), what an answer says (decoders).

**Whole.** A list is whole if its pages brought as many different elements as the last of them counts. One that is
missing is a loss and makes the crawl incomplete: the next crawl begins at the first page again. An empty page before
that, a page that brings nothing new, and a cursor that is refused because it expired are losses too.

Pages are named by number, not by cursor, for the reasons that ``openalex`` gives. Identity is of the elements alone.
"""

from __future__ import annotations

import hashlib
from abc import abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

import orjson

from scrapers.decoders import crossref, semantic_scholar
from scrapers.decoders.base import UnreadableError, load_json
from scrapers.plan import Planned
from scrapers.plan.paged import page_key
from scrapers.plan.registers import at
from scrapers.spiders.base import PlannedSpider, json_object


@dataclass(frozen=True)
class Page:
    """What one answer lists, how many elements the register counts, and where it says that the list goes on."""

    elements: list[object]
    ids: list[str]
    total: int
    next: str = ""


@dataclass
class Chain:
    """The pages of one list as far as they were read."""

    ids: set[str] = field(default_factory=set)
    elements: int = 0
    cursors: set[str] = field(default_factory=set)


class RegisterSpider(PlannedSpider):
    """Lists page by page to their end."""

    register: ClassVar[str]
    most: ClassVar[int]  # elements that a list shows at most

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.chains: dict[str, Chain] = {}

    @abstractmethod
    def page(self, body: bytes) -> Page:
        """The page that an answer is; raises UnreadableError for any other answer."""

    @abstractmethod
    def next_url(self, chain: Chain, page: Page, url: str) -> str | None:
        """Where the list goes on after a page that brought something; None if nowhere."""

    def problem_with(self, body: bytes) -> str | None:
        try:
            self.page(body)
        except UnreadableError as error:
            return error.detail
        return None

    def identity(self, body: bytes) -> str:
        try:
            elements = self.page(body).elements
        except UnreadableError:
            return super().identity(body)
        return hashlib.sha256(orjson.dumps(elements, option=orjson.OPT_SORT_KEYS)).hexdigest()

    def follow(self, body: bytes, url: str, key: str) -> Iterable[Planned]:
        page = self.page(body)
        first, _, number = key.partition("/page-")
        chain = self.chains.setdefault(first, Chain())
        new = set(page.ids) - chain.ids
        chain.ids |= new
        chain.elements += len(page.elements)
        at_end = len(chain.ids) >= page.total or not page.elements
        if page.total > self.most:
            self.session.fail("crawl", f"{first}: {page.total} are counted, a list shows its first {self.most}")
        elif at_end:
            self._check(first, chain, page)
        elif not new:
            self.session.fail("crawl", f"{first}: page {number or 1} brings nothing new, the list goes round")
        elif (following := self.next_url(chain, page, url)) is None:
            self._check(first, chain, page)
        else:
            yield Planned(page_key(first, int(number or 1) + 1), following)

    def _check(self, first: str, chain: Chain, page: Page) -> None:
        if len(chain.ids) < page.total:
            counted = f"{self.register} counts {page.total}, its pages list {len(chain.ids)}"
            self.session.fail("crawl", f"{first}: {counted}")


class CrossrefSpider(RegisterSpider):
    """Works that name a funder, one chain of cursor pages a year of publication.

    A cursor lasts five minutes. Where it does not change from page to page it would give several pages one address, of
    which the archive could keep one: the list then goes on by offset, which is as good for lists as short as these.
    """

    name = "crossref"
    register = "Crossref"
    most = 10_000

    def page(self, body: bytes) -> Page:
        works = crossref.works_of(load_json(body)[0])
        message = (json_object(body) or {}).get("message")
        total = message.get("total-results") if isinstance(message, dict) else None
        if not isinstance(total, int) or not isinstance(message, dict) or "items" not in message:
            raise UnreadableError("not_works", "the answer does not say how many works there are")
        elements = [work for _, work in works]
        cursor = message.get("next-cursor")
        return Page(elements, _ids(elements, "DOI"), total, cursor if isinstance(cursor, str) else "")

    def next_url(self, chain: Chain, page: Page, url: str) -> str | None:
        query = parse_qs(urlsplit(url).query)
        is_new = page.next and page.next not in chain.cursors and page.next != query.get("cursor", [""])[0]
        if is_new and "offset" not in query:
            chain.cursors.add(page.next)
            return at(url, cursor=page.next)
        return at(url, cursor=None, offset=str(chain.elements))


class SemanticScholarSpider(RegisterSpider):
    """Papers that a search finds, one chain of pages a year."""

    name = "semantic_scholar"
    register = "Semantic Scholar"
    most = 1_000

    def page(self, body: bytes) -> Page:
        elements = [paper for _, paper in semantic_scholar.papers_of(load_json(body)[0])]
        answer = json_object(body) or {}
        if not isinstance(answer.get("total"), int):
            raise UnreadableError("not_works", "the answer does not say how many papers there are")
        following = answer.get("next")
        return Page(elements, _ids(elements, "paperId"), answer["total"], str(following or ""))

    def next_url(self, chain: Chain, page: Page, url: str) -> str | None:
        return at(url, offset=page.next) if page.next.isdigit() else None


class RorSpider(RegisterSpider):
    """Organisations of a country. ROR warns that pages of a filter may repeat and leave out: then they are asked for
    again at the next crawl, and this one is incomplete.
    """

    name = "ror"
    register = "ROR"
    most = 10_000

    def page(self, body: bytes) -> Page:
        answer = json_object(body)
        if answer is None:
            raise UnreadableError("not_organisations", "the answer is not a JSON object")
        if isinstance(answer.get("errors"), list):
            raise UnreadableError("upstream_error", f"ROR answers with an error: {str(answer['errors'])[:200]}")
        items, total = answer.get("items"), answer.get("number_of_results")
        if not isinstance(items, list) or not isinstance(total, int):
            raise UnreadableError("not_organisations", "the answer is not a page of organisations")
        return Page(items, _ids(items, "id"), total)

    def next_url(self, chain: Chain, page: Page, url: str) -> str | None:
        number = int(parse_qs(urlsplit(url).query).get("page", ["1"])[0])
        # A page that repeats what another listed takes the place of what it leaves out: the count of elements ends it.
        return at(url, page=str(number + 1)) if chain.elements < page.total else None


def _ids(elements: list[object], name: str) -> list[str]:
    return [str(one.get(name)) for one in elements if isinstance(one, dict) and one.get(name)]
