"""robots.txt and tdmrep.json: whether a request may be made at all.

Belongs here: which answer to them counts, how long, and for whom. Never here: the wait that an answer asks for
(``scrapers.netguard``), how a reservation is written (``scrapers.tdm``).
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from datetime import timedelta
from itertools import islice
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from protego import Protego
from scrapy.http import Request
from scrapy.http.request import NO_CALLBACK

from scrapers.archive import Capture
from scrapers.challenge import challenge_of
from scrapers.items import utc_now
from scrapers.middleware import Middleware, reason_of
from scrapers.pace import RefusedError
from scrapers.session import host_of
from scrapers.tdm import WELL_KNOWN, BadReservationsError, is_reserved_path, read_reservations

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

ROBOTS_AGENT = "LuxAI-Observatory"
ROBOTS_FRESH = timedelta(hours=24)  # RFC 9309, 2.4: a cached robots.txt should not be used longer
ROBOTS_MAX_BYTES = 500 * 1024  # RFC 9309, 2.5: the least a crawler must read
NO_ANSWER = "no answer"
_LOOKED_BACK = 100  # archived answers of one address, to find the last that counts
_GROUP = re.compile(rb"^[ \t]*user-agent[ \t]*:", re.I | re.M)


class Robots(Middleware):
    """robots.txt: binding for web pages; for a documented API its verdict is recorded and the API's terms rule. They
    rule where the plan asks, not where a redirect leads.

    An answer archived within 24 hours is used again. Without one (5xx, 429, no connection, a page in its place)
    everything is disallowed; another 4xx means that there are no rules (RFC 9309, 2.3.1).
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._rules: dict[str, asyncio.Future[tuple[Protego | None, str]]] = {}
        self._reserved: dict[str, asyncio.Future[list[str]]] = {}
        self._planned: set[str] = set()
        self._counted = 0

    async def process_request(self, request: Request) -> None:
        if self.session.mode != "live" or request.meta.get("robots"):
            return
        host = host_of(request.url)
        self.session.pace.set_delay(host, self.session.source.delay_seconds)
        rules, verdict = await self._rules_of(request)
        if rules is not None:
            verdict = "allowed" if rules.can_fetch(request.url, ROBOTS_AGENT) else "disallowed"
            self.session.pace.set_delay(host, _delay_of(rules))
        if verdict in ("allowed", "no rules"):
            self.session.robots.setdefault(host, verdict)
            await self._heed_reservations(request)
            return
        if self.session.source.access == "documented_api" and self._is_planned(host):
            self.session.robots[host] = f"{verdict}; proceeding under the API's terms"
            await self._heed_reservations(request, ask=NO_ANSWER not in verdict)
            return
        self.session.robots[host] = verdict
        raise RefusedError(f"robots.txt of {host}: {verdict}")

    def _is_planned(self, host: str) -> bool:
        planned = self.session.planned  # grows under way
        self._planned.update(host_of(each.url) for each in planned[self._counted :])
        self._counted = len(planned)
        return host in self._planned

    async def _rules_of(self, request: Request) -> tuple[Protego | None, str]:
        parts = urlsplit(request.url)
        origin = f"{parts.scheme}://{parts.netloc}"
        if origin not in self._rules:
            self._rules[origin] = asyncio.ensure_future(self._fetch(f"{origin}/robots.txt"))
        return await asyncio.shield(self._rules[origin])

    async def _fetch(self, url: str) -> tuple[Protego | None, str]:
        try:
            status, body = await self._asked(url, lambda known: not _unread(known.status, known.body))
            problem = _unread(status, body)
        except Exception as error:
            status, body, problem = 0, b"", f"{NO_ANSWER}, {reason_of(error)}"
        if problem:
            return None, f"robots.txt could not be read ({problem}), which forbids everything"
        if status >= 400:
            return None, "no rules"
        return Protego.parse(body[:ROBOTS_MAX_BYTES].decode("utf-8", "replace")), "rules"

    async def _asked(self, url: str, counts: Callable[[Capture], bool]) -> tuple[int, bytes]:
        """Status and body of a file about crawling: out of the archive while it is fresh, else asked for."""
        known = self._known(url, counts)
        if known and known.retrieved_at > utc_now() - ROBOTS_FRESH:
            return known.status, known.body
        request = Request(url, meta={"robots": True}, callback=NO_CALLBACK, priority=1000)
        assert self._crawler.engine is not None
        answer = await self._crawler.engine.download_async(request)
        return answer.status, answer.body

    def _known(self, url: str, counts: Callable[[Capture], bool]) -> Capture | None:
        """The newest genuine answer that counts."""
        newest = islice(self.session.archive.newest("GET", url), _LOOKED_BACK)
        return next((known for known in newest if not known.is_reconstructed and counts(known)), None)

    async def _heed_reservations(self, request: Request, *, ask: bool = True) -> None:
        """The site's tdmrep.json: a reservation of rights, so it binds under an API's terms as on web pages."""
        parts = urlsplit(request.url)
        origin = f"{parts.scheme}://{parts.netloc}"
        if origin not in self._reserved:
            self._reserved[origin] = asyncio.ensure_future(self._reservations(f"{origin}{WELL_KNOWN}", ask))
        if is_reserved_path(request.url, await asyncio.shield(self._reserved[origin])):
            raise RefusedError(f"{parts.netloc}{WELL_KNOWN}: TDM reservation, so not collected")

    async def _reservations(self, url: str, ask: bool) -> list[str]:
        """Reserved locations. While the file cannot be had or read, the last known holds."""
        try:
            status, body = await self._asked(url, _is_answer) if ask else (0, b"")
            return _reserved_in(status, body)
        except Exception as error:  # malformed, or no answer
            malformed = isinstance(error, BadReservationsError)
            problem = (str(error) if malformed else reason_of(error)) if ask else NO_ANSWER
        known = self._known(url, _is_readable)
        held = "the last one known holds" if known else "none known"
        self.session.robots[url.partition("://")[2]] = f"cannot be read ({problem}), {held}"
        return _reserved_in(known.status, known.body) if known else []


