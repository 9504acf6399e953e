"""What a crawl of a source will ask for: pure functions from a source's parameters to requests.

Belongs here: addresses of the APIs we use. Never here: Scrapy, the network, the archive. The sample uses the same
functions, so that what it lays down is found by replay.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from scrapers.registry import RegistryError, Source, resolved_params

EUROSTAT_DATA = "https://ec.europa.eu/eurostat/api/dissemination/statistics/1.0/data"
GREENHOUSE_BOARDS = "https://boards-api.greenhouse.io/v1/boards"
OPENALEX_WORKS = "https://api.openalex.org/works"
CORDIS_DATA = "https://cordis.europa.eu/data"
# What is asked of a work. Counts of citations and the date of the last update are left out: they change weekly for
# works that did not, and every page would look new.
OPENALEX_FIELDS = (
    "id,doi,title,display_name,publication_year,publication_date,language,type,authorships,is_retracted,is_paratext,"
    "is_xpac,primary_topic,topics,concepts,abstract_inverted_index"
)
_GREENHOUSE_ENDPOINTS = {"jobs": "jobs?content=true", "departments": "departments"}


@dataclass(frozen=True)
class Planned:
    """One request that a crawl is for. ``key`` names it in the crawl record (a board token, a query)."""

    key: str
    url: str
    method: str = "GET"
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


def planned_requests(source: Source) -> list[Planned]:
    """Every request of one crawl, in order; raises :class:`RegistryError` for parameters the spider cannot use."""
    plan = _PLANS.get(source.spider)
    if plan is None:
        raise RegistryError(f"{source.id}.yaml: spider: {source.spider!r} is not one of {', '.join(sorted(_PLANS))}")
    planned = plan(source, resolved_params(source))
    keys = [request.key for request in planned]
    if not planned or len(set(keys)) != len(keys):
        raise RegistryError(f"{source.id}.yaml: params: {'a key is planned twice' if keys else 'nothing is planned'}")
    return planned


def eurostat_url(dataset: str, filters: dict[str, Any], lang: str = "en") -> str:
    """Address of one JSON-stat answer of Eurostat's statistics API; a list filters by several codes of a dimension."""
    pairs = [("lang", lang)]
    for name, value in filters.items():
        pairs += [(name, str(item)) for item in (value if isinstance(value, list) else [value])]
    return f"{EUROSTAT_DATA}/{quote(dataset, safe='')}?{urlencode(sorted(pairs))}"


def greenhouse_url(board: str, endpoint: str = "jobs") -> str:
    """Address of all ads of a board; ``departments`` lists them without text, for boards that close ``jobs``."""
    return f"{GREENHOUSE_BOARDS}/{quote(board, safe='')}/{_GREENHOUSE_ENDPOINTS[endpoint]}"


def openalex_url(country: str, year: int, per_page: int = 100) -> str:
    """Address of the first page of a year's works with an institution in the country (ISO code)."""
    query = {
        "cursor": "*",
        "filter": f"authorships.institutions.country_code:{country},publication_year:{year}",
        "per_page": str(per_page),
        "select": OPENALEX_FIELDS,
        "sort": "publication_date",
    }
    return f"{OPENALEX_WORKS}?{urlencode(query)}"


def openalex_next(url: str, cursor: str) -> str:
    """The same query at another cursor; nothing else of an answer gets into an address."""
    parts = urlsplit(url)
    pairs = [(name, cursor if name == "cursor" else value) for name, value in parse_qsl(parts.query)]
    return urlunsplit(parts._replace(query=urlencode(pairs)))


def cordis_url(programme: str) -> str:
    """Address of the CSV tables of a framework programme's projects (HORIZON, h2020, fp7)."""
    return f"{CORDIS_DATA}/cordis-{quote(programme, safe='')}projects-csv.zip"


def _eurostat(source: Source, params: dict[str, Any]) -> list[Planned]:
    dataset = params.get("dataset")
    if not isinstance(dataset, str) or not re.fullmatch(r"[a-z0-9_$]{3,60}", dataset):
        raise RegistryError(f"{source.id}.yaml: params.dataset: a dataset code is needed")
    planned = []
    for number, query in enumerate(params.get("queries") or [{"key": dataset, "filters": {}}]):
        filters = query.get("filters") if isinstance(query, dict) else None
        if not isinstance(filters, dict):
            raise RegistryError(f"{source.id}.yaml: params.queries.{number}.filters: a mapping is needed")
        key = str(query.get("key") or f"{dataset}/{number}")
        planned.append(Planned(key, eurostat_url(dataset, filters, str(params.get("lang", "en")))))
    return planned


