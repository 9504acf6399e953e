"""Greenhouse job boards to postings: lists of jobs, jobs nested in departments or offices, and single jobs.

Belongs here: the shape of the board API's answers. Never here: requests, what a text means, which places are Luxembourg
(``scrapers/places.py``), contacts in texts (scrubbed before anything is written).

``content`` is HTML escaped once more as text. Days are UTC days. A job that stands in several departments is one record
with all of them. Format: the public job board API, answers recorded in 2026.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import islice
from typing import Any
from urllib.parse import unquote, urlsplit

from scrapers.decoders.base import (
    MAX_ELEMENTS,
    DecodeContext,
    Decoded,
    Sink,
    UnreadableError,
    load_json,
    parse_moment,
    unknown_fields,
)
from scrapers.decoders.board_answers import refuse_other, refuse_part
from scrapers.decoders.postings import (
    PostingBuilder,
    Salary,
    amount,
    clean,
    currency_code,
    names,
    only_once,
    page,
    period_in,
    salary,
    workplace_of,
)

_TOP = frozenset(("jobs", "meta", "departments", "offices"))
_JOB_FIELDS = (
    "absolute_url ai_disclaimer ai_opt_out_request_url application_deadline company_name compliance content "
    "data_compliance demographic_questions departments education first_published id include_ai_disclaimer "
    "internal_job_id language location location_questions metadata offices pay_input_ranges questions requisition_id "
    "title updated_at"
)
_JOB = frozenset(_JOB_FIELDS.split())
_EMPLOYMENT = re.compile(
    r"employment type|contract type|type of (employment|contract)|time type|type d(e |')(contrat|emploi)|"
    r"vertragsart|besch[äa]ftigungsart|anstellungsart",
    re.I,
)
_NO_WAGE = re.compile(r"bonus|budget|commission|equity|relocation|target|referral|sign.?on|prime|fee\b", re.I)
_MAX_RANGES = 1_000  # of one job
_WORKPLACE = re.compile(r"workplace|work model|remote|t[ée]l[ée]travail", re.I)
_BOARD = re.compile(r"/boards/([^/]+)(?:/|$)")
_TOKEN = re.compile(r"[A-Za-z0-9_.\-]{1,100}")
_MAX_NESTING = 20  # of departments within departments
_PAGE = re.compile(r"https?://(?:job-)?boards(?:\.eu)?\.greenhouse\.io/([A-Za-z0-9_.\-]{1,100})/jobs/")


def decode(body: bytes, context: DecodeContext) -> Decoded:
    """Postings of one board.

    Raises UnreadableError: what ``load_json`` raises, upstream_error (the board says it failed), not_a_board (also an
    answer of another system), partial (it counts jobs and holds none), too_many_elements.
    """
    payload, remarks = load_json(body)
    sink = Sink(context, "job_posting")
    sink.note_all(remarks)
    if not isinstance(payload, dict):
        raise UnreadableError("not_a_board", f"a JSON {type(payload).__name__} stands where a board is due")
    jobs = list(islice(_jobs(payload, sink), MAX_ELEMENTS + 1))
    if len(jobs) > MAX_ELEMENTS:
        raise UnreadableError("too_many_elements", f"more than {MAX_ELEMENTS} jobs")
    refuse_other("Greenhouse", [*(job for _, job, _ in jobs), payload])
    meta = payload.get("meta")
    if isinstance(meta, dict):
        refuse_part(len(jobs), meta.get("total"), context.url)
    found = _BOARD.search(urlsplit(context.url).path)
    token = unquote(found[1]) if found and _TOKEN.fullmatch(unquote(found[1])) else None
    builder = PostingBuilder(context, sink, token)
    for locator, job, departments in jobs:
        _read(builder, locator, job, departments)
    return builder.decoded()


def _jobs(payload: dict[str, Any], sink: Sink) -> Iterator[tuple[str, object, list[str]]]:
    """(locator, job, departments it is nested in) of each job in the payload."""
    if isinstance(payload.get("jobs"), list):
        unknown_fields(sink, payload, _TOP, "")
        jobs = payload["jobs"]
        meta = payload.get("meta")
        total = meta.get("total") if isinstance(meta, dict) else None
        if isinstance(total, int) and total != len(jobs):
            sink.note(f"the board counts {total} jobs, the payload holds {len(jobs)}")
        yield from ((f"$.jobs[{at}]", job, []) for at, job in enumerate(jobs))
    elif "title" in payload and "id" in payload:
        yield "$", payload, []
    elif any(isinstance(payload.get(group), list) for group in ("departments", "offices")):
        unknown_fields(sink, payload, _TOP, "")
        yield from _grouped(payload, "$", [], sink)
    elif "error" in payload or "status" in payload or "errors" in payload:
        said = payload.get("error", payload.get("errors", payload.get("message", "no reason given")))
        raise UnreadableError("upstream_error", f"the board answers {payload.get('status', '')} {said}")
    else:
        raise UnreadableError("not_a_board", f"no jobs among the fields {', '.join(sorted(map(str, payload))[:8])}")


def _grouped(
    group: Mapping[str, Any], locator: str, departments: list[str], sink: Sink, depth: int = 0
) -> Iterator[tuple[str, object, list[str]]]:
    """Jobs of nested departments, as /departments, /offices and their trees (``children``) list them."""
    for key in ("departments", "offices", "children"):
        inner = group.get(key)
        if not isinstance(inner, list):
            continue
        for at, part in enumerate(inner):
            where = f"{locator}.{key}[{at}]"
            if not isinstance(part, dict):
                sink.reject(where, "not_an_object", f"a {type(part).__name__} stands where a group of jobs is due")
                continue
            if depth >= _MAX_NESTING:
                sink.reject(where, "too_deep", f"groups nested deeper than {_MAX_NESTING}")
                continue
            name = part.get("name")
            mine = [*departments, clean(name)] if key != "offices" and isinstance(name, str) else departments
            jobs = part.get("jobs")
            if isinstance(jobs, list):
                yield from ((f"{where}.jobs[{n}]", job, mine[-1:]) for n, job in enumerate(jobs))
            elif jobs is not None:
                sink.reject(f"{where}.jobs", "not_a_list", f"a {type(jobs).__name__} stands where jobs are due")
            yield from _grouped(part, where, mine, sink, depth + 1)


def _read(builder: PostingBuilder, locator: str, job: object, departments: list[str]) -> None:
    """Turn one job into a record, a merge with an earlier one, or a reject."""
    if not isinstance(job, dict):
        builder.sink.reject(locator, "not_an_object", f"a {type(job).__name__} stands where a job is due")
        return
    unknown_fields(builder.sink, job, _JOB, "of a job: ")
    location = job.get("location")
    way = _metadata(job, _WORKPLACE) or ""
    of_page = _PAGE.match(page(job.get("absolute_url")))
    builder.build(
        locator,
        posting_id=job.get("id"),
        title=job.get("title"),
        employer=job.get("company_name"),
        board=of_page[1] if of_page else None,
        url=job.get("absolute_url"),
        html=job.get("content"),
        location=location.get("name") if isinstance(location, dict) else location,
        offices=_offices(job.get("offices")),
        workplace=workplace_of(way),
        workplace_text=way,
        departments=[*names(job.get("departments")), *departments],
        requisition_id=job.get("requisition_id"),
        employment_type=_metadata(job, _EMPLOYMENT),
        pay=_pay(job.get("pay_input_ranges")) or _stated_pay(job),
        language=builder.language(job.get("language")),
        published_on=builder.day(job.get("first_published"), "first_published"),
        updated_at=builder.moment(job.get("updated_at"), "updated_at", parse_moment),
        deadline_on=builder.day(job.get("application_deadline"), "application_deadline"),
        listed_again="job listed in several departments" if departments else "job listed twice, alike",
    )


def _offices(offices: object) -> list[str]:
    """Each office as "Name (address)", or its name alone."""
    found = []
    for office in offices if isinstance(offices, list) else []:
        if not isinstance(office, dict):
            continue
        name, where = clean(office.get("name")), clean(office.get("location"))
        found.append(f"{name} ({where})" if name and where and where != name else name or where)
    return found


def _metadata(job: Mapping[str, Any], wanted: re.Pattern[str]) -> str | None:
    for entry in job["metadata"] if isinstance(job.get("metadata"), list) else []:
        if not isinstance(entry, dict) or not wanted.search(clean(entry.get("name"))):
            continue
        value = entry.get("value")
        values = value if isinstance(value, list) else [value]
        text = ", ".join(clean(part) for part in values if clean(part))
        if text:
            return text[:200]
    return None


def _pay(ranges: object) -> Salary | None:
    """Pay as the board's ranges state it, in cents. A range for each place: of several, their outer bounds where the
    currency is one, else all of them in words. What an amount is paid for stands in the range's title, if anywhere.
    """
    rows = [row for row in (ranges if isinstance(ranges, list) else [])[:_MAX_RANGES] if isinstance(row, dict)]
    lows = [low / 100 for row in rows if (low := amount(row.get("min_cents")))]
    highs = [high / 100 for row in rows if (high := amount(row.get("max_cents")))]
    currencies = {currency_code(row.get("currency_type")) for row in rows}
    titles = "; ".join(only_once(clean(row.get("title"))[:200] for row in rows))[:500]
    if not (lows or highs):
        return Salary(text=titles) if titles else None
    if len(currencies) != 1:
        return Salary(text="; ".join(only_once(map(_in_words, rows)))[:500])
    return Salary(min(lows, default=None), max(highs, default=None), currencies.pop(), period_in(titles), titles)


def _in_words(row: Mapping[str, Any]) -> str:
    """ "Paris: EUR 60000 - 80000"."""
    ends = [f"{cents / 100:.10g}" for name in ("min_cents", "max_cents") if (cents := amount(row.get(name)))]
    span = f"{currency_code(row.get('currency_type'))} {' - '.join(ends)}".strip() if ends else ""
    return ": ".join(only_once((clean(row.get("title"))[:100], span)))


def _stated_pay(job: Mapping[str, Any]) -> Salary | None:
    """Pay that an employer states in a field of its own: an amount of money, or a range."""
    for entry in job["metadata"] if isinstance(job.get("metadata"), list) else []:
        if not isinstance(entry, dict) or entry.get("value_type") not in ("currency", "currency_range"):
            continue
        value, name = entry.get("value"), clean(entry.get("name"))[:200]
        if isinstance(value, dict) and not _NO_WAGE.search(name):
            low, high = value.get("min_value", value.get("amount")), value.get("max_value", value.get("amount"))
            found = salary(low, high, value.get("unit"), period_in(name))
            if found is not None:
                return replace(found, text=found.text or name)
    return None