def _no_answer(status: int) -> str:
    """Why a status says nothing of what we may do; empty if it does.

    RFC 9309 counts 429 among the 4xx, which mean that there are no rules. It is not about the file, though: a server
    that has too much to do says so to any request, as it does with 503.
    """
    return "" if 200 <= status < 300 or (400 <= status < 500 and status != 429) else f"HTTP {status}"


def _unread(status: int, body: bytes) -> str:
    """Why an answer to robots.txt gives no verdict; empty if it does. A page in its place has no rules of crawling in
    it, and by the letter would allow everything.
    """
    problem = _no_answer(status)
    if problem or status >= 400:
        return problem
    service = challenge_of(body)
    if service is not None:
        return f"a bot challenge ({service})"
    is_page = body[:4096].lstrip(b"\x00 \t\r\n\xef\xbb\xbf\xff\xfe").startswith(b"<")
    return "a page of markup" if is_page and not _GROUP.search(body[:ROBOTS_MAX_BYTES]) else ""


def _reserved_in(status: int, body: bytes) -> list[str]:
    """Reserved locations of an answer to tdmrep.json; a 4xx says that there are none. Raises BadReservationsError."""
    if problem := _no_answer(status):
        raise BadReservationsError(problem)
    return [] if status >= 400 else read_reservations(body)


def _is_answer(known: Capture) -> bool:
    return not _no_answer(known.status)


def _is_readable(known: Capture) -> bool:
    try:
        _reserved_in(known.status, known.body)
    except BadReservationsError:
        return False
    return True


def _delay_of(rules: Protego) -> float:
    """Seconds between two requests that a robots.txt asks for, by Crawl-delay or by Request-rate."""
    rate = rules.request_rate(ROBOTS_AGENT)
    return max(float(rules.crawl_delay(ROBOTS_AGENT) or 0.0), rate.seconds / rate.requests if rate else 0.0)
