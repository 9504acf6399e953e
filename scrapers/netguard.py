"""The last door to the network: only http(s), only public addresses, at the pace each host is owed.

Belongs here: the download handler and the resolver that every request passes, robots.txt and redirects included. Never
here: what to archive or to obey, which is decided above (``scrapers.middleware``); the pace itself (``scrapers.pace``).
"""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler
from scrapy.exceptions import CannotResolveHostError
from scrapy.http import Request, Response
from scrapy.resolver import CachingThreadedResolver
from twisted.internet.defer import Deferred
from twisted.internet.error import DNSLookupError

from scrapers.addresses import is_literal, is_public
from scrapers.archive import Trouble
from scrapers.items import utc_now
from scrapers.pace import BusyHostError, RefusedError
from scrapers.packing import encodings_of, unpacked
from scrapers.registry import MAX_DOWNLOAD_MIB
from scrapers.session import CrawlSession, host_of
from scrapers.tdm import body_reserves, field_reserves

RESERVED = "tdm-reservation: 1, so not collected"
BUSY = (429, 503)
MAX_WAITS = 4
_MOST_UNPACKED = MAX_DOWNLOAD_MIB * 2**20  # no source may ask for more
BURST_SECONDS = 120.0  # a longer wait after a 429 is no burst of requests but a spent budget
FIRST_WAIT_SECONDS = 10.0  # without Retry-After; doubled each time


class NotPublicError(DNSLookupError):
    """A name that resolves into a private range."""


# Name -> private address it answered with: the error that the reactor passes on has lost the reason.
_refused_names: dict[str, str] = {}


def heed(session: CrawlSession, request: Request, response: Response) -> None:
    """Act on what an answer asks for before the next request to its host can leave.

    401, 403 and a TDM reservation end the host; 429 and 503 are waited for while the crawl has time, and the wait binds
    later crawls and looks too. Answers to robots.txt have their own meaning (``scrapers.robots``), but a wait that the
    host asks for there is kept all the same.
    """
    host = host_of(request.url)
    if session.budget is not None and session.budget.host == host and not request.meta.get("robots"):
        fields = {name.decode("latin-1").lower(): values[0] for name, values in response.headers.items() if values}
        session.budget.seen({name: value.decode("latin-1") for name, value in fields.items()}, utc_now())
    if is_reserved(response):
        session.stop_host(host, RESERVED)
    elif request.meta.get("robots"):
        seconds = retry_after(response.headers.get("Retry-After"), utc_now()) if response.status in BUSY else None
        if seconds is not None or response.status == 429:
            session.pace.block(host, FIRST_WAIT_SECONDS if seconds is None else seconds)
    elif response.status in (401, 403):
        session.stop_host(host, f"HTTP {response.status}, so nothing more is asked")
    elif response.status in BUSY:
        waits = request.meta.get("waits", 0)
        busy: Trouble = "refused" if response.status == 429 else "unreachable"
        seconds = retry_after(response.headers.get("Retry-After"), utc_now())
        spent = response.status == 429 and budget_is_spent(response, seconds)
        seconds = FIRST_WAIT_SECONDS * 2**waits if seconds is None else seconds
        session.pace.block(host, seconds)
        if spent:
            session.stop_host(host, spent, busy)
        elif waits >= MAX_WAITS:
            session.stop_host(host, f"HTTP {response.status} after {waits} waits", busy)
        elif time.monotonic() + seconds >= session.deadline:
            reason = f"HTTP {response.status}, asks to wait {seconds:.0f} s, longer than the crawl has"
            session.stop_host(host, reason, busy)


def _refuse_over_budget(session: CrawlSession, request: Request, host: str) -> None:
    """Ask nothing more once our share of the day is spent, before the publisher has to say so."""
    if session.budget is None or session.budget.host != host or request.meta.get("robots"):
        return
    reason = session.budget.refusal(utc_now())
    if reason is not None:
        session.stop_host(host, reason)
        raise RefusedError(f"{host}: {reason}")


def budget_is_spent(response: Response, wait: float | None) -> str:
    """Why a 429 says that the day's budget is spent; empty for a burst of requests, which a short wait mends.

    ``wait`` is what Retry-After asks for, in seconds. X-RateLimit fields as OpenAlex sends them: what remains, what
    this request would have cost, and X-RateLimit-Reset in seconds from now.
    """
    fields = {}
    for name in ("Remaining", "Credits-Required", "Remaining-USD", "Cost-Required-USD", "Reset"):
        text = (response.headers.get(f"X-RateLimit-{name}") or b"").decode("latin-1").strip()
        if re.fullmatch(r"\d{1,12}(\.\d{1,12})?", text):
            fields[name] = float(text)
    if wait is None:
        wait = fields.get("Reset")
    spent = fields.get("Remaining", 1.0) < max(1.0, fields.get("Credits-Required", 1.0))
    spent |= fields.get("Remaining-USD", 1.0) < fields.get("Cost-Required-USD", 0.0)
    if wait is None:
        return "HTTP 429: the budget of requests is spent" if spent else ""
    if wait <= BURST_SECONDS:
        return ""
    return f"HTTP 429: the budget of requests is spent, asks to wait {wait:.0f} s" if spent else ""


