"""Boards that list first and tell later: what paging needs of a list, and which ads' own answers are asked for.

Belongs here: rules that spiders and decoders of such boards must share, so that the texts that are asked for are the
texts that are put together. Never here: requests, the shape of one board's answer.

A list carries titles and places, an ad's own answer its text. Texts are asked for, and looked for in earlier crawls,
only where the listed place can be Luxembourg's; the other ads stay as they are listed, with an empty text. A board of
thousands of ads worldwide is so read with a few requests, and nothing that counts for Luxembourg is left out.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from scrapers.decoders.around import LOOK_BACK, Around
from scrapers.decoders.base import DecodeContext, Decoded, Sink, UnreadableError, load_json, one_line
from scrapers.decoders.postings import PostingBuilder, failure_of
from scrapers.items import JobPosting, Record

# "3 Locations", "2 sites": several places, none of them named.
SEVERAL = re.compile(r"\d{1,4}\+? (?:locations?|lieux|sites?|standorte|orte|plaatsen|locaties)", re.I)
# Words that name no place: the ad may be for any country, so only its text can say.
_ANYWHERE = re.compile(
    r"(?:(?:fully|100 ?%|all|flexible|work from|home ?office|home|remote|t[ée]l[ée]travail|anywhere|worldwide|global|"
    r"hybrid|multiple|various|locations?|europe|european union|eu|emea|benelux|in|or|and)\b[\s,/()\-–|;.]*)*",
    re.I,
)
_PLAIN_ID = re.compile(r"[A-Za-z0-9_.\-]{1,80}")


@dataclass(frozen=True)
class Listing:
    """One page of a list. ``ids``: of its elements in order, each element once, also of those that become no record.
    ``total``: how many elements the publisher says there are in all pages; None where it does not say.
    ``following``: what the next page is asked with (a token, "more"); "" where the publisher names none.
    ``step``: how many elements the publisher took for a page; 0 where it does not say.
    """

    ids: tuple[str, ...]
    total: int | None = None
    following: str = ""
    step: int = 0


def board_object(body: bytes, who: str, is_board: Callable[[dict[str, Any]], bool]) -> tuple[dict[str, Any], list[str]]:
    """A board's answer as a JSON object, and remarks on how it had to be read. ``is_board``: whether it has the shape.

    Raises UnreadableError: what ``load_json`` raises, upstream_error (it says that it failed), not_a_board.
    """
    payload, remarks = load_json(body)
    if not isinstance(payload, dict):
        raise UnreadableError("not_a_board", f"a JSON {type(payload).__name__} stands where an answer of {who} is due")
    if is_board(payload):
        return payload, remarks
    said = failure_of(payload) or payload.get("errorCode")
    if said:
        raise UnreadableError("upstream_error", f"{who} answers {one_line(str(said))}")
    raise UnreadableError("not_a_board", f"no ads of {who} among {', '.join(sorted(map(one_line, payload))[:8])}")


def builder_of(context: DecodeContext, board: str | None, remarks: list[str]) -> PostingBuilder:
    """A builder for one answer, with the remarks as its first notes."""
    sink = Sink(context, "job_posting")
    sink.note_all(remarks)
    return PostingBuilder(context, sink, board)


def wants_text(record: JobPosting) -> bool:
    """Whether an ad's own answer is worth a request: its listed place is Luxembourg's, or does not say where."""
    if record.is_luxembourg:
        return True
    named = [place for place in (record.location_raw, *record.offices) if not _ANYWHERE.fullmatch(place)]
    return not named or SEVERAL.fullmatch(record.location_raw) is not None


def count_of(value: object) -> int | None:
    """A publisher's count of elements; None for what is none."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**9 else None


def id_of(value: object) -> str | None:
    """A publisher's id that may be longer than ours or hold other characters: then its beginning and a digest.

    None where there is no id at all. Equal ids give equal results.
    """
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**30:
        return str(value)
    text = value.strip() if isinstance(value, str) else ""
    if not text or len(text) > 2000:
        return None
    if _PLAIN_ID.fullmatch(text):
        return text
    digest = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]
    return f"{re.sub(r'[^A-Za-z0-9_.-]+', '-', text)[:60].strip('-.')}.{digest}".lstrip(".")


def finish(found: Decoded, around: Around, wants: Callable[[JobPosting], bool] = wants_text) -> Decoded:
    """The crawl's postings; those whose own answer was not asked for again are completed from the last crawl that read
    it, ``LOOK_BACK`` at most. ``wants``: of which postings the own answer is asked for.

    What the list says today (that it is open, under which title, until when) stays; where a record stands in the
    archive is where its text does.
    """
    bare = {r.record_id for r in found.records if isinstance(r, JobPosting) and not r.text and wants(r)}
    older: dict[str, JobPosting] = {}
    for crawl in around.earlier() if bare else ():
        if around.started_at - crawl.started_at > LOOK_BACK or bare <= older.keys():
            break
        for record in crawl.decoded.records:
            if isinstance(record, JobPosting) and record.text and record.record_id in bare:
                older.setdefault(record.record_id, record)
    records: list[Record] = []
    for record in found.records:
        read = older.get(record.record_id)
        records.append(_completed(record, read) if read is not None and isinstance(record, JobPosting) else record)
    notes = list(found.notes)
    elsewhere = sum(isinstance(r, JobPosting) and not r.text and not wants(r) for r in records)
    for count, what in (
        (len(older), "postings with the text of an earlier crawl"),
        (len(bare) - len(older), "postings whose text was not read yet"),
        (elsewhere, "postings elsewhere, as listed: their texts are not asked for"),
    ):
        if count:
            notes.append(f"{count} {what}")
    return replace(found, records=records, notes=notes)


def _completed(listed: JobPosting, read: JobPosting) -> JobPosting:
    said = {"title": listed.title, "deadline_on": listed.deadline_on or read.deadline_on}
    return read.model_copy(update={"crawl_id": listed.crawl_id, **said})
