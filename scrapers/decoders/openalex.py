"""OpenAlex works: pages of a list and single works, in the three shapes that its API has given since 2022.

Belongs here: the shape of a work. Never here: requests and paging, whether a work is about AI, contacts in texts
(scrubbed before anything is written). Authors are counted, their names are not kept.

- 2022: ``host_venue`` and ``concepts``, no topics. 2024: ``topics`` and ``grants``. 2026: ``funders``, ``awards``,
  ``is_xpac``.
- Abstracts come as an inverted index (word -> positions) for reasons of copyright; they are put together again.
- Lists cut authorships at 100: shares then speak of the first hundred authors, and the record says so.
- Until October 2026 OpenAlex gave works that its topic model could not read, most of them not in English, one constant
  triple of topics with a score of about 0.02. Such a topic says nothing of the work (``is_default_topic``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from scrapers.decoders.base import (
    DecodeContext,
    Decoded,
    Sink,
    UnreadableError,
    load_json,
    parse_day,
    parse_moment,
    unknown_fields,
)
from scrapers.html import TooLongError, to_text
from scrapers.items import ResearchOutput

MAX_WORKS = 1_000  # of one page: the API gives 200 at most
MAX_WORDS = 20_000  # of an abstract: OpenAlex holds some whole papers as abstracts, which none is
CUT_AUTHORS = 100  # lists end here
_MAX_AUTHORS, _MAX_INSTITUTIONS, _MAX_TAGS, _MAX_TITLE = 10_000, 50, 100, 2_000
DEFAULT_TOPIC = "Military Technology and Strategies"
_DEFAULT_TRIPLE = {DEFAULT_TOPIC, "Legal and Regulatory Analysis", "Linguistic, Cultural, and Literary Studies"}
_DEFAULT_SCORE = 0.05  # the constant is 0.0184; works that are about the military score far higher
_DELETED = ("deleted work", "deleted")

_FIELDS_2022 = (
    "id doi title display_name publication_year publication_date ids language type type_crossref open_access "
    "authorships cited_by_count biblio is_retracted is_paratext concepts mesh host_venue alternate_host_venues "
    "referenced_works related_works abstract_inverted_index cited_by_api_url counts_by_year updated_date created_date "
    "relevance_score abstract"
)
_FIELDS_2024 = (
    "primary_location best_oa_location locations locations_count primary_topic topics keywords grants apc_list "
    "apc_paid apc_payment fwci has_fulltext fulltext_origin indexed_in institutions_distinct_count authors_count "
    "countries_distinct_count concepts_count corresponding_author_ids corresponding_institution_ids updated "
    "citation_normalized_percentile cited_by_percentile_year sustainable_development_goals referenced_works_count "
    "is_authors_truncated is_oa is_in_doaj ngrams_url versions datasets doi_registration_agency summary_stats "
    "institutions institution_assertions"
)
_FIELDS_2026 = "funders awards is_xpac has_content content_urls"
_KNOWN = frozenset(f"{_FIELDS_2022} {_FIELDS_2024} {_FIELDS_2026}".split())
_ONLY_2026 = frozenset(("funders", "awards", "is_xpac", "has_content"))
_ONLY_2024 = frozenset(("topics", "primary_topic", "primary_location", "grants", "locations"))
_ID = re.compile(r"(?:https?://(?:api\.)?openalex\.org/(?:[a-z]+/)?)?([A-Z])(\d{1,15})", re.I | re.A)
_ROR = re.compile(r"(?:https?://ror\.org/)?(0[a-z0-9]{6}\d{2})", re.I | re.A)
_SUBFIELD = re.compile(r"(?:https?://openalex\.org/)?(?:subfields/)?(\d{4})", re.A)
_DOI = re.compile(r"(?:https?://(?:dx\.)?doi\.org/|doi:)?(10\.\d{3,9}/\S{1,300})", re.I)
_COUNTRY, _LANGUAGE = re.compile(r"[A-Z]{2}"), re.compile(r"[a-z]{2,3}([-_][a-z0-9]{2,8})?")
_MARKUP = re.compile(r"[<&]")


def decode(body: bytes, context: DecodeContext) -> Decoded:
    """Works of one page, or one work.

    Raises UnreadableError: what ``load_json`` raises, upstream_error (OpenAlex says that it failed), not_works,
    too_many_elements.
    """
    payload, remarks = load_json(body)
    sink = Sink(context, "research_output")
    sink.note_all(remarks)
    works = _works(payload)
    if len(works) > MAX_WORKS:
        raise UnreadableError("too_many_elements", f"{len(works)} works in a page, at most {MAX_WORKS} are read")
    seen: set[str] = set()
    for locator, work in works:
        record = _work(work, locator, context, sink)
        if record is None:
            continue
        if record.work_id in seen:
            sink.note("a work stands twice in the page, read once")
            continue
        seen.add(record.work_id)
        sink.records.append(record)
    return sink.decoded()


def _works(payload: object) -> list[tuple[str, object]]:
    if not isinstance(payload, dict):
        raise UnreadableError("not_works", f"a JSON {type(payload).__name__} stands where a page of works is due")
    if isinstance(payload.get("results"), list):
        return [(f"$.results[{at}]", work) for at, work in enumerate(payload["results"])]
    if "error" in payload:
        said = f"{payload['error']}: {payload.get('message', 'no reason given')}"
        raise UnreadableError("upstream_error", f"OpenAlex answers with an error: {said}")
    if "authorships" in payload or "publication_year" in payload:
        return [("$", payload)]
    raise UnreadableError("not_works", f"no works among the fields {', '.join(sorted(map(str, payload))[:8])}")


def _work(work: object, locator: str, context: DecodeContext, sink: Sink) -> ResearchOutput | None:
    if not isinstance(work, dict):
        sink.reject(locator, "not_a_work", f"a JSON {type(work).__name__} stands where a work is due")
        return None
    work_id = _id(work.get("id"), "W")
    if work_id is None:
        sink.reject(locator, "missing_id", f"id is {str(work.get('id'))[:100]!r}, not that of a work")
        return None
    title = _text(work.get("title") or work.get("display_name"), sink)[:_MAX_TITLE]
    if title.lower() in _DELETED:
        sink.note("work deleted by OpenAlex (merged, or withdrawn as a record) left out")
        return None
    if work.get("is_paratext") is True:
        sink.note("paratext (cover, index, table of contents) left out")
        return None
    unknown_fields(sink, work, _KNOWN, "")
    if not title:
        sink.note("work without a title")
    authorships = work.get("authorships")
    if authorships is not None and not isinstance(authorships, list):
        sink.reject(locator, "bad_authorships", f"authorships is a JSON {type(authorships).__name__}")
        return None
    authors = [author for author in (authorships or [])[:_MAX_AUTHORS] if isinstance(author, dict)]
    shares, home = _shares(authors)
    tags = _topics(work)
    truncated = work.get("is_authors_truncated") is True or len(authors) >= CUT_AUTHORS
    if truncated:
        sink.note(f"work whose authors are cut at {CUT_AUTHORS}: its shares speak of these alone")
    day = parse_day(work.get("publication_date"))
    year = work.get("publication_year")
    if isinstance(year, bool) or not isinstance(year, int) or not 1400 <= year <= 2200:
        year = day.year if day else None
    named = work.get("type")
    language = str(work.get("language") or "").lower()
    count = work.get("authors_count")
    counted = isinstance(count, int) and not isinstance(count, bool) and len(authors) <= count < 1_000_000
    record = sink.build(
        ResearchOutput,
        locator,
        {
            "record_id": f"{context.source_id}:{work_id}",
            "work_id": work_id,
            "doi": _doi(work.get("doi")),
            "title": title,
            "text": _abstract(work, sink),
            "work_type": named[:60] if isinstance(named, str) else "",
            "language_declared": language if _LANGUAGE.fullmatch(language) else None,
            "published_on": day,
            "publication_year": year,
            "updated_at": parse_moment(work.get("updated_date")),
            "authors_total": count if counted else len(authors),
            "authors_truncated": truncated,
            "country_shares": shares,
            "home_institutions": home,
            "topic_ids": [topic["id"] for topic in tags],
            "subfield_ids": list(dict.fromkeys(topic["subfield"] for topic in tags if topic["subfield"])),
            "concept_ids": _concepts(work),
            "is_default_topic": _is_default(tags),
            "is_retracted": work.get("is_retracted") is True,
            "schema_generation": _generation(work),
        },
    )
    return record if isinstance(record, ResearchOutput) else None


def _shares(authors: list[dict[str, Any]]) -> tuple[dict[str, float], list[str]]:
    """Country code -> share of the work ("" for unknown), and the institutions in Luxembourg.

    Each author counts 1/n, divided over the author's institutions; without institutions over the countries that
    OpenAlex read from the raw affiliation.
    """
    shares: dict[str, float] = {}
    home: dict[str, None] = {}
    for author in authors:
        places = (
            list(_institutions(author, home)) or [_country(code) for code in _list(author.get("countries"))] or [""]
        )
        for country in places:
            shares[country] = shares.get(country, 0.0) + 1.0 / len(authors) / len(places)
    if not shares:
        return {"": 1.0}, []
    return {country: round(share, 9) for country, share in sorted(shares.items())}, sorted(home)


def _institutions(author: Mapping[str, Any], home: dict[str, None]) -> Iterable[str]:
    seen = set()
    for place in _list(author.get("institutions")):
        if not isinstance(place, dict):
            continue
        name, ror = _id(place.get("id"), "I"), _match(_ROR, place.get("ror"))
        known = ror.lower() if ror else name
        if known is None and not place.get("country_code"):
            continue
        if known is not None and known in seen:
            continue
        seen.add(known)
        country = _country(place.get("country_code"))
        if country == "LU" and known is not None:
            home[known] = None
        yield country


def _topics(work: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The topics of a work, the primary one first: id, subfield, name in lower case, score."""
    found: dict[str, dict[str, Any]] = {}
    listed = work.get("topics")
    for topic in [work.get("primary_topic"), *(listed if isinstance(listed, list) else [])[:_MAX_TAGS]]:
        name = _id(topic.get("id"), "T") if isinstance(topic, dict) else None
        if name is None or name in found or not isinstance(topic, dict):
            continue
        subfield, score = topic.get("subfield"), topic.get("score")
        found[name] = {
            "id": name,
            "subfield": _match(_SUBFIELD, str(subfield.get("id") or "")) if isinstance(subfield, dict) else None,
            "name": str(topic.get("display_name") or "")[:200],
            "score": float(score) if isinstance(score, (int, float)) and not isinstance(score, bool) else None,
        }
    return list(found.values())


