"""Postings as a Greenhouse job board lists them, with the variants that make counting hard.

Belongs here: the layout of the board API's answer and duplicates, reposts, clones, places and broken entries.
Never here: wording.  Layout: developers.greenhouse.io/job-board.html, GET /v1/boards/{board}/jobs?content=true.
"""

from __future__ import annotations

import html
import random
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, timezone
from typing import Any

import orjson

from scrapers.sample.compose import Ad
from scrapers.sample.plan import Opening

_ABROAD = {"Paris": "France", "Metz": "France", "Trier": "Germany", "Brussels": "Belgium"}
_PROVINCE = (
    "{}, Luxembourg, Belgium",
    "{} (Province de Luxembourg), Belgique",
    "{}, Luxembourg, BE",
    "{}, Belgium",
    "{}, Province of Luxembourg, Belgium",
)
_CLONES = ("Metz, France", "Trier, Germany", "Ettelbruck, Luxembourg", "Esch-sur-Alzette, Luxembourg", "Arlon, Belgium")
_POSTCODES = {
    "Luxembourg": "L-1855",
    "Bertrange": "L-8070",
    "Esch-sur-Alzette": "L-4361",
    "Leudelange": "L-3372",
    "Contern": "L-5326",
    "Mersch": "L-7542",
    "Dudelange": "L-3451",
}
_DEPARTMENTS = {
    "K": "Operations",
    "M": "Client Services",
    "J": "Engineering",
    "C": "Plant",
    "O": "Services",
    "Q": "Care",
    "F": "Sites",
    "G": "Stores",
    "H": "Operations",
    "I": "Service",
    "P": "Academic",
    "N": "Placements",
}


@dataclass
class Posting:
    """One entry of a board, online from ``first_on`` until the day before ``closed_on``."""

    posting_id: int
    opening: Opening
    ad: Ad
    title: str
    location: str
    first_on: date
    closed_on: date
    is_luxembourg: bool
    requisition_id: str
    updated_on: date
    traps: list[str] = field(default_factory=list)
    repost_gap_days: int | None = None
    captured: bool = False
    _rendered: dict[bool, bytes] = field(default_factory=dict)

    @property
    def board(self) -> str:
        return self.opening.employer.board

    def as_listed(self, on: date) -> orjson.Fragment:
        """The JSON of this entry on a day; the update stamp moves once the ad was touched."""
        touched = on >= self.updated_on
        if touched not in self._rendered:
            self._rendered[touched] = orjson.dumps(_job(self, touched))
        return orjson.Fragment(self._rendered[touched])


def postings(opening: Opening, ad: Ad, seed: int) -> list[Posting]:
    """All entries of one opening: usually one, more for E/F/M references, clones and reposts."""
    rng = random.Random(f"{seed}/board/{opening.number}")
    location, is_luxembourg = _location(rng, opening)
    closed = opening.first_on + timedelta(days=opening.days)
    reference = f"{rng.choice(('REQ', 'JR', 'R'))}-{rng.randint(1000, 99999)}"
    title = ad.title
    number = rng.randint(10_000, 49_999)
    if opening.employer.nace_section == "O":
        reference = f"E000{number}"
        title = f"{title} (réf. {reference})"
    first = _posting(rng, opening, ad, 0, title, location, opening.first_on, closed, is_luxembourg, reference)
    found = [first]
    if "efm_duplicate" in opening.traps:
        for letter in rng.sample("FM", rng.choice((1, 1, 2))):
            other = f"{letter}000{number + len(found)}"
            found.append(
                _posting(
                    rng,
                    opening,
                    ad,
                    len(found),
                    f"{ad.title} (réf. {other})",
                    location,
                    opening.first_on,
                    closed,
                    is_luxembourg,
                    other,
                )
            )
    if "multi_city" in opening.traps:
        for clone in rng.sample(_CLONES, rng.choice((1, 2))):
            found.append(
                _posting(
                    rng,
                    opening,
                    ad,
                    len(found),
                    title,
                    clone,
                    opening.first_on,
                    closed,
                    clone.endswith("Luxembourg"),
                    reference,
                )
            )
    if "repost" in opening.traps:
        gap = rng.randint(10, 60)
        again = closed + timedelta(days=gap)
        if again <= date(2026, 9, 30):
            repost = _posting(
                rng,
                opening,
                ad,
                len(found),
                title,
                location,
                again,
                again + timedelta(days=rng.randint(14, 45)),
                is_luxembourg,
                reference,
            )
            repost.repost_gap_days = gap
            found.append(repost)
    if len(found) == 1:
        first.traps = [trap for trap in first.traps if trap != "repost"]
    return found


def _posting(
    rng: random.Random,
    opening: Opening,
    ad: Ad,
    variant: int,
    title: str,
    location: str,
    first_on: date,
    closed_on: date,
    is_luxembourg: bool,
    reference: str,
) -> Posting:
    updated = first_on
    if rng.random() < 0.08:
        updated = min(first_on + timedelta(days=rng.randint(3, 30)), closed_on - timedelta(days=1))
    return Posting(
        posting_id=4_100_000_000 + opening.number * 10 + variant,
        opening=opening,
        ad=ad,
        title=title,
        location=location,
        first_on=first_on,
        closed_on=closed_on,
        is_luxembourg=is_luxembourg,
        requisition_id=reference,
        updated_on=updated,
        traps=list(opening.traps),
    )


