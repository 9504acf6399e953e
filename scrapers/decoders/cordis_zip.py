"""CORDIS: the zip of CSV tables of a framework programme's projects, as participations of organisations.

Belongs here: the tables' columns and how they hang together. Never here: requests, which topics mean AI.

Of the many thousand projects only those with a participant in ``params["country"]`` (Luxembourg, unless it says
otherwise) become records, one a participation, their partners abroad included: shares of a project need them all. The
objective stands in the rows of the country alone. How many were read and left out is said in a note. A single
organization.csv is read too, then without its projects.

- One file mixes decimal points (``ecContribution``) and commas (``totalCost``).
- Countries are the Commission's codes: EL and UK are Greece and the United Kingdom; XK is Kosovo and stays.
- Participants can be natural persons: their names and numbers are not kept.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any

from scrapers.decoders.base import (
    DecodeContext,
    Decoded,
    Sink,
    UnreadableError,
    parse_day,
    parse_moment,
    unknown_fields,
)
from scrapers.decoders.natural_persons import is_natural_person
from scrapers.decoders.tables import Broken, Table
from scrapers.decoders.zipped import Zip
from scrapers.html import TooLongError, to_text
from scrapers.items import FundingEvent

PROJECTS, ORGANISATIONS, TOPICS = "project.csv", "organization.csv", "euroscivoc.csv"
_NEEDED = {PROJECTS: ("id", "title"), ORGANISATIONS: ("projectID", "organisationID", "name", "country")}
_OF_PROJECTS = (
    "id acronym status title startDate endDate totalCost ecMaxContribution legalBasis topics ecSignatureDate "
    "frameworkProgramme masterCall subCall fundingScheme nature objective contentUpdateDate rcn grantDoi keywords "
    "projectID"
)
_OF_ORGANISATIONS = (
    "projectID projectAcronym organisationID vatNumber name shortName SME activityType street postCode city country "
    "nutsCode geolocation organizationURL contactForm contentUpdateDate rcn order role ecContribution "
    "netEcContribution totalCost endOfParticipation active"
)
_PROJECT_COLUMNS, _ORGANISATION_COLUMNS = frozenset(_OF_PROJECTS.split()), frozenset(_OF_ORGANISATIONS.split())
_COUNTRIES = {"EL": "GR", "UK": "GB"}
_NUMBER = re.compile(r"-?\d{1,15}(?:[.,]\d{1,9})?(?:[eE][+-]?\d{1,2})?", re.ASCII)
_GROUPED = re.compile(r"-?\d{1,3}(?:([.,   ])\d{3})(?:\1\d{3})*(?:[.,]\d{1,9})?", re.ASCII)
_PROJECT_ID = re.compile(r"\d{3,12}", re.ASCII)
_MAX_AMOUNT = 1e12
_MAX_TEXT, _MAX_LINE, _MAX_TOPICS = 50_000, 500, 100
_MAX_CHARS = 20_000_000  # of objectives and topics in all records of a payload: the whole programme here has 5 million
_MAX_KEPT = 500_000  # participations: the programme has about 120,000 in all


def check_zip(body: bytes) -> Zip:
    """The zip file, if it is whole and holds the tables. Raises UnreadableError as ``Zip`` does, and not_cordis."""
    zipped = Zip(body)
    missing = [name for name in _NEEDED if name not in zipped.members]
    if missing:
        held = ", ".join(sorted(zipped.members)[:8]) or "nothing"
        raise UnreadableError("not_cordis", f"the zip file holds {held}, but not {' and '.join(missing)}")
    return zipped


def decode(body: bytes, context: DecodeContext) -> Decoded:
    """Participations in the projects of one file. Raises UnreadableError as ``check_zip`` does."""
    sink = Sink(context, "funding_event")
    if body.lstrip(b"\xef\xbb\xbf")[:200].lstrip().startswith((b'"projectID"', b"projectID")):
        _Programme(context, sink).read_one_table(body)
        return sink.decoded()
    _Programme(context, sink).read(check_zip(body))
    return sink.decoded()


class _Programme:
    """One file being read: first which projects have a participant in the country, then these projects."""

    def __init__(self, context: DecodeContext, sink: Sink) -> None:
        self.context, self.sink = context, sink
        country = context.params.get("country", "LU")
        self.country = country if isinstance(country, str) else "LU"
        self.name = ""  # of the programme; what project.csv says of a project goes before
        for name in ("HORIZON", "H2020", "FP7"):
            if f"cordis-{name}projects".lower() in context.url.lower():
                self.name = name
        self.projects: dict[str, dict[str, Any]] = {}
        self.topics: dict[str, list[str]] = {}
        self.ids: set[str] = set()
        self.persons = 0
        self.chars = 0  # of long texts in the records

    def read(self, zipped: Zip) -> None:
        wanted: set[str] = set()
        every: set[str] = set()
        for _, row in self._rows(zipped.lines(ORGANISATIONS), ORGANISATIONS, loud=False):
            if not _PROJECT_ID.fullmatch(row["projectID"].strip()):
                continue
            every.add(row["projectID"])
            if _country(row["country"]) == self.country:
                wanted.add(row["projectID"])
        self._read_projects(zipped, wanted)
        if TOPICS in zipped.members:
            self._read_topics(zipped, wanted)
        else:
            self.sink.note("the file has no table of EuroSciVoc topics")
        read = kept = 0
        for line, row in self._rows(zipped.lines(ORGANISATIONS), ORGANISATIONS):
            read += 1
            if row["projectID"] in wanted:
                kept += 1
                self._participation(line, row)
        self.sink.note(
            f"{read} participations in {len(every)} projects read; {kept} in {len(wanted)} projects with a participant "
            f"in {self.country} kept, {read - kept} in {len(every) - len(wanted)} other projects left out"
        )
        self._note_persons()
        for name in sorted(zipped.members):
            if name.endswith((".zip", ".gz", ".7z", ".rar", ".tar")):
                self.sink.note(f"a packed file within the zip, {name[:80]!r}, is not opened")

    def read_one_table(self, body: bytes) -> None:
        """Every participation of a table that came alone: without a zip nobody asked for one country's projects."""
        for line, row in self._rows(body.splitlines(keepends=True), ORGANISATIONS):
            if "country" not in self.context.params or _country(row["country"]) == self.country:
                self._participation(line, row)
        self.sink.note("a single table: projects and topics are not known")
        self._note_persons()

    # -- tables --------------------------------------------------------------------------------------------------------

    def _rows(self, lines: Iterable[bytes], name: str, *, loud: bool = True) -> Iterator[tuple[int, dict[str, str]]]:
        """Good rows of a table; bad ones are rejected, once (``loud``), and damage ends the table, not the file."""
        table: Table | None = None
        try:
            table = Table(lines)
            missing = [column for column in _NEEDED.get(name, ("projectID",)) if column not in table.columns]
            if missing:
                raise UnreadableError("not_cordis", f"{name} lacks the columns {', '.join(missing)}")
            if loud and name in _NEEDED:
                known = _ORGANISATION_COLUMNS if name == ORGANISATIONS else _PROJECT_COLUMNS
                unknown_fields(self.sink, table.columns, known, f"{name} ")
            for row in table.rows():
                if isinstance(row, Broken):
                    if loud:
                        self.sink.reject(f"{name} line {row.line}", row.reason, row.detail)
                    continue
                yield row
        except UnreadableError as error:
            if error.reason == "not_cordis" or (table is None and name in _NEEDED):
                raise
            if loud:
                self.sink.reject(name, error.reason, error.detail)
        if loud and table is not None:
            for remark, times in table.remarks.items():
                self.sink.note(f"{name}: {remark}", times=times)

    def _read_projects(self, zipped: Zip, wanted: set[str]) -> None:
        for line, row in self._rows(zipped.lines(PROJECTS), PROJECTS):
            project = row["id"]
            if project not in wanted:
                continue
            if project in self.projects:
                self.sink.reject(f"{PROJECTS} line {line}", "duplicate_project", f"project {project} stands twice")
                continue
            amounts = {name: self._amount(row, name) for name in ("totalCost", "ecMaxContribution")}
            for name, (_, problem) in amounts.items():
                if problem:
                    self.sink.reject(f"{PROJECTS} line {line}", "bad_amount", f"{name} {problem}; project kept without")
            self.projects[project] = {
                "programme": _plain(row.get("frameworkProgramme"))[:40] or self.name,
                "acronym": _plain(row.get("acronym"))[:_MAX_LINE],
                "title": _plain(row["title"])[:_MAX_LINE],
                "text": _plain(row.get("objective"))[:_MAX_TEXT],
                "status": _plain(row.get("status"))[:40],
                "signed_on": self._day(row, "ecSignatureDate"),
                "starts_on": self._day(row, "startDate"),
                "ends_on": self._day(row, "endDate"),
                "total_cost": amounts["totalCost"][0],
                "project_contribution": amounts["ecMaxContribution"][0],
                "updated": self._moment(row),
            }
        missing = len(wanted - self.projects.keys())
        if missing:
            self.sink.note(f"project of a participation is missing in {PROJECTS}", times=missing)

    def _read_topics(self, zipped: Zip, wanted: set[str]) -> None:
        for _, row in self._rows(zipped.lines(TOPICS), TOPICS):
            code = (row.get("euroSciVocCode") or row.get("euroSciVocPath") or "").strip()[:300]
            codes = self.topics.setdefault(row["projectID"], []) if row["projectID"] in wanted else None
            if codes is not None and code and code not in codes and len(codes) < _MAX_TOPICS:
                codes.append(code)

    # -- one participation -------------------------------------------------------------------------------------------

    def _participation(self, line: int, row: Mapping[str, str]) -> None:
        where = f"{ORGANISATIONS} line {line}"
        project, organisation = row["projectID"].strip(), row["organisationID"].strip()
        if not _PROJECT_ID.fullmatch(project):
            self.sink.reject(where, "missing_id", f"projectID is {project[:60]!r}")
            return
        if len(self.ids) >= _MAX_KEPT:
            raise UnreadableError("too_many_elements", f"more than {_MAX_KEPT} participations to keep")
        amounts = {}
        for name in ("ecContribution", "netEcContribution", "totalCost"):
            amounts[name], problem = self._amount(row, name)
            if problem:
                self.sink.reject(where, "bad_amount", f"{name} {problem}")
                return
        person = is_natural_person(row)
        order = row.get("order", "").strip()[:10]
        if person or not organisation:
            self.persons += person
            organisation = f"person-{order or line}" if person else f"unnumbered-{order or line}"
        about = self.projects.get(project, {})
        updated = [moment for moment in (self._moment(row), about.get("updated")) if moment]
        fields: dict[str, Any] = {
            "programme": self.name,
            **{name: value for name, value in about.items() if name not in ("updated", "text")},
            "text": self._text(about, _country(row["country"])),
            "record_id": self._record_id(project, organisation, row, order),
            "project_id": project,
            "acronym": about.get("acronym") or _plain(row.get("projectAcronym"))[:_MAX_LINE],
            "topic_codes": self._topics(project),
            "organisation_id": organisation[:60],
            "organisation": "" if person else _plain(row["name"])[:_MAX_LINE],
            "country": _country(row["country"]),
            "activity_type": row.get("activityType", "").strip()[:20],
            "is_sme": _truth(row.get("SME")),
            "role": row.get("role", "").strip()[:40],
            "contribution": amounts["ecContribution"],
            "net_contribution": amounts["netEcContribution"],
            "participant_cost": amounts["totalCost"],
            "has_ended": _truth(row.get("endOfParticipation")) is True,
            "content_updated_at": max(updated, default=None),
        }
        record = self.sink.build(FundingEvent, where, fields)
        if record is not None:
            self.sink.records.append(record)

    def _text(self, about: Mapping[str, Any], country: str) -> str:
        """The objective, in rows of the country alone: partners abroad are there for the shares of a project."""
        text: str = about.get("text", "") if country == self.country else ""
        if self.chars + len(text) > _MAX_CHARS:
            self.sink.note("objective left out: the file's texts are too long")
            return ""
        self.chars += len(text)
        return text

    def _topics(self, project: str) -> list[str]:
        codes = self.topics.get(project, [])
        length = sum(map(len, codes))
        if self.chars + length > _MAX_CHARS:
            self.sink.note("topics left out: the file's texts are too long")
            return []
        self.chars += length
        return codes

    def _record_id(self, project: str, organisation: str, row: Mapping[str, str], order: str) -> str:
        """Project and organisation; an organisation that stands in a project twice has its role, then its place, too.

        Not the place alone: CORDIS numbers participants anew when one leaves.
        """
        name = f"{self.context.source_id}:{project}:{organisation[:60]}"
        for tail in ("", f":{row.get('role', '').strip()[:40]}", f":{order}"):
            name += tail
            if name not in self.ids:
                break
        self.ids.add(name)
        return name

    def _note_persons(self) -> None:
        if self.persons:
            self.sink.note("participant who looks like a natural person, name and number not kept", times=self.persons)

    def _amount(self, row: Mapping[str, str], name: str) -> tuple[float | None, str]:
        """The amount of a column, and what is wrong with it."""
        text = row.get(name, "").strip()
        if not text:
            return None, ""
        value = parse_amount(text)
        return value, "" if value is not None else f"is {text[:60]!r}, no amount"

    def _day(self, row: Mapping[str, str], name: str) -> date | None:
        text = row.get(name, "").strip()
        day = parse_day(text)
        if text and day is None:
            self.sink.note(f"{name} of a project is no date, left out")
        return day

    def _moment(self, row: Mapping[str, str]) -> datetime | None:
        return parse_moment(row.get("contentUpdateDate", ""))


