"""Files at addresses that last, and files that a page links to.

Belongs here: telling a file from a page that came in its place, and which links of a page are followed. Never here:
what a file holds (decoders).

A permanent address redirects to that of an edition; the redirect is followed and archived like any other. Of a page
only links on its own host are followed, those that ``links`` matches, and through at most ``MAX_HOPS`` pages.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from scrapers.archive import canonical_url
from scrapers.html import parse_page
from scrapers.pages import same_host, web_address
from scrapers.plan import Planned
from scrapers.spiders.base import PlannedSpider

MAX_HOPS = 2
MAX_LINKS = 20  # of one page
_FILE = re.compile(r"\.(?:pdf|xlsx|csv|zip)$", re.I)
_MAX_PAGE_BYTES = 4 * 1024 * 1024


class FilesSpider(PlannedSpider):
    """Files of ``params.files``, and those that the pages of ``params.pages`` lead to (``scrapers.plan.documents``)."""

    name = "files"

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        pages = self.session.source.params.get("pages") or []
        self._links = {page["key"]: re.compile(page["links"]) for page in pages}  # key of a page -> links to follow
        self._addresses = {planned.key: planned.url for planned in self.session.planned}
        self._hops = dict.fromkeys(self._links, 0)

    def problem_with(self, body: bytes) -> str | None:
        if not body.strip():
            return "the file is empty"
        if _is_page(body):
            return "an HTML page stands where a file is due"
        if body.lstrip()[:1] in (b"{", b"["):
            return "JSON stands where a file is due"
        return None

    def problem_of(self, body: bytes, key: str) -> str | None:
        if key not in self._links or not _is_page(body):
            return self.problem_with(body)
        if len(body) > _MAX_PAGE_BYTES:
            return f"a page of {len(body)} bytes"
        if not self._found(body, key):
            return f"no link of the page matches {self._links[key].pattern!r}"
        return None

    def identity(self, body: bytes) -> str:
        if not _is_page(body):
            return super().identity(body)
        said = "\n".join(sorted(set(_targets(body, ""))))  # a page with a clock on it changes at every look
        return hashlib.sha256(said.encode("utf-8", "replace")).hexdigest()

    def follow(self, body: bytes, url: str, key: str) -> Iterable[Planned]:
        if key not in self._links or not _is_page(body):
            return
        for address in self._found(body, key):
            planned = Planned(canonical_url(address), address)
            if not _FILE.search(urlsplit(address).path):
                if self._hops[key] + 1 >= MAX_HOPS:
                    continue
                self._links.setdefault(planned.key, self._links[key])
                self._hops.setdefault(planned.key, self._hops[key] + 1)
                self._addresses.setdefault(planned.key, address)
            yield planned

    def _found(self, body: bytes, key: str) -> list[str]:
        """The links of a page that are followed, files first, each once."""
        base, wanted = self._addresses[key], self._links[key]
        found = dict.fromkeys(
            target
            for target in _targets(body, base)
            if same_host(target, base) and wanted.search(target) and canonical_url(target) != canonical_url(base)
        )
        return sorted(found, key=lambda target: not _FILE.search(urlsplit(target).path))[:MAX_LINKS]


def _is_page(body: bytes) -> bool:
    start = body[:2_000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return start.startswith((b"<!doctype html", b"<html")) or (start.startswith(b"<") and b"<body" in body[:20_000])


def _targets(body: bytes, base: str) -> list[str]:
    """Where the links of a page lead, as absolute addresses without fragments; as written where there is no base."""
    tree = parse_page(body[:_MAX_PAGE_BYTES].decode("utf-8", "replace"))
    if tree is None:
        return []
    written = [(node.attributes.get("href") or "").partition("#")[0].strip() for node in tree.css("a[href]")]
    return [target for href in written if href and (target := web_address(href, base) if base else href)]
