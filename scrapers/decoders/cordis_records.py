"""CORDIS: one participation of an organisation in a project, whatever file it stood in.

Belongs here: the meaning of the columns, ids of records, who is a natural person, what long texts may take. Never here:
files and their layouts (``cordis_csv``, ``cordis_json``, ``cordis_xml``).

A row is a mapping of the column names that CORDIS uses today to texts; older layouts are renamed before
(``canonical``). So one participation gives the same record from a table, from JSON and from XML.

- One file mixes decimal points (``ecContribution``) and commas (``totalCost``).
- Countries are the Commission's codes: EL and UK are Greece and the United Kingdom; XK is Kosovo and stays.
- Participants can be natural persons: their names and numbers are not kept. Contacts never are.
- The objective stands in the rows of one country alone: partners abroad are there for the shares of a project.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from scrapers.decoders.base import DecodeContext, Sink, UnreadableError, parse_day, parse_moment
from scrapers.decoders.natural_persons import is_natural_person
from scrapers.html import TooLongError, to_text
from scrapers.items import FundingEvent

_OF_PROJECTS = (
    "id acronym status title startDate endDate totalCost ecMaxContribution legalBasis topics ecSignatureDate "
    "frameworkProgramme masterCall subCall fundingScheme nature objective contentUpdateDate rcn grantDoi keywords "
    "projectID programme projectUrl call coordinator coordinatorCountry participants participantCountries subjects"
)
_OF_ORGANISATIONS = (
    "projectID projectAcronym organisationID vatNumber name shortName SME activityType street postCode city country "
    "nutsCode geolocation organizationURL contactForm contentUpdateDate rcn order role ecContribution "
    "netEcContribution totalCost endOfParticipation active projectRcn contactType contactTitle contactFirstNames "
    "contactLastNames contactFunction contactTelephoneNumber contactFaxNumber contactEmail"
)
_OF_TOPICS = "projectID euroSciVocCode euroSciVocPath euroSciVocTitle euroSciVocDescription"
PROJECT_COLUMNS, ORGANISATION_COLUMNS = frozenset(_OF_PROJECTS.split()), frozenset(_OF_ORGANISATIONS.split())
_SPELLED = {name.lower(): name for name in (*PROJECT_COLUMNS, *ORGANISATION_COLUMNS, *_OF_TOPICS.split())}
# What columns are called in older files (FP7, Horizon 2020 until about 2019).
_OLDER = {
    "reference": "id",
    "projectreference": "projectID",
    "organizationid": "organisationID",
    "organization": "name",
    "organisation": "name",
    "legalname": "name",
    "activitytypecode": "activityType",
    "organisationurl": "organizationURL",
    "postalcode": "postCode",
    "ecfinancialcontribution": "ecMaxContribution",
}
PROGRAMMES = ("HORIZON", "H2020", "FP7")
_TRUTH = {"true": True, "1": True, "y": True, "yes": True, "false": False, "0": False, "n": False, "no": False}
_COUNTRIES = {"EL": "GR", "UK": "GB"}
_NUMBER = re.compile(r"-?\d{1,15}(?:[.,]\d{1,20})?(?:[eE][+-]?\d{1,2})?", re.ASCII)
_GROUPED = re.compile("-?\\d{1,3}(?:([.,' \u00a0\u202f])\\d{3})(?:\\1\\d{3})*(?:[.,]\\d{1,9})?", re.ASCII)
PROJECT_ID = re.compile(r"\d{3,12}", re.ASCII)
_MAX_AMOUNT = 1e12
MAX_TEXT, MAX_NAME, _MAX_TOPICS = 50_000, 500, 100
_MAX_CHARS = 20_000_000  # of objectives and topics in all records of a payload: a whole programme here has 5 million
_MAX_KEPT = 200_000  # participations that become records: a programme has about 15,000 here, 180,000 in all


@dataclass(slots=True)
class About:
    """What the records of a project share."""

    fields: dict[str, Any]
    text: str = ""  # the objective
    acronym: str = ""
    updated: datetime | None = None


NOTHING = About({})


class Participations:
    """The records of one payload as they are made."""

    def __init__(self, context: DecodeContext, sink: Sink) -> None:
        self.context, self.sink = context, sink
        country = context.params.get("country", "LU")
        self.country = country if isinstance(country, str) else "LU"
        self.programme = programme_in(context.url)  # what a file says of a project goes before
        self.topics: dict[str, list[str]] = {}
        self._ids: set[str] = set()
        self._words: dict[str, str] = {}  # one object for texts that come again and again
        self._persons = 0
        self._chars = 0  # of long texts in the records

    def about(self, where: str, row: Mapping[str, str]) -> About:
        """What a row of a project says for all its participations."""
        amounts = {name: amount(row, name) for name in ("totalCost", "ecMaxContribution")}
        for name, (_, problem) in amounts.items():
            if problem:
                self.sink.reject(where, "bad_amount", f"{name} {problem}; project kept without")
        framework = plain(row.get("frameworkProgramme"))[:40]
        acronym = plain(row.get("acronym"))[:MAX_NAME]
        fields: dict[str, Any] = {
            "programme": self._word(framework or self.programme),
            "acronym": acronym,
            "title": plain(row.get("title"))[:MAX_NAME],
            "status": self._word(plain(row.get("status"))[:40]),
            "signed_on": self._day(row, "ecSignatureDate"),
            "starts_on": self._day(row, "startDate"),
            "ends_on": self._day(row, "endDate"),
            "total_cost": amounts["totalCost"][0],
            "project_contribution": amounts["ecMaxContribution"][0],
        }
        objective = plain(row.get("objective"))[:MAX_TEXT]
        return About(fields, objective, acronym, parse_moment(row.get("contentUpdateDate", "")))

    def add_topic(self, project: str, code: str) -> None:
        codes = self.topics.setdefault(project, [])
        code = code.strip()[:300]
        if code and code not in codes and len(codes) < _MAX_TOPICS:
            codes.append(self._word(code))

    def add(self, where: str, row: Mapping[str, str], about: About, *, with_text: bool | None = None) -> None:
        """Make the record of one participation, or a reject.

        ``with_text``: whether it carries the objective; None: if it is of the country.
        """
        project, organisation = row.get("projectID", "").strip(), row.get("organisationID", "").strip()
        if not PROJECT_ID.fullmatch(project):
            self.sink.reject(where, "missing_id", f"projectID is {project[:60]!r}")
            return
        if len(self._ids) >= _MAX_KEPT:
            raise UnreadableError("too_many_elements", f"more than {_MAX_KEPT} participations to keep")
        person, order, country = is_natural_person(row), row.get("order", "").strip()[:10], country_of(row)
        if person or not organisation:
            self._persons += person
            organisation = f"{'person' if person else 'unnumbered'}-{order or where.rpartition(' ')[2]}"
        role = self._word(row.get("role", "").strip()[:40])
        record_id = self._record_id(project, organisation[:60], role, order)
        amounts = {}
        for name in ("ecContribution", "netEcContribution", "totalCost"):
            amounts[name], problem = amount(row, name)
            if problem:
                self.sink.reject(where, "bad_amount", f"{name} {problem}", record_id)
                return
        updated = [moment for moment in (parse_moment(row.get("contentUpdateDate", "")), about.updated) if moment]
        fields: dict[str, Any] = {
            "programme": self.programme,
            **about.fields,
            "text": self._text(about.text if (country == self.country if with_text is None else with_text) else ""),
            "record_id": record_id,
            "project_id": project,
            "acronym": about.acronym or plain(row.get("projectAcronym"))[:MAX_NAME],
            "topic_codes": self._topics_of(project),
            "organisation_id": self._word(organisation[:60]),
            "organisation": "" if person else self._word(plain(row.get("name"))[:MAX_NAME]),
            "country": self._word(country),
            "activity_type": self._word(row.get("activityType", "").strip()[:20]),
            "is_sme": truth(row.get("SME")),
            "role": role,
            "contribution": amounts["ecContribution"],
            "net_contribution": amounts["netEcContribution"],
            "participant_cost": amounts["totalCost"],
            "has_ended": truth(row.get("endOfParticipation")) is True,
            "content_updated_at": max(updated, default=None),
        }
        record = self.sink.build(FundingEvent, where, fields)
        if record is not None:
            self.sink.records.append(record)

    def note_selection(self, read: int, projects: int, kept: int, wanted: int) -> None:
        """Say how much of a file became records."""
        self.sink.note(
            f"{read} participations in {projects} projects read; {kept} in {wanted} projects with a participant "
            f"in {self.country} kept, {read - kept} in {projects - wanted} other projects left out"
        )

    def note_persons(self) -> None:
        if self._persons:
            self.sink.note("participant who looks like a natural person, name and number not kept", times=self._persons)

    def _word(self, text: str) -> str:
        if len(self._words) < 100_000:
            return self._words.setdefault(text, text)
        return self._words.get(text, text)

    def _text(self, text: str) -> str:
        if self._chars + len(text) > _MAX_CHARS:
            self.sink.note("objective left out: the file's texts are too long")
            return ""
        self._chars += len(text)
        return text

    def _topics_of(self, project: str) -> list[str]:
        codes = self.topics.get(project, [])
        length = sum(map(len, codes))
        if self._chars + length > _MAX_CHARS:
            self.sink.note("topics left out: the file's texts are too long")
            return []
        self._chars += length
        return codes

    def _record_id(self, project: str, organisation: str, role: str, order: str) -> str:
        """Project and organisation; an organisation that stands in a project twice has its role, then its place, too.

        Not the place alone: CORDIS numbers participants anew when one leaves.
        """
        name = f"{self.context.source_id}:{project}:{organisation}"
        for tail in ("", f":{role}", f":{order}"):
            name += tail
            if name not in self._ids:
                break
        self._ids.add(name)
        return name

    def _day(self, row: Mapping[str, str], name: str) -> date | None:
        text = row.get(name, "").strip()
        day = parse_day(text)
        if text and day is None:
            self.sink.note(f"{name} of a project is no date, left out")
        return day


def programme_in(url: str) -> str:
    """The programme that the address of a file names; "" where it names none."""
    said = url.lower()
    return next((name for name in PROGRAMMES if f"cordis-{name.lower()}" in said), "")


def canonical(columns: Iterable[str], *, organisations: bool = False) -> list[str]:
    """Column names as CORDIS spells them today. ``organisations``: "id" is then the organisation's number."""
    given = [column.strip() for column in columns]
    today = {name: spelled for name, spelled in _SPELLED.items() if not (organisations and name == "id")}
    older = _OLDER | ({"id": "organisationID"} if organisations else {})
    taken = {today[column.lower()] for column in given if column.lower() in today}
    found: list[str] = []
    for column in given:
        name = today.get(column.lower()) or older.get(column.lower(), column)
        is_second = name in found or (column.lower() not in today and name in taken)
        found.append(column if is_second else name)
    return found


