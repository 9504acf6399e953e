"""What the archive holds around one crawl, for formats whose records need more than one capture.

Belongs here: the shape that ``scrapers.decode`` fills and that a format's ``finish`` reads. Never here: the archive.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from scrapers.decoders.base import Decoded

LOOK_BACK_CRAWLS = 10  # in which a list's last state, or an older reading of a page, is looked for
LOOK_BACK = timedelta(days=45)  # how old the reading of a page may be that stands for one that was not asked for


@dataclass(frozen=True)
class EarlierCrawl:
    """One crawl before this one, decoded capture by capture and not put together. ``redirects`` as in ``Around``."""

    crawl_id: str
    started_at: datetime
    decoded: Decoded
    redirects: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Around:
    """``redirects``: canonical address -> where its answer in this crawl sent us, "" for a page that is gone.
    ``earlier``: the crawls of the source before this one, the latest first, each decoded when it is asked for.
    ``params``: the source's own.
    """

    started_at: datetime
    redirects: Mapping[str, str]
    earlier: Callable[[], Iterator[EarlierCrawl]]
    crawl_id: str = ""  # of the crawl that is put together
    params: Mapping[str, Any] = field(default_factory=dict)


Finish = Callable[[Decoded, Around], Decoded]


def targets(address: str, redirects: Mapping[str, str]) -> Iterator[str]:
    """An address and where it led, in turn."""
    seen: set[str] = set()
    while address and address not in seen and len(seen) < 6:
        seen.add(address)
        yield address
        address = redirects.get(address, "")
