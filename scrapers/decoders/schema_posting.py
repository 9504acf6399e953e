"""One schema.org ``JobPosting`` to the parts of an advertisement, whatever shape its values have.

Belongs here: which field of the vocabulary (https://schema.org/JobPosting) is which part. Never here: finding items in
a page, the shapes of values (``schema_values``), identity, which places are Luxembourg.

Not kept, by name: contacts (``applicationContact``), logos, and what only serves a form. Days are taken as written: a
closing day "2026-09-30T00:00:00+02:00" is the 30th, though it begins on the 29th in UTC.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from scrapers.decoders.base import unknown_fields
from scrapers.decoders.posting_values import moment_of_text, relative_day, vacancies_of, workplace_of
from scrapers.decoders.postings import PostingBuilder
from scrapers.decoders.schema_values import (
    MAX_PLACES,
    day_of,
    first,
    first_text,
    language_of,
    markup_of,
    names_of,
    occupations_of,
    part_of,
    pay_of,
    places_of,
    texts_of,
    unescaped,
)
from scrapers.decoders.structured_data import Item
from scrapers.items import Precision

_TEXTS = (
    "description",
    "responsibilities",
    "qualifications",
    "skills",
    "experienceRequirements",
    "educationRequirements",
    "jobBenefits",
    "incentiveCompensation",
    "incentives",  # what pages of SmartRecruiters call it
)
_FIELDS = (
    "@context @type @id title name url sameAs datePosted datePublished validThrough dateModified inLanguage identifier "
    "hiringOrganization employmentUnit jobLocation jobLocationType applicantLocationRequirements employmentType "
    "baseSalary estimatedSalary salary salaryCurrency totalJobOpenings industry occupationalCategory workHours "
    "directApply image logo applicationContact jobStartDate jobImmediateStart eligibilityToWorkRequirement publisher "
    "experienceInPlaceOfEducation mainEntityOfPage potentialAction specialCommitments"
)
_KNOWN = frozenset((*_FIELDS.split(), *_TEXTS))
_PLACEHOLDER = re.compile(r"\{\{.{0,200}?\}\}|\{\$.{0,200}?\$\}|<%.{0,200}?%>|^\$\{[^}]{0,200}\}$|^\[object Object\]$")


def posting_fields(item: Item, builder: PostingBuilder) -> dict[str, Any]:
    """Arguments of ``PostingBuilder.build`` but for locator, id and address; slips are said in the builder's notes."""
    data, sink, context = item.data, builder.sink, builder.context
    unknown_fields(sink, data, _KNOWN, "of a posting: ")
    title = first_text(data.get("title")) or first_text(data.get("name"))
    if _PLACEHOLDER.search(title):
        sink.note("a template that was not filled in: its title is not kept")
        title = ""
    published_on, precision = _day(data.get("datePosted") or data.get("datePublished"), "datePosted", builder)
    deadline_on, _ = _day(data.get("validThrough"), "validThrough", builder)
    if deadline_on is not None and deadline_on < context.retrieved_at.date():
        sink.note("posting whose closing day has passed")
    places = places_of(data.get("jobLocation"))
    if len(places) > MAX_PLACES:
        sink.note(f"posting with more than {MAX_PLACES} places of work: the others are not kept")
    kind = first_text(data.get("jobLocationType"))
    workplace = workplace_of(kind)
    # Where remote work may be done from: the place of the contract if it is one country, else of nothing.
    allowed = places_of(data.get("applicantLocationRequirements")) if workplace == "remote" and not places else []
    words = [("", markup_of(data.get(name))) for name in _TEXTS]
    if not any(text for _, text in words):
        sink.note("posting without a description")
    plain = "\n\n".join(text for _, text in words if text)
    body: dict[str, Any] = {"text": plain} if item.is_plain else {"parts": words}
    return {
        "title": title,
        "employer": _organisation(data, builder),
        "location": places[0] if places else "",
        "offices": [*places[1:MAX_PLACES], *allowed[:MAX_PLACES]],
        "country": _country_of_employer(data.get("hiringOrganization")),
        "workplace": workplace,
        "workplace_text": kind,
        "departments": names_of(data.get("employmentUnit"))
        + names_of(part_of(data.get("hiringOrganization"), "department")),
        "requisition_id": _identifier(data.get("identifier")),
        "employment_type": ", ".join(dict.fromkeys(texts_of(data.get("employmentType")))),
        "vacancies": vacancies_of(first(data.get("totalJobOpenings"))),
        "pay": pay_of(data),
        "language": language_of(data.get("inLanguage")),
        "occupation_codes": occupations_of(data.get("occupationalCategory")),
        "industry": ", ".join(dict.fromkeys(names_of(data.get("industry")))),
        "published_on": published_on,
        "published_precision": precision,
        "updated_at": builder.moment(first_text(data.get("dateModified")), "dateModified", moment_of_text),
        "deadline_on": deadline_on,
        **body,
    }


def _organisation(data: dict[str, Any], builder: PostingBuilder) -> str:
    named = next(iter(names_of(data.get("hiringOrganization"))), "")
    if named and not _PLACEHOLDER.search(named):
        return named if not re.match(r"https?://", named) else ""
    if not builder.listed.get("employer"):
        # Where search engines want the employer's name repeated; an identifier's "name" is its issuer.
        issuer = part_of(data.get("identifier"), "name")
        return unescaped(issuer) if isinstance(issuer, str) else ""
    return ""


def _country_of_employer(organisation: object) -> str:
    address = first(part_of(organisation, "address"))
    country = first_text(address.get("addressCountry")) if isinstance(address, dict) else ""
    return "LU" if country.casefold() in ("lu", "lux", "luxembourg", "luxemburg") else country[:2]


def _identifier(value: object) -> str:
    value = first(value)
    if isinstance(value, dict):
        return first_text(value.get("value") or value.get("@value") or value.get("propertyID"))
    text = first_text(value)
    return "" if re.match(r"https?://", text) else text


def _day(value: object, field: str, builder: PostingBuilder) -> tuple[date | None, Precision]:
    if first(value) in (None, ""):
        return None, ""
    found, is_guess = day_of(value)
    if found is None:
        reckoned, precision = relative_day(first_text(value)[:100], builder.context.retrieved_at)
        if reckoned is not None:
            return reckoned, precision
    if found is None or not 1990 <= found.year <= 2100:
        builder.sink.note(f"{field} {first_text(value)[:40]!r} is no date")
        return None, ""
    if is_guess:
        builder.sink.note(f"{field} {first_text(value)[:10]!r} is read with the day first")
    return found, "day"
