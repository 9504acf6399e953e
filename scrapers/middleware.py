"""Downloader middleware: the archive's door, and manners.

Belongs here: what happens to a request on its way out and to an answer on its way in. Never here: reading a body.

Order (answers pass from the bottom up, requests from the top down; see ``scrapers.crawl.settings``)::

    100  Robots    may we ask? robots.txt and tdmrep.json  (also waits: Crawl-delay)
    550  Retry, 600 Redirect                         Scrapy's own
    840  Manners   stopped hosts, another try        after the archive, so that refusals are archived too
    860  Door      archive everything / replay       below redirect and retry, so that it sees what they swallow
    880  Decoding  content encodings, bounded        below the archive: what is hashed is the document, not its packing
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

from protego import Protego
from scrapy.exceptions import DownloadCancelledError, IgnoreRequest, ResponseDataLossError
from scrapy.http import Headers, Request, Response
from scrapy.http.request import NO_CALLBACK
from scrapy.responsetypes import responsetypes

from scrapers.archive import ArchiveError, Capture, DamagedCaptureError
from scrapers.items import utc_now
from scrapers.netguard import BUSY, RESERVED, is_reserved
from scrapers.pace import RefusedError
from scrapers.packing import encodings_of, unpacked
from scrapers.session import CrawlSession, host_of
from scrapers.tdm import WELL_KNOWN, BadReservationsError, is_reserved_path, read_reservations

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from scrapers.spiders.base import PlannedSpider

ARCHIVED = "archived"  # flag of an answer that came out of the archive
NOT_MODIFIED = "not_modified"  # flag of an answer that the server confirmed with a 304
UNDECODED = "undecoded"  # flag of an answer whose content encoding could not be taken off
UNREAD = "could not be read"
ROBOTS_AGENT = "LuxAI-Observatory"
ROBOTS_FRESH = timedelta(hours=24)  # RFC 9309, 2.4: a cached robots.txt should not be used longer
ROBOTS_MAX_BYTES = 500 * 1024  # RFC 9309, 2.5: the least a crawler must read


class MissedError(IgnoreRequest):
    """Replay: the archive lacks this request. Counted, never fetched."""


class _Middleware:
    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> _Middleware:
        return cls(crawler)

    @property
    def session(self) -> CrawlSession:
        return self._crawler.spider.session  # type: ignore[union-attr]


class Robots(_Middleware):
    """robots.txt: binding for web pages; for a documented API its verdict is recorded and the API's terms rule.

    An answer archived within 24 hours is used again. Without one (5xx, no connection) everything is disallowed; a 4xx
    means that there are no rules (RFC 9309, 2.3.1).
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._rules: dict[str, asyncio.Future[tuple[Protego | None, str]]] = {}
        self._reserved: dict[str, asyncio.Future[list[str]]] = {}

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
        if self.session.source.access == "documented_api":
            self.session.robots[host] = f"{verdict}; proceeding under the API's terms"
            await self._heed_reservations(request, ask=UNREAD not in verdict)
            return
        self.session.robots[host] = verdict
        raise RefusedError(f"robots.txt of {host}: {verdict}")

    async def _rules_of(self, request: Request) -> tuple[Protego | None, str]:
        parts = urlsplit(request.url)
        origin = f"{parts.scheme}://{parts.netloc}"
        if origin not in self._rules:
            self._rules[origin] = asyncio.ensure_future(self._fetch(f"{origin}/robots.txt"))
        return await asyncio.shield(self._rules[origin])

    async def _fetch(self, url: str) -> tuple[Protego | None, str]:
        try:
            return _rules(*await self._asked(url))
        except Exception as error:
            return None, f"robots.txt {UNREAD} ({reason_of(error)}), which forbids everything"

    async def _asked(self, url: str) -> tuple[int, bytes]:
        """Status and body of a file about crawling: out of the archive while it is fresh, else asked for."""
        known = self._known(url)
        if known and known.retrieved_at > utc_now() - ROBOTS_FRESH:
            return known.status, known.body
        request = Request(url, meta={"robots": True}, callback=NO_CALLBACK, priority=1000)
        assert self._crawler.engine is not None
        answer = await self._crawler.engine.download_async(request)
        return answer.status, answer.body

    def _known(self, url: str) -> Capture | None:
        try:
            known = self.session.archive.latest("GET", url)
        except DamagedCaptureError:
            return None
        return known if known and not known.is_reconstructed and known.status < 500 else None

    async def _heed_reservations(self, request: Request, *, ask: bool = True) -> None:
        """The site's tdmrep.json: a reservation of rights, so it binds under an API's terms as on web pages."""
        parts = urlsplit(request.url)
        origin = f"{parts.scheme}://{parts.netloc}"
        if origin not in self._reserved:
            self._reserved[origin] = asyncio.ensure_future(self._reservations(f"{origin}{WELL_KNOWN}", ask))
        if is_reserved_path(request.url, await asyncio.shield(self._reserved[origin])):
            raise RefusedError(f"{parts.netloc}{WELL_KNOWN}: TDM reservation, so not collected")

    async def _reservations(self, url: str, ask: bool) -> list[str]:
        """Reserved locations. A 4xx says that there are none; while the file cannot be had, the last known holds."""
        name = url.partition("://")[2]
        try:
            status, body = await self._asked(url) if ask else (0, b"")
            problem = f"HTTP {status}" if not 200 <= status < 500 else ""
        except Exception as error:
            status, body, problem = 0, b"", reason_of(error)
        if problem:
            known = self._known(url)
            status, body = (known.status, known.body) if known else (0, b"")
            held = "the last one known holds" if known else "none known"
            self.session.robots[name] = f"cannot be read ({problem if ask else 'no answer'}), {held}"
        if not 200 <= status < 300:
            return []
        try:
            return read_reservations(body)
        except BadReservationsError as error:
            self.session.robots[name] = f"malformed, so taken for none: {error}"
            return []


