"""OpenAlex works: one chain of cursor pages a year of publication.

Belongs here: telling a page of works from an error document, the next page, and whether the pages of a year are all of
it. Never here: what a work says (``scrapers/decoders/openalex.py``).

Why pages are named by year and number. A cursor is the place after the last work of a page, so its text changes when
works before it do: keys made of cursors would differ from crawl to crawl, and so would the fingerprint of crawls that
brought the same. The address does hold the cursor, which is what replay needs: the newest first page of a year leads
to the pages that were archived with it or after it. Works are sorted by date of publication, oldest first, so that new
works touch the end of a year's chain and leave the cursors before it alone. A 304 confirms a page with its cursor, so
it carries the chain on as a 200 does. ``meta`` holds the time that the database took: identity is of the works alone.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import orjson

from scrapers.plan import Planned, openalex_next
from scrapers.spiders.base import PlannedSpider, json_object

_TOLERANCE = 0.005  # share of a year's works that may come or go while its pages are read
_LEAST_TOLERANCE = 2


class OpenAlexSpider(PlannedSpider):
    """Works of a country and a window of years (``scrapers.plan.openalex_url``)."""

    name = "openalex"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._works: dict[str, set[str]] = defaultdict(set)  # chain -> ids of its works
        self._cursors: dict[str, set[str]] = defaultdict(set)

    def problem_with(self, body: bytes) -> str | None:
        answer = json_object(body)
        if answer is None:
            return "the answer is not a JSON object"
        if "error" in answer:  # {"error": "...", "message": "..."}, with status 200 too
            return f"OpenAlex answers with an error: {answer['error']}: {str(answer.get('message', ''))[:160]}"
        results, meta = answer.get("results"), answer.get("meta")
        if not isinstance(results, list) or not isinstance(meta, dict):
            return "the answer is not a page of works"
        if not isinstance(meta.get("count"), int) or "next_cursor" not in meta:
            return "the page says neither how many works there are nor where it goes on"
        return None

    def identity(self, body: bytes) -> str:
        results = (json_object(body) or {}).get("results")
        return hashlib.sha256(orjson.dumps(results, option=orjson.OPT_SORT_KEYS)).hexdigest()

    def follow(self, body: bytes, url: str, key: str) -> Iterable[Planned]:
        answer = json_object(body) or {}
        meta, results = answer["meta"], answer["results"]
        chain, _, number = key.partition("/page-")
        works, cursors = self._works[chain], self._cursors[chain]
        works.update(str(work.get("id")) for work in results if isinstance(work, dict))
        cursor = meta["next_cursor"]
        if not isinstance(cursor, str) or not cursor:
            self._check_whole(chain, len(works), meta["count"])
        elif cursor in cursors:
            self.session.fail("crawl", f"{chain}: the cursor goes round after page {number or 1}")
        elif not results:
            self._check_whole(chain, len(works), meta["count"])  # an empty page that names a next one: the end
        else:
            cursors.add(cursor)
            yield Planned(f"{chain}/page-{int(number or 1) + 1}", openalex_next(url, cursor))

    def _check_whole(self, chain: str, found: int, count: int) -> None:
        if abs(count - found) > max(_LEAST_TOLERANCE, count * _TOLERANCE):
            self.session.fail("crawl", f"{chain}: OpenAlex counts {count} works, its pages list {found}")
