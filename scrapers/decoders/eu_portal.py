"""Calls of the EU Funding & Tenders Portal: answers of its search, and lines of calls that were made of them.

Belongs here: the shape of both. Never here: requests, which calls are about AI.

- The search (SEDIA) gives a page of results whose ``metadata`` are lists of texts, some of them JSON again: the money
  of a topic stands in ``budgetOverview`` under an action that begins with the topic's name, its days and status in
  ``actions``. The index's own status is often stale, so an action's goes before.
- One topic is several results: its translations, and updates of grants. The topic in English is kept. Tenders (type 0)
  are procurement, no calls.
- Lines are objects one after another, glued or not, with byte order marks; some hold text encoded twice, which is
  undone where a round trip proves it, with a note.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

import orjson

from scrapers.decoders.base import (
    DecodeContext,
    Decoded,
    Sink,
    UnreadableError,
    load_json,
    parse_day,
    parse_moment,
    refuse_too_large,
)
from scrapers.decoders.cordis_records import plain
from scrapers.decoders.double_encoding import Mender
from scrapers.decoders.json_stream import Value, pieces, values
from scrapers.decoders.packed import unpacked
from scrapers.decoders.tables import Broken
from scrapers.items import FundingCall

PAGE = "https://ec.europa.eu/info/funding-tenders/opportunities/portal/screen/opportunities/topic-details/"
_STATUS = {"31094501": "forthcoming", "31094502": "open", "31094503": "closed"}
_STATUS |= {name: name for name in ("forthcoming", "open", "closed")}
# Codes of programmes that calls with a share for AI belong to; of others the code is kept as it is.
PROGRAMMES = {"43108390": "Horizon Europe", "43152860": "Digital Europe", "44181033": "European Defence Fund"}
_TENDER, _UPDATES = "0", "6"
_MAX_TEXT, _MAX_NAME, _MAX_LIST = 50_000, 500, 60
_MAX_MONEY = 1e12
_PAGED = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{2,119}")
_TOPIC = re.compile(r"[^\s\x00-\x1f]{3,120}")
_OF_LINES = (
    "reference topicId title programme programmeId cluster callIdentifier actionType deadline stage callStatus "
    "budgetMin budgetMax expectedGrants keywords portalUrl description objectives submissionProcedure callTitle "
    "deadlineModel crossCuttingPriorities typesOfAction topicConditions supportInfo qnaUrl updatesUrl "
    "documentsUrl openingDate"
)
_LINE = frozenset(_OF_LINES.split())


def decode(body: bytes, context: DecodeContext) -> Decoded:
    """Calls of one page of results, or of lines of calls.

    Raises UnreadableError: what ``load_json`` and ``json_stream`` raise, not_calls, upstream_error.
    """
    sink = Sink(context, "funding_call")
    body, _ = unpacked(body)
    calls = _Calls(context, sink)
    page = _page(body)
    if page is not None:
        calls.read_page(page)
    else:
        calls.read_lines(values(pieces(_utf8(body))))
    calls.note()
    return sink.decoded()


def results_of(body: bytes) -> tuple[list[dict[str, Any]], int]:
    """The results of a page and how many there are in all. Raises UnreadableError as ``decode`` does."""
    page = _page(body)
    if page is None:
        raise UnreadableError("not_calls", "no page of results")
    return [one for one in page["results"] if isinstance(one, dict)], page["totalResults"]


def _page(body: bytes) -> dict[str, Any] | None:
    """A page of results; None where lines stand. Raises UnreadableError: too_large, empty, upstream_error…"""
    refuse_too_large(body)
    if b'"totalResults"' not in body and b'"results"' not in body[:4096]:
        if body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] not in (b"{", b"["):
            load_json(_utf8(body)[:10_000])  # says what stands there
        return None
    value, _ = load_json(body)
    if not isinstance(value, dict) or not isinstance(value.get("results"), list):
        raise UnreadableError("not_calls", "the answer lists no results")
    total = value.get("totalResults")
    if isinstance(total, bool) or not isinstance(total, int) or total < 0:
        raise UnreadableError("not_calls", "the answer does not say how many results there are")
    return value


def _utf8(body: bytes) -> bytes:
    return body.decode("utf-16", "replace").encode() if body[:2] in (b"\xff\xfe", b"\xfe\xff") else body


class _Calls:
    """The records of one payload."""

    def __init__(self, context: DecodeContext, sink: Sink) -> None:
        self.context, self.sink = context, sink
        self.mender = Mender()
        self._languages: dict[str, int] = {}  # record id -> where it stands; -1: in English

    def read_page(self, page: Mapping[str, Any]) -> None:
        if not page["results"]:
            self.sink.note("a page without results")
        for number, one in enumerate(page["results"]):
            where = f"$.results[{number}]"
            metadata = one.get("metadata") if isinstance(one, dict) else None
            if not isinstance(metadata, dict):
                self.sink.reject(where, "not_an_object", "a result without metadata")
            else:
                self._result(where, one, metadata)

    def read_lines(self, found: Iterator[Value | Broken]) -> None:
        count = 0
        for one in found:
            count += 1
            if isinstance(one, Broken):
                self.sink.reject(f"$[{one.line}]", one.reason, one.detail)
            elif isinstance(one.value, dict) and "topicId" in one.value:
                self._line(f"$[{one.number}]", one.value)
            elif count == 1:
                held = ", ".join(map(str, one.value)) if isinstance(one.value, dict) else type(one.value).__name__
                raise UnreadableError("not_calls", f"no call, but {held[:200]}")
            else:
                self.sink.reject(f"$[{one.number}]", "not_a_call", "an object without topicId")
        if not count:
            self.sink.note("a list without calls")

    def note(self) -> None:
        if self.mender.mended:
            self.sink.note("runs of text encoded twice, undone: each gives itself back", times=self.mender.mended)
        if self.mender.left:
            self.sink.note("runs of text that look encoded twice, kept as published", times=self.mender.left)

    # -- answers of the search ---------------------------------------------------------------------------------------

    def _result(self, where: str, one: Mapping[str, Any], metadata: Mapping[str, Any]) -> None:
        kind = _first(metadata, "type")
        if kind in (_TENDER, _UPDATES):
            self.sink.note("result that is a tender or an update, no call")
            return
        topic = _first(metadata, "identifier") or _first(metadata, "callIdentifier")
        actions = _inner(metadata, "actions")
        actions = [action for action in actions if isinstance(action, dict)] if isinstance(actions, list) else []
        own = _own_budget(_inner(metadata, "budgetOverview"), topic)
        stated = next((_code(action.get("status")) for action in actions if _code(action.get("status"))), "")
        programme = _first(metadata, "frameworkProgramme")
        days = _texts(metadata.get("deadlineDate"))
        for action in actions:
            days += _texts(action.get("deadlineDates"))
        opens = [action.get("plannedOpeningDate") for action in actions] + [_first(metadata, "startDate")]
        types = [_first(metadata, "typesOfAction")] + [_type_of(action) for action in actions]
        years = own.get("budgetYearMap")
        self._add(
            where,
            language=_first(metadata, "language") or str(one.get("language") or ""),
            topic=topic,
            parent_id=_first(metadata, "callIdentifier"),
            programme=PROGRAMMES.get(programme, programme),
            title=_first(metadata, "title") or str(one.get("summary") or ""),
            text=_first(metadata, "descriptionByte") or _first(metadata, "description"),
            status=_STATUS.get(stated or _first(metadata, "status"), ""),
            action_type=next(filter(None, types), ""),
            opens_on=next((day for said in opens if (day := parse_day(said))), None),
            days=days,
            budget_min=own.get("minContribution"),
            budget_max=own.get("maxContribution"),
            budget_total=_sum(years.values()) if isinstance(years, dict) else None,
            grants=own.get("expectedGrants"),
            keywords=[*_texts(metadata.get("keywords")), *_texts(metadata.get("tags"))],
            page=f"{PAGE}{topic}" if _PAGED.fullmatch(topic) else str(one.get("url") or ""),  # a topic's own is dead
            updated=_first(metadata, "es_DA_IngestDate") or _first(metadata, "esDA_IngestDate"),
        )

    # -- lines ---------------------------------------------------------------------------------------------------------

    def _line(self, where: str, line: Mapping[str, Any]) -> None:
        for name in line:
            if name not in _LINE:
                self.sink.note(f"unknown field {name[:60]!r} is not kept")
        topic, parent = _said(line, "topicId"), _said(line, "callIdentifier")
        words = [word.strip() for word in _said(line, "keywords").split(",")]
        self._add(
            where,
            language="en" if _said(line, "reference").lower().endswith("en") else "",
            topic=topic,
            parent_id=parent,
            programme=_said(line, "programme") or _said(line, "programmeId"),
            title=_said(line, "title"),
            text="\n".join(filter(None, (_said(line, "description"), _said(line, "objectives")))),
            status=_STATUS.get(_said(line, "callStatus").lower(), ""),
            action_type=_said(line, "typesOfAction") or _said(line, "actionType"),
            opens_on=parse_day(line.get("openingDate")),
            days=_texts(line.get("deadline")),
            budget_min=line.get("budgetMin"),
            budget_max=line.get("budgetMax"),
            budget_total=None,
            grants=line.get("expectedGrants"),
            keywords=[word for word in words if word not in (topic, parent)],
            page=_said(line, "portalUrl"),
            updated="",
        )

    def _add(
        self,
        where: str,
        *,
        language: str,
        topic: str,
        title: str,
        text: str,
        days: list[str],
        grants: object,
        keywords: list[str],
        page: str,
        updated: str,
        **fields: Any,
    ) -> None:
        topic = topic.strip()
        if not _TOPIC.fullmatch(topic):
            self.sink.reject(where, "missing_id", f"the topic is named {topic[:60]!r}")
            return
        record_id = f"{self.context.source_id}:{topic}"
        amounts = {name: _money(fields.pop(name)) for name in ("budget_min", "budget_max", "budget_total")}
        if bad := [name for name, (_, is_good) in amounts.items() if not is_good]:
            self.sink.reject(where, "bad_amount", f"{', '.join(bad)}: no amount", record_id)
            return
        count = grants if isinstance(grants, int) and not isinstance(grants, bool) and 0 < grants < 10**6 else None
        named = {name: self.mender.text(value) if isinstance(value, str) else value for name, value in fields.items()}
        record = self.sink.build(
            FundingCall,
            where,
            {
                **named,
                "record_id": record_id,
                "call_id": topic,
                "parent_id": "" if named["parent_id"] == topic else named["parent_id"][:120],
                "title": " ".join(plain(self.mender.text(title)).split())[:_MAX_NAME] or topic,
                "text": plain(self.mender.text(text))[:_MAX_TEXT],
                "language_declared": language[:2].lower() or None,
                "deadlines": self._days(days),
                **{name: value for name, (value, _) in amounts.items()},
                "grants_expected": count,
                "keywords": list(dict.fromkeys(self.mender.text(word)[:200] for word in keywords if word))[:_MAX_LIST],
                "page_url": page[:2_000] if page.startswith("http") else "",
                "updated_at": parse_moment(updated),
            },
        )
        if record is not None:
            self._keep(record_id, record, is_english=language[:2].lower() in ("en", ""))

    def _keep(self, record_id: str, record: Any, *, is_english: bool) -> None:
        """Each topic once: in English, else as it comes first."""
        at = self._languages.get(record_id)
        if at is None:
            self._languages[record_id] = -1 if is_english else len(self.sink.records)
            self.sink.records.append(record)
            return
        self.sink.note("topic that stands in the payload again, in another language or index")
        if at >= 0 and is_english:
            self.sink.records[at] = record
            self._languages[record_id] = -1

    def _days(self, said: Iterable[str]) -> list[str]:
        days: set[date] = set()
        for text in said:
            day = parse_day(text)
            if day is not None:
                days.add(day)
            elif text:
                self.sink.note("deadline that is no date, left out")
        return [day.isoformat() for day in sorted(days)][:_MAX_LIST]


def _own_budget(overview: object, topic: str) -> Mapping[str, Any]:
    """What a call's overview of budgets says of one topic: it lists the whole call."""
    held = overview.get("budgetTopicActionMap") if isinstance(overview, dict) else None
    entries = [entry for group in (held or {}).values() for entry in group] if _is_lists(held) else []
    entries = [entry for entry in entries if isinstance(entry, dict)]
    own = [entry for entry in entries if str(entry.get("action") or "").upper().startswith(f"{topic.upper()} ")]
    found: dict[str, Any] = (own or (entries if len(entries) == 1 else [{}]))[0]
    return {name: value for name, value in found.items() if value not in (0, "0", "")}


