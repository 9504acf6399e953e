"""Ashby job boards to postings.

Belongs here: the shape of the job posting API's answers. Never here: requests, what a text means, which places are
Luxembourg (``scrapers/places.py``).

A job with ``isListed`` false can be reached by its link only; its employer does not advertise it, so it is left out and
counted. Pay is part of the answer only where it was asked for (``includeCompensation``). Format: posting API, answers
recorded in 2026.
"""

from __future__ import annotations

import re
from typing import Any

from scrapers.decoders.base import DecodeContext, Decoded, UnreadableError, unknown_fields
from scrapers.decoders.board_answers import refuse_other
from scrapers.decoders.postings import (
    PostingBuilder,
    Salary,
    Workplace,
    amount,
    clean,
    currency_code,
    mapping,
    page,
    period_of,
    place,
    read_board,
    with_country,
    workplace_of,
)

_BOARD = re.compile(r"//api\.ashbyhq\.com/posting-api/job-board/([A-Za-z0-9_.\-]{1,100})")
_PAGE = re.compile(r"https?://jobs\.ashbyhq\.com/([A-Za-z0-9_.\-]{1,100})/")
_KNOWN_FIELDS = (
    "address applicationDeadline applyUrl compensation department descriptionHtml descriptionPlain employmentType "
    "id isListed isRemote jobUrl location locationName publishedAt publishedDate secondaryLocations "
    "shouldDisplayCompensationOnJobPostings team title updatedAt workplaceType"
)
_KNOWN = frozenset(_KNOWN_FIELDS.split())


def decode(body: bytes, context: DecodeContext) -> Decoded:
    """Postings of one board.

    Raises UnreadableError: what ``load_json`` raises, upstream_error, not_a_board, too_many_elements.
    """
    payload, builder = read_board(body, context, _BOARD)
    if not isinstance(payload, dict):
        raise UnreadableError("not_a_board", f"a JSON {type(payload).__name__} stands where a board is due")
    listed = payload.get("jobs")
    refuse_other("Ashby", [*(listed if isinstance(listed, list) else ()), payload])
    if listed == [] and "apiVersion" not in payload:
        raise UnreadableError("not_a_board", "a list without jobs that does not say that it is Ashby's (apiVersion)")
    if "jobs" not in payload and "id" in payload and "title" in payload:
        _read(builder, "$", payload)
        return builder.decoded()
    for locator, job in builder.objects(listed, "$.jobs"):
        _read(builder, locator, job)
    return builder.decoded()


def _read(builder: PostingBuilder, locator: str, job: dict[str, Any]) -> None:
    unknown_fields(builder.sink, job, _KNOWN, "of a job: ")
    if job.get("isListed") is False:
        builder.leave_out("job that its employer does not list")
        return
    first = job.get("location") or job.get("locationName")
    address = page(job.get("jobUrl"))
    of_page = _PAGE.match(address)
    builder.build(
        locator,
        posting_id=job.get("id"),
        title=job.get("title"),
        board=of_page[1] if of_page else None,
        url=address,
        html=job.get("descriptionHtml") or job.get("descriptionPlain"),
        location=_place(first, job.get("address")),
        offices=_others(job.get("secondaryLocations")),
        workplace=_workplace(job),
        departments=[clean(job.get("department")), clean(job.get("team"))],
        employment_type=job.get("employmentType"),
        pay=_pay(job),
        published_on=builder.day(job.get("publishedAt") or job.get("publishedDate"), "publishedAt"),
        updated_at=builder.moment(job.get("updatedAt"), "updatedAt"),
        deadline_on=builder.day(job.get("applicationDeadline"), "applicationDeadline"),
    )


def _place(name: object, address: object) -> str:
    """The place by its name on the board, with the country of its address; the address where it has no name."""
    postal = mapping(mapping(address).get("postalAddress"))
    country = postal.get("addressCountry")
    if clean(name):
        return with_country(name, country)
    return place(
        city=postal.get("addressLocality"),
        region=postal.get("addressRegion"),
        postcode=postal.get("postalCode"),
        country=country,
    )


def _others(secondary: object) -> list[str]:
    """The other places: objects with an address, or names alone."""
    found = []
    for entry in secondary if isinstance(secondary, list) else []:
        if isinstance(entry, dict):
            found.append(_place(entry.get("location"), entry.get("address")))
        else:
            found.append(clean(entry))
    return found


def _workplace(job: dict[str, Any]) -> Workplace:
    """The kind of workplace; ``isRemote`` is set for hybrid work too, so it counts only where no kind is stated."""
    stated = workplace_of(job.get("workplaceType"))
    return stated or ("remote" if job.get("isRemote") is True else "")


def _pay(job: dict[str, Any]) -> Salary | None:
    """The range of the salary itself, without shares and bonuses, over all tiers of one currency and period."""
    pay = job.get("compensation")
    if not isinstance(pay, dict) or job.get("shouldDisplayCompensationOnJobPostings") is False:
        return None
    words = clean(pay.get("compensationTierSummary") or pay.get("scrapeableCompensationSalarySummary"))[:500]
    components = pay.get("summaryComponents")
    if not components:
        tiers = pay.get("compensationTiers")
        rows = [tier.get("components") for tier in (tiers if isinstance(tiers, list) else []) if isinstance(tier, dict)]
        components = [component for row in rows if isinstance(row, list) for component in row]
    wages = [
        component
        for component in (components if isinstance(components, list) else [])
        if isinstance(component, dict) and clean(component.get("compensationType")).lower() in ("salary", "base")
    ]
    lows = [low for wage in wages if (low := amount(wage.get("minValue", wage.get("min"))))]
    highs = [high for wage in wages if (high := amount(wage.get("maxValue", wage.get("max"))))]
    kinds = {(currency_code(wage.get("currencyCode")), period_of(wage.get("interval"))) for wage in wages}
    if len(kinds) != 1 or not (lows or highs):
        return Salary(text=words) if words else None
    currency, period = kinds.pop()
    return Salary(min(lows, default=None), max(highs, default=None), currency, period, words)
