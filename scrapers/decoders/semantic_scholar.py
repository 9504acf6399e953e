"""Semantic Scholar: papers of its academic graph, in pages of a search, in bulk, in batches, or single.

Belongs here: the shape of the Graph API's answers (``/graph/v1/paper``). Never here: requests, authors (counted; their
names and ids are not kept), summaries and embeddings that a model made.

An answer holds only the fields that were asked for: without ``title`` a paper is an id with what else was said of it.
A search that finds nothing answers ``{"total": 0, "offset": 0}``: an empty page, and healthy.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from scrapers.decoders.affiliations import MAX_AUTHORS, Affiliation, AffiliationReader
from scrapers.decoders.base import (
    DecodeContext,
    Decoded,
    Sink,
    UnreadableError,
    load_json,
    one_line,
    parse_day,
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

MAX_PAPERS = 10_000  # of one page: the bulk search gives 1,000
_FIELDS = (
    "paperId corpusId externalIds url title abstract venue publicationVenue year referenceCount citationCount "
    "influentialCitationCount isOpenAccess openAccessPdf fieldsOfStudy s2FieldsOfStudy publicationTypes "
    "publicationDate journal citationStyles authors citations references embedding tldr textAvailability "
    "matchScore isPublisherLicensed is_open_access is_publisher_licensed numCitedBy numCiting doi arxivId topics"
)
_KNOWN = frozenset(_FIELDS.split())
_PAPER_ID = re.compile(r"[0-9a-f]{40}", re.I | re.A)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.A)
_IDS = {"PubMed": "pmid", "PubMedCentral": "pmcid", "MAG": "mag", "DBLP": "dblp", "ACL": "acl", "CorpusId": "s2corpus"}
_WRAPPED = ("citingPaper", "citedPaper")


def decode(body: bytes, context: DecodeContext) -> Decoded:
    """Papers of one answer.

    Raises UnreadableError: what ``load_json`` raises, upstream_error (Semantic Scholar says that it failed), not_works,
    too_many_elements.
    """
    payload, remarks = load_json(body)
    sink = Sink(context, "research_output")
    sink.note_all(remarks)
    papers = papers_of(payload)
    if len(papers) > MAX_PAPERS:
        raise UnreadableError("too_many_elements", f"{len(papers)} papers in a page, at most {MAX_PAPERS} are read")
    if not papers:
        sink.note("a page without papers")
    reader = AffiliationReader()
    for locator, paper in papers:
        if paper is None:
            sink.note("an id of the batch that is no paper's")
            continue
        record = _paper(paper, locator, context, sink, reader)
        if record is not None:
            sink.keep_once(record, "a paper stands twice in the page, read once")
    return sink.decoded()


def papers_of(payload: object) -> list[tuple[str, object]]:
    """(locator, paper) of an answer; raises UnreadableError as ``decode`` does."""
    if isinstance(payload, list):  # of a batch: what was not found is null
        if all(one is None for one in payload) or any("paperId" in mapping(one) for one in payload[:1_000]):
            return [(f"$[{at}]", paper) for at, paper in enumerate(payload)]
        raise UnreadableError("not_works", "a list without papers")
    if not isinstance(payload, dict):
        raise UnreadableError("not_works", f"a JSON {type(payload).__name__} stands where papers are due")
    for name in ("data", "recommendedPapers"):
        if isinstance(payload.get(name), list):
            found = [(f"$.{name}[{at}]", paper) for at, paper in enumerate(payload[name])]
            if found and all("authorId" in mapping(one) and "paperId" not in mapping(one) for _, one in found):
                raise UnreadableError("not_works", "authors stand where papers are due: they are persons, and not read")
            return [_unwrapped(locator, paper) for locator, paper in found]
    if "paperId" in payload:
        return [("$", payload)]
    said = payload.get("error") or payload.get("message")
    if said:
        raise UnreadableError("upstream_error", f"Semantic Scholar answers with an error: {one_line(str(said)[:300])}")
    if payload.get("total") == 0 or ("offset" in payload and "total" in payload):
        return []
    held = ", ".join(sorted(map(str, payload))[:8])
    raise UnreadableError("not_works", f"no papers among the fields {held}")


def _unwrapped(locator: str, paper: object) -> tuple[str, object]:
    """A citation holds the paper with what was said where it is cited."""
    name = next((name for name in _WRAPPED if isinstance(mapping(paper).get(name), dict)), None)
    return (f"{locator}.{name}", mapping(paper)[name]) if name else (locator, paper)


def _paper(
    paper: object, locator: str, context: DecodeContext, sink: Sink, reader: AffiliationReader
) -> ResearchOutput | None:
    if not isinstance(paper, dict):
        sink.reject(locator, "not_a_work", f"a JSON {type(paper).__name__} stands where a paper is due")
        return None
    known = paper.get("paperId")
    if not isinstance(known, str) or not _PAPER_ID.fullmatch(known):
        sink.reject(locator, "missing_id", f"paperId is {one_line(str(known)[:100])!r}, no id of 40 digits")
        return None
    unknown_fields(sink, paper, _KNOWN, "")
    title = line_of(paper.get("title"), sink)
    if not title:
        sink.note("paper without a title")
    ids = mapping(paper.get("externalIds"))
    authors = [author for author in part(paper.get("authors"), MAX_AUTHORS) if isinstance(author, dict)]
    shares = reader.shares([list(_affiliations(author)) for author in authors])
    said = first_string(paper.get("publicationDate"), 40)
    day = parse_day(said) if _DAY.fullmatch(said) else None
    year = whole_number(paper.get("year"))
    if year is None or not 1400 <= year <= 2200:
        year = day.year if day else None
    record = sink.build(
        ResearchOutput,
        locator,
        {
            "record_id": f"{context.source_id}:{known.lower()}",
            "work_id": known.lower(),
            "doi": doi_of(ids.get("DOI")) or doi_of(paper.get("doi")),
            "title": title,
            "text": text_of(paper.get("abstract"), sink),
            "work_type": first_string(paper.get("publicationTypes"), 60),
            "published_on": day,
            "publication_year": year,
            "authors_total": len(authors),
            "authors_truncated": len(part(paper.get("authors"), MAX_AUTHORS + 1)) > MAX_AUTHORS,
            "country_shares": shares.country_shares,
            "institution_shares": shares.institution_shares,
            "home_institutions": shares.home_institutions,
            "arxiv_id": arxiv_id_of(ids.get("ArXiv")) or arxiv_id_of(paper.get("arxivId")),
            "other_ids": _other_ids(ids),
            "container": _container(paper, sink),
            "subjects": _subjects(paper),
        },
    )
    return record if isinstance(record, ResearchOutput) else None


def _affiliations(author: Mapping[str, Any]) -> Iterable[Affiliation]:
    for one in strings_of(author.get("affiliations"), 50, 2_000):
        yield Affiliation(one)


def _other_ids(ids: Mapping[str, Any]) -> list[str]:
    found = []
    for name, prefix in _IDS.items():
        value = ids.get(name)
        if isinstance(value, (str, int)) and not isinstance(value, bool) and str(value).strip():
            found.append(f"{prefix}:{first_string(str(value)[:200], 200)}")
    return found


def _container(paper: Mapping[str, Any], sink: Sink) -> str:
    for said in (mapping(paper.get("journal")).get("name"), paper.get("venue")):
        if named := line_of(said, sink, 500):
            return named
    return line_of(mapping(paper.get("publicationVenue")).get("name"), sink, 500)


def _subjects(paper: Mapping[str, Any]) -> list[str]:
    """Fields as published: those of sources first, then those that Semantic Scholar's own model adds."""
    stated = strings_of(paper.get("fieldsOfStudy"))
    fields = [mapping(one) for one in part(paper.get("s2FieldsOfStudy"), 100)]
    fields.sort(key=lambda field: field.get("source") != "external")
    return list(dict.fromkeys([*stated, *(name for one in fields if (name := first_string(one.get("category"))))]))
