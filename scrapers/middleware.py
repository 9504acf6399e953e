"""Downloader middleware: the archive's door, and manners.

Belongs here: what happens to a request on its way out and to an answer on its way in. Never here: reading a body.

Order (answers pass from the bottom up, requests from the top down; see ``scrapers.crawl.settings``)::

    100  Robots    may we ask? robots.txt and tdmrep.json (``scrapers.robots``)
    550  Retry, 600 Redirect                         Scrapy's own
    840  Manners   stopped hosts, another try        after the archive, so that refusals are archived too
    860  Door      archive everything / replay       below redirect and retry, so that it sees what they swallow
    880  Decoding  content encodings, bounded        below the archive: what is hashed is the document, not its packing
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from scrapy.exceptions import DownloadCancelledError, IgnoreRequest, ResponseDataLossError
from scrapy.http import Headers, Request, Response
from scrapy.responsetypes import responsetypes

from scrapers.archive import ArchiveError, Capture, DamagedCaptureError
from scrapers.items import utc_now
from scrapers.netguard import BUSY, RESERVED, is_reserved
from scrapers.pace import RefusedError
from scrapers.packing import encodings_of, unpacked
from scrapers.session import CrawlSession, host_of

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from scrapers.spiders.base import PlannedSpider

ARCHIVED = "archived"  # flag of an answer that came out of the archive
NOT_MODIFIED = "not_modified"  # flag of an answer that the server confirmed with a 304
UNDECODED = "undecoded"  # flag of an answer whose content encoding could not be taken off


class MissedError(IgnoreRequest):
    """Replay: the archive lacks this request. Counted, never fetched."""


class Middleware:
    """What all of them know: the crawl under way."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Middleware:
        return cls(crawler)

    @property
    def session(self) -> CrawlSession:
        return self._crawler.spider.session  # type: ignore[union-attr]


class Door(Middleware):
    """The archive's door: in ``live`` mode everything that comes is archived, in ``replay`` nothing goes out."""

    def process_request(self, request: Request) -> Response | None:
        session = self.session
        # A redirected or repeated request brings the fields of its forerunner along.
        for name in ("If-None-Match", "If-Modified-Since"):
            request.headers.pop(name, None)
        request.meta.pop("confirms", None)
        if session.mode == "replay":
            return self._replayed(request)
        if request.meta.get("robots"):
            return None  # small, asked for once a day, and never confirmed by the date of a page that stood in for it
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
        return key is not None and spider.unhealthy(capture.body, key) is not None

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


class Manners(Middleware):
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


class Decoding(Middleware):
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
