"""Who gets a sum and who gives it, and the day that its sentence names.

Belongs here: names beside verbs of getting and giving, conservative: where no pattern fits there is no name; days in
the spellings of four languages. Never here: which organisation a name is (entities), kinds of sums (claims.py), words
(parties.yaml).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from pydantic import BaseModel, ConfigDict

from models.data import read_yaml

_MAX_NAMES = 6


class PartyData(BaseModel):
    """The content of parties.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    gets: tuple[str, ...]
    gives: tuple[str, ...]
    to: tuple[str, ...]
    led_by: tuple[str, ...]
    from_: tuple[str, ...]
    joined_by: tuple[str, ...]
    generic: tuple[str, ...]
    months: dict[int, tuple[str, ...]]
    last_year: tuple[str, ...]
    year_words: tuple[str, ...]


@dataclass(frozen=True)
class Parties:
    """Names in a sentence: who gets, who gives (``lead`` first), as written."""

    organisations: tuple[str, ...] = ()
    givers: tuple[str, ...] = ()
    lead: str = ""


# A name: words with a capital or a digit, joined by blanks or "&"; a genitive or a comma ends it.
_NAME = re.compile(r"(?<![\w'])[A-ZÀ-ÖØ-Þ][\w&.+-]{0,30}(?: (?:& )?[A-ZÀ-ÖØ-Þ0-9][\w&.+-]{0,30}){0,4}")


class _Reader:
    def __init__(self, data: PartyData) -> None:
        self.gets, self.gives = _any(data.gets), _any(data.gives)
        self.led_by, self.from_ = _any(data.led_by), _any(data.from_)
        self.to = re.compile(rf"(?<!\w)(?:{_longest(data.to)}) (?:the |la |le |l'|d'|den |die |das |der |de )?$")
        self.from_end = re.compile(rf"(?<!\w)(?:{_longest(data.from_)})(?: (?:the |la |le |der |den |dem )?|(?<='))$")
        self.led_end = re.compile(rf"(?<!\w)(?:{_longest(data.led_by)}) $")
        self.joined = _any(data.joined_by)
        self.generic = frozenset(data.generic)
        self.month_of = {name: month for month, names in data.months.items() for name in names}
        months = _longest(tuple(self.month_of))
        self.full_date = re.compile(
            rf"(?<![\w.])(?:(?P<d>[0-3]?\d)(?:er|st|nd|rd|th|\.)? (?:of )?(?P<m>{months})\.?"
            rf"(?:,? (?P<y>(?:19|20)\d\d))?(?!\w)"
            rf"|(?P<m2>{months})\.? (?P<d2>[0-3]?\d)(?:st|nd|rd|th)?,? (?P<y2>(?:19|20)\d\d)"
            rf"|(?P<d3>[0-3]?\d)[./](?P<m3>[01]?\d)[./](?P<y3>(?:19|20)\d\d)|(?P<iso>(?:19|20)\d\d-[01]\d-[0-3]\d)(?!\d)"
            rf"|(?P<m4>{months})\.? (?P<y4>(?:19|20)\d\d))"
        )
        self.year = re.compile(
            rf"(?<!\w)(?:{_longest(data.year_words)}) (?P<y>(?:19|20)\d\d)(?![\w.,]\d|\d)"
            rf"|(?<=[a-zà-ÿ] )(?P<y2>20[0-4]\d)(?! [a-z]{{0,3}}(?:euro|mio|€))(?![\w.,]?\d)"
        )
        self.last_year = _any(data.last_year)


def _longest(items: tuple[str, ...]) -> str:
    return "|".join(re.escape(item) for item in sorted(set(items), key=len, reverse=True))


def _any(items: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{_longest(items)})(?!\w)")


@lru_cache(maxsize=1)
def _reader() -> _Reader:
    content = read_yaml("parties.yaml")
    content["from_"] = content.pop("from")
    return _Reader(PartyData(**content))


