"""Addresses of catalogues of research and of funded projects.

Belongs here: OpenAlex, CORDIS. Never here: statistics, job boards.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from scrapers.plan.model import Plan, Planned
from scrapers.registry import RegistryError, Source

OPENALEX_WORKS = "https://api.openalex.org/works"
CORDIS_DATA = "https://cordis.europa.eu/data"
# What is asked of a work: fields that answers of 2026 have, for one that the API does not know is an error. Counts of
# citations and the date of the last update are left out: they change weekly for works that did not, and every page
# would look new.
OPENALEX_FIELDS = (
    "id,doi,ids,title,display_name,publication_year,publication_date,language,type,authorships,is_retracted,is_paratext,"
    "is_xpac,primary_location,locations,funders,awards,primary_topic,topics,concepts,abstract_inverted_index"
)


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


def _openalex(source: Source, params: dict[str, Any]) -> list[Planned]:
    country, first, last = (params.get(name) for name in ("country", "first_year", "last_year"))
    per_page = params.get("per_page", 100)
    if not isinstance(country, str) or not re.fullmatch(r"[A-Z]{2}", country):
        raise RegistryError(f"{source.id}.yaml: params.country: an ISO country code is needed")
    if not isinstance(first, int) or not isinstance(last, int) or not 1900 <= first <= last <= first + 50:
        raise RegistryError(f"{source.id}.yaml: params.first_year, last_year: a window of years is needed")
    if not isinstance(per_page, int) or not 1 <= per_page <= 100:
        raise RegistryError(f"{source.id}.yaml: params.per_page: 1 to 100 works a page")
    for name in ("newest_years", "older_per_crawl"):
        value = params.get(name, 1)
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 51:
            raise RegistryError(f"{source.id}.yaml: params.{name}: a number of years is needed")
    share = params.get("budget_share", 0.5)
    if isinstance(share, bool) or not isinstance(share, (int, float)) or not 0 < share <= 1:
        raise RegistryError(f"{source.id}.yaml: params.budget_share: a share of the day's budget is needed, as 0.5")
    return [Planned(f"works/{year}", openalex_url(country, year, per_page)) for year in range(first, last + 1)]


def _cordis(source: Source, params: dict[str, Any]) -> list[Planned]:
    programmes = params.get("programmes")
    known = ("HORIZON", "h2020", "fp7")
    if not isinstance(programmes, list) or not all(name in known for name in programmes):
        raise RegistryError(f"{source.id}.yaml: params.programmes: a list out of {', '.join(known)} is needed")
    return [Planned(name, cordis_url(name)) for name in programmes]


PLANS: dict[str, Plan] = {"cordis": _cordis, "openalex": _openalex}
