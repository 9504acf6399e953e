"""Values that descriptions of works of research have in common, whoever catalogues them: texts, days, languages.

Belongs here: readings of one value. Never here: ids that works are joined by (``work_ids``), the shape of one
catalogue's record, requests.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

from scrapers.decoders.base import Sink, parse_day
from scrapers.html import TooLongError, to_text

MAX_TITLE, MAX_WORDS = 2_000, 20_000  # characters of a title; words of an abstract
_MAX_VALUE = 2_000  # characters of a value in which an id or a day is looked for
_MARKUP = re.compile(r"[<&]")
_ALT = "info:eu-repo/semantics/altIdentifier/"
_HANDLE = re.compile(
    r"(?:https?://hdl\.handle\.net/|info:hdl/|hdl:|https?://[^/\s]{1,200}/(?:[\w-]{1,40}/){0,3}handle/)"
    r"(\d{2,9}(?:\.\d{1,9}){0,5}/[^\s?#]{1,200})",
    re.I,
)
# A year, a month or a day that stands alone, or begins a range or a moment.
_DATED = re.compile(r"(\d{4})(?:[-/](\d{1,2})(?:[-/](\d{1,2}))?)?(?![\d])")
_YEAR = re.compile(r"(?<!\d)(1[4-9]\d\d|20\d\d|21\d\d)(?!\d)")
_FIRST_YEAR, _LAST_YEAR = 1400, 2200
_LANGUAGE = re.compile(r"[a-z]{2,3}([-_][a-z0-9]{2,8})?")
# Codes of three letters, and names, of the languages that works in Luxembourg are written in; others stay as they are.
_LANGUAGES = {
    "en": "eng english anglais englisch",
    "fr": "fra fre french français francais französisch",
    "de": "deu ger german deutsch allemand",
    "lb": "ltz luxembourgish lëtzebuergesch luxembourgeois luxemburgisch",
    "nl": "nld dut dutch nederlands",
    "it": "ita italian italiano",
    "es": "spa spanish español",
    "pt": "por portuguese português",
}
_KNOWN_LANGUAGES = {word: code for code, words in _LANGUAGES.items() for word in (code, *words.split())}
_NO_LANGUAGE = frozenset({"und", "mul", "mis", "zxx", "other", "unknown", "n/a", "na", "none"})


def handle_of(value: object) -> str | None:
    """A handle as ``hdl:10993/123``, out of the resolver's address or that of a repository."""
    if not isinstance(value, str):
        return None
    plain = value.strip()[:_MAX_VALUE]
    plain = plain.replace(f"{_ALT}hdl/", "hdl:")
    found = _HANDLE.fullmatch(plain.partition("?")[0].rstrip("/"))
    return f"hdl:{found[1]}" if found else None


def plain_line(value: object, sink: Sink) -> str:
    """A text on one line, without tags and entities, which titles and abstracts come with."""
    if not isinstance(value, str):
        return ""
    try:
        # One parse a text is dear; most have no markup at all.
        plain = to_text(value) if _MARKUP.search(value) else value
    except TooLongError as error:
        sink.note(f"text not kept: {error}")
        return ""
    plain = "".join(char if char.isprintable() else " " for char in plain).encode("utf-8", "replace").decode("utf-8")
    return " ".join(plain.split())


def plain_text(value: object, sink: Sink) -> str:
    """As ``plain_line``; "" where it is too long to be an abstract."""
    plain = plain_line(value, sink)
    if plain.count(" ") >= MAX_WORDS:
        sink.note(f"text of more than {MAX_WORDS} words, not kept")
        return ""
    return plain


def language_of(values: Iterable[str]) -> str | None:
    """The first language of a list that can be read, as a code: of two letters, without a country, where it is one of
    the region's.
    """
    for value in values:
        for part in re.split(r"[;,|]", value[:200]):
            said = part.strip(" []()").lower()
            if said in _NO_LANGUAGE:
                continue
            base = said.replace("_", "-").partition("-")[0]
            code = _KNOWN_LANGUAGES.get(base, said)
            if _LANGUAGE.fullmatch(code):
                return code
    return None


def published(values: Iterable[str]) -> tuple[date | None, int | None]:
    """The day and the year of publication out of all dates that a record has.

    Repositories give days of deposit as moments ("2003-04-15T10:18:51Z") beside the date of issue, which is a plain
    one: plain ones go first, of these the earliest, as exact as it is said. The end of an embargo is passed over.
    """
    plain: list[tuple[int, date | None]] = []
    moments: list[tuple[int, date | None]] = []
    for value in values:
        said = value.strip()[:_MAX_VALUE]
        if not said or said.lower().startswith("info:"):
            continue
        dated = _dated(said)
        if dated is not None:
            (moments if re.match(r"\d{4}-\d\d-\d\d[T ]\d", said) else plain).append(dated)
    found = plain or moments
    if not found:
        return None, None
    year = min(year for year, _ in found)
    days = sorted(day for known, day in found if known == year and day is not None)
    return (days[0] if days else None), year


def _dated(said: str) -> tuple[int, date | None] | None:
    begins = _DATED.match(said)
    if begins and _FIRST_YEAR <= int(begins[1]) <= _LAST_YEAR:
        day = parse_day("-".join(f"{int(part):02}" for part in begins.groups())) if begins[3] else None
        return int(begins[1]), day
    year = _YEAR.search(said)  # "c1998", "[2001]", "May 2003", "15/04/2003"
    return (int(year[1]), None) if year else None
