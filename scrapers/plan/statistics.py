"""Addresses of publishers of official statistics.

Belongs here: Eurostat, SDMX services, central banks, open data portals. Never here: job boards, catalogues of research.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote, urlencode

from scrapers.plan.model import Plan, Planned
from scrapers.registry import RegistryError, Source

EUROSTAT_DATA = "https://ec.europa.eu/eurostat/api/dissemination/statistics/1.0/data"


def eurostat_url(dataset: str, filters: dict[str, Any], lang: str = "en") -> str:
    """Address of one JSON-stat answer of Eurostat's statistics API; a list filters by several codes of a dimension."""
    pairs = [("lang", lang)]
    for name, value in filters.items():
        pairs += [(name, str(item)) for item in (value if isinstance(value, list) else [value])]
    return f"{EUROSTAT_DATA}/{quote(dataset, safe='')}?{urlencode(sorted(pairs))}"


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


PLANS: dict[str, Plan] = {"eurostat": _eurostat}
