"""Addresses of SDMX services: data of dataflows, and the structures behind them.

Belongs here: the REST API, version 1, as STATEC's .Stat Suite and the OECD serve it. Never here: Eurostat's other APIs,
what an answer means.

A key has a place for each dimension but time, set apart by dots; ``+`` is or, an empty place is any; ``all`` is all.
Answers come as JSON (they name codes, and the description of the dataflow, where STATEC writes the day of publication,
comes with them), or as CSV. STATEC's labels go into the media type: as a parameter of the address they give a 422.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote, urlencode

from scrapers.plan.model import Plan, Planned
from scrapers.registry import RegistryError, Source

SERVICES = {"statec": "https://lustat.statec.lu/rest", "oecd": "https://sdmx.oecd.org/public/rest"}
STRUCTURE_XML = "application/vnd.sdmx.structure+xml;version=2.1"
_CSV = {
    "statec": "application/vnd.sdmx.data+csv;charset=utf-8;labels=id",
    "oecd": "text/csv, */*;q=0.1",  # text/csv alone gets a 500
}
_FLOW = re.compile(r"[A-Za-z0-9_.]{1,60},[A-Za-z0-9_@$-]{1,100}(?:,\d{1,3}(?:\.\d{1,3}){0,2})?")
_KEY = re.compile(r"all|[A-Za-z0-9_.+-]{1,1000}")
_ARTEFACT = re.compile(
    r"(dataflow|codelist|datastructure)/[A-Za-z0-9_.]{1,60}/[A-Za-z0-9_@$-]{1,100}/[A-Za-z0-9.]{1,20}(\?references=(descendants|children))?"
)
_FILTERS = frozenset({"startPeriod", "endPeriod", "lastNObservations", "firstNObservations", "detail"})


def sdmx_data_url(service: str, flow: str, key: str = "all", filters: dict[str, Any] | None = None) -> str:
    """Address of the data of a dataflow (``LU1,DF_B3019,1.0``) as the service gives them by the header Accept."""
    pairs = [
        ("dimensionAtObservation", "AllDimensions"),
        *((name, str(said)) for name, said in (filters or {}).items()),
    ]
    place = f"{quote(flow, safe=',@.$')}/{quote(key, safe='.+')}"
    return f"{SERVICES[service]}/data/{place}?{urlencode(sorted(pairs))}"


def sdmx_structure_url(service: str, artefact: str) -> str:
    """Address of structures: ``dataflow/LU1/all/latest``, ``codelist/LU1/CL_CANTON_COMMUNE/latest``.

    ``dataflow/LU1/DF_B3019/latest?references=descendants`` brings the code lists of a dataflow with it.
    """
    return f"{SERVICES[service]}/{quote(artefact, safe='/@.$?=')}"


def _service(source: Source, params: dict[str, Any]) -> str:
    service = params.get("service")
    if service not in SERVICES:
        raise RegistryError(f"{source.id}.yaml: params.service: {service!r} is not one of {', '.join(SERVICES)}")
    return str(service)


def _data(source: Source, params: dict[str, Any]) -> list[Planned]:
    service, where = _service(source, params), f"{source.id}.yaml: params"
    queries = params.get("queries")
    planned = []
    for number, query in enumerate(queries if isinstance(queries, list) else []):
        flow, key = (query.get("flow"), query.get("key", "all")) if isinstance(query, dict) else (None, None)
        if not isinstance(flow, str) or not _FLOW.fullmatch(flow):
            raise RegistryError(f"{where}.queries.{number}.flow: agency,dataflow or agency,dataflow,version is needed")
        if not isinstance(key, str) or not _KEY.fullmatch(key):
            raise RegistryError(f"{where}.queries.{number}.key: all, or codes set apart by dots, is needed")
        filters = query.get("filters", {})
        if not isinstance(filters, dict) or not filters.keys() <= _FILTERS:
            raise RegistryError(f"{where}.queries.{number}.filters: only {', '.join(sorted(_FILTERS))} are known")
        if source.format == "sdmx-json":
            url = sdmx_data_url(service, flow, key, {**filters, "format": "jsondata"})
            headers = {"Accept-Language": "en"}
        else:
            url, headers = sdmx_data_url(service, flow, key, filters), {"Accept": _CSV[service]}
        planned.append(Planned(flow.split(",")[1] + ("" if key == "all" else f"/{key}"), url, headers=headers))
    return planned


def _structures(source: Source, params: dict[str, Any]) -> list[Planned]:
    service = _service(source, params)
    artefacts = params.get("artefacts")
    planned = []
    for number, artefact in enumerate(artefacts if isinstance(artefacts, list) else []):
        if not isinstance(artefact, str) or not _ARTEFACT.fullmatch(artefact):
            raise RegistryError(f"{source.id}.yaml: params.artefacts.{number}: kind/agency/id/version is needed")
        planned.append(
            Planned(
                artefact.partition("?")[0], sdmx_structure_url(service, artefact), headers={"Accept": STRUCTURE_XML}
            )
        )
    return planned


PLANS: dict[str, Plan] = {"sdmx": _data, "sdmx_structures": _structures}
