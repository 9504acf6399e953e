"""Registers of funding: the EU portal's search page by page, and the national fund's pages of results.

Belongs here: the next page, whether the pages are the whole answer, which pages of a list are asked for. Never here:
addresses (``scrapers.plan.funding``), reading calls and projects (decoders).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from typing import Any

import orjson

from scrapers.decoders import eu_portal, fnr
from scrapers.decoders.base import DecodeContext, UnreadableError
from scrapers.items import utc_now
from scrapers.pages import same_host
from scrapers.plan import Planned
from scrapers.plan.funding import FNR_LIST, calls_page
from scrapers.registry import resolved_params
from scrapers.spiders.base import PlannedSpider

_ONE_IN = 200  # results that may be missing where the count moved while pages were read
_MAX_PAGES = 200
_LIST = "list"
# Of a result, what changes with every answer though the call does not.
_VOLATILE = frozenset({"weight", "checksum", "esST_checksum", "es_DA_IngestDate", "esDA_IngestDate"})


class EuCallsSpider(PlannedSpider):
    """Every page of one search. No results at all is healthy; fewer than were counted are not the whole."""

    name = "eu_calls"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._first = self.session.planned[0]
        self._found: set[str] = set()
        self._total: int | None = None

    def problem_with(self, body: bytes) -> str | None:
        try:
            eu_portal.results_of(body)
        except UnreadableError as error:
            return error.detail
        return None

    def identity(self, body: bytes) -> str:
        results, _ = eu_portal.results_of(body)
        said = [_lasting(one) for one in results]
        return hashlib.sha256(orjson.dumps(said, option=orjson.OPT_SORT_KEYS)).hexdigest()

    def follow(self, body: bytes, url: str, key: str) -> Iterable[Planned]:
        results, total = eu_portal.results_of(body)
        self._found.update(str(one.get("reference") or one.get("url")) for one in results)
        self._total = max(total, self._total or 0)
        page = int(key.rpartition("/page-")[2]) if "/page-" in key else 1
        if not results or len(self._found) >= self._total:
            missing = self._total - len(self._found)
            if missing > self._total // _ONE_IN:
                self.session.fail("crawl", f"{self._total} calls are counted, the pages list {len(self._found)}")
        elif page >= _MAX_PAGES:
            self.session.fail("crawl", f"the list goes on after {page} pages; the rest is left out")
        else:
            yield calls_page(self._first, page + 1)


class FnrSpider(PlannedSpider):
    """The list of announcements, and of its pages those on the same host whose titles speak of results."""

    name = "fnr"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        params = resolved_params(self.session.source)
        self._titles = re.compile(params["titles"], re.I)

    def problem_with(self, body: bytes) -> str | None:
        return self.problem_of(body, _LIST)

    def problem_of(self, body: bytes, key: str) -> str | None:
        try:
            if key == _LIST:
                return None if fnr.entries_of(body) else "the list names no announcement"
            fnr.decode(body, _context())
        except UnreadableError as error:
            # A page that leads elsewhere for its projects, or tells of something else, has no table: that is no fault.
            return None if error.reason == "no_projects" else error.detail
        return None

    def is_list(self, key: str) -> bool:
        return True  # a project is listed on its page alone

    def follow(self, body: bytes, url: str, key: str) -> Iterable[Planned]:
        if key != _LIST:
            return
        for address, title in fnr.entries_of(body):
            if self._titles.search(title) and same_host(address, FNR_LIST):
                yield Planned(f"page/{hashlib.sha256(address.encode()).hexdigest()[:16]}", address)


def _lasting(one: dict[str, Any]) -> dict[str, Any]:
    metadata = one.get("metadata")
    kept = {name: value for name, value in one.items() if name not in _VOLATILE and name != "metadata"}
    if isinstance(metadata, dict):
        kept["metadata"] = {name: value for name, value in metadata.items() if name not in _VOLATILE}
    return kept


def _context() -> DecodeContext:
    return DecodeContext("fnr", "", "0" * 64, FNR_LIST, utc_now())
