"""From archived bytes to records: one payload, one whole crawl.

Belongs here: how captures of a crawl become one result. Never here: which decoder reads which format
(``scrapers/formats.py``), network, files, clock: decoding the same bytes twice gives the same records.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import orjson

from scrapers.archive import ArchiveError, DamagedCaptureError, canonical_url
from scrapers.challenge import challenge_of
from scrapers.decoders import announcements, govjobs, jobposting_html, listed, openalex
from scrapers.decoders.around import Around, EarlierCrawl, Finish
from scrapers.decoders.base import DecodeContext, Decoded, Decoder, UnreadableError
from scrapers.formats import FORMATS
from scrapers.items import Announcement, JobPosting, Record, Reject
from scrapers.pages import web_address
from scrapers.registry import Source, resolved_params

if TYPE_CHECKING:
    from scrapers.archive import Archive, Capture

__all__ = ["FORMATS", "DecodeContext", "Decoded", "Decoder", "UnreadableError", "decode", "decode_crawl"]

# Formats whose records are put together from several captures of a crawl, once all of them are decoded.
FINISHES: dict[str, Finish] = {
    "feed": announcements.finish,
    "wp-posts": announcements.finish,
    "cssf-page": announcements.finish,
    "govjobs": govjobs.finish,
    "jobposting-html": jobposting_html.finish,
    "openalex": openalex.finish,
    "smartrecruiters": listed.finish,
    "workable": listed.finish,
    "workday": listed.finish,
    "bamboohr": listed.finish,
}

# Boards rarely change between two crawls, so most captures of a crawl are revisits of bytes decoded a moment ago. The
# budget counts records and bounds memory (about 1 kB an observation, 5 kB an advertisement).
_CACHE_RECORDS = 50_000
# Formats whose answers reckon from the day of the reading ("Posted 3 Days Ago", expired since): the same bytes read on
# another day say something else.
_BY_DAY = frozenset({"workday", "jobposting-html"})


def decode(format: str, body: bytes, context: DecodeContext) -> Decoded:
    """Records, rejects and notes of one payload. Pure: no network, no files, no clock.

    Raises UnreadableError when the payload as a whole cannot be read (challenge: what its decoder refused is a test of
    visitors), and KeyError for a format that nobody registered.
    """
    if format not in FORMATS:
        raise KeyError(f"no decoder for format {format!r}; there are: {', '.join(sorted(FORMATS))}")
    try:
        return FORMATS[format](body, context)
    except UnreadableError:
        service = challenge_of(body)
        if service is None:
            raise
        raise UnreadableError("challenge", f"a bot challenge ({service}) stands where an answer is due") from None


def decode_crawl(archive: Archive, source: Source, crawl_id: str) -> Decoded:
    """Everything one crawl brought: each record once, whole-payload failures as one reject of kind "capture".

    A revisit gives its records again, stamped with this crawl: that a posting was still listed is what ``last_seen_on``
    is made of. Answers other than 200 are not data: they are counted in the notes, as are robots.txt files.
    Some formats put records together from several captures, and look at earlier crawls for it (``FINISHES``).
    A capture whose archived bytes are damaged stops it (``DamagedCaptureError``): the archive is the data of record.
    """
    found, redirects = _of_captures(archive, source, crawl_id)
    finish = FINISHES.get(source.format)
    if finish is None:
        return found
    crawls = archive.crawls(source.id)
    started_at = next((record.started_at for record in crawls if record.crawl_id == crawl_id), None)
    if started_at is None:
        raise ArchiveError(f"no crawl {crawl_id} of {source.id} in the archive")
    before = [record for record in crawls if (record.started_at, record.crawl_id) < (started_at, crawl_id)]

    def earlier() -> Iterator[EarlierCrawl]:
        for record in reversed(before):
            try:
                decoded, ways = _of_captures(archive, source, record.crawl_id)
            except DamagedCaptureError:  # that crawl is in trouble of its own; it does not hold up this one
                continue
            yield EarlierCrawl(record.crawl_id, record.started_at, decoded, ways)

    return finish(found, Around(started_at, redirects, earlier, crawl_id, resolved_params(source)))


def _of_captures(archive: Archive, source: Source, crawl_id: str) -> tuple[Decoded, dict[str, str]]:
    """What the captures of a crawl give, each record once, and where answers redirected to ("" where nothing is)."""
    found, skipped, redirects = Decoded(), Counter[str](), dict[str, str]()
    params_key = orjson.dumps(source.params, option=orjson.OPT_SORT_KEYS, default=str)
    params = resolved_params(source)
    kept: dict[str, Record] = {}
    for capture in archive.captures(source.id, crawl_id):
        why_not = _not_data(capture)
        if why_not:
            skipped[why_not] += 1
            if 300 <= capture.status < 400:
                redirects |= _redirect(capture)
            elif capture.status in (404, 410):
                redirects[canonical_url(capture.url)] = ""
            continue
        context = DecodeContext(
            source_id=source.id,
            crawl_id=crawl_id,
            capture_id=capture.capture_id,
            url=capture.url,
            retrieved_at=capture.retrieved_at,
            is_sample=capture.is_reconstructed or source.is_sample,
            params=params,
            content_type=capture.headers.get("content-type", ""),
        )
        try:
            decoded = _decode_cached(source.format, capture.body, context, params_key)
        except UnreadableError as error:
            found.rejects.append(
                Reject(
                    **context.provenance(),
                    record_kind="capture",
                    locator="",
                    reason=error.reason,
                    detail=error.detail,
                )
            )
            continue
        found.rejects += decoded.rejects
        found.listed += decoded.listed
        found.notes += [f"{capture.url}: {note}" for note in decoded.notes]
        for record in decoded.records:
            earlier = kept.get(record.record_id)
            if earlier is None:
                kept[record.record_id] = record
                continue
            kept[record.record_id], remark = _one_of(earlier, record)
            skipped[remark] += 1
    found.records = list(kept.values())
    found.notes += [f"{count} {what}" for what, count in sorted(skipped.items())]
    return found, redirects


def _redirect(capture: Capture) -> dict[str, str]:
    target = web_address(capture.headers.get("location"), capture.url)
    return {canonical_url(capture.url): canonical_url(target)} if target else {}


def _not_data(capture: Capture) -> str | None:
    """Why a capture holds no data, or None if it is to be decoded."""
    path = urlsplit(capture.url).path
    if path in ("/robots.txt", "/.well-known/tdmrep.json"):
        return f"{path.rpartition('/')[2]} not decoded"
    if capture.kind == "resource" or capture.status == 200:  # a 304 carries the status of the answer that it confirms
        return None
    return f"answers with status {capture.status} not decoded"


def _one_of(earlier: Record, later: Record) -> tuple[Record, str]:
    """One record where two captures of a crawl gave the same id: the richer advertisement, else the later reading."""
    if earlier.content_sha256 == later.content_sha256:
        return earlier, "records seen in two captures, alike"
    if isinstance(earlier, Announcement) and isinstance(later, Announcement):
        return announcements.one_of(earlier, later), "records seen in two captures, put together"
    if isinstance(earlier, JobPosting) and isinstance(later, JobPosting):
        base = later if len(later.text) >= len(earlier.text) else earlier
        merged = list(dict.fromkeys([*earlier.departments, *later.departments]))
        return base.model_copy(update={"departments": merged}), "records seen in two captures, the fuller text kept"
    chosen = later if later.retrieved_at >= earlier.retrieved_at else earlier
    return chosen, "records seen in two captures that differ, the later kept"


class _Memory:
    """Results by capture, the least recently used forgotten first."""

    def __init__(self) -> None:
        self.results: OrderedDict[tuple[object, ...], Decoded] = OrderedDict()
        self.records = 0

    def get(self, key: tuple[object, ...]) -> Decoded | None:
        if key in self.results:
            self.results.move_to_end(key)
        return self.results.get(key)

    def put(self, key: tuple[object, ...], result: Decoded) -> None:
        self.results[key] = result
        self.records += len(result.records)
        while self.records > _CACHE_RECORDS and len(self.results) > 1:
            self.records -= len(self.results.popitem(last=False)[1].records)


_memory = _Memory()


def _decode_cached(format: str, body: bytes, context: DecodeContext, params_key: bytes) -> Decoded:
    """As ``decode``, remembering results by capture: equal bytes, address and parameters give equal records, with some
    formats on the same day.
    """
    key = (
        format,
        context.capture_id,
        context.url,
        context.source_id,
        context.is_sample,
        context.content_type,
        params_key,
        context.retrieved_at.date() if format in _BY_DAY else None,
    )
    stored = _memory.get(key)
    if stored is None:
        stored = decode(format, body, context)
        _memory.put(key, stored)
    # model_copy does not validate again; only the two stamps change and both come from a typed capture.
    stamp = {"crawl_id": context.crawl_id, "retrieved_at": context.retrieved_at}
    return Decoded(
        [record.model_copy(update=stamp) for record in stored.records],
        [reject.model_copy(update=stamp) for reject in stored.rejects],
        list(stored.notes),
        list(stored.listed),
    )
