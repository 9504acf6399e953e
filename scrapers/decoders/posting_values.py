"""Values of job advertisements as boards write them: names, titles, ids, days like "3 days ago", languages.

Belongs here: pure readings of one value, the same on every board. Never here: the shape of a board's answer, pay
(``pay``), which places are Luxembourg (``scrapers/places.py``), what a text means. What cannot be read is empty, never
an exception.
"""

from __future__ import annotations

import html as entities
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Literal

from scrapers.decoders.base import parse_moment
from scrapers.items import Precision

Workplace = Literal["", "on_site", "hybrid", "remote"]

MAX_LINE = 2000  # characters; nobody writes more in one line, and place texts are searched many times
_MAX_READ = 10_000  # characters of which one line is made
_MAX_SHORT = 200  # characters of a value that is one word or a few
_MAX_VACANCIES = 10_000
_IDENTIFIER = re.compile(r"\s*[A-Za-z0-9_.\-]{1,80}\s*")


def clean(value: object) -> str:
    """One line of text without entities, or "" for anything that is no text."""
    if not isinstance(value, str):
        return ""
    # Cut before unescaping only far beyond what is kept, so that a hostile value costs no more than any other.
    text = "".join(char if char.isprintable() else " " for char in entities.unescape(value[:_MAX_READ]))
    return " ".join(text.split())[:MAX_LINE]


_TAG = re.compile(
    r"</?(?P<name>b|i|u|s|a|em|strong|span|font|small|big|sup|sub|mark|wbr"
    r"|(?P<block>br|p|div|h[1-6]|ul|ol|li|hr|nobr|center|section))(?:\s[^<>]{0,300})?/?>",
    re.I,
)


def headline(value: object) -> str:
    """A title on one line without the tags and doubled entities that editors leave in it; of "Vec<A>" nothing goes."""
    text = value[:_MAX_READ] if isinstance(value, str) else ""
    for _ in range(3):
        if "&" not in text:
            break
        text = entities.unescape(text)
    lower = text.lower()

    def without(tag: re.Match[str]) -> str:
        name = tag["name"].lower()
        if len(name) == 1 and f"</{name}>" not in lower:
            return tag[0]  # a letter in brackets is a tag only if it is closed
        return " " if tag["block"] else ""

    return clean(_TAG.sub(without, text))


