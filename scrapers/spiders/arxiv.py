"""arXiv's query API: slices of a query's papers, the oldest first.

Belongs here: telling a page of papers from a message of an error, the next slice, and whether the slices hold as many
papers as are counted. Never here: what a paper says (``scrapers/decoders/arxiv_atom.py``), addresses.

Under load the API counts its results and lists none of them. Such a page is asked for once more, then it is a failure.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

from scrapy.http import Request, Response

from scrapers.decoders.arxiv_atom import error_of
from scrapers.decoders.base import UnreadableError
from scrapers.decoders.work_ids import arxiv_id_of
from scrapers.decoders.xml_boards import text
from scrapers.plan import Planned
from scrapers.plan.oai import arxiv_query_url
from scrapers.safe_xml import iterate, local_name
from scrapers.spiders.base import PlannedSpider

_MISSING_ONE_IN = 200  # papers that may be missing of a list, which changes while it is read
MAX_RESULTS = 30_000  # of one query: arXiv gives no more; a longer one is to be split


@dataclass(frozen=True)
class Slice:
    """One page: ids with the day of their last version, and how many papers the query has in all."""

    papers: tuple[tuple[str, str], ...]
    total: int
    start: int


class ArxivSpider(PlannedSpider):
    """Every query of ``params.queries`` (``scrapers.plan.oai.arxiv_query_url``)."""

    name = "arxiv"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._found: dict[str, set[str]] = defaultdict(set)  # query -> ids of its papers
        self._asked_again: set[str] = set()

    def parse(self, response: Response, key: str) -> Iterator[Request]:
        if response.status == 200 and key not in self._asked_again and response.request is not None:
            page = _slice_or_none(response.body)
            if page is not None and _is_hollow(page):
                self._asked_again.add(key)
                yield response.request.replace(dont_filter=True)
                return
        yield from super().parse(response, key)

    def problem_with(self, body: bytes) -> str | None:
        try:
            page = read_slice(body)
        except UnreadableError as error:
            return error.detail
        if _is_hollow(page):
            return f"{page.total} papers are counted, and none is listed from the {page.start + 1}th on"
        if page.total > MAX_RESULTS:
            return f"{page.total} papers are counted, of which arXiv lists {MAX_RESULTS}: the query is to be split"
        return None

    def identity(self, body: bytes) -> str:
        """By the papers: each answer carries its own time."""
        try:
            papers = read_slice(body).papers
        except UnreadableError:
            return super().identity(body)
        return hashlib.sha256("\n".join(f"{one}\t{day}" for one, day in papers).encode("utf-8", "replace")).hexdigest()

    def follow(self, body: bytes, url: str, key: str) -> Iterable[Planned]:
        page = read_slice(body)
        query, found = key.partition("/")[0], self._found[key.partition("/")[0]]
        found.update(one for one, _ in page.papers)
        start = page.start + len(page.papers)
        if start < page.total and page.papers:
            asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
            yield Planned(f"{query}/{start}", arxiv_query_url(asked["search_query"], start, int(asked["max_results"])))
        elif page.total - len(found) > page.total // _MISSING_ONE_IN:
            self.session.settled.pop(key, None)
            self.session.fail(key, f"arXiv counts {page.total} papers, its slices list {len(found)}", "too_few")


def read_slice(body: bytes) -> Slice:
    """A page of the API. Raises UnreadableError: what ``scrapers.safe_xml`` raises, not_arxiv, upstream_error."""
    papers: list[tuple[str, str]] = []
    counts: dict[str, int] = {}
    for element in iterate(body, {"entry", "totalResults", "startIndex"}):
        name = local_name(element)
        if name == "entry":
            error = error_of(element)
            if error is not None:
                raise UnreadableError("upstream_error", f"arXiv answers with an error: {error}")
            said = text(element, "id")
            papers.append((arxiv_id_of(said) or said[:300], text(element, "updated")[:40]))
        elif re.fullmatch(r"[0-9]{1,9}", text(element)):
            counts[name] = int(text(element))
    if "totalResults" not in counts:
        raise UnreadableError("not_arxiv", "no page of arXiv's API: it does not say how many results there are")
    return Slice(tuple(papers), counts["totalResults"], counts.get("startIndex", 0))


def _slice_or_none(body: bytes) -> Slice | None:
    try:
        return read_slice(body)
    except UnreadableError:
        return None


def _is_hollow(page: Slice) -> bool:
    return not page.papers and page.start < page.total
