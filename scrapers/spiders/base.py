"""The shape that all spiders share: ask what was planned, say of each answer whether it is healthy.

Belongs here: settling planned keys, and saying at the end which boards were read whole. Never here: what healthy means
for one publisher.

**Whole.** A board is whole if every request of its list got a healthy answer that was followed to its end; what belongs
to the list a spider says in ``is_list``. Only a board that was read whole can say that an ad is gone. The crawl signs
this off, so that nothing declared or learned later changes it. A source without boards is read whole or not at all.
"""

from __future__ import annotations

import hashlib
import re
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Iterable, Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import scrapy
from scrapy.exceptions import DownloadCancelledError, IgnoreRequest, ResponseDataLossError
from scrapy.http import Request, Response
from twisted.python.failure import Failure

from scrapers.archive import ArchiveError, Capture, DamagedCaptureError, Trouble, strip_url
from scrapers.challenge import challenge_of
from scrapers.decoders.base import UnreadableError, load_json, one_line
from scrapers.middleware import UNDECODED, reason_of
from scrapers.pace import RefusedError
from scrapers.plan import Planned
from scrapers.profiles import declared
from scrapers.session import CrawlSession, host_of

MAX_REQUESTS = 20_000  # of one crawl: a publisher's paging that never ends must
MAX_DEPTH = 1_000  # answers that each called for the next one
MAX_URL = 8_000  # characters of an address that an answer calls for


