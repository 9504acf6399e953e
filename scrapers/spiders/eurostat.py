"""Eurostat's statistics API: one JSON-stat answer a query.

Belongs here: telling a data answer from an overload message that comes with status 200. Never here: cells and flags.
"""

from __future__ import annotations

from datetime import datetime

from scrapers.spiders.base import PlannedSpider, as_time, json_object


class EurostatSpider(PlannedSpider):
    """JSON-stat answers of a dataset (``scrapers.plan.eurostat_url``)."""

    name = "eurostat"

    def problem_with(self, body: bytes) -> str | None:
        answer = json_object(body)
        if answer is None:
            return "the answer is not a JSON object"
        for name in ("warning", "error"):
            if name in answer:  # {"warning": {"status": 413, "label": "..."}}: the query went to a queue
                return f"Eurostat answered with a {name}: {str(answer[name])[:120]}"
        if "value" not in answer or "dimension" not in answer:
            return "the answer is not a JSON-stat dataset"
        return None

    def upstream_at(self, body: bytes) -> datetime | None:
        """The field ``updated`` of a JSON-stat answer: when Eurostat last changed the dataset."""
        return as_time((json_object(body) or {}).get("updated"))
