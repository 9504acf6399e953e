"""Greenhouse job boards to postings: lists of jobs, jobs nested in departments or offices, and single jobs.

Belongs here: the shape of the board API's answers. Never here: requests, what a text means, which places are Luxembourg
(``scrapers/places.py``), contacts in texts (scrubbed before anything is written).

``content`` is HTML escaped once more as text. Days are UTC days. A job that stands in several departments is one record
with all of them. Format: the public job board API, answers recorded in 2026.
"""

from __future__ import annotations

import html as entities
import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any
from urllib.parse import unquote, urlsplit

from scrapers import places
from scrapers.decoders.base import (
    MAX_ELEMENTS,
    DecodeContext,
    Decoded,
    Sink,
    UnreadableError,
    load_json,
    parse_day,
    parse_moment,
    unknown_fields,
)
from scrapers.html import TooLongError, to_text
from scrapers.items import JobPosting

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
_WORKPLACE = re.compile(r"workplace|work model|remote|t[ée]l[ée]travail", re.I)
_BOARD = re.compile(r"/boards/([^/]+)(?:/|$)")
_TOKEN = re.compile(r"[A-Za-z0-9_.\-]{1,100}")
_LANGUAGE = re.compile(r"[a-z]{2,3}([-_][a-z0-9]{2,8})?")
_MAX_TITLE, _MAX_LINE = 500, 2000  # characters; nobody writes more, and place texts are searched many times
_MAX_NESTING = 20  # of departments within departments
_MAX_NAMES = 100  # departments or offices of one job


def decode(body: bytes, context: DecodeContext) -> Decoded:
    """Postings of one board.

    Raises UnreadableError: what ``load_json`` raises, upstream_error (the board says it failed), not_a_board,
    too_many_elements.
    """
    payload, remarks = load_json(body)
    sink = Sink(context, "job_posting")
    for remark in remarks:
        sink.note(remark)
    if not isinstance(payload, dict):
        raise UnreadableError("not_a_board", f"a JSON {type(payload).__name__} stands where a board is due")
    jobs = list(islice(_jobs(payload, sink), MAX_ELEMENTS + 1))
    if len(jobs) > MAX_ELEMENTS:
        raise UnreadableError("too_many_elements", f"more than {MAX_ELEMENTS} jobs")
    board = _Board(context, sink)
    for locator, job, departments in jobs:
        board.read(locator, job, departments)
    sink.records.extend(board.records.values())
    return sink.decoded()


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
            mine = [*departments, _clean(name)] if key != "offices" and isinstance(name, str) else departments
            jobs = part.get("jobs")
            if isinstance(jobs, list):
                yield from ((f"{where}.jobs[{n}]", job, mine[-1:]) for n, job in enumerate(jobs))
            elif jobs is not None:
                sink.reject(f"{where}.jobs", "not_a_list", f"a {type(jobs).__name__} stands where jobs are due")
            yield from _grouped(part, where, mine, sink, depth + 1)


