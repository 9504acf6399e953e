"""Addresses of feeds: a source lists them.

Belongs here: plans of sources whose addresses stand in the registry. Never here: addresses of one publisher.
"""

from __future__ import annotations

import re
from typing import Any

from scrapers.plan.model import Plan, Planned
from scrapers.registry import RegistryError, Source


def _feed(source: Source, params: dict[str, Any]) -> list[Planned]:
    planned = []
    feeds = params.get("feeds")
    pages = params.get("max_pages", 0)
    if isinstance(pages, bool) or not isinstance(pages, int) or not 0 <= pages <= 500:
        raise RegistryError(f"{source.id}.yaml: params.max_pages: a number from 0 to 500 is needed")
    for number, feed in enumerate(feeds if isinstance(feeds, list) else []):
        key, url = (feed.get("key"), feed.get("url")) if isinstance(feed, dict) else (None, None)
        if not isinstance(key, str) or not re.fullmatch(r"[a-z0-9_-]{1,60}", key):
            raise RegistryError(f"{source.id}.yaml: params.feeds.{number}.key: a short name is needed")
        if not isinstance(url, str) or not re.fullmatch(r"https?://[^\s/]+/\S*", url):
            raise RegistryError(f"{source.id}.yaml: params.feeds.{number}.url: an http(s) address is needed")
        planned.append(Planned(key, url))
    return planned


PLANS: dict[str, Plan] = {"feed": _feed}
