"""Crossref: works as their publishers registered them, in pages of a list or single.

Belongs here: the shape of the REST API's answers. Never here: requests and cursors, names of authors (counted only),
whether a work is about AI.

- Dates are lists of parts: ``[[2024, 5, 29]]``, ``[[2020]]``, ``[[null]]``. The first of ``_DATES`` with a year counts:
  ``issued`` is by Crossref's definition the earliest of print and online. It is a day only if it is a whole one; a year
  alone is the year of publication and no day.
- A work is retracted where a notice updates it so (``updated-by``), where it updates itself so, or where its publisher
  writes it into the title. ``update-to`` alone makes a notice, and the work it speaks of is another.
- Affiliations are texts; a country or an institution is taken only where it is told (``affiliations``).
- Grants are registered at Crossref too and are no works: they are left out, and counted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from scrapers.decoders.affiliations import MAX_AUTHORS, Affiliation, AffiliationReader
from scrapers.decoders.base import (
    DecodeContext,
    Decoded,
    Sink,
    UnreadableError,
    load_json,
    one_line,
    parse_moment,
    unknown_fields,
)
from scrapers.decoders.scholarly import (
    first_string,
    line_of,
    mapping,
    part,
    strings_of,
    text_of,
    whole_number,
)
from scrapers.decoders.work_ids import arxiv_id_of, doi_of
from scrapers.items import ResearchOutput
from scrapers.lineage import ror_id

MAX_WORKS = 2_000  # of one page: the API gives 1,000 at most
_MAX_LIST, _LEAST_ID = 200, 6
_FIELDS = (
    "DOI URL ISBN ISSN abstract accepted alternative-id approved archive article-number assertion author aliases "
    "chair clinical-trial-number collection container-title container-title-short content-created content-domain "
    "content-updated created deposited description edition-number editor event free-to-read funder group-title indexed "
    "institution is-referenced-by-count isbn-type issn-type issue issued journal-issue language license link member "
    "original-title page part-number posted prefix primary-resource project proceedings-subject published "
    "published-online published-other published-print publisher publisher-location reference reference-count "
    "references-count relation resource review score short-container-title short-title source special_numbering "
    "standards-body status subject subtitle subtype title translator type update-policy update-to updated-by version "
    "volume award award-start award-amount issue-title degree aggregator edition"
)
_KNOWN = frozenset(_FIELDS.split())
_DATES = (
    "issued",
    "published",
    "published-online",
    "published-print",
    "posted",
    "published-other",
    "content-created",
    "accepted",
)
_RETRACTIONS = ("retraction", "withdrawal", "removal")
_RETRACTED = re.compile(r"\s*(?:RETRACTED(?: ARTICLE| CHAPTER| PAPER)?\s*[:.]|\[Retracted\]|\[RETRACTED\])")
_SAME_WORK = ("is-same-as", "is-identical-to", "has-preprint", "is-preprint-of", "has-version", "is-version-of")
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:[-_][a-z0-9]{2,8})?", re.I | re.A)


def decode(body: bytes, context: DecodeContext) -> Decoded:
    """Works of one page, or one work.

    Raises UnreadableError: what ``load_json`` raises, upstream_error (Crossref says that it failed, in JSON or in one
    line of text), not_works (an answer about funders, members, journals), too_many_elements.
    """
    if body[:100].strip().lower().startswith(b"resource not found"):
        raise UnreadableError("upstream_error", "Crossref knows no such resource")
    payload, remarks = load_json(body)
    sink = Sink(context, "research_output")
    sink.note_all(remarks)
    works = works_of(payload)
    if len(works) > MAX_WORKS:
        raise UnreadableError("too_many_elements", f"{len(works)} works in a page, at most {MAX_WORKS} are read")
    if not works:
        sink.note("a page without works")
    reader = AffiliationReader()
    for locator, work in works:
        record = _work(work, locator, context, sink, reader)
        if record is not None:
            sink.keep_once(record, "a work stands twice in the page, read once")
    if reader.left < 0:
        sink.note("more affiliations than are looked at: those beyond are shared as unknown")
    return sink.decoded()


def works_of(payload: object) -> list[tuple[str, object]]:
    """(locator, work) of an answer; raises UnreadableError as ``decode`` does."""
    if not isinstance(payload, dict):
        raise UnreadableError("not_works", f"a JSON {type(payload).__name__} stands where an answer is due")
    kind, message = payload.get("message-type"), payload.get("message")
    status = payload.get("status")
    if (isinstance(status, str) and status != "ok") or kind in ("exception", "validation-failure", "resource-failure"):
        raise UnreadableError("upstream_error", f"Crossref answers with an error: {_said(message)}")
    if isinstance(message, dict) and kind in (None, "work-list", "work"):
        if isinstance(message.get("items"), list):
            return [(f"$.message.items[{at}]", work) for at, work in enumerate(message["items"])]
        if "DOI" in message:
            return [("$.message", message)]
    if isinstance(payload.get("items"), list) and kind is None:  # a file of the yearly public data
        return [(f"$.items[{at}]", work) for at, work in enumerate(payload["items"])]
    if "DOI" in payload and "prefix" in payload:
        return [("$", payload)]
    named = one_line(str(kind))[:60] if kind is not None else ", ".join(sorted(map(str, payload))[:8])
    raise UnreadableError("not_works", f"an answer of type {named} holds no works")


def _said(message: object) -> str:
    told = part(message, 3) if isinstance(message, list) else [message]
    lines = [
        str(one.get("message") or one.get("description") or one.get("type")) if isinstance(one, dict) else str(one)
        for one in told
    ]
    return one_line("; ".join(line[:150] for line in lines))


def _work(
    work: object, locator: str, context: DecodeContext, sink: Sink, reader: AffiliationReader
) -> ResearchOutput | None:
    if not isinstance(work, dict):
        sink.reject(locator, "not_a_work", f"a JSON {type(work).__name__} stands where a work is due")
        return None
    doi = doi_of(work.get("DOI"))
    if doi is None:
        sink.reject(locator, "missing_id", f"DOI is {one_line(str(work.get('DOI'))[:100])!r}")
        return None
    kind = first_string(work.get("type"), 60)
    if kind == "grant":
        sink.note("grant, which is no work of research, left out")
        return None
    unknown_fields(sink, work, _KNOWN, "")
    title = line_of(first_of(work.get("title")) or first_of(work.get("original-title")), sink)
    if not title:
        sink.note("work without a title")
    authors = [author for author in part(work.get("author"), MAX_AUTHORS) if isinstance(author, dict)]
    shares = reader.shares([list(_affiliations(author)) for author in authors])
    year, day = _published(work)
    language = first_string(work.get("language"), 20).lower()
    funders, awards = _funders(work, sink)
    record = sink.build(
        ResearchOutput,
        locator,
        {
            "record_id": f"{context.source_id}:{doi}",
            "work_id": doi,
            "doi": doi,
            "title": title,
            "text": text_of(first_of(work.get("abstract")), sink),
            "work_type": kind,
            "language_declared": language if _LANGUAGE.fullmatch(language) else None,
            "published_on": day,
            "publication_year": year,
            "updated_at": parse_moment(mapping(work.get("deposited")).get("date-time")),
            "authors_total": len(authors),
            "authors_truncated": len(part(work.get("author"), MAX_AUTHORS + 1)) > MAX_AUTHORS,
            "country_shares": shares.country_shares,
            "institution_shares": shares.institution_shares,
            "home_institutions": shares.home_institutions,
            "arxiv_id": _arxiv_id(work),
            "other_ids": _other_ids(work, doi),
            "container": _container(work, sink),
            "subjects": strings_of(work.get("subject"), _MAX_LIST),
            "funders": funders,
            "awards": awards,
            "is_retracted": _is_retracted(work, doi, title),
        },
    )
    return record if isinstance(record, ResearchOutput) else None


def first_of(value: object) -> object:
    """The first text of a list, or a text alone."""
    if isinstance(value, list):
        return next((one for one in value[:_MAX_LIST] if isinstance(one, str) and one.strip()), None)
    return value


def _affiliations(author: Mapping[str, Any]) -> Iterable[Affiliation]:
    """An affiliation is a name, and in newer records its place and ids too."""
    for one in part(author.get("affiliation"), 100):
        if isinstance(one, str):
            yield Affiliation(one)
        elif isinstance(one, dict):
            ids = [mapping(known) for known in part(one.get("id"), 20)]
            ror = next((found for known in ids if (found := ror_id(known.get("id")))), None)
            place = first_string(one.get("country"), 60) or first_string(one.get("place"))
            name = first_string(one.get("name"), 2_000)
            if name or place or ror:
                yield Affiliation(name, place, ror)


def _published(work: Mapping[str, Any]) -> tuple[int | None, date | None]:
    for name in _DATES:
        year, day = date_parts(work.get(name))
        if year is not None:
            return year, day
    return None, None


def date_parts(value: object) -> tuple[int | None, date | None]:
    """Year, and the day if it is a whole one, of ``{"date-parts": [[2024, 5, 29]]}``."""
    listed = mapping(value).get("date-parts")
    first = listed[0] if isinstance(listed, list) and listed else None
    numbers = [whole_number(one) for one in first[:3]] if isinstance(first, list) else [whole_number(first)]
    year = numbers[0] if numbers else None
    if year is None or not 1400 <= year <= 2200:
        return None, None
    if len(numbers) == 3 and numbers[1] and numbers[2]:
        try:
            return year, date(year, numbers[1], numbers[2])
        except ValueError:
            return year, None
    return year, None


def _container(work: Mapping[str, Any], sink: Sink) -> str:
    """Journal, book or proceedings; of what was posted, the group and the institution that keeps it."""
    named = line_of(first_of(work.get("container-title")), sink, 500)
    if named:
        return named
    institutions = work.get("institution")
    kept = next((one for one in part(institutions, 20) if isinstance(one, dict)), institutions)
    return line_of(mapping(kept).get("name"), sink, 500) or line_of(work.get("group-title"), sink, 500)


def _other_ids(work: Mapping[str, Any], doi: str) -> list[str]:
    listed = strings_of(work.get("alternative-id"), _MAX_LIST, 200)
    # Some publishers give the number of an article within its journal, which identifies nothing.
    return [f"alternative:{known}" for known in listed if doi_of(known) != doi and len(known) >= _LEAST_ID]


def _arxiv_id(work: Mapping[str, Any]) -> str:
    """Of the preprint that a relation names as the same work."""
    relations = mapping(work.get("relation"))
    for name in _SAME_WORK:
        for one in part(relations.get(name), 50):
            known = arxiv_id_of(mapping(one).get("id"))
            if known and str(mapping(one).get("id-type")).lower() in ("arxiv", "doi", "uri"):
                return known
    return ""


def _funders(work: Mapping[str, Any], sink: Sink) -> tuple[list[str], list[str]]:
    """Ids of the Funder Registry or of ROR, else names; awards as "funder award"."""
    funders: dict[str, None] = {}
    awards: dict[str, None] = {}
    for one in part(work.get("funder"), _MAX_LIST):
        funder = mapping(one)
        ids = [mapping(known).get("id") for known in part(funder.get("id"), 20)]
        known = next((found for value in (funder.get("DOI"), *ids) if (found := doi_of(value))), None)
        known = known or next((found for value in ids if (found := ror_id(value))), None)
        name = known or line_of(funder.get("name"), sink, 300)
        if not name:
            sink.note("a funder without id and name is not kept")
            continue
        funders[name] = None
        said = [*strings_of(funder.get("award"), _MAX_LIST, 300)]
        for info in part(funder.get("award-info"), _MAX_LIST):
            said += strings_of(mapping(info).get("award-number"), _MAX_LIST, 300)
        awards |= dict.fromkeys(f"{name} {award}" for award in said)
    return list(funders), list(awards)


def _is_retracted(work: Mapping[str, Any], doi: str, title: str) -> bool:
    notices = [mapping(one) for one in part(work.get("updated-by"), _MAX_LIST)]
    # A few publishers register the notice under the DOI of the work itself.
    notices += [one for one in map(mapping, part(work.get("update-to"), _MAX_LIST)) if doi_of(one.get("DOI")) == doi]
    if any(first_string(one.get("type"), 60).lower().replace("_", "-") in _RETRACTIONS for one in notices):
        return True
    return _RETRACTED.match(title) is not None