def find_parties(text: str, lower: str, start: int, end: int) -> Parties:
    """The parties of the sentence at [start, end) of a normalised text."""
    reader = _reader()
    words, plain = text[start:end], lower[start:end]
    named = [(m.start(), name) for m in _NAME.finditer(words) if (name := _bare(m.group(), reader))]
    named = named[: 4 * _MAX_NAMES]
    lead, givers, takers = "", list[str](), list[str]()
    for position, name in named:
        before = plain[max(0, position - 40) : position + words[position:].find(name)]
        if reader.led_end.search(before):
            lead = lead or name
            givers.append(name)
        elif reader.from_end.search(before) or reader.joined.search(
            plain[position + len(name) : position + len(name) + 30]
        ):
            givers.append(name)
        elif reader.to.search(before):
            takers.append(name)
    subject = _subject(named, words, plain, reader)
    if subject is not None:
        name, gives = subject
        if gives and name not in takers:
            givers.insert(0, name)
        elif not gives:
            takers.insert(0, name)
    takers = [name for name in takers if name not in givers]
    return Parties(_unique(takers), _unique(givers), lead)


def _subject(named: list[tuple[int, str]], words: str, plain: str, reader: _Reader) -> tuple[str, bool] | None:
    """The name before the first verb of getting or giving, and whether it gives."""
    gets, gives = reader.gets.search(plain), reader.gives.search(plain)
    verbs = [(m.start(), kind) for m, kind in ((gets, False), (gives, True)) if m is not None]
    if not verbs:
        return None
    verb, kind = min(verbs)
    head = plain[:verb]
    head = head[: head.find(",")] if "," in head else head
    before = [name for position, name in named if position < len(head)]
    return (before[-1], kind) if before else None


def _bare(name: str, reader: _Reader) -> str:
    """The name without generic words at its ends; "" where nothing is left or only a number."""
    parts = name.rstrip(".-&").split(" ")
    while parts and parts[0].lower().rstrip(".") in reader.generic:
        parts.pop(0)
    while parts and (parts[-1].lower().rstrip(".") in reader.generic or parts[-1] == "&"):
        parts.pop()
    bare = " ".join(parts)
    return bare if len(bare) > 1 and not bare[0].isdigit() and bare.lower() not in reader.month_of else ""


def _unique(names: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))[:_MAX_NAMES]


def find_day(lower: str, start: int, end: int, published: date | None) -> tuple[str, str]:
    """The one day, month or year that a sentence names, as written and as ISO; two empty texts for none or several.

    A day without year is that of the year nearest to ``published``; "last year" needs it too.
    """
    reader = _reader()
    words = lower[start:end]
    days = list(reader.full_date.finditer(words))
    if len(days) > 1:
        return "", ""
    if days:
        return days[0].group().rstrip(" ."), _iso(days[0], reader, published)
    years = {match.group("y") or match.group("y2"): match for match in reader.year.finditer(words)}
    if len(years) == 1:
        year = next(iter(years))
        return year, year
    relative = reader.last_year.search(words)
    if not years and relative is not None and published is not None:
        return relative.group(), str(published.year - 1)
    return "", ""


def _iso(match: re.Match[str], reader: _Reader, published: date | None) -> str:
    if match["iso"]:
        return _valid(*map(int, match["iso"].split("-")))
    if match["m4"]:
        return f"{match['y4']}-{reader.month_of[match['m4']]:02d}"
    if match["m3"]:
        return _valid(int(match["y3"]), int(match["m3"]), int(match["d3"]))
    month = reader.month_of[match["m"] or match["m2"]]
    day, year = int(match["d"] or match["d2"]), match["y"] or match["y2"]
    if year:
        return _valid(int(year), month, day)
    if published is None:
        return ""
    candidates = [
        iso for y in (published.year - 1, published.year, published.year + 1) if (iso := _valid(y, month, day))
    ]
    return min(candidates, key=lambda iso: abs((date.fromisoformat(iso) - published).days), default="")


def _valid(year: int, month: int, day: int) -> str:
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return ""
