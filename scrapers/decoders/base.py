"""What every decoder shares: its context, its result, the way a bad element is set aside, and reading hostile JSON.

Belongs here: limits and shapes that hold for all formats. Never here: knowledge of one publisher's format.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import orjson
from pydantic import ValidationError

from scrapers.items import Record, Reject, RejectKind

MAX_BODY_BYTES = 64 * 1024 * 1024
MAX_DETAIL = 300
MAX_REJECTS = 1_000  # listed one by one in a payload; the others are counted
MAX_NOTES = 50  # different remarks on a payload; the others are counted
MAX_ELEMENTS = 200_000  # jobs in one payload: no publisher has as many
# A parsed value takes 60 to 250 bytes: more of them than these would take more memory than a decoder may.
_MAX_GROUPS, _MAX_PARTS = 1_000_000, 3_000_000  # objects and lists; commas between parts
_MAX_READ = 2_000  # characters of which one line is made, so that a hostile text costs no more than any other
_EARLIEST, _LATEST = 1900, 2200  # a year outside is a slip of the publisher, not a date


class UnreadableError(ValueError):
    """A payload that cannot be read at all. ``reason`` is a short code; the text is one line for people."""

    def __init__(self, reason: str, detail: str) -> None:
        self.reason = reason
        self.detail = one_line(detail)
        super().__init__(f"{reason}: {self.detail}")


@dataclass(frozen=True)
class DecodeContext:
    """Where the bytes came from. ``params`` are the source's own parameters (names of boards, for instance)."""

    source_id: str
    crawl_id: str
    capture_id: str
    url: str
    retrieved_at: datetime
    is_sample: bool = False
    params: Mapping[str, Any] = field(default_factory=dict)
    content_type: str = ""  # as the answer's HTTP field said; for formats whose encoding it decides

    def provenance(self) -> dict[str, Any]:
        """The fields that every record and every reject carries."""
        return {
            "source_id": self.source_id,
            "crawl_id": self.crawl_id,
            "capture_id": self.capture_id,
            "url": self.url,
            "retrieved_at": self.retrieved_at,
            "is_sample": self.is_sample,
        }


@dataclass
class Decoded:
    """The outcome of one payload or one crawl: good records, bad elements with reasons, and remarks for people."""

    records: list[Record] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    listed: list[str] = field(default_factory=list)  # addresses of pages, from a listing that says nothing more of them


Decoder = Callable[[bytes, DecodeContext], Decoded]


class Sink:
    """Collects what a decoder finds, so that a bad element never costs a good one."""

    def __init__(self, context: DecodeContext, kind: RejectKind) -> None:
        self._provenance = context.provenance()
        self._kind = kind
        self._notes: Counter[str] = Counter()
        self._more_notes = 0
        self._more_rejects = 0
        self._given: dict[frozenset[str], set[str]] = {}
        self._kept: set[str] = set()
        self.records: list[Record] = []
        self.rejects: list[Reject] = []

    def build(self, model: type[Record], locator: str, fields: Mapping[str, Any]) -> Record | None:
        """The record, or None when the model refuses it or it could not be written; a reject says which field and why.

        A record is proven writable here: later one lone surrogate would stop the whole crawl.
        """
        try:
            orjson.dumps(fields)
            record = model(**self._provenance, locator=one_line(locator), **fields)
        except orjson.JSONEncodeError as error:
            self.reject(locator, "not_writable", str(error), fields.get("record_id"))
            return None
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            where = ".".join(str(part) for part in first["loc"])
            self.reject(locator, "invalid_field", f"{where}: {first['msg']}", fields.get("record_id"))
            return None
        # Each record has a set of names of the fields it was given, of 2 kB; those of a payload are nearly all alike.
        given = record.model_fields_set
        object.__setattr__(record, "__pydantic_fields_set__", self._given.setdefault(frozenset(given), given))
        return record

    def keep_once(self, record: Record, remark: str) -> None:
        """Keep a record unless one of its id is kept already, which is remarked."""
        if record.record_id in self._kept:
            self.note(remark)
            return
        self._kept.add(record.record_id)
        self.records.append(record)

    def reject(self, locator: str, reason: str, detail: str = "", record_id: str | None = None) -> None:
        """Set one element aside, with where it stood and why; beyond ``MAX_REJECTS`` it is only counted.

        ``record_id``: of the record that it would have become, where its id could be read: it is still listed.
        """
        if len(self.rejects) >= MAX_REJECTS:
            self._more_rejects += 1
        else:
            self.rejects.append(self._reject(locator, reason, detail, record_id))

    def _reject(self, locator: str, reason: str, detail: str, record_id: str | None = None) -> Reject:
        return Reject(
            **self._provenance,
            record_kind=self._kind,
            record_id=record_id if isinstance(record_id, str) and record_id == one_line(record_id) else None,
            locator=one_line(locator),
            reason=reason,
            detail=one_line(detail),
        )

    def note(self, text: str, times: int = 1) -> None:
        """Remember a remark; equal remarks are counted, not repeated, and so are those beyond ``MAX_NOTES``."""
        text = text[:_MAX_READ]
        if text in self._notes or len(self._notes) < MAX_NOTES:
            self._notes[text] += times
        else:
            self._more_notes += times

    def note_all(self, remarks: Iterable[str]) -> None:
        """Remember the remarks that a reader gave on the payload as a whole."""
        for remark in remarks:
            self.note(remark)

    def decoded(self) -> Decoded:
        told: Counter[str] = Counter()
        for text, times in self._notes.items():
            told[one_line(text)] += times
        notes = [text if times == 1 else f"{text} ({times} times)" for text, times in told.items()]
        if self._more_notes:
            notes.append(f"and {self._more_notes} more remarks")
        rejects = list(self.rejects)
        if self._more_rejects:
            rejects.append(self._reject("", "more_rejects", f"and {self._more_rejects} more"))
        return Decoded(self.records, rejects, notes)