def _is_default(topics: list[dict[str, Any]]) -> bool:
    """Whether the primary topic is the one given to what could not be read, and not to a work on the military."""
    if not topics or topics[0]["name"] != DEFAULT_TOPIC:
        return False
    score = topics[0]["score"]
    return score is None or score < _DEFAULT_SCORE or {topic["name"] for topic in topics} == _DEFAULT_TRIPLE


def _concepts(work: Mapping[str, Any]) -> list[str]:
    named = [_id(item.get("id"), "C") for item in _list(work.get("concepts"), _MAX_TAGS) if isinstance(item, dict)]
    return list(dict.fromkeys(name for name in named if name))


def _abstract(work: Mapping[str, Any], sink: Sink) -> str:
    """The abstract out of its inverted index; empty if there is none, or none that can be one."""
    index = work.get("abstract_inverted_index")
    if isinstance(index, dict) and isinstance(index.get("InvertedIndex"), dict):  # the shape before OpenAlex
        index = index["InvertedIndex"]
    if index is None:
        return _text(work.get("abstract"), sink)
    if not isinstance(index, dict):
        sink.note("abstract is no inverted index, not kept")
        return ""
    words: dict[int, str] = {}
    bad = 0
    for word, places in index.items():
        for place in places if isinstance(places, list) else [None]:
            if isinstance(place, bool) or not isinstance(place, int) or not 0 <= place < 10 * MAX_WORDS:
                bad += 1
            else:
                words.setdefault(place, word)
            if len(words) > MAX_WORDS or bad > MAX_WORDS:
                sink.note(f"abstract of more than {MAX_WORDS} words, not kept")
                return ""
    if bad:
        sink.note("words of an abstract without a position, left out", times=bad)
    return _text(" ".join(words[place] for place in sorted(words)), sink)