class Door(_Middleware):
    """The archive's door: in ``live`` mode everything that comes is archived, in ``replay`` nothing goes out."""

    def process_request(self, request: Request) -> Response | None:
        session = self.session
        # A redirected or repeated request brings the fields of its forerunner along.
        for name in ("If-None-Match", "If-Modified-Since"):
            request.headers.pop(name, None)
        request.meta.pop("confirms", None)
        if session.mode == "replay":
            return self._replayed(request)
        found = session.archive.validators(request.method, request.url, request.body, session.source.id, refresh=False)
        if found:
            fields, capture = found
            if self._is_unhealthy(request, capture):
                # An overload message sent as 200: by its date alone the real answer would never be seen again.
                fields.pop("If-Modified-Since", None)
            for name, value in fields.items():
                request.headers[name] = value
            if fields:
                session.confirms[capture.capture_id] = capture
                request.meta["confirms"] = capture.capture_id
        return None

    def process_response(self, request: Request, response: Response) -> Response:
        session, now = self.session, utc_now()
        if ARCHIVED in response.flags or session.writer is None:
            return response
        sent, got = _pairs(request.headers), _pairs(response.headers)
        confirms = request.meta.get("confirms")
        host, reserved = host_of(request.url), is_reserved(response)
        if reserved:  # the host is stopped before anything else can fail or leave
            session.stop_host(host, RESERVED)
        if response.status == 304 and confirms:
            session.writer.write_revisit(request.method, request.url, sent, request.body, got, now, confirms)
            session.note(request, "not modified", status=304)
            if reserved:
                raise RefusedError(f"{host}: {session.stopped[host]}")
            capture = session.confirms[confirms]
            return _response(capture, request.url, [NOT_MODIFIED], extra=response.headers)
        body = response.body
        if reserved:  # that the rights holder opted out of mining is kept, what they wrote is not
            body = b""
            got.append(("X-Observatory-Note", "body not kept: tdm-reservation"))
        entry = session.writer.write_response(
            request.method, request.url, sent, request.body, response.status, got, body, now
        )
        outcome = "known" if entry.kind == "revisit" else "new"
        session.note(request, outcome, status=response.status, bytes=len(body), capture_id=entry.capture_id)
        if reserved:
            raise RefusedError(f"{host}: {session.stopped[host]}")
        return response

    def process_exception(self, request: Request, exception: Exception) -> None:
        if isinstance(exception, MissedError):
            return
        self.session.errors += 1
        outcome = "refused" if isinstance(exception, IgnoreRequest) else "failed"
        self.session.note(request, outcome, reason=reason_of(exception, self.session.source.max_download_mib))

    def _is_unhealthy(self, request: Request, capture: Capture) -> bool:
        spider = cast("PlannedSpider", self._crawler.spider)
        key = request.cb_kwargs.get("key")
        return key is not None and spider.problem_of(capture.body, key) is not None

    def _replayed(self, request: Request) -> Response:
        session = self.session
        try:
            capture = session.archive.latest(request.method, request.url, request.body, session.source.id)
        except DamagedCaptureError as error:
            raise RefusedError(str(error)) from error
        if capture is None:
            session.misses += 1
            raise MissedError(f"not in the archive: {request.method} {request.url}")
        session.hits += 1
        return _response(capture, request.url, [ARCHIVED])


