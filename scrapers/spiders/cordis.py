"""CORDIS: one zip of CSV tables a programme.

Belongs here: telling a whole zip from a page that came in its place. Never here: tables and their rows.
"""

from __future__ import annotations

from scrapers.decoders.base import UnreadableError
from scrapers.decoders.cordis_csv import check_whole
from scrapers.spiders.base import PlannedSpider


class CordisSpider(PlannedSpider):
    """The file of projects of each programme (``scrapers.plan.cordis_url``)."""

    name = "cordis"

    def problem_with(self, body: bytes) -> str | None:
        try:
            check_whole(body)
        except UnreadableError as error:
            return error.detail
        return None
