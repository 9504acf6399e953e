"""Boards that give all they have in one answer, or page after page of it: one class an ATS.

Belongs here: telling a whole board from a part of one and from a page that stands in its place, and asking for its next
page. Never here: addresses (``scrapers.plan.boards``), reading ads.

A board under another address has moved or is gone: redirects are not followed, so that people look at it. The rest of
an answer is the decoder's to judge, ad by ad.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit, urlunsplit

from scrapy.http import Request

from scrapers.decoders.base import DecodeContext, Sink, UnreadableError, load_json
from scrapers.decoders.postings import failure_of, page
from scrapers.decoders.xml_boards import jobs
from scrapers.items import utc_now
from scrapers.pages import same_host
from scrapers.plan import Planned
from scrapers.plan.boards import LEVER_PAGE, TEAMTAILOR_PAGE
from scrapers.spiders.base import PlannedSpider, json_object

_OF_THIS_MOMENT = re.compile(rb"<(lastBuildDate|pubDate|ttl)>[^<]{0,100}</\1>")


class GreenhouseSpider(PlannedSpider):
    """All ads of each Greenhouse board. An empty board is healthy."""

    name = "greenhouse"

    def problem_with(self, body: bytes) -> str | None:
        answer = json_object(body)
        if answer is None:
            return "the answer is not a JSON object"
        listing = answer.get("jobs", answer.get("departments"))
        if not isinstance(listing, list):
            return "the answer lists neither jobs nor departments"
        meta = answer.get("meta")
        total = meta.get("total") if isinstance(meta, dict) else None
        if isinstance(total, int) and total != len(listing):
            return f"the answer lists {len(listing)} of {total} jobs"
        return None


class BoardSpider(PlannedSpider):
    """A board that stays where it is."""

    def request(self, planned: Planned) -> Request:
        request = super().request(planned)
        request.meta["dont_redirect"] = True
        return request


class LeverSpider(BoardSpider):
    """Postings of each Lever site, 100 an answer."""

    name = "lever"

    def problem_with(self, body: bytes) -> str | None:
        answer = _json(body)
        if isinstance(answer, dict) and (said := failure_of(answer)):
            return f"the answer says {said}"
        return None if isinstance(answer, list) else "the answer is not a JSON list"

    def follow(self, body: bytes, url: str, key: str) -> Iterable[Planned]:
        answer = _json(body)
        if isinstance(answer, list) and len(answer) >= LEVER_PAGE:
            yield _next(url, key, "skip", LEVER_PAGE)


class AshbySpider(BoardSpider):
    """All jobs of each Ashby board."""

    name = "ashby"
    listing = "jobs"

    def problem_with(self, body: bytes) -> str | None:
        answer = json_object(body)
        if answer is None:
            return "the answer is not a JSON object"
        if isinstance(answer.get(self.listing), list):
            return None
        said = failure_of(answer)
        return f"the answer says {said}" if said else f"the answer lists no {self.listing}"


class RecruiteeSpider(AshbySpider):
    """All offers of each Recruitee careers site."""

    name = "recruitee"
    listing = "offers"


class FeedBoardSpider(BoardSpider):
    """Boards that publish XML: an answer is a board if its root says so, with or without jobs."""

    roots: tuple[str, ...] = ("rss",)
    tag = "item"

    def problem_with(self, body: bytes) -> str | None:
        try:
            self.count(body)
        except UnreadableError as error:
            return error.detail
        return None

    def count(self, body: bytes) -> int:
        """How many jobs the answer holds; raises UnreadableError, also where it breaks off."""
        sink = Sink(DecodeContext("board", "", "0" * 64, "", utc_now()), "job_posting")
        number = sum(1 for _ in jobs(body, self.tag, self.roots, sink))
        if sink.rejects:
            raise UnreadableError(sink.rejects[0].reason, sink.rejects[0].detail)
        return number

    def identity(self, body: bytes) -> str:
        """By the feed without the moment at which it was made."""
        head, item, rest = body.partition(b"<item")
        return hashlib.sha256(_OF_THIS_MOMENT.sub(b"", head + item) + rest).hexdigest()


class PersonioSpider(FeedBoardSpider):
    """All positions of each Personio career page. A page that is gone answers with a redirect."""

    name = "personio"
    roots = ("workzag-jobs",)
    tag = "position"


class SuccessFactorsSpider(FeedBoardSpider):
    """All ads of each SuccessFactors career site. A feed that was switched off answers with a page."""

    name = "successfactors"
    roots = ("rss", "RDF")


class TeamtailorSpider(FeedBoardSpider):
    """All jobs of each Teamtailor career site: a JSON feed that names its next page, or RSS by offset."""

    name = "teamtailor"

    def problem_with(self, body: bytes) -> str | None:
        if body.lstrip()[:1] != b"{":
            return super().problem_with(body)
        feed = json_object(body)
        return None if feed and isinstance(feed.get("items"), list) else "the answer is not a feed of jobs"

    def follow(self, body: bytes, url: str, key: str) -> Iterator[Planned]:
        feed = json_object(body) if body.lstrip()[:1] == b"{" else None
        if feed is not None:
            address = page(feed.get("next_url"))
            if address and same_host(address, url) and feed["items"]:
                yield Planned(_page_key(key), address)
        elif "offset" in parse_qs(urlsplit(url).query) and self.count(body) >= TEAMTAILOR_PAGE:
            yield _next(url, key, "offset", TEAMTAILOR_PAGE)


def _json(body: bytes) -> Any:
    try:
        return load_json(body)[0]
    except UnreadableError:
        return None


def _next(url: str, key: str, name: str, step: int) -> Planned:
    """The same request one step further; nothing of an answer gets into its address."""
    parts = urlsplit(url)
    begin = int(parse_qs(parts.query).get(name, ["0"])[0])
    query = re.sub(rf"\b{name}=\d+", f"{name}={begin + step}", parts.query)
    return Planned(_page_key(key), urlunsplit(parts._replace(query=query)))


def _page_key(key: str) -> str:
    """The key of the page after this one: "acme" → "acme/page-2" → "acme/page-3"."""
    board, _, number = key.partition("/page-")
    return f"{board}/page-{int(number or 1) + 1}"
