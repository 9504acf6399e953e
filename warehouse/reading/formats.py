"""Numbers, percentages, dates and periods in four languages, from locale data (Babel).

Belongs here: turning one value into text. Never here: sentences (texts.py) or choosing what to show.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
from babel.dates import format_date, format_datetime, format_timedelta
from babel.numbers import format_decimal

LANGUAGES = ("en", "fr", "de", "lb")
NBSP = "\u00a0"
# On screen and in mails times are Luxembourg's; everything stored is UTC.
LUXEMBOURG = ZoneInfo("Europe/Luxembourg")
# French as STATEC prints it, with a narrow space between thousands: CLDR gives fr_LU a point.
_LOCALES = {"en": "en_GB", "fr": "fr", "de": "de_LU", "lb": "lb_LU"}
# Decimal sign and thousands separator of the same languages, for charts that format their own axes.
SEPARATORS = {"en": ".,", "fr": ",\u202f", "de": ",.", "lb": ",."}
_QUARTER = re.compile(r"(\d{4})-Q([1-4])")
_MONTH = re.compile(r"(?<![\d-])(\d{4})-(0[1-9]|1[0-2])(?![\d-])")
MILLION = 1_000_000
_EUROS = {"en": "€{n}", "fr": "{n}\u00a0€", "de": "{n}\u00a0€", "lb": "{n}\u00a0€"}
_MILLIONS = {
    "en": "€{n}\u00a0million",
    "fr": "{n}\u00a0M€",
    "de": "{n}\u00a0Mio.\u00a0€",
    "lb": "{n}\u00a0Mio.\u00a0€",
}
_WHOLE = frozenset({"count", "postings", "sections", "NR", "projects", "works", "announcements"})


def is_present(value: Any) -> bool:
    """False for what a table has for a missing value: None, NaN, NaT, pandas' NA."""
    return value is not None and not pd.isna(value)


def decimal(value: float, lang: str, digits: int = 1) -> str:
    """A number with a fixed count of decimals, grouped and separated as the language does."""
    pattern = "#,##0" + ("." + "0" * digits if digits else "")
    return format_decimal(value, format=pattern, locale=_LOCALES[lang], decimal_quantization=True)


def integer(value: float, lang: str) -> str:
    """A count."""
    return decimal(round(float(value)), lang, 0)


def scaled(value: float, unit: str) -> float:
    """The value on the scale that is shown: shares become percent, euros millions, all else stays as published."""
    return float(value) * 100 if unit == "share" else float(value) / MILLION if unit == "EUR" else float(value)


def is_percent(unit: str) -> bool:
    """True for units shown with a percent sign: our shares (fractions) and the publishers' percentages."""
    return unit == "share" or unit.startswith("PC")


def number(value: float, unit: str, lang: str) -> str:
    """A value with its sign of unit: our shares in percent with one decimal, counts whole, other numbers with one
    decimal at most.

    A figure that its publisher gives as a whole number stays whole: 24 % is not 24.0 %. The percent sign stands after
    a no-break space in all four languages, as EU house style has it.
    """
    if is_percent(unit):
        whole = unit != "share" and float(value).is_integer()
        return decimal(scaled(value, unit), lang, 0 if whole else 1) + NBSP + "%"
    if unit == "EUR":
        return euros(value, lang)
    if unit == "kappa":
        return decimal(value, lang, 2)
    if unit in _WHOLE:
        return integer(value, lang)
    return integer(value, lang) if float(value).is_integer() else decimal(value, lang)


def euros(value: float, lang: str) -> str:
    """A sum of money: whole euros below a million, ``€5.21 million`` from there."""
    if abs(value) < MILLION:
        return _EUROS[lang].format(n=integer(value, lang))
    return _MILLIONS[lang].format(n=decimal(value / MILLION, lang, 2))


def interval(low: Any, high: Any, unit: str, lang: str) -> str:
    """An interval as ``[1.9–3.1]`` on the shown scale, empty when either end is missing.

    Where an end is negative (kappa) the dash stands apart from the minus sign: ``[−0.10 – 0.32]``.
    """
    if not (is_present(low) and is_present(high)):
        return ""
    digits = 2 if unit == "kappa" else 1
    ends = [decimal(scaled(end, unit), lang, digits).replace("-", "−") for end in (low, high)]
    joint = f"{NBSP}–{NBSP}" if any(end.startswith("−") for end in ends) else "–"
    return f"[{joint.join(ends)}]"


def period(value: str, lang: str) -> str:
    """A period as readers write it: months in words, French quarters T1 to T4; ranges get a dash."""
    if lang == "fr":
        value = _QUARTER.sub(r"\1-T\2", value)
    value = _MONTH.sub(lambda found: month(int(found[1]), int(found[2]), lang), value)
    return value.replace("/", "–")


def month(year: int, number: int, lang: str) -> str:
    """A month in words: ``May 2026``."""
    return format_date(date(year, number, 1), format="MMMM y", locale=_LOCALES[lang])


def short_month(value: str, lang: str) -> str:
    """A month as an axis shows it: ``May 26``; any other period as :func:`period` has it."""
    found = _MONTH.fullmatch(value)
    if not found:
        return period(value, lang)
    return format_date(date(int(found[1]), int(found[2]), 1), format="MMM yy", locale=_LOCALES[lang])


def duration(seconds: float, lang: str) -> str:
    """A span in its largest unit: ``45 seconds``, ``2 hours``, ``3 days``."""
    return format_timedelta(timedelta(seconds=seconds), locale=_LOCALES[lang], threshold=1.5)


def day(value: date | datetime, lang: str) -> str:
    """A day in words, in Luxembourg's time."""
    if isinstance(value, datetime):
        value = value.astimezone(LUXEMBOURG).date()
    return format_date(value, format="long", locale=_LOCALES[lang])


def moment(value: datetime, lang: str) -> str:
    """A day and a time, in Luxembourg's time with the zone's abbreviation: ``22 November 2026, 07:00 CET``."""
    pattern = "d. MMMM y, HH:mm" if lang in ("de", "lb") else "d MMMM y, HH:mm"
    said = format_datetime(value, pattern, tzinfo=LUXEMBOURG, locale=_LOCALES[lang])
    return f"{said} {value.astimezone(LUXEMBOURG).tzname()}"
