"""One feed that speaks of many sources: what it says of each of them.

Belongs here: the version of one dataset in a feed of updates. Never here: asking for the feed (``scrapers.watch``),
what a version is for (``pipelines.watch``).

A feed of updates names a dataset only while the update is recent. So a version is the newest moment that the feed
gives for the dataset, older entries falling out of it change nothing, and a dataset that it does not name has not
changed since the oldest entry of the feed.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime

from scrapers.decoders import feed
from scrapers.decoders.base import UnreadableError


@dataclass(frozen=True)
class Entry:
    """One entry of a feed of updates."""

    title: str
    item_id: str
    at: datetime | None


@dataclass(frozen=True)
class Heard:
    """What a feed says of one dataset. ``version`` None: it does not name it, so nothing changed since ``since``."""

    version: str | None
    updated_at: datetime | None
    since: datetime | None


def entries_of(body: bytes) -> list[Entry]:
    """Every entry of a feed; raises UnreadableError, also for a feed without a single entry that has a date."""
    found = [Entry(item.title, item.item_id, item.updated or item.published) for item in feed.read_feed(body).items]
    if not any(entry.at for entry in found):
        raise UnreadableError("no_data", "the feed has no entry with a date")
    return found


def heard_of(code: str, entries: list[Entry]) -> Heard:
    """What the entries say of the dataset with this code: those whose title begins with it, in capitals or not."""
    begins = re.compile(rf"\s*{re.escape(code)}(?![A-Za-z0-9_$])", re.I)
    since = min((entry.at for entry in entries if entry.at), default=None)
    named = [entry for entry in entries if begins.match(entry.title)]
    if not named:
        return Heard(None, None, since)
    newest = max((entry.at for entry in named if entry.at), default=None)
    # Without any date the entries themselves are the version; with one, other entries come and go.
    words = [newest.isoformat()] if newest else sorted(entry.item_id for entry in named)
    return Heard(hashlib.sha256("\n".join([code.lower(), *words]).encode()).hexdigest(), newest, since)
