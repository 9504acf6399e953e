"""Posts of the WordPress REST API to announcements, for sources that are read by it alone.

Belongs here: that nothing else is taken for them. Never here: their fields (``scrapers.decoders.feed_json``), requests.
"""

from __future__ import annotations

from scrapers.decoders import feed
from scrapers.decoders.base import DecodeContext, Decoded, UnreadableError
from scrapers.decoders.feed_json import looks_like_json


def decode(body: bytes, context: DecodeContext) -> Decoded:
    """Announcements of one page of posts. Raises UnreadableError: empty, not_json, and what ``feed.decode`` raises."""
    if not body.strip():
        raise UnreadableError("empty", "the body is empty")
    if not looks_like_json(body):
        raise UnreadableError("not_json", "posts come as JSON")
    return feed.decode(body, context)
