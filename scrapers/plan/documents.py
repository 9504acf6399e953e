"""Addresses of open data portals, and of files that a publisher keeps at an address that lasts.

Belongs here: the catalogue API of udata, files and the pages that lead to them. Never here: APIs of statistics, feeds.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from scrapers.plan.model import Plan, Planned
from scrapers.registry import RegistryError, Source

UDATA_FILTERS = ("format", "license", "organization", "q", "tag")
_KEY = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")
_ADDRESS = re.compile(r"https?://[^\s/]+/\S*")
_PORTAL = re.compile(r"https?://[^\s/?#]+")


def udata_list_url(portal: str, filters: dict[str, str], page_size: int = 50) -> str:
    """The first page of the data sets that the filters find, oldest first.

    Oldest first, because pages shift while they are read when the newest stand first; a new data set then comes last.
    """
    query = {**filters, "page": "1", "page_size": str(page_size), "sort": "created"}
    return f"{portal}/api/1/datasets/?{urlencode(sorted(query.items()))}"


def udata_dataset_url(portal: str, dataset: str) -> str:
    """One data set, by its id or its name in addresses."""
    return f"{portal}/api/1/datasets/{quote(dataset, safe='')}/"


def udata_page(url: str, page: int) -> str:
    """The same list at another page; nothing else of an answer gets into an address."""
    parts = urlsplit(url)
    pairs = [(name, str(page) if name == "page" else value) for name, value in parse_qsl(parts.query)]
    return urlunsplit(parts._replace(query=urlencode(pairs)))


def _udata(source: Source, params: dict[str, Any]) -> list[Planned]:
    portal, size = params.get("portal"), params.get("page_size", 50)
    if not isinstance(portal, str) or not _PORTAL.fullmatch(portal):
        raise RegistryError(f"{source.id}.yaml: params.portal: an http(s) address without a path is needed")
    if isinstance(size, bool) or not isinstance(size, int) or not 1 <= size <= 100:
        raise RegistryError(f"{source.id}.yaml: params.page_size: 1 to 100 data sets a page")
    planned = []
    for number, query in enumerate(_entries(source, params, "queries")):
        filters = {name: value for name, value in query.items() if name != "key"}
        known = all(name in UDATA_FILTERS and isinstance(value, str) and value for name, value in filters.items())
        if not filters or not known:
            some = ", ".join(UDATA_FILTERS)
            raise RegistryError(f"{source.id}.yaml: params.queries.{number}: one or more of {some} is needed, as texts")
        planned.append(Planned(_key(source, query, f"queries.{number}"), udata_list_url(portal, filters, size)))
    for number, dataset in enumerate(params.get("datasets") or []):
        if not isinstance(dataset, str) or not re.fullmatch(r"[A-Za-z0-9_-]{2,120}", dataset):
            raise RegistryError(f"{source.id}.yaml: params.datasets.{number}: an id or a name in addresses is needed")
        planned.append(Planned(f"dataset/{dataset}", udata_dataset_url(portal, dataset)))
    return planned


def _files(source: Source, params: dict[str, Any]) -> list[Planned]:
    planned = []
    for name in ("files", "pages"):
        for number, entry in enumerate(_entries(source, params, name)):
            url = entry.get("url")
            if not isinstance(url, str) or not _ADDRESS.fullmatch(url):
                raise RegistryError(f"{source.id}.yaml: params.{name}.{number}.url: an http(s) address is needed")
            if name == "pages":
                _check_pattern(source, entry.get("links"), number)
            planned.append(Planned(_key(source, entry, f"{name}.{number}"), url))
    return planned


def _entries(source: Source, params: dict[str, Any], name: str) -> list[dict[str, Any]]:
    entries = params.get(name) or []
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise RegistryError(f"{source.id}.yaml: params.{name}: a list of mappings is needed")
    return entries


def _key(source: Source, entry: dict[str, Any], where: str) -> str:
    key = entry.get("key")
    if not isinstance(key, str) or not _KEY.fullmatch(key):
        raise RegistryError(f"{source.id}.yaml: params.{where}.key: a short name is needed")
    return key


def _check_pattern(source: Source, pattern: object, number: int) -> None:
    try:
        if isinstance(pattern, str) and pattern:
            re.compile(pattern)
            return
    except re.error:
        pass
    raise RegistryError(f"{source.id}.yaml: params.pages.{number}.links: a pattern of the links is needed")


PLANS: dict[str, Plan] = {"files": _files, "udata": _udata}