class PlannedSpider(scrapy.Spider, ABC):
    """Requests of ``session.planned``. A subclass says in ``problem_with`` what is wrong with a 200, and in ``follow``
    which further requests a healthy answer calls for: the next page, the pages of a list.
    """

    session: CrawlSession

    def __init__(self, session: CrawlSession, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.session = session
        self._unread: set[str] = set()  # keys of healthy answers that were not followed to their end

    async def start(self) -> AsyncIterator[Request]:
        for planned in list(self.session.planned):  # the plan grows under way, by what answers call for
            yield self.request(planned)

    def request(self, planned: Planned) -> Request:
        return Request(
            planned.url,
            method=planned.method,
            body=planned.body,
            headers=planned.headers,
            callback=self.parse,
            errback=self.failed,
            cb_kwargs={"key": planned.key},
            dont_filter=True,  # a plan has no duplicates, and a retry must pass
        )

    def parse(self, response: Response, key: str) -> Iterator[Request]:
        if response.status != 200:
            self.session.fail(key, _status_problem(response), trouble_of_status(response.status))
            return
        service = challenge_of(response.body)
        if service is not None:
            reason = f"a bot challenge ({service}) came instead of an answer"
            self.session.fail(key, reason, "refused")
            self.session.stop_host(host_of(response.url), reason)
            return
        problem = None
        if UNDECODED in response.flags:
            problem = str(response.request.meta.get("undecoded")) if response.request else "undecoded"
        problem = problem or self.problem_of(response.body, key)
        if problem:
            self.session.fail(key, problem)
            return
        self.session.settle(key, self.identity(response.body))
        self._unread.add(key)
        self.healthy(response, key)
        if self.session.purpose == "watch":
            return  # a look asks for nothing more
        for planned in self.follow(response.body, response.url, key):
            if len(self.session.planned) >= MAX_REQUESTS:
                self.session.fail("crawl", f"more than {MAX_REQUESTS} requests are called for; the rest is left out")
                return
            if response.meta.get("depth", 0) >= MAX_DEPTH:  # counted by Scrapy
                self.session.fail("crawl", f"{MAX_DEPTH} answers in a row each called for another; no more is asked")
                return
            if not self.session.plan(planned):
                continue
            if len(planned.url) > MAX_URL:
                self.session.fail(planned.key, f"an address of {len(planned.url)} characters is called for")
            else:
                yield self.request(planned)
        self._unread.discard(key)

    def closed(self, reason: str) -> None:
        """Called by Scrapy at the end, however it came."""
        self.session.whole = self.read_whole()

    def read_whole(self) -> set[str]:
        """The declared boards whose lists were read to their end; of a source without boards "", which is all of it.

        A key begins with its board. What went wrong with the crawl as such ("crawl") is nobody's, so then none is.
        """
        if "crawl" in self.session.problems:
            return set()
        boards = declared(self.session.source)
        lists = [planned.key for planned in self.session.planned if self.is_list(planned.key)]
        missing = {key for key in lists if key not in self.session.settled or key in self._unread}
        part_of = {key: key.partition("/")[0] if boards else "" for key in lists}
        return set(part_of.values()) - {part_of[key] for key in missing}

    def is_list(self, key: str) -> bool:
        """Whether a request is one of those that say what there is, not one of those that say more of it."""
        return True

    def identity(self, body: bytes) -> str:
        """SHA-256, in hexadecimal digits, by which two crawls are found to have brought the same: of the whole body,
        unless a publisher puts something into it that changes with every request.
        """
        return hashlib.sha256(body).hexdigest()

    def follow(self, body: bytes, url: str, key: str) -> Iterable[Planned]:
        """Further requests that a healthy answer calls for; the crawl is complete only with theirs."""
        return ()

    def healthy(self, response: Response, key: str) -> None:
        """Called for each healthy answer, before what it calls for; a look notes its meaning here."""
        said = self.upstream_at(response.body) or http_date(response.headers.get("Last-Modified"))
        if said is not None:
            self.session.upstream_at = max(filter(None, (self.session.upstream_at, said)))

    def upstream_at(self, body: bytes) -> datetime | None:
        """When the publisher says that it last changed this answer, if its body says so."""
        return None

    def failed(self, failure: Failure) -> None:
        request: Request = failure.request  # type: ignore[attr-defined]
        reason = reason_of(failure.value, self.session.source.max_download_mib)
        self.session.fail(request.cb_kwargs["key"], reason, trouble_of_error(failure.value))

    def problem_of(self, body: bytes, key: str) -> str | None:
        """As ``problem_with``, for spiders that ask for answers of several kinds and tell them by the planned key."""
        return self.problem_with(body)

    def unhealthy(self, body: bytes, key: str) -> str | None:
        """One line why an archived 200 is no answer to its request: a bot challenge, or what ``problem_of`` says."""
        service = challenge_of(body)
        return self.problem_of(body, key) if service is None else f"a bot challenge ({service})"

    def last_healthy(self, planned: Planned) -> Capture | None:
        """The newest archived answer that is what was asked for; None where there is none, or it cannot be read.

        Not every 200 is: challenges and messages of overload are archived under that status too.
        """
        archive, judged = self.session.archive, set()
        for entry in archive.answers(planned.method, planned.url, planned.body, self.session.source.id):
            if entry.capture_id in judged or not (entry.status == 200 or entry.not_modified):
                continue
            judged.add(entry.capture_id)
            try:
                capture = archive.read(entry)
            except DamagedCaptureError:
                return None
            if self.unhealthy(capture.body, planned.key) is None:
                return capture
        return None

    @abstractmethod
    def problem_with(self, body: bytes) -> str | None:
        """One line why this body is not what was asked for; None if it is."""


def trouble_of_status(status: int) -> Trouble:
    """The kind of an answer that is no 200: 404 and unfollowed redirects mean that the address is not what it was."""
    if status in (401, 402, 403, 407, 429, 451):
        return "refused"
    return "unreachable" if status >= 500 or status == 408 else "changed_shape"


def trouble_of_error(error: BaseException | None) -> Trouble:
    """The kind of a request without an answer."""
    if isinstance(error, ArchiveError):
        return "damaged"
    if isinstance(error, (DownloadCancelledError, ResponseDataLossError)):
        return "changed_shape" if isinstance(error, DownloadCancelledError) else "unreachable"
    if isinstance(error, RefusedError):
        return error.trouble
    return "refused" if isinstance(error, IgnoreRequest) else "unreachable"


def http_date(value: bytes | None) -> datetime | None:
    """A date of an HTTP header field as aware UTC; None for one that cannot be read."""
    try:
        moment = parsedate_to_datetime((value or b"").decode("latin-1"))
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


def as_time(value: Any) -> datetime | None:
    """An ISO 8601 date or time as aware UTC; None for anything else."""
    if not isinstance(value, str) or not re.match(r"\d{4}-\d{2}-\d{2}", value):
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


def _status_problem(response: Response) -> str:
    """The status, and where a redirect that was not followed wanted to go."""
    target = (response.headers.get("Location") or b"").decode("latin-1")
    if not 300 <= response.status < 400 or not target:
        return f"HTTP {response.status}"
    try:
        target = strip_url(target)
    except ValueError:
        target = "an address that is none"
    return f"HTTP {response.status} to {one_line(target)[:200]}, which is not followed"


def json_object(body: bytes) -> dict[str, Any] | None:
    """The body as a JSON object, or None; read as tolerantly as the decoder will, so that both judge alike."""
    try:
        value, _ = load_json(body)
    except UnreadableError:
        return None
    return value if isinstance(value, dict) else None
