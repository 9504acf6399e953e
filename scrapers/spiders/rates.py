"""Single files of figures: reference rates of the ECB, Indeed's AI tracker.

Belongs here: whether a file is the one that was asked for, and whole. Never here: its figures.
"""

from __future__ import annotations

from scrapers.decoders.base import UnreadableError
from scrapers.decoders.zipped import Zip
from scrapers.spiders.base import PlannedSpider

_HEAD = 8192


class EcbSpider(PlannedSpider):
    """Files of euro foreign exchange reference rates, XML or zipped CSV (``scrapers.plan.statistics``)."""

    name = "ecb"

    def problem_with(self, body: bytes) -> str | None:
        if body.startswith(b"PK"):
            try:
                members = Zip(body).members
            except UnreadableError as error:
                return error.detail
            return None if any(name.endswith(".csv") for name in members) else "no CSV file is in the zip file"
        if b"<Cube" not in body[:_HEAD] or b"currency=" not in body[:_HEAD]:
            return "the answer is no file of reference rates"
        return None if b"Envelope>" in body[-200:] else "the file is cut off before its end"


class IndeedSpider(PlannedSpider):
    """CSV files of Indeed's AI tracker."""

    name = "indeed"

    def problem_with(self, body: bytes) -> str | None:
        first, _, rest = body.partition(b"\n")
        columns = [name.strip().lower() for name in first[:_HEAD].lstrip(b"\xef\xbb\xbf").split(b",")]
        if b"jobcountry" not in columns or b"date" not in columns:
            return "the first line does not name the columns of the tracker"
        return None if rest.strip() else "the table has no line"
