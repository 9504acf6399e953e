"""Which years of OpenAlex a crawl reads, and from which page: what the archive remembers of the crawls before.

Belongs here: the rota of years, and lists that an earlier crawl began and did not end. Never here: requests and
answers of the crawl itself (``openalex``).

**Rota.** The newest years (``params.newest_years``) are read at each crawl. Of the older ones as many as
``params.older_per_crawl`` are, the one that was read whole longest ago first, so all of them come round within (older
years / older_per_crawl) crawls; years that were never read whole, or that an earlier crawl began, do not wait.

**Going on.** A list that a crawl began and could not end (budget, deadline, kill) goes on from its last archived page,
which is asked for again: its cursor is proven that way, and the works of a reading are never without a page of the
crawl that ended it. ``scrapers.decoders.openalex.finish`` puts the parts together by the same rules. A reading that
began longer ago than ``GOES_ON_WITHIN``, or whose last page leads nowhere new, starts anew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from scrapers.archive import Archive, ArchiveError, Capture
from scrapers.archive.index import Entry
from scrapers.decoders.openalex import GOES_ON_WITHIN, list_of
from scrapers.plan import Planned
from scrapers.profiles import read_whole
from scrapers.registry import Source
from scrapers.spiders.base import json_object

_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Begun:
    """A list that is not read to its end: its last archived page, and the works and cursors of all of them."""

    page: int
    url: str
    works: frozenset[str]
    cursors: frozenset[str]


@dataclass(frozen=True)
class Known:
    """What the archive knows of one year: when it was last read whole, and what was begun since."""

    read_at: datetime | None = None
    begun: Begun | None = None


def year_of(key: str) -> str:
    """The year of a planned key (``works/2024/page-3``)."""
    return key.partition("/page-")[0].rpartition("/")[2]


def known_years(archive: Archive, source: Source, first_pages: Sequence[Planned], now: datetime) -> dict[str, Known]:
    """What the archive knows of each planned list, by its key."""
    crawls = [record for record in archive.crawls(source.id) if not record.is_reconstructed]
    entries = archive.entries(source.id)
    found = {}
    for planned in first_pages:
        parts: list[Entry] = []
        read_at, is_open = None, True
        for record in reversed(crawls):
            whole = read_whole(source, record)
            if "" in whole or year_of(planned.key) in whole:
                read_at = record.started_at
                break
            if is_open and now - record.started_at <= GOES_ON_WITHIN:
                pages, is_open = _since_first(entries.get(record.crawl_id, ()), planned)
                parts = pages + parts
        begun = _begun(archive, parts) if parts and not is_open else None
        found[planned.key] = Known(read_at, begun)
    return found


def chosen(planned: Sequence[Planned], known: Mapping[str, Known], newest: int, older: int) -> list[Planned]:
    """The lists that a crawl reads, the most urgent first."""

    def urgency(one: Planned) -> tuple[bool, datetime, int]:
        state = known.get(one.key, Known())
        return state.begun is None, state.read_at or _NEVER, -int(year_of(one.key))

    by_year = sorted(planned, key=lambda one: int(year_of(one.key)))
    always = by_year[max(0, len(by_year) - newest) :]
    others = sorted(by_year[: max(0, len(by_year) - newest)], key=urgency)
    due = [one for one in others if urgency(one)[:2] <= (True, _NEVER)]
    return sorted([*always, *others[: max(older, len(due))]], key=urgency)


def newest_answer(archive: Archive, source: Source, host: str) -> Capture | None:
    """The last answer of a host that a crawl or a look of the source archived."""
    listed = [entry for part in archive.entries(source.id).values() for entry in part if f"//{host}/works" in entry.url]
    # Times are whole seconds; within a crawl the later answer stands further on in its file.
    last = max(listed, key=lambda entry: (entry.retrieved_at, entry.crawl_id, entry.offset), default=None)
    try:
        return archive.read(last) if last is not None else None
    except ArchiveError:
        return None


def _since_first(entries: Sequence[Entry], planned: Planned) -> tuple[list[Entry], bool]:
    """The pages of a list in one crawl, from the last time that its first page was asked for; and whether that page
    must be looked for in a crawl before.
    """
    name, _ = list_of(planned.url)
    pages = [entry for entry in entries if _is_answer(entry) and list_of(entry.url)[0] == name]
    first = next((at for at in reversed(range(len(pages))) if list_of(pages[at].url)[1]), None)
    return (pages, True) if first is None else (pages[first:], False)


def _is_answer(entry: Entry) -> bool:
    return entry.status == 200 or entry.not_modified


def _begun(archive: Archive, pages: Sequence[Entry]) -> Begun | None:
    """Where a list goes on; None where its pages cannot be read, or name no page after them."""
    works: set[str] = set()
    following: dict[str, object] = {}  # address -> the cursor that its last answer names, in the order of pages
    for entry in pages:
        try:
            answer = json_object(archive.read(entry).body) or {}
        except ArchiveError:
            return None
        results, meta = answer.get("results"), answer.get("meta")
        if not isinstance(results, list) or not isinstance(meta, dict) or "next_cursor" not in meta:
            continue  # an error document
        works.update(str(work.get("id")) for work in results if isinstance(work, dict))
        following[entry.url] = meta["next_cursor"] if results else None
    *before, cursor = list(following.values()) or [None]
    if not isinstance(cursor, str) or not cursor or cursor in before:
        return None
    cursors = frozenset(one for one in before if isinstance(one, str))
    return Begun(len(following), list(following)[-1], frozenset(works), cursors)