def _greenhouse(source: Source, params: dict[str, Any]) -> list[Planned]:
    planned = []
    boards = params.get("boards")
    for number, board in enumerate(boards if isinstance(boards, list) else []):
        token = board.get("board") if isinstance(board, dict) else None
        if not isinstance(token, str) or not re.fullmatch(r"[A-Za-z0-9_-]{1,100}", token):
            raise RegistryError(f"{source.id}.yaml: params.boards.{number}.board: a board token is needed")
        endpoint = board.get("endpoint", "jobs")
        if endpoint not in _GREENHOUSE_ENDPOINTS:
            raise RegistryError(f"{source.id}.yaml: params.boards.{number}.endpoint: {endpoint!r} is not known")
        planned.append(Planned(token, greenhouse_url(token, endpoint)))
    return planned


def _feed(source: Source, params: dict[str, Any]) -> list[Planned]:
    planned = []
    feeds = params.get("feeds")
    pages = params.get("max_pages", 0)
    if isinstance(pages, bool) or not isinstance(pages, int) or not 0 <= pages <= 500:
        raise RegistryError(f"{source.id}.yaml: params.max_pages: a number from 0 to 500 is needed")
    for number, feed in enumerate(feeds if isinstance(feeds, list) else []):
        key, url = (feed.get("key"), feed.get("url")) if isinstance(feed, dict) else (None, None)
        if not isinstance(key, str) or not re.fullmatch(r"[a-z0-9_-]{1,60}", key):
            raise RegistryError(f"{source.id}.yaml: params.feeds.{number}.key: a short name is needed")
        if not isinstance(url, str) or not re.fullmatch(r"https?://[^\s/]+/\S*", url):
            raise RegistryError(f"{source.id}.yaml: params.feeds.{number}.url: an http(s) address is needed")
        planned.append(Planned(key, url))
    return planned


def govjobs_url(listing: str, start: int) -> str:
    """Address of one page of a GovJobs listing; pages hold 20 posts, so ``start`` counts in twenties."""
    return f"{listing}?b={start}"


def _govjobs(source: Source, params: dict[str, Any]) -> list[Planned]:
    listing = params.get("listing")
    if not isinstance(listing, str) or not re.fullmatch(r"https?://[^\s/]+/[^\s?#]*", listing):
        raise RegistryError(f"{source.id}.yaml: params.listing: an http(s) address without a query is needed")
    return [Planned("list:0", govjobs_url(listing, 0))]


def _openalex(source: Source, params: dict[str, Any]) -> list[Planned]:
    country, first, last = (params.get(name) for name in ("country", "first_year", "last_year"))
    per_page = params.get("per_page", 100)
    if not isinstance(country, str) or not re.fullmatch(r"[A-Z]{2}", country):
        raise RegistryError(f"{source.id}.yaml: params.country: an ISO country code is needed")
    if not isinstance(first, int) or not isinstance(last, int) or not 1900 <= first <= last <= first + 50:
        raise RegistryError(f"{source.id}.yaml: params.first_year, last_year: a window of years is needed")
    if not isinstance(per_page, int) or not 1 <= per_page <= 100:
        raise RegistryError(f"{source.id}.yaml: params.per_page: 1 to 100 works a page")
    return [Planned(f"works/{year}", openalex_url(country, year, per_page)) for year in range(first, last + 1)]


def _cordis(source: Source, params: dict[str, Any]) -> list[Planned]:
    programmes = params.get("programmes")
    known = ("HORIZON", "h2020", "fp7")
    if not isinstance(programmes, list) or not all(name in known for name in programmes):
        raise RegistryError(f"{source.id}.yaml: params.programmes: a list out of {', '.join(known)} is needed")
    return [Planned(name, cordis_url(name)) for name in programmes]


_PLANS = {
    "cordis": _cordis,
    "openalex": _openalex,
    "eurostat": _eurostat,
    "greenhouse": _greenhouse,
    "feed": _feed,
    "govjobs": _govjobs,
}