class Manners(_Middleware):
    """What answers asked of us (``scrapers.netguard.heed``): a stopped host gets nothing, a busy one another try."""

    def process_request(self, request: Request) -> None:
        reason = self.session.stopped.get(host_of(request.url))
        if reason and self.session.mode == "live":
            raise RefusedError(f"{host_of(request.url)}: {reason}")

    def process_response(self, request: Request, response: Response) -> Response | Request:
        stays = ARCHIVED in response.flags or request.meta.get("robots") or response.status not in BUSY
        if stays or host_of(request.url) in self.session.stopped:
            return response
        again = request.copy()
        again.meta["waits"] = request.meta.get("waits", 0) + 1
        again.dont_filter = True
        return again


class Decoding(_Middleware):
    """Content encodings taken off below the archive, within ``DOWNLOAD_MAXSIZE``, and only whole.

    An echo of our API key is taken out here too: what a server repeats of an address must not reach the archive.

    Scrapy's own middleware gives what it could read of a truncated body, which would be archived as if it were all.
    What does not decode, or would grow beyond the bound, is passed on as it came, flagged, so that it is archived too.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._max_bytes = crawler.settings.getint("DOWNLOAD_MAXSIZE")

    def process_request(self, request: Request) -> None:
        request.headers["Accept-Encoding"] = "gzip, deflate"

    def process_response(self, request: Request, response: Response) -> Response:
        decoded = self._decoded(request, response)
        key = self.session.key
        if key is None or ARCHIVED in response.flags:
            return decoded
        # What could not be decoded may hold the key where nobody finds it.
        body = b"" if UNDECODED in decoded.flags else key.redacted_bytes(decoded.body)
        pairs = [(name, [key.redacted_bytes(v) for v in values or ()]) for name, values in decoded.headers.items()]
        return decoded.replace(body=body, headers=Headers(pairs))

    def _decoded(self, request: Request, response: Response) -> Response:
        encodings = encodings_of(response.headers.getlist("Content-Encoding"))
        if not encodings or ARCHIVED in response.flags or not response.body:
            return response
        try:
            body = unpacked(response.body, encodings, self._max_bytes)
        except ValueError as error:
            request.meta["undecoded"] = str(error)
            return response.replace(flags=[*response.flags, UNDECODED])
        headers = response.headers.copy()
        headers["X-Archive-Orig-Content-Encoding"] = headers.pop("Content-Encoding")
        kind = responsetypes.from_args(headers=headers, url=response.url, body=body)
        return response.replace(cls=kind, headers=headers, body=body)


def reason_of(error: BaseException | None, limit_mib: int = 32) -> str:
    """One line for people; ``limit_mib`` is what the source allows one answer."""
    if isinstance(error, DownloadCancelledError):  # Scrapy raises it for one cause only
        return f"the body is larger than the limit of {limit_mib} MiB"
    if isinstance(error, ResponseDataLossError):
        return "the answer was cut off before its end"
    text = " ".join(str(error).split())
    known = isinstance(error, (IgnoreRequest, ArchiveError)) and text
    return text[:300] if known else f"{type(error).__name__}: {text}"[:300].rstrip(": ")


def _rules(status: int, body: bytes) -> tuple[Protego | None, str]:
    if 200 <= status < 300:
        return Protego.parse(body[:ROBOTS_MAX_BYTES].decode("utf-8", "replace")), "rules"
    if 400 <= status < 500:
        return None, "no rules"
    return None, f"robots.txt answered HTTP {status}, which forbids everything"


def _delay_of(rules: Protego) -> float:
    """Seconds between two requests that a robots.txt asks for, by Crawl-delay or by Request-rate."""
    rate = rules.request_rate(ROBOTS_AGENT)
    return max(float(rules.crawl_delay(ROBOTS_AGENT) or 0.0), rate.seconds / rate.requests if rate else 0.0)


def _pairs(headers: Headers) -> list[tuple[str, str]]:
    return [
        (name.decode("latin-1"), value.decode("latin-1")) for name, values in headers.items() for value in values or ()
    ]


def _response(capture: Capture, url: str, flags: list[str], extra: Headers | None = None) -> Response:
    """An answer of Scrapy's out of a capture; of the fields of a 304 only its validators are news."""
    fields = {name: value for name, value in capture.headers.items() if not name.startswith("x-archive-orig-")}
    headers = Headers(fields)
    for name in ("ETag", "Last-Modified"):
        if extra is not None and name in extra:
            headers[name] = extra[name]
    kind = responsetypes.from_args(headers=headers, url=url, body=capture.body)
    return kind(url, status=capture.status, headers=headers, body=capture.body, flags=flags)
