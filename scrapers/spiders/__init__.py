"""Spiders: they yield requests and judge whether an answer is healthy, nothing else. Records are made by decoders.

Belongs here: one module a kind of publisher interface. Never here: addresses (``scrapers.plan``), parsing into records.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scrapers.spiders.base import PlannedSpider

# Spider name in a source file -> module and class; imported when a crawl needs it.
SPIDERS = {
    "careers": ("scrapers.spiders.careers", "CareersSpider"),
    "cordis": ("scrapers.spiders.cordis", "CordisSpider"),
    "ecb": ("scrapers.spiders.rates", "EcbSpider"),
    "eu_calls": ("scrapers.spiders.funding", "EuCallsSpider"),
    "eurostat": ("scrapers.spiders.eurostat", "EurostatSpider"),
    "files": ("scrapers.spiders.files", "FilesSpider"),
    "udata": ("scrapers.spiders.udata", "UdataSpider"),
    "fnr": ("scrapers.spiders.funding", "FnrSpider"),
    "feed": ("scrapers.spiders.feed", "FeedSpider"),
    "govjobs": ("scrapers.spiders.govjobs", "GovJobsSpider"),
    "greenhouse": ("scrapers.spiders.boards", "GreenhouseSpider"),
    "ashby": ("scrapers.spiders.boards", "AshbySpider"),
    "lever": ("scrapers.spiders.boards", "LeverSpider"),
    "personio": ("scrapers.spiders.boards", "PersonioSpider"),
    "recruitee": ("scrapers.spiders.boards", "RecruiteeSpider"),
    "successfactors": ("scrapers.spiders.boards", "SuccessFactorsSpider"),
    "teamtailor": ("scrapers.spiders.boards", "TeamtailorSpider"),
    "indeed": ("scrapers.spiders.rates", "IndeedSpider"),
    "arxiv": ("scrapers.spiders.arxiv", "ArxivSpider"),
    "oai": ("scrapers.spiders.oai", "OaiSpider"),
    "openalex": ("scrapers.spiders.openalex", "OpenAlexSpider"),
    "ted": ("scrapers.spiders.ted", "TedSpider"),
    "legilux": ("scrapers.spiders.legilux", "LegiluxSpider"),
    "arbeitnow": ("scrapers.spiders.paged_boards", "ArbeitnowSpider"),
    "bamboohr": ("scrapers.spiders.paged_boards", "BambooHRSpider"),
    "eures": ("scrapers.spiders.paged_boards", "EuresSpider"),
    "sdmx": ("scrapers.spiders.sdmx", "SdmxSpider"),
    "sdmx_structures": ("scrapers.spiders.sdmx", "SdmxStructuresSpider"),
    "skeeled": ("scrapers.spiders.paged_boards", "SkeeledSpider"),
    "smartrecruiters": ("scrapers.spiders.paged_boards", "SmartRecruitersSpider"),
    "themuse": ("scrapers.spiders.paged_boards", "TheMuseSpider"),
    "workable": ("scrapers.spiders.paged_boards", "WorkableSpider"),
    "workday": ("scrapers.spiders.workday", "WorkdaySpider"),
    "crossref": ("scrapers.spiders.registers", "CrossrefSpider"),
    "ror": ("scrapers.spiders.registers", "RorSpider"),
    "semantic_scholar": ("scrapers.spiders.registers", "SemanticScholarSpider"),
}


def spider_class(name: str) -> type[PlannedSpider]:
    """The spider class of a registered name; raises KeyError for any other."""
    module, attribute = SPIDERS[name]
    found: type[PlannedSpider] = getattr(importlib.import_module(module), attribute)
    return found