def _is_lists(held: object) -> bool:
    return isinstance(held, dict) and all(isinstance(group, list) for group in held.values())


def _inner(metadata: Mapping[str, Any], name: str) -> Any:
    """JSON within a text of the metadata; None where there is none."""
    text = _first(metadata, name)
    try:
        return orjson.loads(text) if text else None
    except orjson.JSONDecodeError:
        return None


def _code(status: object) -> str:
    """A status as its code or its word."""
    if isinstance(status, dict):
        status = status.get("abbreviation") or status.get("id")
    text = str(status or "").strip().lower()
    return text if text in _STATUS else ""


def _type_of(action: Mapping[str, Any]) -> str:
    types = action.get("types")
    first = types[0] if isinstance(types, list) and types else None
    said = first.get("typeOfAction") if isinstance(first, dict) else first
    return said if isinstance(said, str) else ""


def _first(metadata: Mapping[str, Any], name: str) -> str:
    return next(iter(_texts(metadata.get(name))), "")


def _texts(value: object) -> list[str]:
    """The texts of a list, or a text alone."""
    items = value if isinstance(value, list) else [value]
    return [str(item) for item in items[:200] if isinstance(item, (str, int)) and not isinstance(item, bool) and item]


def _said(line: Mapping[str, Any], name: str) -> str:
    value = line.get(name)
    return value if isinstance(value, str) else ""


def _sum(amounts: Iterable[object]) -> float | None:
    found = [value for amount in amounts if (value := _money(amount)[0]) is not None]
    return math.fsum(found) if found else None


def _money(value: object) -> tuple[float | None, bool]:
    """(the amount, whether it is none or a good one); 0 is what the portal writes for none."""
    if value is None or value == "":
        return None, True
    if isinstance(value, str) and re.fullmatch(r"\d{1,15}(?:\.\d{1,9})?", value):
        value = float(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= _MAX_MONEY:
        return None, False
    return (float(value) or None), True
