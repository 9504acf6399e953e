"""What a crawl of a source will ask for: pure functions from a source's parameters to requests.

Belongs here: addresses of the APIs we use, one module a family of publishers. Never here: Scrapy, the network, the
archive. The sample uses the same functions, so that what it lays down is found by replay.
"""

from __future__ import annotations

from scrapers.plan import (
    boards,
    careers,
    documents,
    feeds,
    funding,
    law,
    oai,
    paged,
    procurement,
    registers,
    research,
    sdmx,
    statistics,
)
from scrapers.plan.boards import govjobs_url, greenhouse_url
from scrapers.plan.model import Plan, Planned
from scrapers.plan.research import cordis_url, openalex_next, openalex_url
from scrapers.plan.sdmx import sdmx_data_url, sdmx_structure_url
from scrapers.plan.statistics import eurostat_url
from scrapers.registry import RegistryError, Source, resolved_params

__all__ = [
    "Planned",
    "cordis_url",
    "eurostat_url",
    "govjobs_url",
    "greenhouse_url",
    "openalex_next",
    "openalex_url",
    "planned_requests",
    "sdmx_data_url",
    "sdmx_structure_url",
]

_PLANS: dict[str, Plan] = {
    **statistics.PLANS,
    **sdmx.PLANS,
    **boards.PLANS,
    **paged.PLANS,
    **careers.PLANS,
    **research.PLANS,
    **registers.PLANS,
    **oai.PLANS,
    **funding.PLANS,
    **feeds.PLANS,
    **documents.PLANS,
    **procurement.PLANS,
    **law.PLANS,
}


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
