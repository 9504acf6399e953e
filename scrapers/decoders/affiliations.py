"""Whose a work is, where a catalogue gives affiliations as its authors wrote them.

Belongs here: the country of an affiliation as far as it says one, and shares of a work by country and institution.
Never here: names of authors, the shape of a catalogue's answer.

A country is taken only where it is told: by a code, by a place, by the ROR id of an institution of our own table
(``scrapers/lineage.py``), or by a text whose last part is the name of a country ("…, Esch-sur-Alzette, Luxembourg").
"University of Denmark" tells none; nor does "…, Georgia", which is two places. What is not told is shared under "".
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from babel import Locale

from scrapers.lineage import lineage
from scrapers.places import luxembourg

MAX_AFFILIATIONS = 200_000  # of one payload, that are looked at
MAX_AUTHORS, _MAX_OF_ONE = 10_000, 50
_MAX_TEXT = 600
_CODE = re.compile(r"[A-Z]{2}", re.A)
_ENDS = re.compile(r"(?:^|[\s.])(U\.?S\.?A|U\.?K)\.?$")  # told by its letters where no comma stands before it
_TWO_PLACES = frozenset(("georgia", "jersey", "grenade", "guadeloupe"))
_ALSO = {
    "US": "usa|u.s.a|us|u.s|united states of america|etats-unis d'amerique|vereinigte staaten von amerika",
    "GB": "uk|u.k|great britain|england|scotland|wales|northern ireland|gb",
    "CN": "people's republic of china|peoples republic of china|p.r. china|pr china|p. r. china|prc|china (mainland)",
    "KR": "korea|republic of korea|south korea|korea (south)|republic of south korea",
    "KP": "north korea",
    "RU": "russian federation",
    "NL": "the netherlands|holland",
    "LU": "grand duchy of luxembourg|grand-duchy of luxembourg|grand-duche de luxembourg|letzebuerg|g.d. luxembourg",
    "TR": "turkey|turkiye",
    "CZ": "czech republic|czechia",
    "IR": "iran (islamic republic of)|islamic republic of iran",
    "VN": "viet nam",
    "TW": "taiwan (r.o.c.)|taiwan, r.o.c|taiwan roc",
    "HK": "hong kong|hong kong sar",
    "MO": "macau|macao",
    "MK": "macedonia|republic of north macedonia",
    "DE": "federal republic of germany",
    "AE": "uae|united arab emirates",
    "SA": "kingdom of saudi arabia",
    "BA": "bosnia and herzegovina",
    "MD": "republic of moldova",
    "CI": "ivory coast",
    "BR": "brasil",
    "ES": "espana",
    "IT": "italia",
    "LT": "lietuva",
    "IE": "republic of ireland",
}


@dataclass(frozen=True)
class Affiliation:
    """One affiliation of one author: what is told of it in other fields, and its text as published."""

    text: str = ""
    country: str = ""  # ISO code, or the name of a country
    ror: str | None = None


@dataclass(frozen=True)
class Shares:
    """Of one work; ``country_shares`` sums to 1."""

    country_shares: dict[str, float]
    institution_shares: dict[str, float]

    @property
    def home_institutions(self) -> list[str]:
        return sorted(self.institution_shares)


class AffiliationReader:
    """Reads the affiliations of one payload, and no more of them than a payload may have."""

    def __init__(self) -> None:
        self.left = MAX_AFFILIATIONS

    def shares(self, authors: Sequence[Sequence[Affiliation]]) -> Shares:
        """An author counts once, divided over that author's affiliations."""
        countries: dict[str, float] = {}
        institutions: dict[str, float] = {}
        weight = 1.0 / len(authors) if authors else 1.0
        for author in authors or [[]]:
            told = self._told(author[:_MAX_OF_ONE]) or [("", None)]
            for country, ror in told:
                countries[country] = countries.get(country, 0.0) + weight / len(told)
                if ror is not None:
                    institutions[ror] = institutions.get(ror, 0.0) + weight / len(told)
        return Shares(_rounded(countries), _rounded(institutions))

    def _told(self, author: Sequence[Affiliation]) -> list[tuple[str, str | None]]:
        """(country, ROR id of an institution in Luxembourg) of each affiliation."""
        self.left -= len(author)
        if self.left < 0:
            return []
        bare = [code for one in author if (code := _name_of_country(one.text))]
        whole = [one for one in author if not _name_of_country(one.text)]
        if bare and not any(one.ror or one.country or country_of(one.text) for one in whole):
            # Some publishers cut one address into parts ("New York University", "New York", "USA").
            return [(code, None) for code in dict.fromkeys(bare)]
        found: dict[tuple[str, str | None, str], None] = {}
        for one in author:
            home = one.ror if one.ror is not None and lineage().is_luxembourg(one.ror) else None
            country = "LU" if home else _code(one.country) or country_of(one.country) or country_of(one.text)
            found[(country, home, one.ror or one.text)] = None
        return [(country, home) for country, home, _ in found]


def country_of(text: str) -> str:
    """The ISO code of the country that a text of an affiliation or a place ends with; "" where it tells none."""
    text = " ".join(text[-_MAX_TEXT:].split()).rstrip(" .;,")
    if not text:
        return ""
    last = re.split(r"[,;]", text)[-1]
    code = _name_of_country(last)
    if not code and (ends := _ENDS.search(text)):
        code = "US" if ends[1][0] == "U" and "S" in ends[1] else "GB"
    if code == "LU" and not luxembourg(text).is_luxembourg:
        return ""  # the Belgian province, or a street of that name
    return code


def _name_of_country(text: str) -> str:
    return _countries().get(_folded(text), "") if len(text) <= 60 else ""


def _code(text: str) -> str:
    return text.strip().upper() if len(text) < 6 and _CODE.fullmatch(text.strip().upper()) else ""


def _rounded(shares: dict[str, float]) -> dict[str, float]:
    return {name: round(share, 9) for name, share in sorted(shares.items())}


@lru_cache(maxsize=4096)
def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.replace("’", "'").casefold())
    return " ".join("".join(char for char in plain if not unicodedata.combining(char)).split()).strip(" .")


@lru_cache(maxsize=1)
def _countries() -> dict[str, str]:
    """Names of countries, folded, in English, French and German, and what else authors write."""
    found: dict[str, str] = {}
    for language in ("en", "fr", "de"):
        for code, name in Locale(language).territories.items():
            if _CODE.fullmatch(code) and code not in ("EU", "EZ", "UN", "XA", "XB", "ZZ", "QO"):
                for part in (name, *re.split(r"\s*[()]\s*", name)):
                    if len(part) > 3:
                        found.setdefault(_folded(part), code)
    for code, names in _ALSO.items():
        found |= dict.fromkeys((_folded(name) for name in names.split("|")), code)
    return {name: code for name, code in found.items() if name not in _TWO_PLACES}
