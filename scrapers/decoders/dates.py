"""Dates as publishers write them whose feeds do not speak English.

Belongs here: names of months in the languages of the region and its neighbours. Never here: ISO dates
(``scrapers.decoders.base``) and the forms of RFC 2822, which feedparser reads.
"""

from __future__ import annotations

import re
from datetime import datetime

from scrapers.decoders.base import parse_moment

_DAY_MONTH_YEAR = re.compile(
    r"\b(?P<day>\d{1,2})(?:er|\.)?(?P<gap>[ -])(?P<month>[^\W\d]{3,10})\.?(?P=gap)(?P<year>\d{4})"
    r"(?:,? (?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d))?(?: ?(?P<zone>[+-]\d{4}))?)?"
)
# First letters of months that differ from English, in the languages of the region and its neighbours.
_MONTHS = {
    **dict.fromkeys(("janv", "jan", "gen", "gene", "ene", "ener", "janu", "jane"), 1),
    **dict.fromkeys(("fevr", "fev", "feb", "febr", "feve"), 2),
    **dict.fromkeys(("mars", "mar", "marz", "marc", "mare", "maer"), 3),
    **dict.fromkeys(("avr", "avri", "apr", "apri", "abr", "abri"), 4),
    **dict.fromkeys(("mai", "mag", "magg", "may", "mayo", "maio"), 5),
    **dict.fromkeys(("juin", "juni", "jun", "giu", "giug", "june", "junh"), 6),
    **dict.fromkeys(("juil", "juli", "jul", "lug", "lugl", "july", "julh"), 7),
    **dict.fromkeys(("aout", "aou", "aug", "augu", "ago", "agos"), 8),
    **dict.fromkeys(("sept", "sep", "set", "sett", "sete"), 9),
    **dict.fromkeys(("oct", "octo", "okt", "okto", "ott", "otto", "out", "outu"), 10),
    **dict.fromkeys(("nov", "nove"), 11),
    **dict.fromkeys(("dec", "dece", "dez", "deze", "dic", "dici"), 12),
}


def foreign_date(said: str) -> datetime | None:
    """A date whose month is written in another language than English, as some publishers send it: "16 nov 2022"."""
    found = _DAY_MONTH_YEAR.search(said[:80])
    month = (
        _MONTHS.get(found["month"].lower().replace("é", "e").replace("û", "u").replace("ä", "a")[:4]) if found else None
    )
    if not found or month is None:
        return None
    zone = f"{found['zone'][:3]}:{found['zone'][3:]}" if found["zone"] else "+00:00"
    clock = f"{int(found['hour'] or 0):02}:{found['minute'] or '00'}:{found['second'] or '00'}"
    return parse_moment(f"{found['year']}-{month:02}-{int(found['day']):02}T{clock}{zone}")


_NUMBERS = re.compile(r"(?<![\d./-])(?P<day>\d{1,2})(?P<gap>[./-])(?P<month>\d{1,2})(?P=gap)(?P<year>\d{4})(?![\d./-])")
_ISO = re.compile(r"(?<!\d)\d{4}-\d\d-\d\d(?:T[\d:.+Z-]{4,20})?")


def written_day(said: str) -> datetime | None:
    """The first day in a line of a page ("Published on 12.03.2026", "12 mars 2026"); numbers stand day first, as in all
    of Luxembourg's languages.
    """
    if (iso := _ISO.search(said[:200])) and (moment := parse_moment(iso[0])):
        return moment
    if found := _NUMBERS.search(said[:200]):
        return parse_moment(f"{found['year']}-{int(found['month']):02}-{int(found['day']):02}")
    return foreign_date(said)
