"""arXiv's Atom API (export.arxiv.org/api/query): pages of entries, each one paper in its latest version.

Belongs here: the shape of the API's answers. Never here: requests and paging (``scrapers/spiders/arxiv.py``), the same
papers as arXiv's OAI server gives them (``oai_dc``). Authors are counted, their names are not kept.

- An error is a feed of one entry titled "Error".
- An affiliation is free text that few authors give: it says no country, so shares are not known.
- A withdrawn paper stays listed; that it is withdrawn stands in its comment or in place of its abstract.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from scrapers.decoders.base import (
    DecodeContext,
    Decoded,
    Sink,
    UnreadableError,
    parse_day,
    parse_moment,
    unknown_fields,
)
from scrapers.decoders.work_ids import arxiv_id_of, doi_of
from scrapers.decoders.work_values import MAX_TITLE, plain_text
from scrapers.decoders.xml_boards import children, text
from scrapers.items import ResearchOutput
from scrapers.safe_xml import iterate, local_name, parse_tree

if TYPE_CHECKING:
    from lxml import etree

MAX_ENTRIES = 5_000  # of one page: the API gives 2,000 at most
_MAX_SUBJECTS, _MAX_AUTHORS = 100, 100_000
_FIELDS = "id title updated published summary category author comment primary_category journal_ref doi link"
_KNOWN = frozenset(_FIELDS.split())
_WITHDRAWN = re.compile(
    r"(?:this|the) (?:\w+ ){0,2}(?:paper|article|submission|manuscript|work|preprint|version|note|draft|report)"
    r" (?:has been|was|is|have been|is being|has now been) (?:\w+ ){0,2}withdrawn|^\W*(?:withdrawn|paper withdrawn)\b",
    re.I,
)


def decode(body: bytes, context: DecodeContext) -> Decoded:
    """Papers of one page.

    Raises UnreadableError: what ``scrapers.safe_xml`` raises before the first entry, upstream_error (arXiv says that
    the query failed), not_arxiv, too_many_elements.
    """
    sink = Sink(context, "research_output")
    remarks: list[str] = []
    papers: dict[str, ResearchOutput] = {}
    number = 0
    try:
        for entry in iterate(body, {"entry"}, remarks):
            root = local_name(entry.getroottree().getroot())
            if root != "feed":
                raise UnreadableError("not_arxiv", f"the root element is <{root[:60]}>, a feed is due")
            number += 1
            if number > MAX_ENTRIES:
                raise UnreadableError("too_many_elements", f"more than {MAX_ENTRIES} entries in a page")
            paper = _entry(entry, f"entry[{number}]", context, sink)
            if paper is None:
                continue
            if paper.record_id in papers:  # two versions were asked for
                sink.note("a paper stands twice in the page, its later version is kept")
            if _is_newer(paper, papers.get(paper.record_id)):
                papers[paper.record_id] = paper
    except UnreadableError as error:
        if not number or error.reason in ("not_arxiv", "upstream_error", "too_many_elements"):
            raise
        sink.reject(f"after entry[{number}]", error.reason, f"the page breaks off: {error.detail}")
    if not number:
        _check_empty(body, sink)
    sink.note_all(remarks)
    sink.records.extend(papers.values())
    return sink.decoded()


def _is_newer(paper: ResearchOutput, known: ResearchOutput | None) -> bool:
    if known is None or known.updated_at is None:
        return True
    return paper.updated_at is not None and paper.updated_at > known.updated_at


def error_of(entry: etree._Element) -> str | None:
    """What arXiv says went wrong, if the entry is its message of an error; None if it is a paper."""
    if text(entry, "title").lower() != "error" or "/abs/" in text(entry, "id"):
        return None
    return text(entry, "summary") or "no reason given"


def _check_empty(body: bytes, sink: Sink) -> None:
    """A page without entries is healthy if it says that it is one."""
    root = parse_tree(body)
    if local_name(root) != "feed":
        raise UnreadableError("not_arxiv", f"the root element is <{local_name(root)[:60]}>, a feed is due")
    total = text(root, "totalResults")
    if not total:
        raise UnreadableError("not_arxiv", "a feed that does not say how many results there are")
    sink.note(f"a page without papers; {total[:20]} results are counted")


def _entry(entry: etree._Element, locator: str, context: DecodeContext, sink: Sink) -> ResearchOutput | None:
    error = error_of(entry)
    if error is not None:
        raise UnreadableError("upstream_error", f"arXiv answers with an error: {error}")
    said = text(entry, "id")
    arxiv_id = arxiv_id_of(said)
    if not arxiv_id:
        sink.reject(locator, "missing_id", f"id is {said[:100]!r}, not that of a paper")
        return None
    unknown_fields(sink, (local_name(part) for part in entry), _KNOWN, "")
    title = plain_text(text(entry, "title"), sink)[:MAX_TITLE]
    if not title:
        sink.note("paper without a title")
    summary, comment = plain_text(text(entry, "summary"), sink), plain_text(text(entry, "comment"), sink)
    day = parse_day(text(entry, "published"))
    record = sink.build(
        ResearchOutput,
        locator,
        {
            "record_id": f"{context.source_id}:{arxiv_id}",
            "work_id": arxiv_id,
            "arxiv_id": arxiv_id,
            "doi": _doi(entry),
            "title": title,
            "text": summary,
            "work_type": "preprint",  # whatever else it becomes, on arXiv it is one
            "published_on": day,
            "publication_year": day.year if day else None,
            "updated_at": parse_moment(text(entry, "updated")),
            "authors_total": min(len(children(entry, "author")), _MAX_AUTHORS),
            "container": plain_text(text(entry, "journal_ref"), sink)[:300],
            "subjects": _subjects(entry),
            "is_retracted": is_withdrawn(summary, comment),
        },
    )
    return record if isinstance(record, ResearchOutput) else None


def is_withdrawn(*said: str) -> bool:
    """Whether an abstract or a comment says that the paper is withdrawn."""
    return any(_WITHDRAWN.search(part[:600]) for part in said)


def _doi(entry: etree._Element) -> str | None:
    for part in text(entry, "doi").split():  # several in one element, where a paper has several
        if doi := doi_of(part):
            return doi
    links = (link for link in children(entry, "link") if link.get("title") == "doi")
    return next((doi for link in links if (doi := doi_of(link.get("href")))), None)


def _subjects(entry: etree._Element) -> list[str]:
    """Categories, the primary one first; classes of other schemes (MSC, ACM) as arXiv lists them among them."""
    terms = [str(part.get("term") or "").strip()[:200] for name in ("primary_category", "category")
             for part in children(entry, name)]  # fmt: skip
    return [term for term in dict.fromkeys(terms) if term][:_MAX_SUBJECTS]
