"""One look at an address that nobody tried yet: is it there, what comes, how much of it, how new.

Belongs here: the one request of a probe, and what its answer is taken for. Never here: records. A probe goes through
the archive's door as a look does (robots.txt and opt-outs are asked first) and is archived as one: nothing is ever
decoded from it into records, and it is forgotten as looks are.

A disabled source is asked of nobody, with this one exception: where its address is ``unverified``, nobody can say what
stands there until it was asked for once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

from scrapers.archive import Archive, Capture
from scrapers.decode import DecodeContext, UnreadableError, decode
from scrapers.items import Record
from scrapers.plan import planned_requests
from scrapers.registry import Source, Watch, resolved_params
from scrapers.run import CrawlRefusedError
from scrapers.sniff import guess
from scrapers.watch import look

_STAMPS = ("published_at", "published_on", "updated_at", "updated_on", "content_updated_at", "retrieved_on")
_MINUTES = 60 * 24  # required of a watch, of no meaning for one look


@dataclass(frozen=True)
class Probe:
    """What one request found. ``problem`` is one line, None where an answer came that the source's format can read."""

    url: str  # asked for
    answered_by: str = ""  # the address that gave the answer, after redirects
    status: int | None = None
    problem: str | None = None
    format: str | None = None  # as the payload shows it
    format_why: str = ""  # why none is shown
    items: int = 0
    rejects: int = 0
    newest: date | None = None
    robots: dict[str, str] = field(default_factory=dict)


def may_be_probed(source: Source) -> bool:
    return "live" in source.modes and source.disabled is not None and source.evidence == "unverified"


def probe(
    source: Source,
    archive_root: Path,
    *,
    contact: str,
    host_map: dict[str, str] | None = None,
    keys: Mapping[str, str] | None = None,
) -> Probe:
    """Ask for the first address of a source, once. Raises :class:`CrawlRefusedError` for one that may not be probed."""
    if not may_be_probed(source):
        raise CrawlRefusedError(f"{source.id} is not probed: only a disabled source of an unverified address is")
    first = planned_requests(source)[0]
    if first.method != "GET":
        raise CrawlRefusedError(f"{source.id} is not probed: it is asked by {first.method}, a probe only gets")
    watch = Watch.model_validate({"kind": "conditional_get", "every_minutes": _MINUTES, "url": first.url})
    asked = source.model_copy(update={"disabled": None, "watch": watch})
    found = look([asked], archive_root, contact=contact, host_map=host_map, keys=keys)[source.id]
    if found.crawl_id is None:
        return Probe(first.url, problem=found.problem or "another look has the source or its host: try again later")
    archive = Archive(archive_root)
    record = next((one for one in archive.crawls(source.id, purpose="watch") if one.crawl_id == found.crawl_id), None)
    answers = [one for one in archive.captures(source.id, found.crawl_id) if not one.url.endswith("/tdmrep.json")]
    robots = dict(record.robots) if record is not None else {}
    if not answers:
        return Probe(first.url, problem=found.problem or "no answer", robots=robots)
    return _read(source, first.url, answers[-1], found.problem, robots)


def _read(source: Source, url: str, answer: Capture, problem: str | None, robots: dict[str, str]) -> Probe:
    shown = guess(answer.body)
    said = Probe(url, answer.url, answer.wire_status, problem, shown.format, shown.why, robots=robots)
    if answer.status != 200 or problem is not None:
        return said
    context = DecodeContext(
        source_id=source.id,
        crawl_id=answer.crawl_id,
        capture_id=answer.capture_id,
        url=url,
        retrieved_at=answer.retrieved_at,
        params=resolved_params(source),
        content_type=answer.headers.get("content-type", ""),
    )
    try:
        decoded = decode(source.format, answer.body, context)
    except UnreadableError as error:
        return Probe(url, answer.url, answer.wire_status, str(error), shown.format, shown.why, robots=robots)
    items = len(decoded.records) + len(decoded.listed)
    newest = max(filter(None, map(_day, decoded.records)), default=None)
    nothing = None if items else "the answer can be read and lists nothing"
    return Probe(
        url,
        answer.url,
        answer.wire_status,
        nothing,
        shown.format,
        shown.why,
        items=items,
        rejects=len(decoded.rejects),
        newest=newest,
        robots=robots,
    )


def _day(record: Record) -> date | None:
    for name in _STAMPS:
        value = getattr(record, name, None)
        if isinstance(value, datetime):
            return value.date()
        if isinstance(value, date):
            return value
    return None