def _location(rng: random.Random, opening: Opening) -> tuple[str, bool]:
    """The place as the board writes it, and whether it is Luxembourg (the Grand Duchy) by the project's rule."""
    traps = set(opening.traps)
    if "belgian_province" in traps:
        return rng.choice(_PROVINCE).format(opening.place), False
    if "foreign_office" in traps:
        return f"{opening.place}, {_ABROAD[opening.place]}", False
    if "remote_lu" in traps:
        return rng.choice(("Remote - Luxembourg", "Remote, Luxembourg", "Luxembourg (Remote)")), True
    if "remote_abroad" in traps:
        return rng.choice(("Remote", "Remote - Europe", "Remote (EMEA)")), False
    city = opening.place
    forms = ["{}, Luxembourg", "{}, Luxembourg", "{}", "{}, LU", "{} (Luxembourg)"]
    if city.startswith("Luxembourg"):
        forms = ["{}", "{}", "{}, LU", "{}, Luxembourg"]
        if rng.random() < 0.02:
            return f"{city}; Brussels", True
    if city in _POSTCODES and rng.random() < 0.08:
        return f"{_POSTCODES[city]} {city}", True
    return rng.choice(forms).format(city), True


def _job(posting: Posting, touched: bool) -> dict[str, Any]:
    """One job in the publisher's fields and order."""
    opening = posting.opening
    rng = random.Random(f"time/{posting.posting_id}")
    published = _moment(posting.first_on, rng)
    updated = _moment(posting.updated_on, rng) if touched and posting.updated_on > posting.first_on else published
    section = opening.employer.nace_section
    office = 4_000_000 + sum(map(ord, posting.location))
    return {
        "absolute_url": f"https://job-boards.greenhouse.io/{posting.board}/jobs/{posting.posting_id}",
        "data_compliance": [
            {
                "type": "gdpr",
                "requires_consent": False,
                "requires_processing_consent": False,
                "requires_retention_consent": False,
                "retention_period": None,
                "demographic_data_consent_applies": False,
            }
        ],
        "internal_job_id": 4_200_000_000 + opening.number,
        "location": {"name": posting.location},
        "metadata": _metadata(opening),
        "id": posting.posting_id,
        "updated_at": (updated + timedelta(minutes=rng.randint(0, 50))).isoformat(),
        "requisition_id": posting.requisition_id,
        "title": posting.title,
        "company_name": opening.employer.name,
        "first_published": published.isoformat(),
        "language": opening.lang if opening.number % 3 else "en",  # boards often leave the default
        "application_deadline": None,
        "content": escape_content(posting.ad.content),
        "departments": [
            {
                "id": 4_030_000 + ord(section),
                "name": _DEPARTMENTS.get(section, "General"),
                "child_ids": [],
                "parent_id": None,
            }
        ],
        "offices": [
            {
                "id": office,
                "name": posting.location.split(",")[0],
                "location": posting.location,
                "child_ids": [],
                "parent_id": None,
            }
        ],
        "ai_disclaimer": None,
        "include_ai_disclaimer": None,
        "ai_opt_out_request_url": None,
    }


def _metadata(opening: Opening) -> list[dict[str, Any]] | None:
    if opening.number % 4 == 0:
        return None
    value = "Part-time" if opening.number % 9 == 0 else "Full-time"
    return [{"id": 4_095_122, "name": "Employment Type", "value": value, "value_type": "single_select"}]


def escape_content(page: str) -> str:
    """HTML escaped as text, the way the board API delivers it."""
    return html.escape(page, quote=True).replace("&#x27;", "&#39;")


def _moment(day: date, rng: random.Random) -> datetime:
    """A working hour of that day in Luxembourg's offset (EU summer time, last Sundays of March and October)."""
    march, october = _last_sunday(day.year, 3), _last_sunday(day.year, 10)
    offset = timezone(timedelta(hours=2 if march <= day < october else 1))
    return datetime.combine(day, time(rng.randint(8, 17), rng.randint(0, 59), rng.randint(0, 59)), offset)


def _last_sunday(year: int, month: int) -> date:
    day = date(year, month, 31)
    return day - timedelta(days=(day.weekday() + 1) % 7)


def broken_entry(number: int) -> object:
    """An entry that no decoder can turn into a posting: no title and a number for a date, no id, or no object."""
    entry: dict[str, Any] = {
        "absolute_url": "https://job-boards.greenhouse.io/",
        "internal_job_id": 4_290_000_000 + number,
        "location": {"name": "Luxembourg"},
        "metadata": None,
        "id": 4_190_000_000 + number,
        "updated_at": "2025-03-03T09:00:00+01:00",
        "requisition_id": f"TEST-{number}",
        "title": "Draft, please ignore",
        "company_name": "",
        "first_published": "2025-03-03T09:00:00+01:00",
        "language": "en",
        "application_deadline": None,
        "content": "",
        "departments": [],
        "offices": [],
    }
    if number % 3 == 0:
        entry |= {"title": None, "first_published": 20250303}
    elif number % 3 == 1:
        return [entry["id"], entry["title"]]
    else:
        del entry["id"]
    return entry


def board_answer(listed: list[object]) -> bytes:
    """The whole answer of a board."""
    return orjson.dumps({"jobs": listed, "meta": {"total": len(listed)}})
