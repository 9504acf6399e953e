"""What a crawl of a source will ask for: pure functions from a source's parameters to requests.

Belongs here: addresses of the APIs we use. Never here: Scrapy, the network, the archive. The sample uses the same
functions, so that what it lays down is found by replay.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from scrapers.registry import RegistryError, Source, resolved_params

EUROSTAT_DATA = "https://ec.europa.eu/eurostat/api/dissemination/statistics/1.0/data"
GREENHOUSE_BOARDS = "https://boards-api.greenhouse.io/v1/boards"
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


_PLANS = {"eurostat": _eurostat, "greenhouse": _greenhouse}
