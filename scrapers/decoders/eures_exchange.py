"""Vacancies in the exchange format of EURES (HR-XML ``PositionOpening``) to postings.

Belongs here: the shape of that XML. Never here: the portal's JSON (``eures``).

A vacancy may have a profile per language: the first is read. ``IndustryCode`` is NACE with dots ("C33.1.7"),
``JobCategoryCode`` ISCO-08 or ESCO. A vacancy that is not active is left out with a note. Format: EURES exchange,
HR-XML 3.2, vacancies recorded in 2026.
"""

from __future__ import annotations

from lxml import etree

from scrapers.decoders.base import MAX_ELEMENTS, DecodeContext, Decoded, UnreadableError
from scrapers.decoders.listed import builder_of, id_of
from scrapers.decoders.postings import NOT_NAMED, PostingBuilder, clean, language_code, only_once, place, vacancies_of
from scrapers.safe_xml import iterate, local_name

BOARD = "eures"
_OPENING = "PositionOpening"


def is_xml(body: bytes) -> bool:
    """Whether a payload is XML at all, in whatever encoding."""
    return body[:400].replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").startswith(b"<")


def decode(body: bytes, context: DecodeContext) -> Decoded:
    """Postings of one vacancy or of many.

    Raises UnreadableError: what ``safe_xml.iterate`` raises, not_a_board, too_many_elements.
    """
    remarks: list[str] = []
    builder = builder_of(context, BOARD, [])
    number = 0
    try:
        for opening in iterate(body, (_OPENING,), remarks):
            number += 1
            if number > MAX_ELEMENTS:
                raise UnreadableError("too_many_elements", f"more than {MAX_ELEMENTS} vacancies")
            _build(builder, f"{_OPENING}[{number}]", opening)
    except UnreadableError as error:
        if not builder.records or error.reason == "too_many_elements":
            raise
        builder.sink.reject("", error.reason, f"the document breaks off: {error.detail}")
    builder.sink.note_all(remarks)
    if not number:
        raise UnreadableError("not_a_board", f"the document has no {_OPENING}")
    return builder.decoded()


def _build(builder: PostingBuilder, locator: str, opening: etree._Element) -> None:
    status = _text(opening, "PositionOpeningStatusCode")
    if status and status.lower() != "active":
        builder.leave_out(f"vacancy that is {status[:40]}, not active: left out")
        return
    profile = _first(opening, "PositionProfile")
    if profile is None:
        builder.sink.reject(locator, "missing_title", "the vacancy has no profile")
        return
    employer = _text(profile, "OrganizationName")
    if not employer:
        builder.sink.note("vacancy without a named employer")
    first, *others = [*_places(profile), ""]
    content = _first(profile, "PositionFormattedDescription")
    language = profile.get("languageCode")
    terms = [*_texts(profile, "PositionScheduleTypeCode"), *_texts(profile, "PositionOfferingTypeCode")]
    builder.build(
        locator,
        posting_id=id_of(_text(opening, "DocumentID")),
        title=_text(profile, "PositionTitle"),
        employer=employer or NOT_NAMED,
        html=_markup(content, "Content") if content is not None else "",
        location=first,
        offices=others,
        employment_type="; ".join(only_once(terms)),
        vacancies=vacancies_of(_text(profile, "PositionOpenQuantity")),
        language=builder.language(language) if language else None,
        languages_required=only_once(language_code(code) or "" for code in _texts(profile, "WorkingLanguageCode")),
        occupation_codes=_texts(profile, "JobCategoryCode"),
        industry=", ".join(only_once(_texts(profile, "IndustryCode"))),
        published_on=builder.day(opening.get("validFrom"), "validFrom"),
        deadline_on=builder.day(_text(profile, "ApplicationCloseDate"), "ApplicationCloseDate"),
    )


def _places(profile: etree._Element) -> list[str]:
    found = []
    for where in _all(profile, "PositionLocation"):
        country = _text(where, "CountryCode").upper()
        postcode = _text(where, "PostalCode")
        # The postcode of Luxembourg is known by its letter, which addresses in parts leave out.
        if country == "LU" and postcode.isdigit():
            postcode = f"L-{postcode}"
        found.append(place(city=_text(where, "CityName"), postcode=postcode, country=country))
    return only_once(found)


def _all(element: etree._Element, *wanted: str) -> list[etree._Element]:
    """Descendants by local name, in the order of the document: members use prefixes of their own."""
    return [inner for inner in element.iterdescendants() if isinstance(inner.tag, str) and local_name(inner) in wanted]


def _first(element: etree._Element, wanted: str) -> etree._Element | None:
    return next(iter(_all(element, wanted)), None)


def _texts(element: etree._Element, *wanted: str) -> list[str]:
    return [text for inner in _all(element, *wanted) if (text := clean(inner.text))]


def _text(element: etree._Element, wanted: str) -> str:
    return next(iter(_texts(element, wanted)), "")


def _markup(element: etree._Element, wanted: str) -> str:
    """An advertisement's HTML, as CDATA or as elements of its own."""
    inner = _first(element, wanted)
    return "".join(str(piece) for piece in inner.itertext()) if inner is not None else ""