def is_reserved(response: Response) -> bool:
    """Whether the rights holder reserves text and data mining, by HTTP field or by the page itself (``scrapers.tdm``).

    A body is looked at without its content encodings; one that cannot be unpacked is read by nobody.
    """
    if field_reserves(response.headers.getlist("tdm-reservation")):
        return True
    try:
        body = unpacked(response.body, encodings_of(response.headers.getlist("Content-Encoding")), _MOST_UNPACKED)
    except ValueError:
        return False
    return body_reserves(body, (response.headers.get("Content-Type") or b"").decode("latin-1"))


def retry_after(value: bytes | None, now: datetime) -> float | None:
    """Seconds of a Retry-After field, given as seconds or as a date; None if there is none that can be read."""
    text = (value or b"").decode("latin-1").strip()
    if text.isdecimal():
        return float(min(int(text[:9]), 10**8))
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError):
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (moment - now).total_seconds())


class GuardedHandler(HTTP11DownloadHandler):
    """Download handler that checks the address, keeps the pace, and applies the test-only host map.

    The map is applied here and nowhere above, so that robots.txt, redirects, archive keys and logs all speak of the
    publisher's address.
    """

    async def download_request(self, request: Request) -> Response:
        session = self._crawler.spider.session  # type: ignore[union-attr]
        if session.mode != "live":  # replay never comes this far; should it ever, nothing goes out
            raise RefusedError("replay makes no requests")
        parts = urlsplit(request.url)
        host = (parts.hostname or "").lower()
        if parts.scheme not in ("http", "https") or not host:
            raise RefusedError(f"{parts.scheme or 'no'} address refused: only http and https are fetched")
        base = session.host_map.get(host)
        if base is None and is_literal(host) and not is_public(host):
            raise RefusedError(f"{host} is not a public address")
        async with self._turn(session, host):
            if host in session.stopped and not request.meta.get("robots"):  # stopped while this one stood in line
                raise RefusedError(f"{host}: {session.stopped[host]}")
            _refuse_over_budget(session, request, host)
            session.sent(request)
            try:
                response = await self._fetch(request, host, base)
            except Exception as error:
                if session.key is None:
                    raise
                raise session.key.redacted_error(error) from None
            heed(session, request, response)
            return response

    @asynccontextmanager
    async def _turn(self, session: CrawlSession, host: str) -> AsyncIterator[None]:
        try:
            async with session.pace.turn(host, session.deadline):
                yield
        except BusyHostError:
            session.is_host_busy = True
            raise

    async def _fetch(self, request: Request, host: str, base: str | None) -> Response:
        key = self._crawler.spider.session.key  # type: ignore[union-attr]
        address = request.url if key is None else key.on(request.url, host)
        if base is None:
            sent = request if address == request.url else request.replace(url=address)
            response = await self._fetch_public(sent, host)
        else:
            parts, target = urlsplit(address), urlsplit(base)
            sent = request.replace(url=urlunsplit((target.scheme, target.netloc, parts.path, parts.query, "")))
            sent.headers["Host"] = parts.netloc
            response = await super().download_request(sent)
        if sent is request:
            return response
        request.meta["download_latency"] = sent.meta.get("download_latency")  # for AutoThrottle
        return response.replace(url=request.url, request=request)

    async def _fetch_public(self, request: Request, host: str) -> Response:
        try:
            response = await super().download_request(request)
        except CannotResolveHostError as error:
            if host in _refused_names:
                reason = f"{host} resolves to {_refused_names[host]}, which is not a public address"
                raise RefusedError(reason) from error
            raise
        # The resolver judged the name before the connection; this judges the connection, whoever resolved it.
        peer = response.ip_address
        if peer is not None and not is_public(str(peer)):
            raise RefusedError(f"{host} was answered for by {peer}, which is not a public address")
        return response


class GuardedResolver(CachingThreadedResolver):
    """Resolver that refuses names which answer with a private address; the checked answer is the one connected to."""

    def getHostByName(self, name: str, timeout: Any = ()) -> Deferred[str]:
        answer = super().getHostByName(name, timeout)
        if not is_literal(name):  # literals are judged by the handler, which knows the host map
            answer.addCallback(_only_public, name)
        return answer


def _only_public(address: str, name: str) -> str:
    if not is_public(address):
        _refused_names[name.lower()] = address
        raise NotPublicError(f"{name} resolves to {address}, which is not a public address")
    return address
