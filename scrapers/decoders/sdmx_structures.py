"""Structures of SDMX to records: codes with their names, and dataflows as entries of a catalogue.

Belongs here: what a code and a dataflow say, whatever format they come in. Never here: observations; reading XML, JSON.

STATEC writes the date of publication into the description of a dataflow ("Publication date: 06/06/2026 - Periodicity:
monthly - Author: … - Keywords: …"), in English and in French; Eurostat and Istat write a time of update into an
annotation. Either is the entry's ``updated_at``: it is what tells that the data moved.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from scrapers.decoders.base import MAX_ELEMENTS, DecodeContext, Sink, UnreadableError, one_line, parse_moment
from scrapers.html import TooLongError, to_text
from scrapers.items import CatalogueEntry, CodeLabel

_MAX_TEXT = 20_000
_CODE = re.compile(r"[^\s\x00-\x1f]{1,200}")
_ID = re.compile(r"[A-Za-z0-9_@$.*+-]{1,150}", re.ASCII)
_LANGUAGE = re.compile(r"[a-zA-Z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,2}")
_PUBLISHED = re.compile(
    r"(?:publication date|date de publication|date of publication)\s*:\s*(\d{1,2})[/.](\d{1,2})[/.](\d{4})", re.I
)
_FREQUENCY = re.compile(r"(?:periodicity|p[ée]riodicit[ée])\s*:\s*([^:<\n]{1,80}?)\s*(?:\s[-–—]\s|<|\n|$)", re.I)
_KEYWORDS = re.compile(r"(?:keywords|mots[- ]cl[ée]s?)\s*:\s*([^<\n]{1,500}?)\s*(?:\s[-–—]\s|<|\n|$)", re.I)
_UPDATES = ("UPDATE_DATA", "LAST_UPDATE", "LAST_UPDATED")
_PREFERRED = ("en", "fr", "de")


@dataclass(frozen=True)
class Described:
    """What the description of a dataflow says besides words."""

    published_at: datetime | None = None
    frequency: str = ""
    keywords: tuple[str, ...] = ()


@dataclass
class Flow:
    """One dataflow as a message gives it. ``annotations``: type -> title or text."""

    agency: str
    id: str
    version: str
    names: Mapping[str, str]
    descriptions: Mapping[str, str]
    annotations: Mapping[str, str] = field(default_factory=dict)
    page: str = ""


def described(texts: Iterable[str]) -> Described:
    """What descriptions in several languages say; the first that says something counts."""
    published: datetime | None = None
    frequency, keywords = "", tuple[str, ...]()
    for text in texts:
        text = text[:_MAX_TEXT]
        if published is None and (found := _PUBLISHED.search(text)):
            published = _day(*(int(part) for part in found.groups()))
        if not frequency and (found := _FREQUENCY.search(text)):
            frequency = one_line(found[1])
        if not keywords and (found := _KEYWORDS.search(text)):
            keywords = tuple(word for word in (one_line(part) for part in found[1].split(",")) if word)
    return Described(published, frequency, keywords)


def _day(day: int, month: int, year: int) -> datetime | None:
    try:
        return datetime(year, month, day, tzinfo=UTC) if 1900 <= year <= 2200 else None
    except ValueError:
        return None


class Structures:
    """Collects codes and dataflows of one payload."""

    def __init__(self, context: DecodeContext, sink: Sink) -> None:
        self.context, self.sink = context, sink
        self._seen: dict[str, str] = {}

    def code(
        self, locator: str, codelist: tuple[str, str, str], code: object, parent: object, names: Mapping[str, str]
    ) -> None:
        """One code of a code list, given as (agency, id, version)."""
        agency, list_id, version = codelist
        if not _ID.fullmatch(list_id):
            self.sink.reject(locator, "bad_id", f"code list {list_id[:80]!r} has no readable id")
            return
        if not isinstance(code, str) or not _CODE.fullmatch(code):
            self.sink.reject(locator, "bad_code", f"{str(code)[:80]!r} is no code")
            return
        labels = {language: text for language, text in _clean(names).items() if text}
        if not labels:
            self.sink.note("code without a name")
        fields = {
            "record_id": f"{self.context.source_id}:{agency}:{list_id}:{version}:{code}"[:400],
            "codelist_id": list_id,
            "agency": agency,
            "version": version,
            "code": code,
            "parent_code": parent if isinstance(parent, str) and _CODE.fullmatch(parent) else "",
            "labels": labels,
        }
        self._put(locator, CodeLabel, fields)

    def flow(self, locator: str, flow: Flow) -> None:
        """One dataflow; without a name of its own it is called by its id."""
        if not _ID.fullmatch(flow.id):
            self.sink.reject(locator, "bad_id", f"{flow.id[:80]!r} is no id of a dataflow")
            return
        said = described([flow.descriptions[name] for name in sorted(flow.descriptions, key=_rank)])
        updated = said.published_at or next(
            (moment for kind in _UPDATES if (moment := parse_moment(flow.annotations.get(kind)))), None
        )
        if flow.annotations.get("NonProductionDataflow", "").lower() == "true":
            self.sink.note("dataflow marked as not of production; STATEC marks public ones so")
        if updated is None:
            self.sink.note("dataflow without a date of publication")
        titles, texts = _clean(flow.names), flow.descriptions
        fields = {
            "record_id": f"{self.context.source_id}:{flow.agency}:{flow.id}:{flow.version}",
            "dataset_id": flow.id,
            "title": _best(titles) or flow.id,
            "text": _plain(_best(texts)),
            "publisher": flow.agency,
            "page_url": flow.page if flow.page.startswith(("https://", "http://")) else "",
            "frequency": said.frequency,
            "keywords": list(said.keywords)[:50],
            "version": flow.version,
            "updated_at": updated,
        }
        self._put(locator, CatalogueEntry, fields)

    def _put(self, locator: str, model: type[CodeLabel] | type[CatalogueEntry], fields: dict[str, Any]) -> None:
        if len(self.sink.records) >= MAX_ELEMENTS:
            raise UnreadableError("too_many_elements", f"more than {MAX_ELEMENTS} codes and dataflows")
        record = self.sink.build(model, locator, fields)
        if record is None:
            return
        earlier = self._seen.get(record.record_id)
        if earlier is None:
            self._seen[record.record_id] = record.content_sha256
            self.sink.records.append(record)
        elif earlier == record.content_sha256:
            self.sink.note("given twice, alike")
        else:
            self.sink.reject(locator, "duplicate_id", f"{record.record_id[:100]} is given twice, unlike")


def _clean(names: Mapping[str, str]) -> dict[str, str]:
    """Names by language; a text without a language is taken for English, as SDMX says."""
    found: dict[str, str] = {}
    for language, text in names.items():
        code = language.lower() if _LANGUAGE.fullmatch(language or "") else "en"
        found.setdefault(code, one_line(text))
    return found


def _rank(language: str) -> tuple[int, str]:
    code = language.lower()[:2]
    return (_PREFERRED.index(code) if code in _PREFERRED else len(_PREFERRED), language)


def _best(texts: Mapping[str, str]) -> str:
    return next((texts[language] for language in sorted(texts, key=_rank) if texts[language].strip()), "")


def _plain(markup: str) -> str:
    try:
        return to_text(markup[:_MAX_TEXT]) if "<" in markup or "&" in markup else " ".join(markup[:_MAX_TEXT].split())
    except TooLongError:
        return ""
