"""Kohesio: operations of the EU's cohesion policy, as its CSV lists them by country.

Belongs here: the columns, of the file that states hand in (33) and of the exports that Kohesio makes of it (42). Never
here: requests.

- Days are written day first. Coordinates stand longitude first under a name that says otherwise; they are not kept.
- Expenditure is what is eligible, of which the Union pays the rate of co-financing. Its sum is kept where a file states
  it (``Project_EU_Budget``) and never reckoned: rates are rounded, and of axes at times.
- Beneficiaries can be natural persons: their names and numbers are not kept.
- An operation without a number of its own is known by what it is, for whom and when.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from scrapers.decoders.base import DecodeContext, Decoded, Sink, UnreadableError, parse_day, refuse_too_large
from scrapers.decoders.cordis_records import MAX_NAME, MAX_TEXT, amount, plain
from scrapers.decoders.natural_persons import is_natural_person, without_name
from scrapers.decoders.packed import unpacked
from scrapers.decoders.tables import Broken, Table, lines_of
from scrapers.items import FundingEvent

_KEPT = (
    "Operation_Unique_Identifier Operation_Local_Identifier Operation_Name_English Operation_Name_Programme_Language "
    "Country CountryCode Operation_Start_Date Operation_Expected_End_Date Operation_End_Date "
    "Total_Eligible_Expenditure_amount Total_Eligible_Expenditure_Currency Project_EU_Budget Beneficiary_Name "
    "Beneficiary_Unique_Identifier Beneficiary_Local_Identifier Fund_Code Programme_Code Operation_Summary_English "
    "Operation_Summary_Programme_Language Date_Of_Last_Update"
)
_LEFT = (
    "CountryID Location_Indicator_Postcode Cofinancing_Rate Total_Eligible_Expenditure_Exchange_Rate "
    "Location_Indicator_NUTS_code Location_Indicator_latitude_longitude Category_Of_Intervention Category_Label "
    "Programming_Period Programme_Name Program_Priority_Axis_Code Program_Priority_Axis_Name "
    "Program_Specific_Objective_Code Program_Specific_Objective_Name Program_Thematic_Objective_Code "
    "Program_Thematic_Objective_Name Fund_Name Social_Media_Links NUTS1_Code NUTS2_Code NUTS3_Code NUTS1_Label "
    "NUTS2_Label NUTS3_Label LAU_Labels LAU_Codes Policy_Objective_Label Policy_Objective_Code "
    "Specific_Objective_Label Specific_Objective_Code Thematic_Objective_Label "
    "Thematic_Objective_Code Operation_Theme_Label InfoRegio_URL "
    "Managing_Authority"
)
_SPELLED = {name.lower(): name for name in f"{_KEPT} {_LEFT}".split()}
_ROW_START = re.compile(r'"?https?://linkedopendata\.eu/entity/Q\d{1,12}"?[,;\t]')
_ENTITY = re.compile(r"https?://\S{1,100}/entity/(Q\d{1,12})")
_DAY = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})(?:\s.*)?", re.ASCII | re.S)
_CURRENCY = re.compile(r"[A-Z]{3}")
_ISO = {"EL": "GR", "UK": "GB"}
_ISO_OF = (
    "austria=AT belgium=BE bulgaria=BG croatia=HR cyprus=CY czechia=CZ czech-republic=CZ denmark=DK estonia=EE "
    "finland=FI france=FR germany=DE greece=GR hungary=HU ireland=IE italy=IT latvia=LV lithuania=LT "
    "luxembourg=LU malta=MT netherlands=NL the-netherlands=NL poland=PL portugal=PT romania=RO slovakia=SK "
    "slovenia=SI spain=ES sweden=SE united-kingdom=GB norway=NO switzerland=CH"
)
_COUNTRIES = dict(pair.split("=") for pair in _ISO_OF.split())


def decode(body: bytes, context: DecodeContext) -> Decoded:
    """Operations of one file; with ``params["country"]`` those of that country alone.

    Raises UnreadableError: too_large, not_a_table, not_kohesio.
    """
    sink = Sink(context, "funding_event")
    body, _ = unpacked(body, ".csv")
    refuse_too_large(body)
    if body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"<", b"{", b"["):
        raise UnreadableError("not_a_table", "a page or JSON stands where a table is due")
    table = Table(lines_of(body), _ROW_START)
    columns = [_SPELLED.get(name.lower(), name) for name in table.columns]
    if "Operation_Start_Date" not in columns or "Total_Eligible_Expenditure_amount" not in columns:
        raise UnreadableError("not_kohesio", f"no list of operations: {', '.join(table.columns)[:200]}")
    for name in columns:
        if name.lower() not in _SPELLED:
            sink.note(f"unknown column {name[:60]!r} is not kept")
    rows = _Rows(context, sink)
    for found in table.cells():
        if isinstance(found, Broken):
            sink.reject(f"line {found.line}", found.reason, found.detail)
        else:
            rows.add(f"line {found[0]}", dict(zip(columns, found[1], strict=True)))
    for remark, times in table.remarks.items():
        sink.note(remark, times=times)
    if not table.rows_read:
        sink.note("a table without rows")
    rows.note()
    return sink.decoded()


class _Rows:
    """The records of one table."""

    def __init__(self, context: DecodeContext, sink: Sink) -> None:
        self.context, self.sink = context, sink
        wanted = context.params.get("country")
        self.wanted = wanted if isinstance(wanted, str) else ""
        self._ids: set[str] = set()
        self._persons = self._elsewhere = 0

    def add(self, where: str, row: Mapping[str, str]) -> None:
        country = _country(row)
        if self.wanted and country != self.wanted:
            self._elsewhere += 1
            return
        amounts = {name: amount(row, name) for name in ("Total_Eligible_Expenditure_amount", "Project_EU_Budget")}
        problem = next((f"{name} {what}" for name, (_, what) in amounts.items() if what), "")
        if problem:
            self.sink.reject(where, "bad_amount", problem)
            return
        title = _first(row, "Operation_Name_English", "Operation_Name_Programme_Language")[:MAX_NAME]
        beneficiary = " ".join(plain(row.get("Beneficiary_Name")).split())
        if not (title or beneficiary):
            self.sink.reject(where, "missing_title", "neither an operation nor a beneficiary is named")
            return
        person = is_natural_person({"name": beneficiary}) if beneficiary else False
        self._persons += person
        text = _first(row, "Operation_Summary_English", "Operation_Summary_Programme_Language")[:MAX_TEXT]
        operation = self._operation(row, title, beneficiary)
        if person:
            title, text = without_name(title, beneficiary), without_name(text, beneficiary)
        entity = _ENTITY.fullmatch(row.get("Beneficiary_Unique_Identifier", "").strip())
        number = "person" if person else entity[1] if entity else _hashed(beneficiary) if beneficiary else "unnamed"
        fields: dict[str, Any] = {
            "record_id": self._record_id(operation, number),
            "programme": _programme(row),
            "project_id": operation,
            "title": title,
            "text": text,
            "starts_on": self._day(row, "Operation_Start_Date"),
            "ends_on": self._day(row, "Operation_End_Date") or self._day(row, "Operation_Expected_End_Date"),
            "total_cost": amounts["Total_Eligible_Expenditure_amount"][0],
            "project_contribution": amounts["Project_EU_Budget"][0],
            "currency": self._currency(row),
            "organisation_id": number,
            "organisation": "" if person else beneficiary[:MAX_NAME],
            "country": country,
            "role": "beneficiary",
            "content_updated_at": self._moment(row),
        }
        record = self.sink.build(FundingEvent, where, fields)
        if record is not None:
            self.sink.records.append(record)

    def note(self) -> None:
        if self._persons:
            self.sink.note("beneficiary who looks like a natural person, name and number not kept", times=self._persons)
        if self._elsewhere:
            self.sink.note("operation in another country left out", times=self._elsewhere)

    def _operation(self, row: Mapping[str, str], title: str, beneficiary: str) -> str:
        said = row.get("Operation_Unique_Identifier", "").strip()
        if entity := _ENTITY.fullmatch(said):
            return entity[1]
        if said or (said := row.get("Operation_Local_Identifier", "").strip()):
            return " ".join(said.split())[:80]
        self.sink.note("operation without a number, known by title, beneficiary and first day")
        return _hashed("\t".join((title, beneficiary, row.get("Operation_Start_Date", "").strip())))

    def _record_id(self, operation: str, number: str) -> str:
        name = f"{self.context.source_id}:{operation}"
        for tail in ("", f":{number}", *(f":{again}" for again in range(2, 50))):
            if name + tail not in self._ids:
                name += tail
                break
        self._ids.add(name)
        return name

    def _currency(self, row: Mapping[str, str]) -> str:
        said = row.get("Total_Eligible_Expenditure_Currency", "").strip().upper()
        if _CURRENCY.fullmatch(said):
            return said
        self.sink.note("no currency stated; Kohesio shows euros")
        return "EUR"

    def _day(self, row: Mapping[str, str], name: str) -> date | None:
        text = row.get(name, "").strip()
        said = _DAY.fullmatch(text)
        day = parse_day(f"{said[3]}-{int(said[2]):02}-{int(said[1]):02}" if said else text)
        if text and day is None:
            self.sink.note(f"{name} is no date, left out")
        return day

    def _moment(self, row: Mapping[str, str]) -> datetime | None:
        day = self._day(row, "Date_Of_Last_Update")
        return datetime(day.year, day.month, day.day, tzinfo=UTC) if day else None


def _programme(row: Mapping[str, str]) -> str:
    """By its number ("2014LU16RFOP001"), else its fund."""
    said = row.get("Programme_Code", "").strip() or row.get("Fund_Code", "").strip()
    return f"Kohesio/{' '.join(said.split())[:50]}" if said else "Kohesio"


def _country(row: Mapping[str, str]) -> str:
    code = row.get("CountryCode", "").strip().upper()
    if re.fullmatch(r"[A-Z]{2}", code):
        return _ISO.get(code, code)
    name = row.get("Country", "").strip()
    if re.fullmatch(r"[A-Z]{2}", name):
        return _ISO.get(name, name)
    return _COUNTRIES.get("-".join(name.lower().split()), "")


def _first(row: Mapping[str, str], *names: str) -> str:
    return next((said for name in names if (said := plain(row.get(name)))), "")


def _hashed(text: str) -> str:
    return f"x-{hashlib.sha256(text.casefold().encode('utf-8', 'replace')).hexdigest()[:16]}"
