"""An invented publisher that answers as Crossref and as ROR do, whose works and organisations change from day to day.

Belongs here: what it holds, how it pages, and the faults that can be asked of it. Never here: expectations.
"""

from __future__ import annotations

import random
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson

from scrapers.registry import Source, source_by_id
from tests.scrapers.site import Answer, Asked, Site

HOSTS = ("api.crossref.org", "api.ror.org")
YEARS = (2024, 2025, 2026)
_DIGITS = "0123456789abcdefghjkmnpqrstvwxyz"


def ror_of(number: int) -> str:
    """A well-formed ROR id of no organisation that is known here."""
    text = ""
    for _ in range(3):
        number, digit = divmod(number, 32)
        text = _DIGITS[digit] + text
    value = 0
    for char in f"0zzz{text}":
        value = value * 32 + _DIGITS.index(char)
    return f"0zzz{text}{98 - value * 100 % 97:02}"


class Registers:
    """``fault``: what goes wrong today: expired_cursor, lost_work, repeated_page, lost_organisation, or nothing."""

    rows, page_size = 4, 5

    def __init__(self, site: Site, seed: int = 1) -> None:
        self.dice = random.Random(seed)
        self.works: dict[str, dict[str, Any]] = {}
        self.organisations: dict[str, dict[str, Any]] = {}
        self.fault = ""
        self.day = 0
        self.asked: list[str] = []
        for _ in range(24):
            self.new_work()
        for _ in range(12):
            self.new_organisation()
        site.pages["/works"] = self.list_works
        site.pages["/v2/organizations"] = self.list_organisations

    # ---- What happens

    def next_day(self) -> None:
        self.day += 1
        for _ in range(self.dice.choice((0, 0, 1, 3))):
            self.new_work()
        if self.dice.random() < 0.5:
            work = self.works[self.dice.choice(sorted(self.works))]
            work["title"] = [f"{work['title'][0]}, corrected on day {self.day}"]
        if self.dice.random() < 0.1:
            work = self.works[self.dice.choice(sorted(self.works))]
            work["updated-by"] = [{"DOI": "10.5555/notice", "type": "retraction"}]
        if self.dice.random() < 0.1 and len(self.works) > 10:
            del self.works[self.dice.choice(sorted(self.works))]
        if self.dice.random() < 0.3:
            self.new_organisation()
        active = [known for known, one in self.organisations.items() if one["status"] == "active"]
        if self.dice.random() < 0.2 and len(active) > 3:
            old, new = self.dice.sample(active, 2)
            self.organisations[old]["status"] = self.dice.choice(("inactive", "withdrawn"))
            link = {"type": "successor", "id": f"https://ror.org/{new}", "label": "Demo"}
            self.organisations[old]["relationships"] = [link]

    def new_work(self) -> None:
        number = len(self.works) + 1_000 * (self.day + 1)
        while f"10.5555/{number}" in self.works:
            number += 1
        self.works[f"10.5555/{number}"] = {
            "DOI": f"10.5555/{number}",
            "title": [f"Work {number}"],
            "issued": {"date-parts": [[self.dice.choice(YEARS)]]},
        }

    def new_organisation(self) -> None:
        known = ror_of(len(self.organisations) + 1)
        self.organisations[known] = {
            "id": f"https://ror.org/{known}",
            "names": [{"types": ["ror_display", "label"], "lang": None, "value": f"Demo {known}"}],
            "locations": [{"geonames_details": {"country_code": "LU", "name": "Demotown"}}],
            "relationships": [],
            "status": "active",
        }

    # ---- What is true

    def true_works(self) -> dict[str, tuple[str, int, bool]]:
        """DOI -> title, year, whether it is retracted."""
        return {
            doi: (work["title"][0], work["issued"]["date-parts"][0][0], "updated-by" in work)
            for doi, work in self.works.items()
        }

    def true_organisations(self) -> dict[str, tuple[str, list[str]]]:
        """ROR id -> status, ids of successors."""
        return {
            known: (one["status"], [link["id"].rpartition("/")[2] for link in one["relationships"]])
            for known, one in self.organisations.items()
        }

    # ---- What is answered

    def list_works(self, asked: Asked) -> Answer:
        query = self._asked(asked)
        year = int(query["filter"].rpartition(":")[2])
        dois = [doi for doi, work in self.works.items() if work["issued"]["date-parts"][0][0] == year]
        at = 0 if query["cursor"] == "*" else int(query["cursor"].rpartition("-")[2])
        if at and self.fault == "expired_cursor":
            said = [
                {"type": "cursor-invalid", "value": query["cursor"], "message": "Cursor specified but it is invalid"}
            ]
            body = {"status": "failed", "message-type": "resource-failure", "message": said}
            return Answer(orjson.dumps(body), 404, etag=False)
        listed = dois[1:] if self.fault == "lost_work" else dois
        part = listed[at : at + self.rows]
        message = {
            "total-results": len(dois),
            "items-per-page": self.rows,
            "next-cursor": f"day{self.day}-{at + len(part)}",  # cursors of another day are other cursors
            "items": [self.works[doi] for doi in part],
        }
        return Answer(orjson.dumps({"status": "ok", "message-type": "work-list", "message": message}), etag=False)

    def list_organisations(self, asked: Asked) -> Answer:
        number = int(self._asked(asked)["page"])
        shown = 1 if self.fault == "repeated_page" else number
        listed = list(self.organisations.values())
        total = len(listed)
        if self.fault == "lost_organisation":
            listed = listed[:-1]
        items = listed[(shown - 1) * self.page_size : shown * self.page_size]
        return Answer(orjson.dumps({"number_of_results": total, "items": items}), etag=False)

    def _asked(self, asked: Asked) -> dict[str, str]:
        self.asked.append(asked.path)
        query = parse_qs(urlsplit(asked.path).query, keep_blank_values=True)
        return {name: values[0] for name, values in query.items()}


def sources() -> list[Source]:
    """The two sources, without their delays, in the publisher's years and page sizes."""
    works = {"funder": "10.13039/501100001866", "first_year": YEARS[0], "last_year": YEARS[-1], "rows": Registers.rows}
    changes = {"delay_seconds": 0.0, "modes": ("live", "replay")}
    return [
        source_by_id("crossref_fnr").model_copy(update={**changes, "params": works}),
        source_by_id("ror_luxembourg").model_copy(update=changes),
    ]