def _text(value: object, sink: Sink) -> str:
    """Plain text: titles and abstracts come with tags and entities of the publishers'."""
    if not isinstance(value, str):
        return ""
    try:
        # One parse a text is dear; most have no markup at all.
        plain = to_text(value) if _MARKUP.search(value) else value
    except TooLongError as error:
        sink.note(f"text not kept: {error}")
        return ""
    plain = "".join(char if char.isprintable() else " " for char in plain).encode("utf-8", "replace").decode("utf-8")
    return " ".join(plain.split())


def _generation(work: Mapping[str, Any]) -> str:
    if not _ONLY_2026.isdisjoint(work):
        return "2026"
    return "2024" if not _ONLY_2024.isdisjoint(work) else "2022"


def _id(value: object, letter: str) -> str | None:
    found = _ID.fullmatch(value.strip()[:120]) if isinstance(value, str) else None
    return f"{letter}{found[2]}" if found and found[1].upper() == letter else None


def _match(pattern: re.Pattern[str], value: object) -> str | None:
    found = pattern.fullmatch(value.strip()[:400]) if isinstance(value, str) else None
    return found[1] if found else None


def _doi(value: object) -> str | None:
    found = _match(_DOI, value)
    return found.lower() if found else None


def _country(value: object) -> str:
    code = value.strip().upper() if isinstance(value, str) and len(value) < 10 else ""
    return code if code.isascii() and _COUNTRY.fullmatch(code) else ""


def _list(value: object, limit: int = _MAX_INSTITUTIONS) -> list[Any]:
    return value[:limit] if isinstance(value, list) else []
