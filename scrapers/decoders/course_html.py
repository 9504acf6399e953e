"""Pages of training catalogues that state their courses for machines: schema.org ``Course`` and its relatives.

Belongs here: which field of the vocabulary (https://schema.org/Course, CourseInstance, EducationEvent,
EducationalOccupationalProgram) is which part of a course. Never here: finding items in a page (``structured_data``),
the shapes of values (``schema_values``), requests, whether a course is about AI.

A record is an entry of a catalogue: the dates of a course that is given several times reach from the first to the last
that the page lists, and its price is the lowest. Teachers and contacts are persons and enter no record. The identity is
the address that a course names as its own, else that of the page with the course's title.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from typing import Any

from scrapers.charset import read_text
from scrapers.decoders.base import DecodeContext, Decoded, Sink, UnreadableError, refuse_too_large, unknown_fields
from scrapers.decoders.jobposting_html import posting_id
from scrapers.decoders.posting_values import language_code
from scrapers.decoders.schema_values import (
    day_of,
    first,
    first_text,
    language_of,
    markup_of,
    names_of,
    places_of,
    texts_of,
    unescaped,
)
from scrapers.decoders.structured_data import COURSES, Found, Item, stated_items
from scrapers.html import TooLongError, to_text
from scrapers.items import Course
from scrapers.pages import read_tree, web_address
from scrapers.sitemaps import looks_like_sitemap

_MAX_INSTANCES, _MAX_OFFERS, _MAX_PLACES = 200, 50, 50
_FIELDS = (
    "@context @type @id name title alternateName headline url sameAs description abstract provider organizer offers "
    "hasCourseInstance courseInstance subEvent courseMode courseCode courseWorkload courseSchedule coursePrerequisites "
    "timeRequired duration startDate endDate doorTime location inLanguage availableLanguage educationalLevel "
    "eventAttendanceMode eventStatus identifier image about teaches keywords instructor performer author creator "
    "publisher audience educationalCredentialAwarded occupationalCredentialAwarded financialAidEligible "
    "totalHistoricalEnrollment aggregateRating review datePublished dateModified isAccessibleForFree mainEntityOfPage "
    "isPartOf hasPart syllabusSections potentialAction maximumAttendeeCapacity remainingAttendeeCapacity "
    "numberOfCredits learningResourceType competencyRequired interactivityType eventSchedule superEvent assesses "
    "educationalProgramMode programType programPrerequisites timeToComplete occupationalCategory hasCourse "
    "termsPerYear termDuration timeOfDay applicationDeadline applicationStartDate typicalCreditsPerTerm dayOfWeek"
)
_KNOWN = frozenset(_FIELDS.split())
_MODES = (
    ("blended", re.compile(r"blended|hybrid|mixed", re.I)),
    ("online", re.compile(r"online|distance|virtual|remote|e-?learning|à distance|mooc|web", re.I)),
    ("on_site", re.compile(r"on-?site|offline|in[- ]person|classroom|présentiel|face|präsenz|campus", re.I)),
)
_DURATION = re.compile(r"P(?:(\d{1,4})D)?(?:T(?:(\d{1,5})H)?(?:(\d{1,6})M)?(?:\d{1,6}S)?)?", re.A)
_NUMBER = re.compile(r"\d{1,9}(?:[.,]\d{1,4})?", re.A)
_CANCELLED = re.compile(r"EventCancelled|EventCanceled", re.I)


def decode(body: bytes, context: DecodeContext) -> Decoded:
    """The courses of a page. A sitemap names pages and holds none.

    Raises UnreadableError: empty, too_large, text_too_long, too_deep, tdm_reserved, broken_structured_data,
    no_structured_data.
    """
    refuse_too_large(body)
    sink = Sink(context, "course")
    if looks_like_sitemap(body):
        sink.note("a sitemap: the pages that it names hold the courses")
        return sink.decoded()
    markup, remarks = read_text(body, context.content_type)
    sink.note_all(remarks)
    tree = read_tree(markup)
    found = stated_items(markup, tree, COURSES)
    root = tree.css_first("html")
    language = language_code(root.attributes.get("lang") or "") if root is not None else None
    seen: set[str] = set()
    for item in found.items:
        fields = _fields(item, context, sink, alone=len(found.items) == 1)
        if fields is None:
            continue
        if fields["record_id"] in seen:
            sink.note("course stated twice, read once")
            continue
        seen.add(fields["record_id"])
        record = sink.build(Course, item.locator, {**fields, "language_declared": language})
        if record is not None:
            sink.records.append(record)
    for locator, reason, detail in found.faults:
        sink.reject(locator, reason, detail)
    for remark, times in found.remarks.items():
        sink.note(remark, times)
    if not found.items:
        raise _nothing(found)
    return sink.decoded()


def _fields(item: Item, context: DecodeContext, sink: Sink, *, alone: bool) -> dict[str, Any] | None:
    data = item.data
    unknown_fields(sink, data, _KNOWN, "of a course: ")
    title = first_text(data.get("name")) or first_text(data.get("title"))
    if not title:
        sink.reject(item.locator, "missing_title", "the course has no name")
        return None
    if _CANCELLED.search(first_text(data.get("eventStatus"))):
        sink.note("an event that its page calls cancelled is left out")
        return None
    page = web_address(context.url, "") or context.url
    own = web_address(first_text(data.get("url")), page)
    address = own or (page if alone else f"{page}#{title}")
    known = posting_id(address)
    parts = [data, *_instances(data)]
    days = [day for part in parts for day in _days(part, sink)]
    starts, ends = [start for start, _ in days if start], [end for _, end in days if end]
    price, currency = _price(parts, sink)
    return {
        "record_id": f"{context.source_id}:{known}",
        "course_id": known,
        "provider": _provider(data, context, sink),
        "title": title,
        "text": _text(data, item, sink),
        "languages": _languages(parts),
        "level": ", ".join(dict.fromkeys(texts_of(data.get("educationalLevel"))))[:200],
        "mode": _mode(parts, sink),
        "starts_on": min(starts, default=None),
        "ends_on": max([*ends, *starts], default=None) if ends else None,
        "hours": _hours(parts),
        "price": price,
        "currency": currency,
        "places": _places(parts),
        "page_url": own or page,
    }


def _instances(data: dict[str, Any]) -> list[dict[str, Any]]:
    """The times that a course is given, and the schedules of these."""
    found: list[dict[str, Any]] = []
    for name in ("hasCourseInstance", "courseInstance", "subEvent", "courseSchedule", "eventSchedule"):
        found += _objects(data.get(name), _MAX_INSTANCES)
    for instance in list(found):
        found += _objects(instance.get("courseSchedule"), 20)
    return found[: 2 * _MAX_INSTANCES]


def _objects(value: object, limit: int) -> list[dict[str, Any]]:
    return [one for one in _each(value, limit) if isinstance(one, dict)]


def _each(value: object, limit: int) -> list[Any]:
    return value[:limit] if isinstance(value, list) else [value]


def _provider(data: dict[str, Any], context: DecodeContext, sink: Sink) -> str:
    for name in ("provider", "organizer", "publisher"):
        for one in _each(data.get(name), _MAX_OFFERS):
            if isinstance(one, dict) and "person" in str(one.get("@type", "")).lower():
                continue
            named = next(iter(names_of(one)), "")
            if named and not re.match(r"https?://", named):
                return named
    given = context.params.get("provider")
    if isinstance(given, str) and given:
        return given
    sink.note("course without a provider")
    return ""


def _text(data: dict[str, Any], item: Item, sink: Sink) -> str:
    said = markup_of(data.get("description")) or markup_of(data.get("abstract")) or ""
    if item.is_plain:
        return said.strip()
    try:
        return to_text(said)
    except TooLongError as error:
        sink.note(f"text not kept: {error}")
        return ""


def _days(part: dict[str, Any], sink: Sink) -> Iterable[tuple[date | None, date | None]]:
    yield _day(part.get("startDate"), sink), _day(part.get("endDate"), sink)


def _day(value: object, sink: Sink) -> date | None:
    if first(value) in (None, ""):
        return None
    found, is_guess = day_of(value)
    if found is None or not 1990 <= found.year <= 2100:
        sink.note(f"{first_text(value)[:40]!r} is no date")
        return None
    if is_guess:
        sink.note(f"{first_text(value)[:10]!r} is read with the day first")
    return found


def _languages(parts: list[dict[str, Any]]) -> list[str]:
    found: dict[str, None] = {}
    for part in parts:
        for name in ("inLanguage", "availableLanguage"):
            for one in _each(part.get(name), _MAX_OFFERS):
                if one and (code := language_of(one)):
                    found[code] = None
    return list(found)[:20]


def _mode(parts: list[dict[str, Any]], sink: Sink) -> str:
    """How it is taught, where all that is said of it agrees."""
    found: dict[str, None] = {}
    for part in parts:
        for name in ("courseMode", "eventAttendanceMode", "educationalProgramMode"):
            for text in texts_of(part.get(name)):
                said = text.rsplit("/", 1)[-1]
                if mode := next((mode for mode, pattern in _MODES if pattern.search(said)), None):
                    found[mode] = None
    if len(found) > 1:
        sink.note("course given in several modes: none is kept")
        return ""
    return next(iter(found), "")


def _hours(parts: list[dict[str, Any]]) -> float | None:
    """Of a duration in hours and minutes ("PT22H"); days and weeks are no hours."""
    for part in parts:
        for name in ("timeRequired", "courseWorkload", "duration"):
            found = _DURATION.fullmatch(first_text(part.get(name)).upper())
            if found and not found[1] and (found[2] or found[3]):
                return int(found[2] or 0) + round(int(found[3] or 0) / 60, 2)
    return None


def _price(parts: list[dict[str, Any]], sink: Sink) -> tuple[float | None, str]:
    """The lowest price of the offers in the currency that is named first."""
    prices: list[tuple[float, str]] = []
    for part in parts:
        for offer in _objects(part.get("offers"), _MAX_OFFERS):
            inner = _objects(offer.get("priceSpecification"), 1)
            for one in (offer, *inner):
                said = first_text(one.get("price")) or first_text(one.get("lowPrice"))
                if _NUMBER.fullmatch(said):
                    prices.append((float(said.replace(",", ".")), first_text(one.get("priceCurrency")).upper()))
    if not prices:
        is_free = any(first(part.get("isAccessibleForFree")) in (True, "true", "True") for part in parts)
        return (0.0, "") if is_free else (None, "")
    currency = prices[0][1] if re.fullmatch(r"[A-Z]{3}", prices[0][1], re.A) else ""
    same = [price for price, named in prices if named == prices[0][1]]
    if len({price for price, _ in prices}) > 1:
        sink.note("course with several prices: the lowest is kept")
    return min(same), currency


def _places(parts: list[dict[str, Any]]) -> list[str]:
    found: dict[str, None] = {}
    for part in parts:
        for one in _each(part.get("location"), _MAX_PLACES):
            if isinstance(one, dict) and "virtual" in str(one.get("@type", "")).lower():
                continue
            found |= dict.fromkeys(unescaped(line)[:300] for line in places_of(one))
    return [line for line in found if line and not re.match(r"https?://", line)][:_MAX_PLACES]


def _nothing(found: Found) -> UnreadableError:
    if found.faults:
        locator, reason, detail = found.faults[0]
        return UnreadableError("broken_structured_data", f"{locator}: {reason}: {detail}")
    others = ", ".join(name for name, _ in found.other_types.most_common(6))
    stated = f"; it states {others}" if others else ""
    return UnreadableError("no_structured_data", f"the page states no course for machines{stated}")
