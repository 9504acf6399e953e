"""Addresses of Luxembourg's legislation as linked data: our questions to the SPARQL endpoint of Legilux.

Belongs here: the text of the questions, in the vocabulary of the publisher (JOLux). Never here: what an answer means.

Bills are those that the Government in council adopted since a year, acts are laws by their date, a year a chain. What
a title says is not asked: which bill is about artificial intelligence is ours to tell. The first question of a chain is
how many rows there are; the pages are then as many, sorted, so that a lost row shows. The engine sorts 10,000 rows at
most, which is why a year is a chain.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from scrapers.plan.model import Plan, Planned
from scrapers.registry import RegistryError, Source

ENDPOINT = "https://data.legilux.public.lu/sparqlendpoint"
PAGE_ROWS, MOST_ROWS = 1_000, 10_000
_ONTOLOGY = "http://data.legilux.public.lu/resource/ontology/jolux#"
_AUTHORITY = "http://data.legilux.public.lu/resource/authority"
_HEADERS = {"Accept": "application/sparql-results+json"}
_VARIABLES = {
    "bills": "?draft ?number ?title ?url ?accepted ?step ?type ?date ?institution",
    "acts": "?act ?title ?documentdate ?published ?entry ?end",
}
_PATTERNS = {
    "bills": """
  ?draft a jolux:InitialDraft ; jolux:acceptanceCGDate ?accepted .
  FILTER(?accepted >= "{first}"^^xsd:date && ?accepted < "{after}"^^xsd:date)
  OPTIONAL {{ ?draft jolux:parliamentDraftId ?number }}
  OPTIONAL {{ ?draft jolux:titleDraft ?title }}
  OPTIONAL {{ ?draft jolux:parliamentDraftUrl ?url }}
  OPTIONAL {{
    ?draft jolux:draftHasTask ?step
    OPTIONAL {{ ?step jolux:eventType ?type }}
    OPTIONAL {{ ?step jolux:eventStartDate ?date }}
    OPTIONAL {{ ?step jolux:institutionInChargeOfTheEvent ?institution }}
  }}""",
    "acts": """
  ?act a jolux:Act ; jolux:typeDocument <{authority}/resource-type/LOI> ; jolux:dateDocument ?documentdate .
  FILTER(?documentdate >= "{first}"^^xsd:date && ?documentdate < "{after}"^^xsd:date)
  OPTIONAL {{ ?act jolux:isRealizedBy ?text . ?text jolux:language <{authority}/language/FRA> ; jolux:title ?title }}
  OPTIONAL {{ ?act jolux:publicationDate ?published }}
  OPTIONAL {{ ?act jolux:dateEntryInForce ?entry }}
  OPTIONAL {{ ?act jolux:dateNoLongerInForce ?end }}""",
}


def legilux_count(what: str, year: int) -> Planned:
    """How many rows a chain has."""
    question = (
        f"SELECT (COUNT(*) AS ?rows) WHERE {{ SELECT DISTINCT {_VARIABLES[what]} WHERE {{{_pattern(what, year)}\n}} }}"
    )
    return Planned(f"{what}/{year}", _address(question), headers=dict(_HEADERS))


def legilux_page(what: str, year: int, number: int) -> Planned:
    """A page of a chain, from 1."""
    names, offset = _VARIABLES[what], (number - 1) * PAGE_ROWS
    question = (
        f"SELECT DISTINCT {names} WHERE {{{_pattern(what, year)}\n}} ORDER BY {names} LIMIT {PAGE_ROWS} OFFSET {offset}"
    )
    return Planned(f"{what}/{year}/page-{number}", _address(question), headers=dict(_HEADERS))


def _pattern(what: str, year: int) -> str:
    return _PATTERNS[what].format(authority=_AUTHORITY, first=f"{year}-01-01", after=f"{year + 1}-01-01")


def _address(question: str) -> str:
    prefixes = f"PREFIX jolux: <{_ONTOLOGY}> PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>\n"
    return f"{ENDPOINT}?{urlencode({'query': prefixes + question, 'format': _HEADERS['Accept']})}"


def _legilux(source: Source, params: dict[str, Any]) -> list[Planned]:
    chains, first, last = (params.get(name) for name in ("chains", "first_year", "last_year"))
    if not isinstance(chains, list) or not all(what in _PATTERNS for what in chains):
        raise RegistryError(f"{source.id}.yaml: params.chains: a list out of {', '.join(_PATTERNS)} is needed")
    if not isinstance(first, int) or not isinstance(last, int) or not 1840 <= first <= last <= first + 50:
        raise RegistryError(f"{source.id}.yaml: params.first_year, last_year: a window of years is needed")
    return [legilux_count(what, year) for what in chains for year in range(first, last + 1)]


PLANS: dict[str, Plan] = {"legilux": _legilux}
