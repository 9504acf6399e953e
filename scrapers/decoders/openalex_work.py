"""One work of OpenAlex to a record, in the three shapes that its API has given since 2022.

Belongs here: the fields of a work. Never here: pages, lists and files of works (``openalex``), forms of ids
(``openalex_ids``). Authors are counted, their names are not kept.

- 2022: ``host_venue`` and ``concepts``, no topics. 2024: ``locations``, ``topics`` and ``grants``. 2026: ``funders``,
  ``awards``, ``is_xpac``. The same work gives the same record in each, but for what a shape has no field for.
- Abstracts come as an inverted index (word -> positions) for reasons of copyright; they are put together again.
- Lists cut authorships at 100, with a mark or without one: shares then speak of the first hundred authors, and the
  record says so. The hundredth of a list that is not cut stands there as the last author.
- Until October 2026 OpenAlex gave works that its topic model could not read, most of them not in English, one constant
  triple of topics with a score of about 0.02. Such a topic says nothing of the work (``is_default_topic``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from scrapers.decoders.base import DecodeContext, Sink, one_line, parse_day, parse_moment, unknown_fields
from scrapers.decoders.openalex_ids import MAX_LISTED, arxiv_id, entity_id, matched, other_ids
from scrapers.decoders.work_ids import doi_of
from scrapers.decoders.work_values import plain_line
from scrapers.items import ResearchOutput
from scrapers.lineage import ror_id

MAX_WORDS = 20_000  # of an abstract: OpenAlex holds some whole papers as abstracts, which none is
CUT_AUTHORS = 100  # lists end here
_MAX_AUTHORS, _MAX_INSTITUTIONS, _MAX_TITLE = 10_000, 50, 2_000
_MAX_AWARDS = 1_000
DEFAULT_TOPIC = "Military Technology and Strategies"
_DEFAULT_TRIPLE = {DEFAULT_TOPIC, "Legal and Regulatory Analysis", "Linguistic, Cultural, and Literary Studies"}
_DEFAULT_SCORE = 0.05  # the constant is 0.0184; works that are about the military score far higher
_DELETED = ("deleted work", "deleted")
# Until 2023 the type was Crossref's; what OpenAlex calls these since.
_TYPES = {"journal-article": "article", "proceedings-article": "article", "posted-content": "preprint"}

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
KNOWN = frozenset(f"{_FIELDS_2022} {_FIELDS_2024} {_FIELDS_2026}".split())
_ONLY_2026 = frozenset(("funders", "awards", "is_xpac", "has_content"))
_ONLY_2024 = frozenset(("topics", "primary_topic", "primary_location", "grants", "locations"))
_SUBFIELD = re.compile(r"(?:https?://openalex\.org/)?(?:subfields/)?(\d{4})", re.A)
_COUNTRY, _LANGUAGE = re.compile(r"[A-Z]{2}"), re.compile(r"[a-z]{2,3}([-_][a-z0-9]{2,8})?")


def record_of(work: object, locator: str, context: DecodeContext, sink: Sink) -> ResearchOutput | None:
    """The record of a work; None for what is none, or is left out, with a reject or a note that says why."""
    if not isinstance(work, dict):
        sink.reject(locator, "not_a_work", f"a JSON {type(work).__name__} stands where a work is due")
        return None
    work_id = entity_id(work.get("id"), "W")
    if work_id is None:
        sink.reject(locator, "missing_id", f"id is {str(work.get('id'))[:100]!r}, not that of a work")
        return None
    record_id = f"{context.source_id}:{work_id}"
    title = plain_line(work.get("title") or work.get("display_name"), sink)[:_MAX_TITLE]
    if title.lower() in _DELETED:
        sink.note("work deleted by OpenAlex (merged, or withdrawn as a record) left out")
        return None
    if work.get("is_paratext") is True:
        sink.note("paratext (cover, index, table of contents) left out")
        return None
    unknown_fields(sink, work, KNOWN, "")
    if not title:
        sink.note("work without a title")
    authorships = work.get("authorships")
    if authorships is not None and not isinstance(authorships, list):
        sink.reject(locator, "bad_authorships", f"authorships is a JSON {type(authorships).__name__}", record_id)
        return None
    listed = authorships or []
    authors = [author for author in listed[:_MAX_AUTHORS] if isinstance(author, dict)]
    count = work.get("authors_count")
    counted = count if isinstance(count, int) and not isinstance(count, bool) and 0 <= count < 1_000_000 else 0
    if len(authors) < min(len(listed), _MAX_AUTHORS):
        sink.note("author that is no object, left out", times=min(len(listed), _MAX_AUTHORS) - len(authors))
    truncated = len(listed) > _MAX_AUTHORS or _is_cut(work, listed, counted)
    if truncated:
        sink.note(f"work whose authors are cut at {len(authors)}: its shares speak of these alone")
    shares, institutions, home = _shares(authors)
    tags = _topics(work)
    day = parse_day(work.get("publication_date"))
    year = work.get("publication_year")
    if isinstance(year, bool) or not isinstance(year, int) or not 1400 <= year <= 2200:
        year = day.year if day else None
    named = work.get("type")
    language = str(work.get("language") or "").lower()
    funders, awards = _money(work)
    record = sink.build(
        ResearchOutput,
        locator,
        {
            "record_id": record_id,
            "work_id": work_id,
            "doi": doi_of(work.get("doi")),
            "title": title,
            "text": _abstract(work, sink),
            "work_type": _TYPES.get(named, named[:60]) if isinstance(named, str) else "",
            "language_declared": language if _LANGUAGE.fullmatch(language) else None,
            "published_on": day,
            "publication_year": year,
            "updated_at": parse_moment(work.get("updated_date")),
            "authors_total": max(counted, len(authors)),
            "authors_truncated": truncated,
            "country_shares": shares,
            "home_institutions": home,
            "institution_shares": institutions,
            "arxiv_id": arxiv_id(work),
            "other_ids": other_ids(work),
            "container": _container(work),
            "funders": funders,
            "awards": awards,
            "topic_ids": [topic["id"] for topic in tags],
            "subfield_ids": list(dict.fromkeys(topic["subfield"] for topic in tags if topic["subfield"])),
            "concept_ids": _concepts(work),
            "is_default_topic": _is_default(tags),
            "is_retracted": work.get("is_retracted") is True,
            "schema_generation": _generation(work),
        },
    )
    return record if isinstance(record, ResearchOutput) else None


def _is_cut(work: Mapping[str, Any], listed: list[Any], counted: int) -> bool:
    """Whether OpenAlex left authors out: it says so, counts more, or the list ends at its hundredth in the middle."""
    if work.get("is_authors_truncated") is True or counted > len(listed):
        return True
    if len(listed) != CUT_AUTHORS or counted == len(listed) or work.get("is_authors_truncated") is False:
        return False
    last = listed[-1]
    return not (isinstance(last, dict) and last.get("author_position") == "last")


def _shares(authors: list[dict[str, Any]]) -> tuple[dict[str, float], dict[str, float], list[str]]:
    """Country code -> share of the work ("" for unknown); institution in Luxembourg -> share; these institutions.

    Each author counts 1/n, divided over the author's institutions; without institutions over the countries that
    OpenAlex read from the raw affiliation.
    """
    shares: dict[str, float] = {}
    home: dict[str, float] = {}
    for author in authors:
        places = list(_institutions(author))
        if not places:
            places = [(_country(code), None) for code in _list(author.get("countries"))] or [("", None)]
        each = 1.0 / len(authors) / len(places)
        for country, institution in places:
            shares[country] = shares.get(country, 0.0) + each
            if country == "LU" and institution is not None:
                home[institution] = home.get(institution, 0.0) + each
    if not shares:
        return {"": 1.0}, {}, []
    return _rounded(shares), _rounded(home), sorted(home)


def _rounded(shares: Mapping[str, float]) -> dict[str, float]:
    return {name: round(share, 9) for name, share in sorted(shares.items())}


def _institutions(author: Mapping[str, Any]) -> Iterable[tuple[str, str | None]]:
    """(country, ROR or else OpenAlex id) of each institution of an author, each once."""
    seen = set()
    for place in _list(author.get("institutions"), _MAX_INSTITUTIONS):
        if not isinstance(place, dict):
            continue
        known = ror_id(place.get("ror")) or entity_id(place.get("id"), "I")
        if (known is None and not place.get("country_code")) or (known is not None and known in seen):
            continue
        seen.add(known)
        yield _country(place.get("country_code")), known


def _container(work: Mapping[str, Any]) -> str:
    """The journal, proceedings or repository of the primary location (until 2023 of the host venue)."""
    place = work.get("primary_location")
    if not isinstance(place, dict):
        place = work.get("host_venue")
        return _name(place.get("display_name")) if isinstance(place, dict) else ""
    source = place.get("source")
    named = _name(source.get("display_name")) if isinstance(source, dict) else ""
    return named or _name(place.get("raw_source_name"))


def _money(work: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """Funders by their OpenAlex id, else ROR, else name; and "funder award" of each award with a number."""
    funders: dict[str, None] = {}
    awards: dict[str, None] = {}
    for item in _dicts(work.get("grants"), _MAX_AWARDS):  # 2024: one list of both
        _add(funders, awards, _funder(item.get("funder"), None, item.get("funder_display_name")), item.get("award_id"))
    for item in _dicts(work.get("funders"), _MAX_AWARDS):
        _add(funders, awards, _funder(item.get("id"), item.get("ror"), item.get("display_name")), None)
    for item in _dicts(work.get("awards"), _MAX_AWARDS):
        funder = _funder(item.get("funder_id"), None, item.get("funder_display_name"))
        _add(funders, awards, funder, item.get("funder_award_id"))
    return sorted(funders), sorted(awards)


def _add(funders: dict[str, None], awards: dict[str, None], funder: str, award: object) -> None:
    if funder:
        funders[funder] = None
    number = _name(str(award) if isinstance(award, int) and not isinstance(award, bool) else award)
    if number:
        awards[f"{funder} {number}".strip()] = None


def _funder(name: object, ror: object, shown: object) -> str:
    return entity_id(name, "F") or ror_id(ror) or _name(shown)


def _topics(work: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The topics of a work, the primary one first: id, subfield, name, score."""
    found: dict[str, dict[str, Any]] = {}
    for topic in _dicts([work.get("primary_topic"), *_list(work.get("topics"))]):
        name = entity_id(topic.get("id"), "T")
        if name is None or name in found:
            continue
        subfield, score = topic.get("subfield"), topic.get("score")
        found[name] = {
            "id": name,
            "subfield": matched(_SUBFIELD, str(subfield.get("id") or "")) if isinstance(subfield, dict) else None,
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
    named = [entity_id(item.get("id"), "C") for item in _dicts(work.get("concepts"))]
    return list(dict.fromkeys(name for name in named if name))


def _abstract(work: Mapping[str, Any], sink: Sink) -> str:
    """The abstract out of its inverted index; empty if there is none, or none that can be one."""
    index = work.get("abstract_inverted_index")
    if isinstance(index, dict) and isinstance(index.get("InvertedIndex"), dict):  # the shape before OpenAlex
        index = index["InvertedIndex"]
    if index is None:
        return plain_line(work.get("abstract"), sink)
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
    return plain_line(" ".join(words[place] for place in sorted(words)), sink)


def _generation(work: Mapping[str, Any]) -> str:
    if not _ONLY_2026.isdisjoint(work):
        return "2026"
    return "2024" if not _ONLY_2024.isdisjoint(work) else "2022"


def _country(value: object) -> str:
    code = value.strip().upper() if isinstance(value, str) and len(value) < 10 else ""
    return code if code.isascii() and _COUNTRY.fullmatch(code) else ""


def _name(value: object) -> str:
    """A short text on one line."""
    return one_line(value) if isinstance(value, str) else ""


def _list(value: object, limit: int = MAX_LISTED) -> list[Any]:
    return value[:limit] if isinstance(value, list) else []


def _dicts(value: object, limit: int = MAX_LISTED) -> list[dict[str, Any]]:
    return [item for item in _list(value, limit) if isinstance(item, dict)]