_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|([nrt\"/]))")
_ESCAPED_TWICE = re.compile(
    r"[.:!?>;)]\\n(?:\\n|[^\W\d_a-z]|[<•*-])|\\u003[ceCE]|\\n[^\\]{1,5000}\\n|(?:\\r)?\\n(?:\\r)?\\n"
)
_ESCAPES = {"n": "\n", "r": "", "t": " "}


def without_escapes(text: str) -> str:
    """A text that was made JSON twice, as it was meant: its line ends, quotes and tags are still written as escapes.

    A text with line ends of its own was not.
    """
    if "\\" not in text or "\n" in text.strip() or not _ESCAPED_TWICE.search(text):
        return text
    text = _ESCAPE.sub(lambda found: chr(int(found[1], 16)) if found[1] else _ESCAPES.get(found[2], found[2]), text)
    # Signs beyond the first plane are escaped as two halves.
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def shown(value: object) -> str:
    """A short literal of a value for a remark; only the kind of what is no single value, which may nest deeply."""
    if isinstance(value, str):
        return repr(value[:40])
    return repr(value) if value is None or isinstance(value, (int, float)) else f"a {type(value).__name__}"


def identifier(value: object) -> str | None:
    """A publisher's own id as text: a whole number, or at most 80 letters, digits, dots, hyphens, underscores."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int) and 0 <= value < 10**30:
        return str(value)
    return value.strip() if isinstance(value, str) and len(value) < 200 and _IDENTIFIER.fullmatch(value) else None


def mapping(value: object) -> dict[str, Any]:
    """The value if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def page(value: object) -> str:
    """The advertisement's address if it is one of the web, else "": other schemes have no place on a page of ours."""
    text = value.strip() if isinstance(value, str) and len(value) <= MAX_LINE else ""
    return text if text.isprintable() and re.match(r"https?://[^\s\"'<>]+$", text, re.I) else ""


def names(groups: object, field: str = "name") -> list[str]:
    """The names in a list of texts or of objects with a name."""
    found = [
        clean(group.get(field) if isinstance(group, Mapping) else group)
        for group in (groups if isinstance(groups, list) else [])
    ]
    return [name for name in found if name]


def place(
    *, city: object = "", region: object = "", postcode: object = "", country: object = "", name: object = ""
) -> str:
    """One line for a place published in parts: "L-1855 Luxembourg, Luxembourg, LU". Parts said twice stand once.

    Streets are left out: they are named after other places ("rue de Luxembourg").
    """
    number = str(postcode) if isinstance(postcode, int) and not isinstance(postcode, bool) else clean(postcode)
    town = clean(city)
    parts = [clean(name), f"{number} {town}".strip(), clean(region), clean(country)]
    kept: list[str] = []
    for part in parts:
        if part and part not in kept and part != town + ",":
            kept.append(part)
    return ", ".join(kept)[:MAX_LINE]


_SEVERAL = re.compile(r"[/;|•\n]|\s(?:or|oder|ou|and|und|et|&)\s", re.I)


def with_country(location: object, country: object) -> str:
    """A place text with the country that the board states beside it, which tells homonyms apart ("Luxembourg, BE").

    A text that lists several places is left alone: the country is that of one of them, nobody says of which.
    """
    where, land = clean(location), clean(country)
    if not where or not land or _SEVERAL.search(where):
        return where or land
    said = re.split(r"[\s,()]+", where)
    return where if land in said or land.lower() in where.lower().split(", ") else f"{where}, {land}"


# ---- Ways of working

_WORKPLACES: tuple[tuple[Workplace, str], ...] = (
    ("on_site", "onsite inoffice office inperson vorort surplace sursite"),
    ("hybrid", "hybrid hybride partialremote partlyremote partiallyremote"),
    ("remote", "remote fullyremote fullremote remotefirst telecommute"),
)
_WORKPLACE_OF = {word: way for way, words in _WORKPLACES for word in words.split()}


def workplace_of(value: object) -> Workplace:
    """``on_site``, ``hybrid`` or ``remote`` for a board's own code ("OnSite", "fully_remote"); "" for anything else."""
    said = re.sub(r"[\W_]+", "", clean(value)[:60].lower())
    return _WORKPLACE_OF.get(said, "")


def vacancies_of(value: object) -> int | None:
    """How many positions an advertisement offers; None where it does not say."""
    if isinstance(value, str) and re.fullmatch(r"\s*\d{1,5}\s*", value):
        value = int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value <= _MAX_VACANCIES else None


# ---- Languages

_LANGUAGE = re.compile(r"[a-z]{2,3}([-_][a-z0-9]{2,8}){0,2}")
_LANGUAGES = {
    "en": "english anglais englisch englesch engels inglés inglese",
    "fr": "french français francais französisch franséisch frans francés",
    "de": "german allemand deutsch däitsch duits alemán",
    "lb": "luxembourgish luxembourgeois luxemburgisch lëtzebuergesch letzebuergesch",
    "pt": "portuguese portugais portugiesisch portugiesesch português",
    "nl": "dutch néerlandais niederländisch nederlands",
    "it": "italian italien italienisch italiano",
    "es": "spanish espagnol spanisch español",
}
_NAMED = {name: code for code, listed in _LANGUAGES.items() for name in listed.split()}


def language_code(value: object) -> str | None:
    """A language code in lower case ("en", "pt-br") of a code or of a language's name; None for anything else."""
    said = value.strip().lower() if isinstance(value, str) and len(value) <= 60 else ""
    if said in _NAMED:
        return _NAMED[said]
    return said.replace("_", "-") if _LANGUAGE.fullmatch(said) else None


def language_codes(values: object) -> list[str]:
    """Codes of a list of languages (codes, names, or objects with ``code``, ``locale`` or ``name``), each once."""
    found: list[str] = []
    for value in values if isinstance(values, list) else []:
        if isinstance(value, Mapping):
            value = value.get("code") or value.get("locale") or value.get("name")
        code = language_code(value)
        if code and code not in found:
            found.append(code)
    return found


# ---- Days


_FIRST_SECOND, _LAST_SECOND = 631_152_000, 7_258_118_400  # from 1990 to 2200


def moment_of_epoch(value: object, per_second: int = 1000) -> datetime | None:
    """A moment from a count since 1970 in milliseconds (``per_second`` 1: in seconds); None if it is no moment."""
    if isinstance(value, str) and re.fullmatch(r"\d{9,14}", value):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    if not _FIRST_SECOND <= value / per_second < _LAST_SECOND:  # also where milliseconds were due and seconds came
        return None
    return datetime.fromtimestamp(value / per_second, UTC).replace(microsecond=0)


_JAVA = re.compile(  # java.util.Date.toString: "Thu Oct 01 00:00:00 UTC 2026"
    r"[A-Z][a-z]{2} ([A-Z][a-z]{2}) (\d\d?) (\d\d:\d\d:\d\d) ([A-Z]{2,5}|GMT[+-]\d\d:?\d\d|[+-]\d\d:?\d\d) (\d{4})"
)
_SUMMER = {
    "CEST": "+0200",
    "CET": "+0100",
    "WEST": "+0100",
    "WET": "+0000",
    "EEST": "+0300",
    "EET": "+0200",
    "BST": "+0100",
}


def java_date(said: str) -> str:
    """Java's way to write a moment as mail does ("01 Oct 2026 00:00:00 +0200"); any other text as it is."""
    found = _JAVA.fullmatch(said.strip()) if len(said) < 60 else None
    if found is None:
        return said
    zone = found[4].removeprefix("GMT").replace(":", "") or "GMT"
    return f"{found[2]} {found[1]} {found[5]} {found[3]} {_SUMMER.get(zone, zone)}"


_ZONE_NAMED = re.compile(r"^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d(?::\d\d)?) ?(?:UTC|GMT|Z)$")


def moment_of_text(value: object) -> datetime | None:
    """As ``parse_moment``, and the form "2026-08-05 09:41:37 UTC"."""
    named = _ZONE_NAMED.match(value.strip()) if isinstance(value, str) and len(value) < 60 else None
    return parse_moment(f"{named[1]}T{named[2]}+00:00" if named else value)


def moment_of_mail(value: object) -> datetime | None:
    """A moment written as in mail and RSS ("Wed, 19 Aug 2026 23:10:38 GMT") or in ISO 8601; None if it is none."""
    said = java_date(value.strip()) if isinstance(value, str) and len(value) < 100 else ""
    if not re.match(r"(?:[A-Za-z]{3,9},? )?\d{1,2} [A-Za-z]{3}", said):
        return moment_of_text(said)
    try:
        moment = parsedate_to_datetime(said)
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return moment if 1900 <= moment.year <= 2200 else None


_TODAY = re.compile(r"\b(?:today|just posted|aujourd.?hui|heute|gerade eben|haut)\b")
_YESTERDAY = re.compile(r"\b(?:yesterday|hier|gestern|gëschter)\b")
_NUMBER_WORDS = r"(?:\d{1,4}|an?|one|une?|einem|einer|eng?)"
_AGO = re.compile(
    rf"(?P<n>{_NUMBER_WORDS})\s*(?P<plus>\+)?\s*"
    r"(?P<unit>minute|min|hour|heure|stunde|day|jour|tag|deeg|week|semaine|woche|month|mois|monat)"
)
_AT_LEAST = re.compile(r"\+|plus de|mehr als|more than|over\b|ou plus|oder mehr|or more|über\b")
_MAX_AGE_DAYS = 10 * 365
_DAYS_OF = {"week": 7, "semaine": 7, "woche": 7, "month": 30, "mois": 30, "monat": 30}


def relative_day(text: object, retrieved_at: datetime) -> tuple[date | None, Precision]:
    """The day of "Posted Today", "hier", "vor 3 Tagen", "30+ Days Ago", reckoned from the reading, and how well it is
    known: ``days`` (a day more or less), or ``on_or_before`` where only the least age is stated. (None, "") otherwise.
    """
    said = clean(text)[:_MAX_SHORT].lower()
    today = retrieved_at.astimezone(UTC).date()
    counted = _AGO.search(said)
    if counted and re.search(r"\bago\b|\bil y a\b|\bvor\b|\bvirun\b|\+", said):
        number = int(counted["n"]) if counted["n"].isdigit() else 1
        unit = counted["unit"]
        if unit in ("minute", "min", "hour", "heure", "stunde"):
            days = number // (24 if unit in ("hour", "heure", "stunde") else 24 * 60)
        else:
            days = number * _DAYS_OF.get(unit, 1)
        if days > _MAX_AGE_DAYS:
            return None, ""
        # "2 weeks ago" is any day of that week: only the least age is stated.
        at_least = bool(_AT_LEAST.search(said)) or unit in _DAYS_OF
        return today - timedelta(days=days), "on_or_before" if at_least else "days"
    if _TODAY.search(said):
        return today, "days"
    if _YESTERDAY.search(said):
        return today - timedelta(days=1), "days"
    return None, ""


# ---- Lists


def only_once(values: Iterable[str]) -> list[str]:
    """The values that are not empty, each once, in order."""
    return [value for value in dict.fromkeys(values) if value]
