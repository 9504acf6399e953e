"""Grants of the European Research Council: tables of projects with their host institutions.

Belongs here: the columns of these tables, by the names that the ERC's pages and exports use. Never here: requests.

A grant goes to a person at a host institution. The person's column is not kept, and the name is taken out of title and
abstract; a host is a legal entity by the ERC's rules. The budget is of the whole project: what stays with the host is
not said, and in most tables neither is the country. Projects without a number are known by acronym and first day.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import date

from scrapers.decoders.base import DecodeContext, Decoded, Sink, UnreadableError, parse_day, refuse_too_large
from scrapers.decoders.cordis_records import MAX_NAME, MAX_TEXT, parse_amount, plain
from scrapers.decoders.natural_persons import without_name
from scrapers.decoders.packed import unpacked
from scrapers.decoders.tables import Broken, Table, lines_of
from scrapers.items import FundingEvent

PERSON = "person"
_NAMES = {
    "project_id": "project_id|project id|project number|project_number|grant number|grant agreement|gap number|id",
    "acronym": "project_acronym|acronym|project acronym",
    "title": "project|title|project title|project_title|full title",
    PERSON: "main_researcher|researcher|researcher (pi)|principal investigator|principal investigator (pi)|pi|pi name",
    "institution": "institution|host institution|host institution (hi)|host_institution|hi|host",
    "country": "country|host country|hi country|country of hi|host institution country|host_country",
    "text": "details_project|abstract|summary|project abstract|project summary|objective",
    "budget": "budget_project|budget|max erc funding|max. erc funding|erc funding|eu contribution|max eu contribution",
    "starts": "date_start_project|start date|start_date|starting date|start",
    "ends": "date_end_project|end date|end_date|end",
}
_COLUMNS = {said: name for name, spelled in _NAMES.items() for said in spelled.split("|")}
_UNKEPT = "call|call details|call year|domain|panel|scheme|funding scheme|grant type|duration|doi|cordis|url|link"
_IGNORED = frozenset(_UNKEPT.split("|"))
_ROW_START = re.compile(r'"[^"\r\n]{1,40}"[;,\t]"[^"]')  # a cell's own quotes are doubled, so no text begins so
_MONEY = re.compile(r"^(?:eur|€)\s*|\s*(?:eur|€)$", re.I)
_DAY_FIRST = re.compile(r"(\d{1,2})[./](\d{1,2})[./](\d{4})")
_COUNTRY = re.compile(r"[A-Z]{2}")
_ISO = {"EL": "GR", "UK": "GB"}


def decode(body: bytes, context: DecodeContext) -> Decoded:
    """Host institutions of the projects of a table. Raises UnreadableError: too_large, not_a_table, not_erc."""
    sink = Sink(context, "funding_event")
    body, _ = unpacked(body, ".csv")
    refuse_too_large(body)
    if body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"<", b"{", b"["):
        raise UnreadableError("not_a_table", "a page or JSON stands where a table is due")
    table = Table(lines_of(body), _ROW_START)
    columns = {_COLUMNS.get(name.lower().replace("\u00a0", " "), name): name for name in table.columns}
    missing = [name for name in ("title", "institution") if name not in columns]
    if missing:
        raise UnreadableError("not_erc", f"the table lacks {' and '.join(missing)}: {', '.join(table.columns)[:200]}")
    for name in columns:
        if name not in _NAMES and name.lower() not in _IGNORED:
            sink.note(f"unknown column {name[:60]!r} is not kept")
    rows = _Rows(context, sink)
    for found in table.rows():
        if isinstance(found, Broken):
            sink.reject(f"line {found.line}", found.reason, found.detail)
        else:
            rows.add(f"line {found[0]}", {name: found[1][given] for name, given in columns.items()})
    for remark, times in table.remarks.items():
        sink.note(remark, times=times)
    if not table.rows_read:
        sink.note("a table without rows")
    return sink.decoded()


class _Rows:
    """The records of one table."""

    def __init__(self, context: DecodeContext, sink: Sink) -> None:
        self.context, self.sink = context, sink
        self._ids: set[str] = set()

    def add(self, where: str, row: Mapping[str, str]) -> None:
        person = " ".join(row.get(PERSON, "").split())
        title = without_name(" ".join(plain(row["title"]).split()), person)[:MAX_NAME]
        acronym = plain(row.get("acronym"))[:MAX_NAME]
        if not (title or acronym):
            self.sink.reject(where, "missing_title", "neither title nor acronym")
            return
        budget = _MONEY.sub("", row.get("budget", "").strip())
        total = parse_amount(budget) if budget else None
        if budget and total is None:
            self.sink.reject(where, "bad_amount", f"the budget is {budget[:60]!r}")
            return
        starts, ends = self._day(row, "starts"), self._day(row, "ends")
        project = row.get("project_id", "").strip()[:40]
        if not project:
            said = f"{acronym or title}\t{starts or ''}".casefold()
            project = f"erc-{hashlib.sha256(said.encode('utf-8', 'replace')).hexdigest()[:16]}"
        host = without_name(" ".join(plain(row["institution"]).split()), person)[:MAX_NAME]  # always a legal entity
        name = f"{self.context.source_id}:{project}"
        if name in self._ids:
            self.sink.reject(where, "duplicate_project", f"project {project} stands twice", name)
            return
        self._ids.add(name)
        country = row.get("country", "").strip().upper()
        fields = {
            "record_id": name,
            "programme": "ERC",
            "project_id": project,
            "acronym": acronym,
            "title": title,
            "text": without_name(plain(row.get("text")), person)[:MAX_TEXT],
            "starts_on": starts,
            "ends_on": ends,
            "project_contribution": total,
            "organisation_id": host[:60] or "unnamed",
            "organisation": host,
            "country": _ISO.get(country, country) if _COUNTRY.fullmatch(country) else "",
            "role": "host institution",
        }
        record = self.sink.build(FundingEvent, where, fields)
        if record is not None:
            self.sink.records.append(record)

    def _day(self, row: Mapping[str, str], name: str) -> date | None:
        text = row.get(name, "").strip()
        said = _DAY_FIRST.fullmatch(text)
        day = parse_day(f"{said[3]}-{int(said[2]):02}-{int(said[1]):02}" if said else text)
        if text and day is None:
            self.sink.note(f"{name} of a project is no date, left out")
        return day