def one_line(text: str) -> str:
    """Text on one line of at most 300 characters that can always be written as UTF-8."""
    clean = text[:_MAX_READ].encode("utf-8", "replace").decode("utf-8")
    clean = " ".join("".join(char if char.isprintable() else " " for char in clean).split())
    return clean if len(clean) <= MAX_DETAIL else clean[: MAX_DETAIL - 1] + "…"


def refuse_too_large(body: bytes) -> None:
    """Raises UnreadableError (too_large) for a payload beyond ``MAX_BODY_BYTES``."""
    if len(body) > MAX_BODY_BYTES:
        raise UnreadableError("too_large", f"{len(body)} bytes, at most {MAX_BODY_BYTES} are read")


def load_json(body: bytes) -> tuple[Any, list[str]]:
    """Parsed JSON and remarks on how it had to be read.

    Tolerated, each with a remark: byte order marks, UTF-16 and UTF-32, Windows-1252 where UTF-8 was due, and what
    strict parsers refuse in one value only (NaN, Infinity, numbers out of range, half an emoji), because the other
    values are good; the decoder then rejects the element that holds it.

    Raises UnreadableError: empty, too_large, too_many_elements, not_json, too_deep.
    """
    refuse_too_large(body)
    text, notes = _text(body)
    if not text.strip():
        raise UnreadableError("empty", "the body is empty")
    if text.count("{") + text.count("[") > _MAX_GROUPS or text.count(",") > _MAX_PARTS:
        raise UnreadableError("too_many_elements", f"more than {_MAX_GROUPS} objects and lists, or {_MAX_PARTS} parts")
    try:
        return orjson.loads(text), notes
    except orjson.JSONDecodeError as error:
        strict = error
    if "depth limit" in str(strict):
        raise UnreadableError("too_deep", "JSON is nested deeper than 1,024 levels")
    # orjson refuses a whole payload for one NaN or one lone surrogate; the standard parser reads these. Its C scanner
    # counts depth itself and raises RecursionError, so that hostile nesting never reaches the stack.
    try:
        parsed = json.loads(text, parse_int=_bounded_int, strict=False)
    except RecursionError:
        raise UnreadableError("too_deep", "JSON is nested too deeply") from None
    except ValueError as error:
        raise UnreadableError("not_json", _not_json(text, str(error))) from None
    notes.append(f"not strict JSON ({one_line(str(strict))}); read with the tolerant parser")
    return parsed, notes


def _text(body: bytes) -> tuple[str, list[str]]:
    for mark, encoding in (
        (b"\xef\xbb\xbf", "utf-8"),
        (b"\xff\xfe\x00\x00", "utf-32-le"),
        (b"\x00\x00\xfe\xff", "utf-32-be"),
        (b"\xff\xfe", "utf-16-le"),
        (b"\xfe\xff", "utf-16-be"),
    ):
        if body.startswith(mark):
            try:
                return body[len(mark) :].decode(encoding), [f"body begins with a byte order mark ({encoding})"]
            except UnicodeDecodeError:
                break
    try:
        return body.decode("utf-8"), []
    except UnicodeDecodeError as error:
        first_bad = error.start
    # Of noise this takes six bytes a byte, so it goes before another is made.
    replaced = body.decode("utf-8", "replace")
    # One damaged byte in good UTF-8 must not turn every accent of the payload into two wrong characters; but a body
    # without a single valid accent was written in an old encoding.
    if any(char > "\x7f" and char != "\ufffd" for char in replaced):
        return replaced, [f"bytes that are not UTF-8, first at {first_bad}, shown as U+FFFD"]
    del replaced
    return body.decode("cp1252", "replace"), [f"not UTF-8 (first at {first_bad}): read as Windows-1252"]


def _bounded_int(digits: str) -> int | float:
    return int(digits) if len(digits) <= 30 else float(digits)


def _not_json(text: str, problem: str) -> str:
    start = text.lstrip()[:200].lower()
    if start.startswith(("<!doctype html", "<html")):
        return "an HTML page stands where JSON is due"
    if start.startswith("<"):
        return "XML stands where JSON is due"
    return f"not JSON: {problem}"


def unknown_fields(sink: Sink, found: Iterable[str], known: frozenset[str], where: str) -> None:
    """Say which fields the decoder does not know: they are not kept, and not dropped in silence."""
    for name in found:
        if name not in known:
            sink.note(f"unknown field {where}{name[:60]!r} is not kept")


_WEEK = re.compile(r"\d{4}-W\d\d")  # a week is no day
_COMPACT_OFFSET = re.compile(r"([+-]\d{2})(\d{2})$")


def parse_moment(value: object) -> datetime | None:
    """An aware UTC moment from an ISO 8601 text; a text without an offset is taken as UTC; None if it is no moment."""
    if not isinstance(value, str) or not 8 <= len(value.strip()) <= 40 or _WEEK.fullmatch(value.strip()):
        return None
    try:
        moment = datetime.fromisoformat(_COMPACT_OFFSET.sub(r"\1:\2", value.strip()) if "T" in value else value.strip())
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return moment if _EARLIEST <= moment.year <= _LATEST else None


def parse_day(value: object) -> date | None:
    """The day of an ISO date, or the UTC day of an ISO moment; None if it is neither."""
    moment = parse_moment(value)
    return moment.date() if moment else None
