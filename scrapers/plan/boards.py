"""Addresses of job boards.

Belongs here: how a board is asked for its list. Never here: what a list calls for (the spider's ``follow``).
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

from scrapers.plan.model import Plan, Planned
from scrapers.registry import RegistryError, Source

GREENHOUSE_BOARDS = "https://boards-api.greenhouse.io/v1/boards"
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


PLANS: dict[str, Plan] = {"greenhouse": _greenhouse, "govjobs": _govjobs}
