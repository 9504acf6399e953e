"""Looks as the pipeline sees them: many sources, one child process, one deadline, one look a source.

Belongs here: starting the child and judging each look by the record it signed off. Never here: what an answer means
(``scrapers.spiders.watch``), or when to look (``pipelines.watch``). A look goes through the archive's door as a crawl
does: robots, pace, ledger, conditional requests; its bodies make the crawl that follows a matter of 304s.

Sources that watch one feed of updates (``watch.match``) share one look: the first of them asks, the answer in the
archive is read for all. The same goes for a source that watches that feed for itself.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from scrapers.addresses import check_host_map
from scrapers.archive import Archive, ArchiveError, CrawlRecord, Trouble, crawl_id_of, prune_looks
from scrapers.decoders.base import UnreadableError
from scrapers.items import utc_now
from scrapers.registry import Source
from scrapers.run import CrawlRefusedError, moment, refuse_disabled, run_job, user_agent
from scrapers.session import summary
from scrapers.updates import entries_of, heard_of


@dataclass(frozen=True)
class Look:
    """What one look gave. ``version`` may come with a trouble: a look in which part of the answers was healthy."""

    source_id: str
    version: str | None = None
    upstream_at: datetime | None = None
    trouble: Trouble | None = None
    problem: str | None = None
    crawl_id: str | None = None
    requests: int = 0
    is_skipped: bool = False  # a crawl of ours has the source or its host: look again at the next tick
    # Of a feed of updates: the oldest update that it still names. No version and no trouble: unchanged since then.
    heard_since: datetime | None = None


def look(
    sources: Iterable[Source],
    archive_root: Path,
    *,
    contact: str,
    host_map: dict[str, str] | None = None,
    keys: Mapping[str, str] | None = None,
    timeout_s: float = 40.0,
) -> dict[str, Look]:
    """Look at live sources side by side in one child process; ``timeout_s`` is for all of them together.

    A look that is not done by then is in trouble (``unreachable``), the others stand. Sources of kind ``none`` are not
    asked for here. Raises :class:`scrapers.run.CrawlRefusedError` for a source that is not live or that is
    disabled, and without a contact.
    """
    chosen = list(sources)
    for source in chosen:
        if "live" not in source.modes or source.watch.kind == "none":
            raise CrawlRefusedError(f"{source.id} has no publisher to look at")
        refuse_disabled(source)
    if not chosen:
        return {}
    try:
        host_map = check_host_map(host_map)
    except ValueError as error:
        raise CrawlRefusedError(str(error)) from error
    root = Path(archive_root).resolve()
    groups = _sharing(chosen)
    asking = [group[0] for group in groups]
    ids: dict[str, str | None] = {source.id: crawl_id_of(utc_now(), secrets.token_hex(4)) for source in asking}
    report, ended = run_job(
        asking,
        ids,
        root=root,
        mode="live",
        purpose="watch",
        agent=user_agent(contact),
        host_map=host_map,
        keys=keys,
        timeout_s=timeout_s,
    )
    archive = Archive(root)
    archive.recover()  # a look cut off by its deadline is signed off as interrupted
    records = {record.crawl_id: record for record in archive.crawls(purpose="watch")}
    for source in asking:
        prune_looks(archive, source.id, utc_now())
    looks: dict[str, Look] = {}
    for group in groups:
        first = group[0].id
        found = _judged(first, records.get(str(ids[first])), report.get(first, {}), ended)
        looks |= _of_group(group, found, archive)
    return {source.id: looks[source.id] for source in chosen}


def _sharing(sources: list[Source]) -> list[list[Source]]:
    """Sources by the request of their look: those that watch one feed of updates together, every other alone."""
    shared = {str(source.watch.url) for source in sources if source.watch.match is not None}
    groups: dict[str, list[Source]] = {}
    for source in sources:
        is_shared = source.watch.kind == "feed" and str(source.watch.url) in shared
        groups.setdefault(str(source.watch.url) if is_shared else source.id, []).append(source)
    return list(groups.values())


def _of_group(group: list[Source], found: Look, archive: Archive) -> dict[str, Look]:
    """The look of each source of a group, given that of the first, which asked for all."""
    looks = {s.id: replace(found, source_id=s.id, requests=found.requests if s is group[0] else 0) for s in group}
    if found.version is None or all(source.watch.match is None for source in group):
        return looks
    try:
        answer = archive.latest("GET", str(group[0].watch.url), b"", group[0].id)
        entries = entries_of(answer.body) if answer is not None else []
    except (ArchiveError, UnreadableError) as error:
        trouble: Trouble = "damaged" if isinstance(error, ArchiveError) else "changed_shape"
        return {name: replace(look, version=None, trouble=trouble, problem=str(error)) for name, look in looks.items()}
    for source in group:
        if source.watch.match is not None:
            heard = heard_of(source.watch.match, entries)
            looks[source.id] = replace(
                looks[source.id], version=heard.version, upstream_at=heard.updated_at, heard_since=heard.since
            )
    return looks


def _judged(source_id: str, record: CrawlRecord | None, said: dict[str, Any], ended: str | None) -> Look:
    if said.get("busy"):
        return Look(source_id, is_skipped=True)
    if record is None:
        problem = said.get("problem") or ended or "the look left nothing in the archive"
        return Look(source_id, trouble=said.get("trouble") or "unreachable", problem=problem)
    problem = None
    if not record.complete:
        problem = summary(record.planned, len(record.complete_keys), record.problems, record.finish_reason)
        problem = f"{problem}; {ended}" if ended else problem
    return Look(
        source_id=source_id,
        version=said.get("version"),
        upstream_at=moment(said.get("upstream_at")),
        trouble=None if problem is None else record.trouble or "unreachable",
        problem=problem,
        crawl_id=record.crawl_id,
        requests=record.requests,
    )
