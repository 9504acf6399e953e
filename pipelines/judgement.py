"""What the judgement of crawls means for a run: one line for people, and the rows that the warehouse keeps of it.

Belongs here: from crawl records, registry and drift to problems and rows. Never here: the judgement itself
(``scrapers.drift``), Dagster, SQL.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from scrapers import profiles
from scrapers import records as record_files
from scrapers.archive import CrawlRecord, Limits
from scrapers.drift import Drift
from scrapers.formats import FORMATS
from scrapers.registry import Source
from state.settings import Settings


def too_few(source: Source, records: int | None, limits: Mapping[str, Limits] | None = None) -> str | None:
    """One line if a crawl gave fewer records than its source ever has: by ``limits`` of that time, else by today's."""
    least = (limits or profiles.limits_of(source))[""].min_items
    if records is None or records >= least:
        return None
    return f"{source.id}: {records} records where at least {least} were expected"


def fallen(source: Source, drift: Drift) -> str | None:
    """One line if parts of a source gave far less than usual, so that their last good crawl stays in force."""
    found = [str(one.fall) for one in drift.falls]
    if not found:
        return None
    more = f" (and {len(found) - 3} more)" if len(found) > 3 else ""
    return f"{source.id}: {'; '.join(found[:3])}{more}; the last good crawl stays in force"


def crawl_row(
    settings: Settings, crawl_: CrawlRecord, sources: Iterable[Source], drifts: Mapping[str, Drift]
) -> dict[str, Any]:
    """A crawl as the warehouse keeps it, with the boards that it speaks for.

    A crawl with too few records is not complete, and speaks for no board; a held part is not complete either: nothing
    may close because of them.
    """
    source = next((s for s in sources if s.id == crawl_.source_id), None)
    row = crawl_.model_dump(mode="json")
    if source is None:
        return row | {"whole": crawl_.whole or []}
    count = record_files.count_records(settings.records, source.record, source.id, crawl_.crawl_id)
    if too_few(source, count, crawl_.limits):
        return row | {"complete": False, "whole": []}
    held = drifts[source.id].held.get(crawl_.crawl_id, {}) if source.id in drifts else {}
    kept = [part for part in profiles.read_whole(source, crawl_) if part not in held]
    return row | {"complete": crawl_.complete and not held, "whole": kept}


def source_row(source: Source) -> dict[str, Any]:
    """A registry entry as the warehouse keeps it: with its boards, and how well its format is known."""
    known = FORMATS.get(source.format)
    boards = list(profiles.declared(source).values())
    said = {"params": {"boards": boards}, "format_verified": known is not None and known.verified}
    return source.model_dump(mode="json") | said


def drift_rows(drifts: Mapping[str, Drift]) -> dict[str, list[dict[str, Any]]]:
    """The judgement of all sources as the warehouse keeps it: what is held, where each part stands, what is unusual."""
    rows: dict[str, list[dict[str, Any]]] = {"held": [], "part": [], "remark": []}
    for source_id, drift in drifts.items():
        about = {"source_id": source_id}
        for crawl_id, falls in drift.held.items():
            rows["held"] += [about | {"crawl_id": crawl_id} | asdict(fall) for fall in falls.values()]
        for one in drift.standings.values():
            row = about | {"part": one.part, "usual": one.usual, "last_good_at": one.last_good_at, "since": one.since}
            if one.fall is not None:
                row |= {"what": one.fall.what, "what_usual": one.fall.usual, "found": one.fall.found}
            rows["part"].append(row)
        rows["remark"] += [
            about | {"what": one.what, "name": one.part, "usual": one.usual, "found": one.found}
            for one in drift.warnings
        ]
        rows["remark"] += [about | {"what": "unknown_field"} | asdict(one) for one in drift.unknown]
    return rows
