"""Addresses of registers of funding: the search of the EU's portal, the list of the national fund.

Belongs here: how they are asked. Never here: CORDIS (``research``), files at lasting addresses (``documents``).

The portal's search takes a form of several parts, each JSON. Its parts are parted by a line of ours that never changes,
so that the same question is the same request in the archive. ``apiKey`` names the index that is searched, is a public
constant of the portal's own pages and no secret; the archive drops it from addresses like any parameter of that name,
and since it never differs the requests still do.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import orjson

from scrapers.plan.model import Plan, Planned
from scrapers.registry import RegistryError, Source

SEARCH = "https://api.tech.ec.europa.eu/search-api/prod/rest/search"
INDEX = "SEDIA"
FNR_LIST = "https://www.fnr.lu/wp-json/fnr/projects"
_BOUNDARY = "observatory-7d1f4c52b9"
_CODE = re.compile(r"[0-9A-Za-z._-]{1,40}")
_TERMS = {"types": "type", "statuses": "status", "programmes": "frameworkProgramme", "periods": "programmePeriod"}


def form(parts: dict[str, Any]) -> bytes:
    """A form of several parts (``multipart/form-data``), each JSON."""
    lines = []
    for name, value in parts.items():
        lines += [
            f"--{_BOUNDARY}".encode(),
            f'Content-Disposition: form-data; name="{name}"'.encode(),
            b"Content-Type: application/json",
            b"",
            orjson.dumps(value),
        ]
    return b"\r\n".join([*lines, f"--{_BOUNDARY}--".encode(), b""])


def calls_page(first: Planned, number: int) -> Planned:
    """The same question at another page; nothing of an answer gets into it."""
    parts = urlsplit(first.url)
    pairs = [(name, str(number) if name == "pageNumber" else value) for name, value in parse_qsl(parts.query)]
    key = first.key if number == 1 else f"{first.key}/page-{number}"
    url = urlunsplit(parts._replace(query=urlencode(pairs)))
    return Planned(key, url, first.method, first.body, dict(first.headers))


def _eu_calls(source: Source, params: dict[str, Any]) -> list[Planned]:
    size, text = params.get("page_size", 100), params.get("text", "***")
    if isinstance(size, bool) or not isinstance(size, int) or not 1 <= size <= 100:
        raise RegistryError(f"{source.id}.yaml: params.page_size: 1 to 100 calls a page")
    if not isinstance(text, str) or not 1 <= len(text) <= 200:
        raise RegistryError(f"{source.id}.yaml: params.text: words to search are needed, *** for all")
    must = []
    for name, field in _TERMS.items():
        codes = params.get(name)
        if codes is None and name not in ("types", "statuses"):
            continue
        good = isinstance(codes, list) and codes
        if not good or not all(isinstance(code, str) and _is_code(code) for code in codes or ()):
            raise RegistryError(f"{source.id}.yaml: params.{name}: a list of codes is needed, as texts")
        must.append({"terms": {field: codes}})
    # In the order of names, which stays while calls open and close; by relevance pages would shift.
    body = form(
        {
            "query": {"bool": {"must": must}},
            "languages": ["en"],
            "sort": {"field": "identifier", "order": "ASC"},
        }
    )
    query = urlencode({"apiKey": INDEX, "text": text, "pageSize": size, "pageNumber": 1})
    headers = {"Content-Type": f"multipart/form-data; boundary={_BOUNDARY}", "Accept": "application/json"}
    return [Planned("calls", f"{SEARCH}?{query}", "POST", body, headers)]


def _is_code(code: str) -> bool:
    return _CODE.fullmatch(code.replace(" ", "")) is not None


def _fnr(source: Source, params: dict[str, Any]) -> list[Planned]:
    pattern = params.get("titles")
    try:
        if not isinstance(pattern, str) or not pattern:
            raise re.error("none is given")
        re.compile(pattern)
    except re.error as error:
        raise RegistryError(f"{source.id}.yaml: params.titles: a pattern of titles is needed: {error}") from error
    return [Planned("list", FNR_LIST, headers={"Accept": "application/json"})]


PLANS: dict[str, Plan] = {"eu_calls": _eu_calls, "fnr": _fnr}
