"""EURES vacancies to postings: pages of the portal's search, and vacancies in the exchange format of its members.

Belongs here: the shape of the search's JSON answers; which of the two formats a payload is in. Never here: requests,
the exchange format's XML (``eures_exchange``), whether the portal may be asked at all (the source's ``disabled``).

A vacancy's place is a country with NUTS regions, some of them unknown (null). Its text stands in ``translations``; the
language that it was published in goes before others. Format: a search answer and two vacancies recorded in 2026.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from scrapers.decoders import eures_exchange
from scrapers.decoders.base import DecodeContext, Decoded, UnreadableError, unknown_fields
from scrapers.decoders.board_answers import refuse_part
from scrapers.decoders.listed import Listing, board_object, builder_of, count_of, id_of
from scrapers.decoders.postings import (
    NOT_NAMED,
    PostingBuilder,
    clean,
    mapping,
    moment_of_epoch,
    names,
    only_once,
    vacancies_of,
)

BOARD = "eures"
MAX_HITS = 10_000  # of one search; further pages are refused
_PAGE = "https://europa.eu/eures/portal/jv-se/jv-details/"
_TOP = frozenset(("facets", "jvs", "numberRecords"))
_VACANCY_FIELDS = (
    "availableLanguages creationDate description employer euresFlag id jobCategoriesCodes lastModificationDate "
    "locationMap numberOfPosts positionOfferingCode positionScheduleCodes score title translationType translations"
)
_VACANCY = frozenset(_VACANCY_FIELDS.split())
_NO_EMPLOYER = ("non renseigné", "not specified", "nicht angegeben")  # what the portal writes where there is none


def decode(body: bytes, context: DecodeContext) -> Decoded:
    """Postings of a page of the search, or of a vacancy in the exchange format.

    Raises UnreadableError: what ``load_json`` and ``safe_xml.parse_tree`` raise, upstream_error, not_a_board,
    partial (it counts vacancies and holds none), too_many_elements.
    """
    if eures_exchange.is_xml(body):
        return eures_exchange.decode(body, context)
    payload, remarks = _read(body)
    builder = builder_of(context, BOARD, remarks)
    if payload["jvs"] == []:
        refuse_part(0, payload.get("numberRecords"), context.url)
    unknown_fields(builder.sink, payload, _TOP, "")
    for locator, vacancy in builder.objects(payload["jvs"], "$.jvs"):
        _build(builder, locator, vacancy)
    return builder.decoded()


def listing(body: bytes) -> Listing:
    """What paging needs of a page of the search; raises UnreadableError for anything else."""
    payload, _ = _read(body)
    total = count_of(payload.get("numberRecords"))
    if not isinstance(payload["jvs"], list) or total is None:
        raise UnreadableError("not_a_board", "the answer is not a page of vacancies with their number")
    ids = tuple(id_of(one.get("id")) or "" if isinstance(one, dict) else "" for one in payload["jvs"])
    return Listing(ids, total, step=len(ids))


def _read(body: bytes) -> tuple[dict[str, Any], list[str]]:
    return board_object(body, "EURES", lambda said: "jvs" in said)


def _build(builder: PostingBuilder, locator: str, vacancy: dict[str, Any]) -> None:
    unknown_fields(builder.sink, vacancy, _VACANCY, "of a vacancy: ")
    language, title, text = _words(vacancy)
    employer = mapping(vacancy.get("employer"))
    named = clean(employer.get("name"))
    if not named or named.lower() in _NO_EMPLOYER:
        builder.sink.note("vacancy without a named employer")
        named = NOT_NAMED
    first, *others = [*_places(vacancy.get("locationMap")), ""]
    created = builder.moment(vacancy.get("creationDate"), "creationDate", moment_of_epoch)
    raw = vacancy.get("id")
    terms = [*names(vacancy.get("positionScheduleCodes")), clean(vacancy.get("positionOfferingCode"))]
    builder.build(
        locator,
        posting_id=id_of(raw),
        title=title,
        employer=named,
        url=f"{_PAGE}{quote(raw.strip(), safe='')}" if isinstance(raw, str) and id_of(raw) else "",
        html=text,
        location=first,
        offices=others,
        employment_type="; ".join(only_once(terms)),
        vacancies=vacancies_of(vacancy.get("numberOfPosts")),
        language=language,
        occupation_codes=names(vacancy.get("jobCategoriesCodes")),
        industry=", ".join(names(employer.get("sectorCodes"))),
        published_on=created.date() if created else None,
        updated_at=builder.moment(vacancy.get("lastModificationDate"), "lastModificationDate", moment_of_epoch),
    )


def _words(vacancy: Mapping[str, Any]) -> tuple[str | None, object, object]:
    """Language, title and text: of a language that the vacancy is published in, else of the first translation."""
    translations = mapping(vacancy.get("translations"))
    published = names(vacancy.get("availableLanguages"))
    for code in only_once([*published, *translations]):
        words = translations.get(code)
        if isinstance(words, dict) and clean(words.get("title")):
            text = words.get("description")
            return code.lower()[:10], words["title"], text if text is not None else vacancy.get("description")
    return (published[0].lower()[:10] if published else None), vacancy.get("title"), vacancy.get("description")


def _places(by_country: object) -> list[str]:
    """ "LU (LU000)" for each country and its regions, as published."""
    found = []
    for country, regions in by_country.items() if isinstance(by_country, dict) else ():
        known = (
            only_once(clean(region) for region in regions if isinstance(region, str))
            if isinstance(regions, list)
            else []
        )
        code = clean(country).upper()[:40]
        if code:
            found.append(f"{code} ({', '.join(known[:20])})" if known else code)
    return only_once(found)
