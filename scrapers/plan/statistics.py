"""Addresses of publishers of figures: Eurostat, reference rates of the ECB, Indeed's tracker.

Belongs here: how their interfaces are asked. Never here: SDMX services (``scrapers/plan/sdmx.py``), open data portals,
job boards, catalogues of research.

Eurostat prices a query before it answers: the product of the numbers of codes that it leaves open. Below 500,000 the
answer comes at once, below 5,000,000 it is queued, above it is refused. So source files filter by country and time,
and by further dimensions where codes are known for certain: a wrong code gives an empty answer, not an error.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote, urlencode

from scrapers.plan.model import Plan, Planned
from scrapers.registry import RegistryError, Source

EUROSTAT_DATA = "https://ec.europa.eu/eurostat/api/dissemination/statistics/1.0/data"
EUROSTAT_SDMX = "https://ec.europa.eu/eurostat/api/dissemination/sdmx/2.1/data"
ECB_RATES = "https://www.ecb.europa.eu/stats/eurofxref"
INDEED_TRACKER = "https://raw.githubusercontent.com/hiring-lab/ai-tracker/main"

_ECB_FILES = ("eurofxref-daily.xml", "eurofxref-hist-90d.xml", "eurofxref-hist.xml")
_ECB_ZIPS = ("eurofxref.zip", "eurofxref-hist.zip")
_INDEED_FILES = ("AI_posting.csv", "GenAI_posting.csv")
_MAX_WAIT = 300
# Interfaces of Eurostat and the format of their answers. SDMX-CSV is the fuller of the two tables: it names the update
# of the dataset and keeps confidentiality in a column of its own; TSV is the smaller.
_APIS = {"statistics": "jsonstat", "tsv": "eurostat-tsv", "sdmx-csv": "sdmx-csv"}


def eurostat_url(dataset: str, filters: dict[str, Any], lang: str = "en") -> str:
    """Address of one JSON-stat answer of Eurostat's statistics API; a list filters by several codes of a dimension."""
    pairs = [("lang", lang)]
    for name, value in filters.items():
        pairs += [(name, str(item)) for item in (value if isinstance(value, list) else [value])]
    return f"{EUROSTAT_DATA}/{quote(dataset, safe='')}?{urlencode(sorted(pairs))}"


def eurostat_table_url(dataset: str, series: str, filters: dict[str, Any], format: str = "TSV") -> str:
    """Address of one table of Eurostat's SDMX API, in ``format`` TSV or SDMX-CSV. ``series`` has a place for each
    dimension, in the dataset's order, set apart by dots: ``A..PC_ENT.LU+BE``; "" for all. ``filters``: startPeriod,
    endPeriod and the like.
    """
    pairs = [("format", format), *((name, str(value)) for name, value in filters.items())]
    key = f"/{quote(series, safe='.+')}" if series else ""
    return f"{EUROSTAT_SDMX}/{quote(dataset, safe='')}{key}?{urlencode(sorted(pairs))}"


def _eurostat(source: Source, params: dict[str, Any]) -> list[Planned]:
    where = f"{source.id}.yaml: params"
    dataset, api, lang = params.get("dataset"), params.get("api", "statistics"), str(params.get("lang", "en"))
    if not isinstance(dataset, str) or not re.fullmatch(r"[a-z0-9_$]{3,60}", dataset):
        raise RegistryError(f"{where}.dataset: a dataset code is needed")
    if _APIS.get(str(api)) != source.format:
        known = ", ".join(f"{name} (format {format})" for name, format in _APIS.items())
        raise RegistryError(f"{where}.api: {api!r} with format {source.format} is none of {known}")
    check_waits(source, params)
    planned: list[Planned] = []
    for number, query in enumerate(params.get("queries") or [{"key": dataset, "filters": {}}]):
        filters = query.get("filters") if isinstance(query, dict) else None
        if not isinstance(filters, dict):
            raise RegistryError(f"{where}.queries.{number}.filters: a mapping is needed")
        if "geo" in filters and "geoLevel" in filters:
            raise RegistryError(f"{where}.queries.{number}.filters: the API refuses geo together with geoLevel")
        key = str(query.get("key") or f"{dataset}/{number}")
        if api != "statistics":
            series, wanted = str(query.get("series", "")), str(api).upper()
            planned.append(Planned(key, eurostat_table_url(dataset, series, filters, wanted)))
            continue
        for suffix, part in _parts(where, number, query, filters):
            planned.append(Planned(key + suffix, eurostat_url(dataset, part, lang)))
    return planned


def _parts(where: str, number: int, query: dict[str, Any], filters: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """One request for each code of the filter that ``each`` names, so that each stays below Eurostat's limit."""
    each = query.get("each")
    if each is None:
        return [("", filters)]
    codes = filters.get(each) if isinstance(each, str) else None
    if not isinstance(codes, list) or not codes:
        raise RegistryError(f"{where}.queries.{number}.each: the name of a filter with a list of codes is needed")
    return [(f"/{code}", {**filters, each: code}) for code in codes]


def check_waits(source: Source, params: dict[str, Any]) -> None:
    """Raises RegistryError where ``waits`` (seconds before each question for a queued answer) cannot be used."""
    waits = params.get("waits", [])
    good = isinstance(waits, list) and len(waits) <= 20
    if not good or any(isinstance(w, bool) or not isinstance(w, int) or not 0 <= w <= _MAX_WAIT for w in waits):
        raise RegistryError(f"{source.id}.yaml: params.waits: a list of seconds, each from 0 to {_MAX_WAIT}, is needed")


def _files(base: str, known: tuple[str, ...]) -> Plan:
    """A plan of files in one folder, by their names."""

    def plan(source: Source, params: dict[str, Any]) -> list[Planned]:
        names = params.get("files")
        if not isinstance(names, list) or not names or not all(name in known for name in names):
            raise RegistryError(f"{source.id}.yaml: params.files: a list out of {', '.join(known)} is needed")
        return [Planned(name, f"{base}/{name}") for name in names]

    return plan


PLANS: dict[str, Plan] = {
    "ecb": _files(ECB_RATES, (*_ECB_FILES, *_ECB_ZIPS)),
    "eurostat": _eurostat,
    "indeed": _files(INDEED_TRACKER, _INDEED_FILES),
}
