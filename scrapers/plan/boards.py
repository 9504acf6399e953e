"""Addresses of job boards.

Belongs here: how a board is asked for its list. Never here: what a list calls for (the spider's ``follow``).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from scrapers.plan.model import Plan, Planned
from scrapers.registry import RegistryError, Source

GREENHOUSE_BOARDS = "https://boards-api.greenhouse.io/v1/boards"
LEVER_PAGE = 100  # postings of one answer, the most that the API gives
TEAMTAILOR_PAGE = 100  # items of one RSS answer
_TOKEN = re.compile(r"[A-Za-z0-9_.\-]{1,100}")
_GREENHOUSE_ENDPOINTS = {"jobs": "jobs?content=true", "departments": "departments"}


def greenhouse_url(board: str, endpoint: str = "jobs") -> str:
    """Address of all ads of a board; ``departments`` lists them without text, for boards that close ``jobs``."""
    return f"{GREENHOUSE_BOARDS}/{quote(board, safe='')}/{_GREENHOUSE_ENDPOINTS[endpoint]}"


def govjobs_url(listing: str, start: int) -> str:
    """Address of one page of a GovJobs listing; pages hold 20 posts, so ``start`` counts in twenties."""
    return f"{listing}?b={start}"


def _govjobs(source: Source, params: dict[str, Any]) -> list[Planned]:
    listing = params.get("listing")
    if not isinstance(listing, str) or not re.fullmatch(r"https?://[^\s/]+/[^\s?#]*", listing):
        raise RegistryError(f"{source.id}.yaml: params.listing: an http(s) address without a query is needed")
    return [Planned("list:0", govjobs_url(listing, 0))]


def one_a_board(url_of: Callable[[str, dict[str, str]], str]) -> Plan:
    """The plan of an ATS whose boards each take one first request; ``url_of``: its address from a board's id and its
    options, a ValueError where they will not do. The planned key is the board's id.
    """

    def plan(source: Source, params: dict[str, Any]) -> list[Planned]:
        planned = []
        boards = params.get("boards")
        for number, board in enumerate(boards if isinstance(boards, list) else []):
            where = f"{source.id}.yaml: params.boards.{number}"
            token = board.get("board") if isinstance(board, dict) else None
            if not isinstance(token, str) or not _TOKEN.fullmatch(token):
                raise RegistryError(f"{where}.board: a board's id is needed")
            endpoint = {"endpoint": str(board["endpoint"])} if "endpoint" in board else {}
            try:
                planned.append(Planned(token, url_of(token, {**(board.get("options") or {}), **endpoint})))
            except ValueError as error:
                raise RegistryError(f"{where}.{error}") from error
        return planned

    return plan


def _greenhouse(board: str, options: dict[str, str]) -> str:
    endpoint = options.get("endpoint", "jobs")
    if endpoint not in _GREENHOUSE_ENDPOINTS:
        raise ValueError(f"endpoint: {endpoint!r} is not known")
    return greenhouse_url(board, endpoint)


def lever_url(board: str, skip: int = 0, region: str = "") -> str:
    """Address of one page of a site's postings; ``region`` "eu" for sites that are kept in Europe."""
    host = {"": "api.lever.co", "eu": "api.eu.lever.co"}[region]
    return f"https://{host}/v0/postings/{quote(board, safe='')}?mode=json&skip={skip}&limit={LEVER_PAGE}"


def _lever(board: str, options: dict[str, str]) -> str:
    if options.get("region", "") not in ("", "eu"):
        raise ValueError(f"options.region: {options['region']!r} is not known")
    return lever_url(board, 0, options.get("region", ""))


def _ashby(board: str, options: dict[str, str]) -> str:
    return f"https://api.ashbyhq.com/posting-api/job-board/{quote(board, safe='')}?includeCompensation=true"


def _recruitee(board: str, options: dict[str, str]) -> str:
    return f"https://{_host(board, options, 'recruitee.com')}/api/offers"


def _teamtailor(board: str, options: dict[str, str]) -> str:
    feed = options.get("feed", "json")
    if feed not in ("json", "rss"):
        raise ValueError(f"options.feed: {feed!r} is not one of json, rss")
    paging = f"?offset=0&per_page={TEAMTAILOR_PAGE}" if feed == "rss" else ""
    return f"https://{_host(board, options, 'teamtailor.com')}/jobs.{feed}{paging}"


def _personio(board: str, options: dict[str, str]) -> str:
    domain, language = options.get("domain", "de"), options.get("language", "en")
    if domain not in ("de", "com") or not re.fullmatch(r"[a-z]{2}", language):
        raise ValueError("options: domain is de or com, language two letters")
    return f"https://{_host(board, {}, f'jobs.personio.{domain}')}/xml?language={language}"


def _successfactors(board: str, options: dict[str, str]) -> str:
    if "host" not in options:
        raise ValueError("options.host: the host of the career site is needed")
    return f"https://{_host(board, options, '')}/googlefeed.xml"


def _host(board: str, options: dict[str, str], domain: str) -> str:
    """The host of a board's site: its own where it has one, else its name under the ATS's domain."""
    host = options.get("host") or f"{board}.{domain}"
    if not re.fullmatch(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,24}", host, re.I):
        raise ValueError(f"options.host: {host[:60]!r} is no name of a host")
    return host.lower()


PLANS: dict[str, Plan] = {
    "ashby": one_a_board(_ashby),
    "govjobs": _govjobs,
    "greenhouse": one_a_board(_greenhouse),
    "lever": one_a_board(_lever),
    "personio": one_a_board(_personio),
    "recruitee": one_a_board(_recruitee),
    "successfactors": one_a_board(_successfactors),
    "teamtailor": one_a_board(_teamtailor),
}
