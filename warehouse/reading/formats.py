"""Numbers, percentages, dates and periods in four languages, from locale data (Babel).

Belongs here: turning one value into text. Never here: sentences (texts.py) or choosing what to show.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
from babel.dates import format_date, format_datetime
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
    """The value on the scale that is shown: shares become percent, everything else stays as published."""
    return float(value) * 100 if unit == "share" else float(value)


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
    if unit in ("count", "postings", "sections", "NR"):
        return integer(value, lang)
    return integer(value, lang) if float(value).is_integer() else decimal(value, lang)


def interval(low: Any, high: Any, unit: str, lang: str) -> str:
    """An interval as ``[1.9–3.1]`` on the shown scale, empty when either end is missing."""
    if not (is_present(low) and is_present(high)):
        return ""
    return f"[{decimal(scaled(low, unit), lang)}–{decimal(scaled(high, unit), lang)}]"


def period(value: str, lang: str) -> str:
    """A period as readers write it: French quarters are T1 to T4; ranges get a dash."""
    if lang == "fr":
        value = _QUARTER.sub(r"\1-T\2", value)
    return value.replace("/", "–")


def day(value: date | datetime, lang: str) -> str:
    """A day in words, in Luxembourg's time."""
    if isinstance(value, datetime):
        value = value.astimezone(LUXEMBOURG).date()
    return format_date(value, format="long", locale=_LOCALES[lang])


def moment(value: datetime, lang: str) -> str:
    """A day and a time, in Luxembourg's time with the zone's abbreviation: ``22 November 2026, 07:00 CET``."""
    said = format_datetime(value, "d MMMM y, HH:mm", tzinfo=LUXEMBOURG, locale=_LOCALES[lang])
    return f"{said} {value.astimezone(LUXEMBOURG).tzname()}"
