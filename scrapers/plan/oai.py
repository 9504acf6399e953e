"""Addresses of OAI-PMH servers and of arXiv's query API.

Belongs here: how both are asked. Never here: where a harvest goes on (``scrapers/spiders/oai.py``), what answers mean.

A list of OAI-PMH is asked for by format, set and window of days; every page after its first by a token alone.

===================  ===============================================================================================
``base``             address of the server
``prefix``           format of the metadata, by default ``oai_dc``
``sets``             sets, each a list of its own; without them one list of everything
``since``            day at which the first harvest begins; without it everything is asked for
``slice_days``       length of the windows that a long harvest is cut into; 0: none
``overlap_days``     days by which a harvest reaches back behind the one before it; by default 1
``full_every_days``  how often it begins at the start again, where a server forgets what it deleted; 0: never
``max_pages``        pages of one list in one crawl
``trusts_count``     false where a server's counts are estimates, which the protocol allows
===================  ===============================================================================================
"""

from __future__ import annotations

import re
from datetime import date
from typing import Any
from urllib.parse import urlencode

from scrapers.decoders.base import parse_day
from scrapers.plan.model import Plan, Planned
from scrapers.registry import RegistryError, Source

ARXIV_QUERY = "https://export.arxiv.org/api/query"
MAX_SLICE = 2_000  # papers of one answer that arXiv asks its users not to go beyond
ALL = "all"  # key of a harvest without sets
_SET = re.compile(r"[A-Za-z0-9\-_.!~*'()]{1,60}(?::[A-Za-z0-9\-_.!~*'()]{1,60}){0,8}")
_PREFIX = re.compile(r"[A-Za-z0-9\-_.!~*'()]{1,60}")
_BOUNDS = {"overlap_days": (0, 60), "full_every_days": (0, 3650), "slice_days": (0, 3650), "max_pages": (1, 1000)}


def oai_list_url(base: str, prefix: str, set_spec: str = "", since: str = "", until: str = "") -> str:
    """Address of the first page of a list; days as ``2026-09-30``, both within the window."""
    pairs = {"verb": "ListRecords", "metadataPrefix": prefix, "set": set_spec, "from": since, "until": until}
    return f"{base}?{urlencode({name: value for name, value in pairs.items() if value})}"


def oai_next_url(base: str, token: str) -> str:
    """Address of the page that a token stands for: the protocol allows nothing beside it."""
    return f"{base}?{urlencode({'verb': 'ListRecords', 'resumptionToken': token})}"


def arxiv_query_url(query: str, start: int, per_page: int) -> str:
    """Address of one slice of a query's papers, the oldest first, so that new ones come at the end."""
    pairs = {
        "search_query": query,
        "start": str(start),
        "max_results": str(per_page),
        "sortBy": "submittedDate",
        "sortOrder": "ascending",
    }
    return f"{ARXIV_QUERY}?{urlencode(pairs)}"


def _oai(source: Source, params: dict[str, Any]) -> list[Planned]:
    where = f"{source.id}.yaml: params"
    base, prefix, since = params.get("base"), params.get("prefix", "oai_dc"), params.get("since")
    if not isinstance(base, str) or not re.fullmatch(r"https?://[^\s/?#]+/[^\s?#]*", base):
        raise RegistryError(f"{where}.base: the address of an OAI-PMH server is needed, without a query")
    if not isinstance(prefix, str) or not _PREFIX.fullmatch(prefix):
        raise RegistryError(f"{where}.prefix: a metadata prefix is needed")
    if since is not None and (not isinstance(since, (str, date)) or parse_day(str(since)) is None):
        raise RegistryError(f"{where}.since: a day is needed, as 2026-09-30")
    for name, (least, most) in _BOUNDS.items():
        value = params.get(name, least)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise RegistryError(f"{where}.{name}: a number from {least} to {most} is needed")
    if not isinstance(params.get("trusts_count", True), bool):
        raise RegistryError(f"{where}.trusts_count: true or false is needed")
    if params.get("slice_days") and since is None:
        raise RegistryError(f"{where}.slice_days: slices need a day to begin at (since)")
    sets = params.get("sets", [""])
    if not isinstance(sets, list) or not all(
        one == "" or (isinstance(one, str) and _SET.fullmatch(one)) for one in sets
    ):
        raise RegistryError(f"{where}.sets: a list of sets is needed, as cs:cs:AI")
    return [Planned(one or ALL, oai_list_url(base, prefix, one, str(since or ""))) for one in sets]


def _arxiv(source: Source, params: dict[str, Any]) -> list[Planned]:
    where = f"{source.id}.yaml: params"
    per_page, queries = params.get("per_page", 200), params.get("queries")
    if isinstance(per_page, bool) or not isinstance(per_page, int) or not 1 <= per_page <= MAX_SLICE:
        raise RegistryError(f"{where}.per_page: 1 to {MAX_SLICE} papers a page")
    planned = []
    for number, one in enumerate(queries if isinstance(queries, list) else []):
        key, query = (one.get("key"), one.get("query")) if isinstance(one, dict) else (None, None)
        if not isinstance(key, str) or not re.fullmatch(r"[a-z0-9_-]{1,60}", key):
            raise RegistryError(f"{where}.queries.{number}.key: a short name is needed")
        if not isinstance(query, str) or not 3 <= len(query) <= 2_000:
            raise RegistryError(f"{where}.queries.{number}.query: a query of arXiv's API is needed")
        planned.append(Planned(key, arxiv_query_url(query, 0, per_page)))
    return planned


PLANS: dict[str, Plan] = {"arxiv": _arxiv, "oai": _oai}
