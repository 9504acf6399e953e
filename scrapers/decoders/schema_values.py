"""Values of schema.org as sites write them: texts that may be lists, objects or numbers, places, pay, codes, days.

Belongs here: one reading a kind of value, whatever shape it has. Never here: which field means what
(``schema_posting``). What cannot be read is empty, never an exception.
"""

from __future__ import annotations

import html as entities
import re
from datetime import date
from typing import Any

from scrapers.decoders.base import parse_day
from scrapers.decoders.dates import foreign_date
from scrapers.decoders.pay import Salary, salary
from scrapers.decoders.posting_values import clean, java_date, language_code, moment_of_epoch, place

MAX_PLACES = 100  # of one posting
_POSTCODE_IN_STREET = re.compile(r"\bL\s?-\s?\d{4}\b")
_YMD = re.compile(r"\s*(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)")
_JSON_DATE = re.compile(r"\s*\\?/Date\((\d{9,14})(?:[+-]\d{4})?\)\\?/\s*")
_COMPACT = re.compile(r"\s*(\d{4})(\d\d)(\d\d)(?:T\d{4,6}\S{0,6})?\s*$")
_DMY = re.compile(r"\s*(\d{1,2})([-/.])(\d{1,2})[-/.](\d{4})(?!\d)")
_MONTH_FIRST = re.compile(r"(?:^|[\s,])([^\W\d]{3,10})\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})\b")
_ISCO = re.compile(r"\bISCO[- ]?(?:0?8)?\b\D{0,5}(\d{1,4})\b", re.I)
_ESCO = re.compile(r"https?://data\.europa\.eu/esco/(?:occupation|isco)/[\w.-]{1,60}")
_MAX_PARTS = 50


def first_text(value: object) -> str:
    """The first text of a value that may be a text, a number, a list, or an object with a value or a name."""
    return next(iter(texts_of(value)), "")


def first(value: object) -> object:
    """The value itself: the first of a list, without the language that JSON-LD may put beside a text."""
    for _ in range(5):
        if isinstance(value, list):
            value = value[0] if value else None
        elif isinstance(value, dict) and "@value" in value:
            value = value["@value"]
        else:
            break
    return value


def texts_of(value: object, depth: int = 0) -> list[str]:
    """Texts of a value, each on one line, entities taken off as often as they were put on."""
    if isinstance(value, list) and depth < 3:
        return [text for part in value[:_MAX_PARTS] for text in texts_of(part, depth + 1)]
    if isinstance(value, dict) and depth < 4:
        for name in ("@value", "value", "name", "identifier", "@id", "termCode", "codeValue"):
            if value.get(name) not in (None, "", []):
                return texts_of(value[name], depth + 1)
        return []
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return [str(value)]
    text = unescaped(value) if isinstance(value, str) else ""
    return [text] if text else []


def unescaped(text: str) -> str:
    """One line of text; "R&amp;amp;D" is R&D."""
    text = text[:10_000]
    for _ in range(3):
        if "&" not in text:
            break
        text = entities.unescape(text)
    return clean(text)


def names_of(value: object) -> list[str]:
    """Names of organisations, terms or texts."""
    parts = value if isinstance(value, list) else [value]
    found = []
    for part in parts[:_MAX_PARTS]:
        if isinstance(part, dict):
            part = part.get("name") or part.get("legalName") or part.get("@value") or part.get("alternateName")
        found.append(first_text(part))
    return [name for name in found if name]


def part_of(value: object, name: str) -> object:
    """A field of an object, or of the first object in a list."""
    value = first(value)
    return value.get(name) if isinstance(value, dict) else None


def markup_of(value: object) -> str | None:
    """HTML of a text field; lists are lines, objects give their description or name."""
    value = first(value) if isinstance(value, dict) else value
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        lines = [part if isinstance(part, str) else first_text(part) for part in value[:1_000]]
        return "".join(f"<p>{line}</p>" for line in lines if line)
    if isinstance(value, dict):
        said = value.get("description") or value.get("name") or value.get("credentialCategory")
        return said if isinstance(said, str) else None
    return None


# ---- Where


def places_of(value: object) -> list[str]:
    """Each place of work on one line, those said twice once. Several names with one address are their own places: the
    address was copied.
    """
    parts = value if isinstance(value, list) else [value]
    found = [pair for part in parts[: MAX_PLACES * 5] for pair in _place(part) if pair[1]]
    names: dict[str, set[str]] = {}
    for name, line in found:
        names.setdefault(line, set()).add(name)
    lines = (name if name and len(names[line]) > 1 else line for name, line in found)
    return list(dict.fromkeys(lines))


def _place(value: object) -> list[tuple[str, str]]:
    """(name, address on one line) of a place, which may have several addresses."""
    value = first(value)
    if isinstance(value, str):
        return [("", unescaped(value))]
    if not isinstance(value, dict):
        return []
    name = first_text(value.get("name"))
    addresses = value.get("address")
    lines = []
    for address in addresses[:_MAX_PARTS] if isinstance(addresses, list) else [addresses]:
        if isinstance(address, str):
            lines.append(unescaped(address))
        elif isinstance(address, dict):
            lines.append(_address(address, name))
    if not any(lines):
        lines = [_address(value, name)]  # some sites leave the address out and write its fields into the place
    return [(name, line) for line in lines]


