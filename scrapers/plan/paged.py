"""Addresses of job boards that list in pages and tell more of each ad in an answer of its own.

Belongs here: how a page of a list, and a single ad, is asked for. Never here: which page comes next and which ads are
asked for (``scrapers/spiders/paged.py``), boards that answer in one piece (``boards.py``).

Keys begin with the board's id: "acme", "acme/page-2", "acme/in-locationCountry/page-2", "acme/offer/123".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import quote, urlencode

import orjson

from scrapers.plan.model import Plan, Planned
from scrapers.registry import RegistryError, Source

OFFER = "/offer/"
SMARTRECRUITERS_PAGE, WORKDAY_PAGE, EURES_PAGE = 100, 20, 50  # ads a page: more are refused, or left out in silence
_POST = {"Content-Type": "application/json", "Accept": "application/json"}
_WORKDAY_HOST = re.compile(r"[a-z0-9][a-z0-9\-]{0,62}(?:\.[a-z0-9\-]{1,20})?\.myworkday(?:jobs|site)\.com")
_EURES = "https://europa.eu/eures/api/jv-searchengine/public/jv-search/search"
_EURES_FILTERS = (
    "keywords occupationUris skillUris requiredExperienceCodes positionScheduleCodes sectorCodes "
    "educationAndQualificationLevelCodes positionOfferingCodes euresFlagCodes otherBenefitsCodes requiredLanguages"
)


def page_key(chain: str, number: int) -> str:
    """The key of a page of a chain, whose first page has the chain's own."""
    return chain if number == 1 else f"{chain}/page-{number}"


def smartrecruiters_page(company: str, offset: int = 0, number: int = 1) -> Planned:
    """A page of a company's list."""
    query = urlencode({"limit": SMARTRECRUITERS_PAGE, "offset": offset})
    return Planned(page_key(company, number), f"{_smartrecruiters(company)}?{query}")


def smartrecruiters_posting(company: str, posting_id: str) -> Planned:
    return Planned(f"{company}{OFFER}{posting_id}", f"{_smartrecruiters(company)}/{quote(posting_id, safe='')}")


def _smartrecruiters(company: str) -> str:
    return f"https://api.smartrecruiters.com/v1/companies/{quote(company, safe='')}/postings"


def workable_page(board: str, token: str = "", number: int = 1) -> Planned:
    """A page of a board's list. The number in the address is ours, and the API does not need it: its own token of a
    page is called ``token``, a name of credentials, so it never reaches the archive, and all pages would be one there.
    """
    asked: dict[str, Any] = {"query": "", "location": [], "department": [], "worktype": [], "remote": []}
    if token:
        asked["token"] = token
    address = f"https://apply.workable.com/api/v3/accounts/{quote(board, safe='')}/jobs"
    url = address if number == 1 else f"{address}?page={number}"
    return Planned(page_key(board, number), url, "POST", orjson.dumps(asked), dict(_POST))


def workable_job(board: str, shortcode: str) -> Planned:
    address = f"https://apply.workable.com/api/v2/accounts/{quote(board, safe='')}/jobs/{quote(shortcode, safe='')}"
    return Planned(f"{board}{OFFER}{shortcode}", address)


def workday_page(
    board: Mapping[str, Any], chain: str, facets: Mapping[str, Iterable[str]] | None = None, number: int = 1
) -> Planned:
    """A page of a site's list, narrowed by facets (parameter -> ids of values), with its words in English."""
    asked = {
        "appliedFacets": {name: list(ids) for name, ids in (facets or {}).items()},
        "limit": WORKDAY_PAGE,
        "offset": (number - 1) * WORKDAY_PAGE,
        "searchText": "",
    }
    headers = {**_POST, "Accept-Language": "en-US"}
    return Planned(page_key(chain, number), f"{workday_root(board)}/jobs", "POST", orjson.dumps(asked), headers)


def workday_posting(board: Mapping[str, Any], path: str, posting_id: str) -> Planned:
    """A single posting by its path ("/job/Luxembourg/Data-Engineer_JR-1002")."""
    headers = {"Accept": "application/json", "Accept-Language": "en-US"}
    return Planned(f"{board['board']}{OFFER}{posting_id}", f"{workday_root(board)}{path}", headers=headers)


def workday_root(board: Mapping[str, Any]) -> str:
    """Where a board (``tenant.site``, with its host) is asked."""
    tenant, _, site = str(board["board"]).partition(".")
    return f"https://{board['options']['host']}/wday/cxs/{tenant}/{site}"


