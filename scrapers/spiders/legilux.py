"""Legilux: answers of a SPARQL endpoint, counted first and then read page by page.

Belongs here: telling a result from an error, and whether pages hold the rows that were counted. Never here: the
questions (``scrapers.plan.law``), what a row means (its decoder).

Whole is what has exactly the counted rows. A page that has fewer was cut short by the engine, which says so in no way
that can be trusted, or something changed while the pages were read; the next crawl reads them again.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from scrapers.decoders.base import UnreadableError
from scrapers.decoders.sparql import Row, results_of
from scrapers.plan import Planned
from scrapers.plan.law import MOST_ROWS, PAGE_ROWS, legilux_page
from scrapers.spiders.base import PlannedSpider


class LegiluxSpider(PlannedSpider):
    """Bills and acts, a year a chain."""

    name = "legilux"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._due: dict[str, int] = {}  # key of a page -> rows that it must have

    def problem_of(self, body: bytes, key: str) -> str | None:
        try:
            _, rows, _ = results_of(body)
        except UnreadableError as error:
            return error.detail
        if "/page-" not in key:
            return None if counted(rows) is not None else "the answer does not say how many rows there are"
        return None

    def problem_with(self, body: bytes) -> str | None:
        return self.problem_of(body, "")

    def follow(self, body: bytes, url: str, key: str) -> Iterable[Planned]:
        _, rows, _ = results_of(body)
        if "/page-" in key:
            if len(rows) != self._due.get(key, len(rows)):
                said = f"{key}: {self._due[key]} rows are due, {len(rows)} were given"
                self.session.fail("crawl", said, "too_few")
            return
        number = counted(rows) or 0
        if number > MOST_ROWS:
            self.session.fail(
                "crawl", f"{key}: {number} rows, of which the engine sorts {MOST_ROWS} at most", "too_few"
            )
        what, _, year = key.partition("/")
        for page in range(1, -(-min(number, MOST_ROWS) // PAGE_ROWS) + 1):
            planned = legilux_page(what, int(year), page)
            self._due[planned.key] = min(PAGE_ROWS, number - (page - 1) * PAGE_ROWS)
            yield planned


def counted(rows: list[Row]) -> int | None:
    """The number in an answer of one row and one number; None for any other answer."""
    said = rows[0].get("rows") if len(rows) == 1 else None
    return int(said.value) if said is not None and said.value.isascii() and said.value.isdigit() else None
