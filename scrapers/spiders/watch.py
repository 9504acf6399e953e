"""Looks: the cheapest request that shows whether a source changed, and what its answer means.

Belongs here: one reading for each kind of ``registry.Watch``. Never here: when to look (``pipelines``), or records.

A version fingerprints **meaning** (ids of a feed, addresses of links, a stamp of the publisher's), never raw HTML: a
page with a clock on it changes at every look.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import urljoin

import orjson
from scrapy.http import Response
from scrapy.selector import Selector

from scrapers.archive import canonical_url, fingerprint
from scrapers.decoders import feed
from scrapers.decoders.base import UnreadableError, load_json, one_line
from scrapers.plan import Planned, planned_requests
from scrapers.registry import Source, Watch
from scrapers.session import CrawlSession
from scrapers.spiders import spider_class
from scrapers.spiders.base import PlannedSpider, as_time

KEY = "watch"
Read = tuple[list[str], datetime | None]  # what an answer means, and the newest time of change that it speaks of


class Unreadable(ValueError):
    """A healthy answer that is not what the kind of the watch expects; the message is one line."""


def asks_as_planned(watch: Watch) -> bool:
    """Whether a look asks the source's own planned requests, judged by its own spider."""
    return watch.kind == "conditional_get" and watch.url is None


def look_requests(source: Source) -> list[Planned]:
    """What one look at a source asks for."""
    if asks_as_planned(source.watch):
        return planned_requests(source)
    return [Planned(KEY, str(source.watch.url), method="HEAD" if source.watch.kind == "head" else "GET")]


def look_version(session: CrawlSession) -> str | None:
    """The version that a look found; None if no answer was healthy.

    A planned request without a healthy answer counts with its last healthy one in the archive: that a board is down for
    an hour is trouble, not a change of what it lists.
    """
    if not session.settled:
        return None
    if not asks_as_planned(session.source.watch):
        return session.meanings.get(KEY)
    found, spider = dict(session.settled), spider_class(session.source.spider)(session=session)
    for planned in session.planned:
        last = spider.last_healthy(planned) if planned.key not in found else None
        if last is not None:
            found[planned.key] = spider.identity(last.body)
    return fingerprint(found.items())


class WatchSpider(PlannedSpider):
    """The one request of a look at ``watch.url``."""

    name = "watch"

    @property
    def watch(self) -> Watch:
        return self.session.source.watch

    def problem_with(self, body: bytes) -> str | None:
        try:
            READERS[self.watch.kind](self.watch, body)
        except Unreadable as error:
            return one_line(str(error))[:300]
        return None

    def healthy(self, response: Response, key: str) -> None:
        super().healthy(response, key)
        meaning, said = READERS[self.watch.kind](self.watch, response.body)
        if self.watch.kind == "head":
            names = ("ETag", "Last-Modified")
            meaning = [f"{name}: {(response.headers.get(name) or b'').decode('latin-1')}" for name in names]
            if not any(line.partition(": ")[2] for line in meaning):
                self.session.settled.pop(key, None)
                self.session.fail(key, "the answer has neither ETag nor Last-Modified")
                return
        if said is not None:
            self.session.upstream_at = max(filter(None, (self.session.upstream_at, said)))
        self.session.meanings[key] = hashlib.sha256("\n".join(meaning).encode()).hexdigest()


def read_body(watch: Watch, body: bytes) -> Read:
    return [hashlib.sha256(body).hexdigest()], None


def read_feed(watch: Watch, body: bytes) -> Read:
    """Ids and update stamps of the entries, in any order."""
    try:
        stamps = feed.entry_stamps(body)
    except UnreadableError as error:
        raise Unreadable(str(error)) from error
    if not stamps:
        raise Unreadable("the feed has no entries that can be told apart")
    newest = max((stamp for _, stamp in stamps if stamp is not None), default=None)
    return feed.lines_of(stamps), newest


def read_pointers(watch: Watch, body: bytes) -> Read:
    """The values that the pointers point at; one that is a time is the publisher's word on the change."""
    try:
        document, _ = load_json(body)
    except UnreadableError as error:
        raise Unreadable(str(error)) from error
    meaning, newest = [], None
    for pointer in watch.pointers:
        value = pointed_at(document, pointer)
        meaning.append(f"{pointer} {orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()}")
        said = as_time(value)
        if said is not None:
            newest = max(filter(None, (newest, said)))
    return meaning, newest


def read_links(watch: Watch, body: bytes) -> Read:
    """The addresses of the page's links that match, in any order and without fragments."""
    base, wanted = str(watch.url), re.compile(watch.pattern or "")
    found = set()
    for target in Selector(text=body.decode("utf-8", "replace"), type="html").css("a::attr(href)").getall():
        try:
            address = canonical_url(urljoin(base, target.strip()))
        except ValueError:
            continue
        if wanted.search(address):
            found.add(address)
    if not found:
        raise Unreadable(f"no link of the page matches {watch.pattern!r}")
    return sorted(found), None


def pointed_at(document: Any, pointer: str) -> Any:
    """The value at an RFC 6901 pointer; raises :class:`Unreadable`."""
    value = document
    for token in pointer.split("/")[1:]:
        token = token.replace("~1", "/").replace("~0", "~")
        try:
            value = value[int(token)] if isinstance(value, list) else value[token]
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise Unreadable(f"the answer has nothing at {pointer}") from error
    return value


READERS: dict[str, Callable[[Watch, bytes], Read]] = {
    "conditional_get": read_body,
    "head": lambda watch, body: ([], None),
    "feed": read_feed,
    "json_pointer": read_pointers,
    "links": read_links,
}
