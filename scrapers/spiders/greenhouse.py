"""Greenhouse's Job Board API: one answer a board.

Belongs here: telling a whole board from part of one. Never here: ads.
"""

from __future__ import annotations

from scrapers.spiders.base import PlannedSpider, json_object


class GreenhouseSpider(PlannedSpider):
    """All ads of each board (``scrapers.plan.greenhouse_url``). An empty board is healthy."""

    name = "greenhouse"

    def problem_with(self, body: bytes) -> str | None:
        answer = json_object(body)
        if answer is None:
            return "the answer is not a JSON object"
        listing = answer.get("jobs", answer.get("departments"))
        if not isinstance(listing, list):
            return "the answer lists neither jobs nor departments"
        meta = answer.get("meta")
        total = meta.get("total") if isinstance(meta, dict) else None
        if isinstance(total, int) and total != len(listing):
            return f"the answer lists {len(listing)} of {total} jobs"
        return None
