"""One advertisement from its parts: what every decoder of job boards does alike, however the board writes them.

Belongs here: bounds, cleaning, employer from the registry, plain text, place of work, languages, duplicates; the
readings of single values are re-exported from ``posting_values`` and ``pay``. Never here: the shape of one board's
answer.

A decoder of a board reads:

    payload, builder = read_board(body, context, _BOARD)
    for locator, job in builder.objects(payload["jobs"], "$.jobs"):
        builder.build(locator, posting_id=job.get("id"), title=job.get("title"), html=job.get("body"), ...)
    return builder.decoded()
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from typing import Any

from scrapers import places
from scrapers.decoders.base import (
    MAX_ELEMENTS,
    DecodeContext,
    Decoded,
    Sink,
    UnreadableError,
    load_json,
)
from scrapers.decoders.board_answers import board_at, board_in, failure_of, listed_board
from scrapers.decoders.pay import Period, Salary, amount, currency_code, period_in, period_of, salary
from scrapers.decoders.posting_values import (
    Workplace,
    clean,
    headline,
    identifier,
    language_code,
    language_codes,
    mapping,
    moment_of_epoch,
    moment_of_mail,
    moment_of_text,
    names,
    only_once,
    page,
    place,
    relative_day,
    shown,
    vacancies_of,
    with_country,
    without_escapes,
    workplace_of,
)
from scrapers.html import MAX_CHARS, TooLongError, to_text
from scrapers.items import JobPosting, Precision

__all__ = [
    "NOT_NAMED",
    "Period",
    "PostingBuilder",
    "Salary",
    "Workplace",
    "amount",
    "board_at",
    "board_in",
    "clean",
    "currency_code",
    "failure_of",
    "identifier",
    "language_code",
    "language_codes",
    "listed_board",
    "mapping",
    "moment_of_epoch",
    "moment_of_mail",
    "moment_of_text",
    "names",
    "only_once",
    "page",
    "period_in",
    "period_of",
    "place",
    "plain",
    "read_board",
    "relative_day",
    "salary",
    "shown",
    "vacancies_of",
    "with_country",
    "workplace_of",
]

NOT_NAMED = "not named"  # the employer of an ad that neither its answer, the registry nor the address names
_MAX_TITLE = 500  # characters
_MAX_NAMES = 100  # departments, offices or codes of one job
_MAX_SHORT = 200  # characters of contract and industry
_CONTROLS = dict.fromkeys(
    [*range(0x09), 0x0B, 0x0C, *range(0x0E, 0x20), 0x7F, 0xAD, 0x200B, 0x200E, 0x200F, 0x2060, 0xFEFF]
)


class PostingBuilder:
    """The postings of one payload of one board; each id gives one record.

    ``board``: the board's id, as the address or the payload names it; without one, the only board of the source is
    meant. What the registry says of it is ``listed`` ({} for a board that is not registered).
    """

    def __init__(self, context: DecodeContext, sink: Sink, board: str | None = None) -> None:
        self.context, self.sink = context, sink
        self.records: dict[str, JobPosting] = {}  # by record id
        self.left_out = 0
        self.listed = listed_board(context.params, board)
        self.board = board or clean(self.listed.get("board")) or None

    def objects(self, elements: object, where: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """(locator, element) of a list's objects; what is no object becomes a reject.

        Raises UnreadableError: not_a_board (it is no list), too_many_elements.
        """
        if not isinstance(elements, list):
            raise UnreadableError("not_a_board", f"{where} is a {type(elements).__name__} where a list of jobs is due")
        if len(elements) > MAX_ELEMENTS:
            raise UnreadableError("too_many_elements", f"{len(elements)} jobs, at most {MAX_ELEMENTS} are read")
        for at, element in enumerate(elements):
            if isinstance(element, dict):
                yield f"{where}[{at}]", element
            else:
                kind = type(element).__name__
                self.sink.reject(f"{where}[{at}]", "not_an_object", f"a {kind} stands where a job is due")

    def build(
        self,
        locator: str,
        *,
        posting_id: object,
        title: object,
        employer: object = "",
        board: str | None = None,
        url: object = "",
        html: object = None,
        parts: Iterable[tuple[str, object]] | None = None,
        text: str | None = None,
        text_is_due: bool = True,
        location: object = "",
        offices: Iterable[str] = (),
        country: object = "",
        workplace: Workplace = "",
        workplace_text: str = "",
        departments: Iterable[str] = (),
        requisition_id: object = None,
        employment_type: object = None,
        vacancies: int | None = None,
        pay: Salary | None = None,
        language: str | None = None,
        languages_required: Iterable[str] = (),
        occupation_codes: Iterable[str] = (),
        industry: object = "",
        published_on: date | None = None,
        published_precision: Precision = "day",
        updated_at: datetime | None = None,
        deadline_on: date | None = None,
        listed_again: str = "job listed twice, alike",
    ) -> JobPosting | None:
        """The posting, kept for :meth:`decoded`; None where it is set aside, with the reason in a reject.

        The body is one of ``html``, ``parts`` ((heading, HTML) each) and ``text`` (plain already); none of them: a
        list without texts (``text_is_due`` False spares the remark). ``location`` is the first place of work,
        ``offices`` the others; ``country`` the employer's where the board says it (two letters; else the registry's).
        ``workplace_text``: words on remote work where the board has no code. ``posting_id`` is the publisher's own.
        ``board`` counts only where neither address nor registry names the board.

        The same id again: alike (but for departments, which are put together) it is noted (``listed_again``), with
        other content it is rejected.
        """
        known = identifier(posting_id)
        if known is None:
            self.sink.reject(locator, "missing_id", f"id is {shown(posting_id)}")
            return None
        board_id = self.board or board
        if board_id is None:
            self.sink.note("the address names no board: board_id is 'unknown'")
            board_id = "unknown"
        record_id = f"{self.context.source_id}:{board_id}:{known}"
        name = headline(title)
        if not name:
            self.sink.reject(locator, "missing_title", f"job {known}: title is {shown(title)}", record_id)
            return None
        if len(name) > _MAX_TITLE:
            self.sink.reject(locator, "title_too_long", f"job {known}: {len(name)} characters", record_id)
            return None
        words = self._words(locator, known, [("", html)] if parts is None else parts, text, record_id)
        if words is None:
            return None
        if not words and text_is_due:
            self.sink.note("job without content")
        where, others = clean(location), self.few([clean(office) for office in offices])
        found = places.luxembourg(
            where,
            tuple(others),
            text=words,
            workplace="remote" if workplace == "remote" else workplace_text or workplace.replace("_", "-"),
            employer_country=clean(country) or clean(self.listed.get("country")),
        )
        fields: dict[str, Any] = {
            "record_id": record_id,
            "board_id": board_id,
            "posting_id": known,
            "requisition_id": clean(requisition_id)[:_MAX_SHORT] or None,
            "employer": self._employer(employer, board),
            "title": name,
            "posting_url": page(url),
            "text": words,
            "location_raw": where,
            "offices": others,
            "departments": self.few([clean(part) for part in departments]),
            "employment_type": clean(employment_type)[:_MAX_SHORT] or None,
            "vacancies": vacancies,
            "workplace": workplace,
            "language_declared": language,
            "languages_required": self.few(languages_required),
            "occupation_codes": self.few([clean(code)[:_MAX_SHORT] for code in occupation_codes]),
            "industry": clean(industry)[:_MAX_SHORT],
            "published_on": published_on,
            "published_precision": published_precision if published_on else "",
            "updated_at": updated_at,
            "deadline_on": deadline_on,
            "is_luxembourg": found.is_luxembourg,
            "luxembourg_basis": found.basis,
            "is_remote": found.is_remote,
        }
        if pay is not None:
            fields |= {
                "salary_min": pay.minimum,
                "salary_max": pay.maximum,
                "salary_currency": pay.currency,
                "salary_period": pay.period,
                "salary_text": pay.text,
            }
        record = self.sink.build(JobPosting, locator, fields)
        return self._keep(locator, record, listed_again) if isinstance(record, JobPosting) else None

    def decoded(self) -> Decoded:
        """What was built, with rejects and notes; a board without jobs is healthy, and a note says so."""
        if not self.records and not self.sink.rejects and not self.left_out:
            self.sink.note("the board lists no jobs")
        self.sink.records.extend(self.records.values())
        self.records = {}
        return self.sink.decoded()

    def leave_out(self, why: str) -> None:
        """Count an element that is no open, public advertisement, with a note why."""
        self.left_out += 1
        self.sink.note(why)

    # ---- Values whose slips are said in a note: they cost the value, not the posting

    def day(self, raw: object, field: str, parse: Callable[[object], datetime | None] = moment_of_text) -> date | None:
        """The day in UTC of a date or a moment; None and a note for what is none."""
        moment = self.moment(raw, field, parse)
        return moment.date() if moment else None

    def moment(
        self, raw: object, field: str, parse: Callable[[object], datetime | None] = moment_of_text
    ) -> datetime | None:
        """An aware moment in UTC; None and a note for what is none."""
        if raw in (None, ""):
            return None
        value = parse(raw)
        if value is None:
            self.sink.note(f"{field} {shown(raw)} is no date")
        return value

    def language(self, raw: object) -> str | None:
        """A language code; None and a note for what is none."""
        if raw in (None, ""):
            return None
        code = language_code(raw)
        if code is None:
            self.sink.note(f"language {shown(raw)} is no language code")
        return code

    def few(self, found: Iterable[str]) -> list[str]:
        """Each once, without empty ones, and no more of them than a job can have."""
        kept = only_once(found)
        if len(kept) > _MAX_NAMES:
            self.sink.note(f"job with more than {_MAX_NAMES} departments or offices: the others are not kept")
        return kept[:_MAX_NAMES]

    def _employer(self, named: object, board: str | None) -> str:
        said = clean(named) or clean(self.listed.get("employer"))
        if said:
            return said
        token = self.board or board or ""
        if token:
            self.sink.note("job without a named employer: the board's id stands for it")
            return token
        self.sink.note("neither the answer, the registry nor the address names the employer")
        return NOT_NAMED

    def _words(
        self, locator: str, known: str, parts: Iterable[tuple[str, object]], text: str | None, record_id: str
    ) -> str | None:
        """The advertisement's plain text; None where it is rejected."""
        try:
            if text is not None:
                return plain(without_escapes(text))
            pieces: list[str] = []
            size = 0
            for heading, markup in parts:
                if markup is not None and not isinstance(markup, str):
                    kind = type(markup).__name__
                    self.sink.reject(locator, "bad_content", f"job {known}: content is a {kind}", record_id)
                    return None
                size += len(markup or "")
                if size > MAX_CHARS:
                    raise TooLongError(f"{size} characters, at most {MAX_CHARS} are read")
                body = to_text(without_escapes(markup or ""))
                if body:
                    pieces.append(f"{clean(heading)}\n{body}" if clean(heading) else body)
            return "\n\n".join(pieces)
        except TooLongError as error:
            self.sink.reject(locator, "text_too_long", f"job {known}: {error}", record_id)
            return None

    def _keep(self, locator: str, record: JobPosting, listed_again: str) -> JobPosting | None:
        earlier = self.records.get(record.record_id)
        if earlier is None:
            self.records[record.record_id] = record
            return record
        merged = self.few([*earlier.departments, *record.departments])
        both = earlier.model_copy(update={"departments": merged})
        if record.model_copy(update={"departments": merged, "locator": earlier.locator}) != both:
            twice = f"job {record.posting_id} stands there twice with other content"
            self.sink.reject(locator, "duplicate_id", twice, record.record_id)
            return None
        self.records[record.record_id] = both
        self.sink.note(listed_again)
        return both


def read_board(body: bytes, context: DecodeContext, address: re.Pattern[str]) -> tuple[Any, PostingBuilder]:
    """The parsed JSON of a board's answer, and a builder for it. ``address``: its first group is the board's id.

    Raises UnreadableError: what ``load_json`` raises, upstream_error (the answer is an object that says it failed).
    """
    payload, remarks = load_json(body)
    sink = Sink(context, "job_posting")
    sink.note_all(remarks)
    if isinstance(payload, dict) and (said := failure_of(payload)):
        raise UnreadableError("upstream_error", f"the board answers {said}")
    return payload, PostingBuilder(context, sink, board_at(context, address))


def plain(text: str) -> str:
    """Plain text as a person would have typed it: no control characters, no blanks at line ends, no gaps of lines.

    Raises TooLongError beyond 1,000,000 characters.
    """
    if len(text) > MAX_CHARS:
        raise TooLongError(f"{len(text)} characters, at most {MAX_CHARS} are read")
    text = text.encode("utf-8", "replace").decode("utf-8").replace("\r\n", "\n").replace("\r", "\n")
    lines = [" ".join(line.split()) for line in text.translate(_CONTROLS).split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
