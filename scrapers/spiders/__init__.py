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
    "cordis": ("scrapers.spiders.cordis", "CordisSpider"),
    "eurostat": ("scrapers.spiders.eurostat", "EurostatSpider"),
    "feed": ("scrapers.spiders.feed", "FeedSpider"),
    "govjobs": ("scrapers.spiders.govjobs", "GovJobsSpider"),
    "greenhouse": ("scrapers.spiders.greenhouse", "GreenhouseSpider"),
    "openalex": ("scrapers.spiders.openalex", "OpenAlexSpider"),
}


def spider_class(name: str) -> type[PlannedSpider]:
    """The spider class of a registered name; raises KeyError for any other."""
    module, attribute = SPIDERS[name]
    found: type[PlannedSpider] = getattr(importlib.import_module(module), attribute)
    return found
