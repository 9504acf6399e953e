"""Addresses of registers of research: Crossref, Semantic Scholar, ROR.

Belongs here: the first page of each list, and the same list at another page. Never here: which page comes next and
when a list is whole (``scrapers/spiders/registers.py``), OpenAlex (``research.py``).
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from scrapers.plan.model import Plan, Planned
from scrapers.registry import RegistryError, Source

CROSSREF_WORKS = "https://api.crossref.org/works"
SEMANTIC_SCHOLAR_SEARCH = "https://api.semanticscholar.org/graph/v1/paper/search"
ROR_ORGANISATIONS = "https://api.ror.org/v2/organizations"
# What is asked of a work: lists of references are most of it, and counts of citations change weekly for works that did
# not.
CROSSREF_FIELDS = (
    "DOI,title,original-title,abstract,type,author,issued,published-online,published-print,posted,container-title,"
    "group-title,funder,alternative-id,subject,relation,update-to,updated-by,deposited"
)
SEMANTIC_SCHOLAR_FIELDS = (
    "externalIds,title,abstract,venue,journal,year,publicationDate,publicationTypes,fieldsOfStudy,s2FieldsOfStudy,"
    "authors.affiliations"
)


def crossref_url(funder: str, year: int, rows: int = 200) -> str:
    """The first page of the works of a year that name a funder (its DOI in the Funder Registry).

    By day of registration, oldest first: new works come last and leave the pages before them alone.
    """
    query = {
        "cursor": "*",
        "filter": f"funder:{funder},from-pub-date:{year},until-pub-date:{year}",
        "order": "asc",
        "rows": str(rows),
        "select": CROSSREF_FIELDS,
        "sort": "created",
    }
    return f"{CROSSREF_WORKS}?{urlencode(query)}"


def semantic_scholar_url(query: str, year: int, offset: int = 0) -> str:
    """A page of the search for papers of a year."""
    asked = {
        "fields": SEMANTIC_SCHOLAR_FIELDS,
        "limit": "100",
        "offset": str(offset),
        "query": query,
        "year": str(year),
    }
    return f"{SEMANTIC_SCHOLAR_SEARCH}?{urlencode(asked)}"


def ror_url(country: str, page: int = 1) -> str:
    """A page of the organisations with a place in a country (ISO code), closed ones among them."""
    query = {"all_status": "", "filter": f"country.country_code:{country}", "page": str(page)}
    return f"{ROR_ORGANISATIONS}?{urlencode(query)}"


def at(url: str, **changes: str | None) -> str:
    """The same list with some parameters changed, or left out (None); no more of an answer gets into an address."""
    parts = urlsplit(url)
    pairs = {**dict(parse_qsl(parts.query, keep_blank_values=True)), **changes}
    kept = sorted((name, value) for name, value in pairs.items() if value is not None)
    return urlunsplit(parts._replace(query=urlencode(kept)))


def _years(source: Source, params: dict[str, Any]) -> range:
    first, last = params.get("first_year"), params.get("last_year")
    if not isinstance(first, int) or not isinstance(last, int) or not 1900 <= first <= last <= first + 50:
        raise RegistryError(f"{source.id}.yaml: params.first_year, last_year: a window of years is needed")
    return range(first, last + 1)


def _crossref(source: Source, params: dict[str, Any]) -> list[Planned]:
    funder, rows = params.get("funder"), params.get("rows", 200)
    if not isinstance(funder, str) or not re.fullmatch(r"10\.13039/\d{3,15}", funder):
        raise RegistryError(f"{source.id}.yaml: params.funder: its DOI in the Funder Registry is needed")
    if isinstance(rows, bool) or not isinstance(rows, int) or not 1 <= rows <= 1_000:
        raise RegistryError(f"{source.id}.yaml: params.rows: 1 to 1,000 works a page")
    return [Planned(f"works/{year}", crossref_url(funder, year, rows)) for year in _years(source, params)]


def _semantic_scholar(source: Source, params: dict[str, Any]) -> list[Planned]:
    query = params.get("query")
    if not isinstance(query, str) or not 2 <= len(query) <= 200:
        raise RegistryError(f"{source.id}.yaml: params.query: words to search for are needed")
    return [Planned(f"papers/{year}", semantic_scholar_url(query, year)) for year in _years(source, params)]


def _ror(source: Source, params: dict[str, Any]) -> list[Planned]:
    country = params.get("country")
    if not isinstance(country, str) or not re.fullmatch(r"[A-Z]{2}", country):
        raise RegistryError(f"{source.id}.yaml: params.country: an ISO country code is needed")
    return [Planned("organisations", ror_url(country))]


PLANS: dict[str, Plan] = {"crossref": _crossref, "ror": _ror, "semantic_scholar": _semantic_scholar}