def _address(address: dict[str, Any], name: str) -> str:
    cities = list(dict.fromkeys(texts_of(address.get("addressLocality"))))
    street = " ".join(texts_of(address.get("streetAddress")))
    postcode = first_text(address.get("postalCode"))
    if not postcode and (found := _POSTCODE_IN_STREET.search(street)):
        postcode = found[0]
    city = " / ".join(cities[:10])
    region, country = first_text(address.get("addressRegion")), first_text(address.get("addressCountry"))
    if not (city or region or postcode or country):
        # Nothing but a street: the town stands after its last comma ("Kirchberg, Luxembourg").
        town = street.rpartition(",")[2].strip() if "," in street else ""
        city = town if re.search(r"[^\W\d_]{2}", town) else ""
        name, city = (name, city) if not city else ("", f"{name}, {city}" if name else city)
    return place(
        city=city,
        region=region,
        postcode=postcode,
        country=country,
        name="" if city else name,
    )


# ---- What for


def pay_of(data: dict[str, Any]) -> Salary | None:
    """Pay of a posting, from whichever field states it."""
    for field in ("baseSalary", "estimatedSalary", "salary"):
        said = data.get(field)
        for part in said[:10] if isinstance(said, list) else [said]:
            found = _amounts(part, first_text(data.get("salaryCurrency")))
            if found is not None:
                return found
    return None


def _amounts(said: object, currency: str) -> Salary | None:
    """Pay of a MonetaryAmount (a number, a range, or a text as its value), of a bare number, or as words."""
    if isinstance(said, dict):
        currency = (
            first_text(said.get("currency") or said.get("salaryCurrency") or said.get("priceCurrency")) or currency
        )
        value = said.get("value", said.get("price", said))
        value = value[0] if isinstance(value, list) and value else value
        if isinstance(value, dict):
            low, high = value.get("minValue"), value.get("maxValue")
            if low in (None, "", 0) and high in (None, "", 0):
                low = high = value.get("value")
            currency = first_text(value.get("currency")) or currency
            period = first_text(value.get("unitText") or value.get("unitCode") or said.get("unitText"))
            exact = salary(_number(low), _number(high), currency, _PERIODS.get(period.upper(), period))
            said = first(value.get("value"))  # "by agreement"
            return exact or (salary(text=said) if isinstance(said, str) and re.search(r"[^\W\d_]{3}", said) else None)
        said_period = first_text(said.get("unitText") or said.get("duration"))
        exact = salary(_number(value), _number(value), currency, _PERIODS.get(said_period.upper(), said_period))
        return exact or (salary(text=value) if isinstance(value, str) else None)
    exact = salary(_number(said), _number(said), currency) if not isinstance(said, str) else None
    return exact or (salary(text=unescaped(said)) if isinstance(said, str) else None)


_PERIODS = {"HUR": "hour", "DAY": "day", "WEE": "week", "MON": "month", "ANN": "year"}  # UN/CEFACT codes of units


def _number(value: object) -> object:
    """A number out of the shapes that sites give it; "52000.0000" is one with decimals."""
    value = first(value)
    if isinstance(value, str) and re.fullmatch(r"\s*\d{1,12}\.\d{3,10}\s*", value) and value.rstrip().endswith("000"):
        whole, _, decimals = value.strip().partition(".")
        return whole if len(decimals) > 3 or len(whole) > 3 else value
    return value


def language_of(value: object) -> str | None:
    """The code of a language that is given by code or name."""
    value = first(value)
    if isinstance(value, dict):
        value = value.get("alternateName") or value.get("name")
    return language_code(first_text(value)) if value else None


def occupations_of(value: object) -> list[str]:
    """ESCO addresses and ISCO-08 codes; codes of other classifications are not kept."""
    found: list[str] = []
    for part in value[:_MAX_PARTS] if isinstance(value, list) else [value]:
        scheme, code = "", part
        if isinstance(part, dict):
            listed = part.get("inCodeSet") or part.get("inDefinedTermSet")
            scheme = " ".join(texts_of(listed)) + (str(listed.get("@id", "")) if isinstance(listed, dict) else "")
            code = (
                part.get("codeValue") or part.get("termCode") or part.get("@id") or part.get("url") or part.get("name")
            )
        text = first_text(code)
        found += _ESCO.findall(text)
        if "isco" in scheme.lower() and re.fullmatch(r"\d{1,4}", text):
            found.append(text)
        elif isco := _ISCO.search(text):
            found.append(isco[1])
    return found


# ---- When


def day_of(value: object) -> tuple[date | None, bool]:
    """The day of a date or moment as it is written, and whether day and month had to be guessed (the day first)."""
    value = first(value)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return _of_epoch(value), False
    text = java_date(first_text(value)[:100])
    if epoch := _JSON_DATE.fullmatch(text):
        return _of_epoch(int(epoch[1])), False
    if ymd := _YMD.match(text) or _COMPACT.match(text):
        return _date(ymd[1], ymd[2], ymd[3]), False
    if dmy := _DMY.match(text):
        one, two = int(dmy[1]), int(dmy[3])
        if two > 12:
            return _date(dmy[4], dmy[1], dmy[3]), False
        return _date(dmy[4], dmy[3], dmy[1]), dmy[2] == "/" and one <= 12 and one != two
    if named := _MONTH_FIRST.search(text):
        text = f"{named[2]} {named[1]} {named[3]}"
    elif re.fullmatch(r"\d{9,14}", text):
        return _of_epoch(int(text)), False
    moment = foreign_date(text)
    return moment.date() if moment else parse_day(text), False


def _of_epoch(value: float) -> date | None:
    """A day counted in seconds or milliseconds since 1970: seconds have fewer than twelve digits."""
    moment = moment_of_epoch(value) if value > 1e11 else moment_of_epoch(value, per_second=1)
    return moment.date() if moment else None


def _date(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None