class _Board:
    """One board's jobs being read; each id gives one record."""

    def __init__(self, context: DecodeContext, sink: Sink) -> None:
        self.context, self.sink = context, sink
        self.records: dict[str, JobPosting] = {}
        found = _BOARD.search(urlsplit(context.url).path)
        self.token = unquote(found[1]) if found and _TOKEN.fullmatch(unquote(found[1])) else None
        self.listed = _listed_board(context.params, self.token)
        if self.token is None and self.listed:
            self.token = str(self.listed.get("board") or "") or None

    def read(self, locator: str, job: object, departments: list[str]) -> None:
        """Turn one job into a record, a merge with an earlier one, or a reject."""
        if not isinstance(job, dict):
            self.sink.reject(locator, "not_an_object", f"a {type(job).__name__} stands where a job is due")
            return
        unknown_fields(self.sink, job, _JOB, "of a job: ")
        posting_id = _identifier(job.get("id"))
        if posting_id is None:
            self.sink.reject(locator, "missing_id", f"id is {job.get('id')!r}")
            return
        title = _clean(job.get("title"))
        if not title:
            self.sink.reject(locator, "missing_title", f"job {posting_id}: title is {job.get('title')!r}")
            return
        if len(title) > _MAX_TITLE:
            self.sink.reject(locator, "title_too_long", f"job {posting_id}: {len(title)} characters")
            return
        employer = self._employer(job)
        if not employer:
            self.sink.reject(locator, "missing_employer", f"job {posting_id}: neither job, source nor address names it")
            return
        content = job.get("content")
        if content is not None and not isinstance(content, str):
            self.sink.reject(locator, "bad_content", f"job {posting_id}: content is a {type(content).__name__}")
            return
        if not content:
            self.sink.note("job without content")
        try:
            text = to_text(content or "")
        except TooLongError as error:
            self.sink.reject(locator, "text_too_long", f"job {posting_id}: {error}")
            return
        fields = self._fields(job, posting_id, title, employer, text, departments)
        record = self.sink.build(JobPosting, locator, fields)
        if isinstance(record, JobPosting):
            self._keep(locator, record, nested=bool(departments))

    def _fields(
        self, job: Mapping[str, Any], posting_id: str, title: str, employer: str, text: str, departments: list[str]
    ) -> dict[str, Any]:
        board_id = self.token or _token_of_page(job.get("absolute_url"))
        if board_id is None:
            self.sink.note("the address names no board: board_id is 'unknown'")
            board_id = "unknown"
        place = job.get("location")
        location = _clean(place.get("name") if isinstance(place, dict) else place)
        offices = self._offices(job.get("offices"))
        workplace = self._metadata(job, _WORKPLACE) or ""
        country = _clean(self.listed.get("country"))
        found = places.luxembourg(location, tuple(offices), text=text, workplace=workplace, employer_country=country)
        return {
            "record_id": f"{self.context.source_id}:{board_id}:{posting_id}",
            "board_id": board_id,
            "posting_id": posting_id,
            "requisition_id": _clean(job.get("requisition_id")) or None,
            "employer": employer,
            "title": title,
            "posting_url": _page(job.get("absolute_url")),
            "text": text,
            "location_raw": location,
            "offices": offices,
            "departments": self._few([*_names(job.get("departments")), *departments]),
            "employment_type": self._metadata(job, _EMPLOYMENT),
            "language_declared": self._language(job.get("language")),
            "published_on": self._moment(job, "first_published", parse_day),
            "updated_at": self._moment(job, "updated_at", parse_moment),
            "deadline_on": self._moment(job, "application_deadline", parse_day),
            "is_luxembourg": found.is_luxembourg,
            "luxembourg_basis": found.basis,
            "is_remote": found.is_remote,
        }

    def _keep(self, locator: str, record: JobPosting, *, nested: bool) -> None:
        earlier = self.records.get(record.posting_id)
        if earlier is None:
            self.records[record.posting_id] = record
            return
        merged = self._few([*earlier.departments, *record.departments])
        both = earlier.model_copy(update={"departments": merged})
        if record.model_copy(update={"departments": merged, "locator": earlier.locator}) == both:
            self.records[record.posting_id] = both
            self.sink.note("job listed in several departments" if nested else "job listed twice, alike")
        else:
            self.sink.reject(locator, "duplicate_id", f"job {record.posting_id} stands there twice with other content")

    def _employer(self, job: Mapping[str, Any]) -> str:
        named = _clean(job.get("company_name"))
        if named:
            return named
        if _clean(self.listed.get("employer")):
            return _clean(self.listed["employer"])
        token = self.token or _token_of_page(job.get("absolute_url"))
        if token:
            self.sink.note("job without company_name: the board's token stands for the employer")
        return token or ""

    def _offices(self, offices: object) -> list[str]:
        """Each office as "Name (address)", or its name alone."""
        found = []
        for office in offices if isinstance(offices, list) else []:
            if not isinstance(office, dict):
                continue
            name, where = _clean(office.get("name")), _clean(office.get("location"))
            if name or where:
                found.append(f"{name} ({where})" if name and where and where != name else name or where)
        return self._few(found)

    def _few(self, names: list[str]) -> list[str]:
        """Each name once, and no more of them than a job can have."""
        kept = list(dict.fromkeys(names))
        if len(kept) > _MAX_NAMES:
            self.sink.note(f"job with more than {_MAX_NAMES} departments or offices: the others are not kept")
        return kept[:_MAX_NAMES]

    def _metadata(self, job: Mapping[str, Any], wanted: re.Pattern[str]) -> str | None:
        for entry in job["metadata"] if isinstance(job.get("metadata"), list) else []:
            if not isinstance(entry, dict) or not wanted.search(str(entry.get("name", ""))):
                continue
            value = entry.get("value")
            values = value if isinstance(value, list) else [value]
            text = ", ".join(_clean(part) for part in values if isinstance(part, str) and part.strip())
            if text:
                return text[:200]
        return None

    def _language(self, declared: object) -> str | None:
        if declared in (None, ""):
            return None
        code = declared.strip().lower() if isinstance(declared, str) else ""
        if _LANGUAGE.fullmatch(code):
            return code.replace("_", "-")
        self.sink.note(f"language {declared!r} is no language code")
        return None

    def _moment(self, job: Mapping[str, Any], name: str, parse: Any) -> Any:
        """A day or a moment; a slip in a date costs the date, said in a note, not the posting."""
        raw = job.get(name)
        if raw in (None, ""):
            return None
        moment = parse(raw)
        if moment is None:
            self.sink.note(f"{name} {str(raw)[:40]!r} is no date")
        return moment


def _clean(value: object) -> str:
    """One line of text without entities, or "" for anything that is no text."""
    if not isinstance(value, str):
        return ""
    text = "".join(char if char.isprintable() else " " for char in entities.unescape(value))
    return " ".join(text.split())[:_MAX_LINE]


def _identifier(value: object) -> str | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int) and 0 <= value < 10**30:
        return str(value)
    return value.strip() if isinstance(value, str) and re.fullmatch(r"\s*[A-Za-z0-9_.\-]{1,80}\s*", value) else None


def _names(groups: object) -> list[str]:
    found = [
        _clean(group.get("name")) for group in (groups if isinstance(groups, list) else []) if isinstance(group, dict)
    ]
    return [name for name in found if name]


def _page(value: object) -> str:
    """The advertisement's address if it is one of the web, else "": other schemes have no place on a page of ours."""
    text = value.strip() if isinstance(value, str) and len(value) <= _MAX_LINE else ""
    return text if text.isprintable() and re.match(r"https?://[^\s\"'<>]+$", text, re.I) else ""


def _token_of_page(value: object) -> str | None:
    found = re.match(r"https?://(?:job-)?boards(?:\.eu)?\.greenhouse\.io/([A-Za-z0-9_.\-]{1,100})/jobs/", _page(value))
    return found[1] if found else None


def _listed_board(params: Mapping[str, Any], token: str | None) -> dict[str, Any]:
    """What the source's registry entry says of the board; of the only board where the address names none."""
    boards = params.get("boards")
    entries = [dict(entry) for entry in boards if isinstance(entry, Mapping)] if isinstance(boards, list) else []
    if token is None:
        return entries[0] if len(entries) == 1 else {}
    return next((entry for entry in entries if entry.get("board") == token), {})