def parse_amount(text: str) -> float | None:
    """Euro amount with a decimal point or comma; of several separators the last is decimal. None if it is no amount.

    A single comma or point is decimal, also before three digits: CORDIS writes no thousands separators.
    """
    text = text.strip().replace("\u00a0", " ").replace("\u202f", " ")
    if _NUMBER.fullmatch(text):
        plain = text.replace(",", ".")
    elif _GROUPED.fullmatch(text):
        last = max(text.rfind("."), text.rfind(","))
        mark = text[last] if last >= 0 and text.count(text[last]) == 1 else ""
        whole, _, cents = text.partition(mark) if mark else (text, "", "")
        plain = re.sub(r"[., ]", "", whole) + (f".{cents}" if cents else "")
    else:
        return None
    value = float(plain)
    return value if math.isfinite(value) and abs(value) <= _MAX_AMOUNT else None


def _country(text: str) -> str:
    code = text.strip().upper()
    code = _COUNTRIES.get(code, code)
    return code if re.fullmatch(r"[A-Z]{2}", code) else ""


def _truth(text: str | None) -> bool | None:
    return {"true": True, "1": True, "false": False, "0": False}.get((text or "").strip().lower())


def _plain(text: str | None) -> str:
    """Text on its lines, without markup: objectives hold line breaks, some hold tags and entities."""
    if not text:
        return ""
    if "<" in text or "&" in text:
        try:
            text = to_text(text)
        except TooLongError:
            text = text[:_MAX_TEXT]
    lines = ("".join(char if char.isprintable() else " " for char in line) for line in text.splitlines())
    return "\n".join(" ".join(line.split()) for line in lines if line.strip())