def bamboohr_list(company: str) -> Planned:
    return Planned(company, f"https://{company}.bamboohr.com/careers/list", headers={"Accept": "application/json"})


def bamboohr_opening(company: str, opening_id: str) -> Planned:
    url = f"https://{company}.bamboohr.com/careers/{quote(opening_id, safe='')}/detail"
    return Planned(f"{company}{OFFER}{opening_id}", url, headers={"Accept": "application/json"})


def skeeled_board(board: str) -> Planned:
    return Planned(board, f"https://app.skeeled.com/board/{board}")


def eures_page(countries: Iterable[str], number: int = 1) -> Planned:
    """A page of the vacancies with a place in the countries (codes in lower case), the newest first."""
    asked: dict[str, Any] = {"resultsPerPage": EURES_PAGE, "page": number, "sortSearch": "MOST_RECENT"}
    asked |= {name: [] for name in _EURES_FILTERS.split()}
    asked |= {
        "publicationPeriod": None,
        "minNumberPost": None,
        "locationCodes": list(countries),
        "requestLanguage": "en",
    }
    return Planned(page_key("eures", number), _EURES, "POST", orjson.dumps(asked), dict(_POST))


def arbeitnow_page(number: int = 1) -> Planned:
    return Planned(page_key("arbeitnow", number), f"https://www.arbeitnow.com/api/job-board-api?page={number}")


def themuse_page(location: str, number: int = 1) -> Planned:
    """A page of the jobs at a place; the API counts pages from 0."""
    query = urlencode({"location": location, "page": number - 1})
    return Planned(page_key("themuse", number), f"https://www.themuse.com/api/public/jobs?{query}")


def _of_boards(first: Callable[[dict[str, Any]], Planned], token: str, hint: str) -> Plan:
    """A plan of the first page of each board, whose id matches ``token``."""

    def plan(source: Source, params: dict[str, Any]) -> list[Planned]:
        boards = params.get("boards")
        planned = []
        for number, board in enumerate(boards if isinstance(boards, list) else []):
            known = board.get("board") if isinstance(board, dict) else None
            if not isinstance(known, str) or not re.fullmatch(token, known):
                raise RegistryError(f"{source.id}.yaml: params.boards.{number}.board: {hint} is needed")
            planned.append(first(board))
        return planned

    return plan


def _workday(board: dict[str, Any]) -> Planned:
    host = (board.get("options") or {}).get("host")
    if not isinstance(host, str) or not _WORKDAY_HOST.fullmatch(host):
        raise RegistryError(f"board {board['board']} of workday: options.host: its host at Workday is needed")
    return workday_page(board, board["board"])


def _eures(source: Source, params: dict[str, Any]) -> list[Planned]:
    countries = params.get("countries")
    if not isinstance(countries, list) or not all(re.fullmatch(r"[a-z]{2}", str(code)) for code in countries):
        raise RegistryError(f"{source.id}.yaml: params.countries: country codes in lower case are needed")
    return [eures_page(countries)]


def _themuse(source: Source, params: dict[str, Any]) -> list[Planned]:
    location = params.get("location")
    if not isinstance(location, str) or not 2 <= len(location) <= 100:
        raise RegistryError(f"{source.id}.yaml: params.location: a place is needed")
    return [themuse_page(location)]


_TOKEN = r"[A-Za-z0-9_.\-]{1,100}"

PLANS: dict[str, Plan] = {
    "arbeitnow": lambda source, params: [arbeitnow_page()],
    "bamboohr": _of_boards(lambda board: bamboohr_list(board["board"]), r"[a-z0-9][a-z0-9\-]{0,62}", "a subdomain"),
    "eures": _eures,
    "skeeled": _of_boards(lambda board: skeeled_board(board["board"]), r"[0-9a-f]{24}", "a board id of 24 digits"),
    "smartrecruiters": _of_boards(lambda board: smartrecruiters_page(board["board"]), _TOKEN, "a company's id"),
    "themuse": _themuse,
    "workable": _of_boards(lambda board: workable_page(board["board"]), _TOKEN, "an account's name"),
    "workday": _of_boards(_workday, r"[A-Za-z0-9_\-]{1,60}\.[A-Za-z0-9_.\-]{1,60}", "tenant.site"),
}