def as_text(value: object) -> str:
    """A value of JSON or of a spreadsheet as it would stand in the table: numbers without exponents."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value) if abs(value) < 10**30 else "a number beyond all bounds"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, (date, datetime)):
        return value.isoformat(" ") if isinstance(value, datetime) else value.isoformat()
    return ""


def amount(row: Mapping[str, str], name: str) -> tuple[float | None, str]:
    """The amount of a column, and what is wrong with it."""
    text = row.get(name, "").strip()
    if not text:
        return None, ""
    value = parse_amount(text)
    return value, "" if value is not None else f"is {text[:60]!r}, no amount"


def parse_amount(text: str) -> float | None:
    """Euro amount with a decimal point or comma; of several separators the last is decimal. None if it is no amount.

    A single comma or point is decimal, also before three digits: CORDIS writes no thousands separators.
    """
    text = text.strip().replace("\u00a0", " ").replace("\u202f", " ")
    if _NUMBER.fullmatch(text):
        bare = text.replace(",", ".")
    elif _GROUPED.fullmatch(text):
        last = max(text.rfind("."), text.rfind(","))
        mark = text[last] if last >= 0 and text.count(text[last]) == 1 else ""
        whole, _, cents = text.partition(mark) if mark else (text, "", "")
        bare = re.sub(r"[., ']", "", whole) + (f".{cents}" if cents else "")
    else:
        return None
    value = float(bare)
    return value if math.isfinite(value) and abs(value) <= _MAX_AMOUNT else None


def country_of(row: Mapping[str, str]) -> str:
    """The ISO code of a row's country."""
    code = row.get("country", "").strip().upper()
    code = _COUNTRIES.get(code, code)
    return code if re.fullmatch(r"[A-Z]{2}", code) else ""


def truth(text: str | None) -> bool | None:
    return _TRUTH.get((text or "").strip().lower())


def plain(text: str | None) -> str:
    """Text on its lines, without markup: objectives hold line breaks, some hold tags and entities."""
    if not text:
        return ""
    if "<" in text or "&" in text:
        try:
            text = to_text(text)
        except TooLongError:
            text = text[:MAX_TEXT]
    lines = ("".join(char if char.isprintable() else " " for char in line) for line in text.splitlines())
    return "\n".join(" ".join(line.split()) for line in lines if line.strip())
