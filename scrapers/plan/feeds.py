"""Addresses of feeds and listings: a source lists them. A listing that stands in for a feed is not planned: it is asked
for when the feed calls for it.

Belongs here: plans of sources whose addresses stand in the registry. Never here: addresses of one publisher.
"""

from __future__ import annotations

import re
from typing import Any

from scrapers.listings import listings_of
from scrapers.plan.model import Plan, Planned
from scrapers.registry import RegistryError, Source

LIST = "list/"  # what the keys of listings begin with
MOST_PARTS = ("max_parts", 3, 20)  # parts of a listing that a crawl asks for: by default, and at most


def _feed(source: Source, params: dict[str, Any]) -> list[Planned]:
    planned = []
    feeds = params.get("feeds")
    pages = params.get("max_pages", 0)
    if isinstance(pages, bool) or not isinstance(pages, int) or not 0 <= pages <= 500:
        raise RegistryError(f"{source.id}.yaml: params.max_pages: a number from 0 to 500 is needed")
    name, _, most = MOST_PARTS
    parts = params.get(name, 1)
    if isinstance(parts, bool) or not isinstance(parts, int) or not 1 <= parts <= most:
        raise RegistryError(f"{source.id}.yaml: params.{name}: a number from 1 to {most} is needed")
    for number, feed in enumerate(feeds if isinstance(feeds, list) else []):
        key, url = (feed.get("key"), feed.get("url")) if isinstance(feed, dict) else (None, None)
        if not isinstance(key, str) or not re.fullmatch(r"[a-z0-9_-]{1,60}", key):
            raise RegistryError(f"{source.id}.yaml: params.feeds.{number}.key: a short name is needed")
        if not isinstance(url, str) or not re.fullmatch(r"https?://[^\s/]+/\S*", url):
            raise RegistryError(f"{source.id}.yaml: params.feeds.{number}.url: an http(s) address is needed")
        planned.append(Planned(key, url))
    keys = {request.key for request in planned}
    try:
        listings = listings_of(params)
    except RegistryError as error:
        raise RegistryError(f"{source.id}.yaml: {error}") from None
    for listing in listings:
        if listing.instead_of and listing.instead_of not in keys:
            raise RegistryError(f"{source.id}.yaml: params.listings: {listing.instead_of!r} is no feed of the source")
    return planned + [Planned(f"{LIST}{one.key}", one.url) for one in listings if not one.instead_of]


PLANS: dict[str, Plan] = {"feed": _feed}
