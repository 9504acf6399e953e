"""Pay as job boards state it: amounts, currencies, periods, and the words where no number can be read.

Belongs here: pure readings of pay, the same on every board; what cannot be read is empty or kept as words, never an
exception. Never here: in which field of a board's answer pay stands.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Literal

from scrapers.decoders.posting_values import clean

Period = Literal["", "hour", "day", "week", "month", "year"]


@dataclass(frozen=True)
class Salary:
    """Pay as published; every part may be missing. ``text``: where it is published as words."""

    minimum: float | None = None
    maximum: float | None = None
    currency: str = ""  # ISO 4217; "" where the sign is shared by several currencies
    period: Period = ""
    text: str = ""


_SIGNS = {"€": "EUR", "£": "GBP", "US$": "USD", "CHF": "CHF", "EURO": "EUR", "EUROS": "EUR"}
_PERIODS: tuple[tuple[Period, str], ...] = (
    ("hour", r"hour|hourly|heure|stunde|stündlich|horaire|stonn"),
    ("day", r"day|daily|jour|tag|täglich|journalier"),
    ("week", r"week|weekly|semaine|woche|wöchentlich|hebdomadaire"),
    ("month", r"month|monthly|mois|monat|monatlich|mensuel|mount"),
    ("year", r"year|yearly|annual|annually|annum|an|année|annuel|jahr|jährlich|joer"),
)
_PERIOD = [
    (period, re.compile(rf"(?<![^\W\d_])(?:{words})(?:s|e|en|es|le|lle)?(?![^\W\d_])")) for period, words in _PERIODS
]
_EVERY_FEW = re.compile(r"\b(?:bi|semi|half|two|2|quarter)")  # "bi-weekly": none of our periods
_CURRENCY_SIGNS = " €£$"
_THOUSANDS = re.compile(r"\d{1,3}(?:[.,'’ ]\d{3})+(?:[.,]\d{1,2})?")


def salary(
    minimum: object = None, maximum: object = None, currency: object = "", period: object = "", text: object = ""
) -> Salary | None:
    """Pay from a board's own fields; None where it says nothing. Zero means that nothing is stated.

    Numbers may be texts with separators of thousands, with "k", or a range where one number is due; a pair in the wrong
    order is turned. What cannot be read as a number is kept as words.
    """
    low, high = amount(minimum), amount(maximum)
    if low is None and high is None:
        low, high = _span(minimum) or _span(maximum) or (None, None)
    elif low is not None and high is not None and low > high:
        low, high = high, low
    said = clean(text)[:500] or _unread(minimum, maximum, low, high)
    if low is None and high is None:
        return Salary(text=said) if said else None
    signs = {code for sign, code in (("€", "EUR"), ("£", "GBP")) if sign in f"{str(minimum)[:60]}{str(maximum)[:60]}"}
    code = currency_code(currency) or (signs.pop() if len(signs) == 1 else "")
    return Salary(low, high, code, period_of(period), said)


def amount(value: object) -> float | None:
    """A positive amount of money of at most a thousand million; None for anything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        value = _number(value)
    if not isinstance(value, (int, float)) or not 0 < value <= 1e9 or not math.isfinite(value):
        return None
    return float(value)


def _span(value: object) -> tuple[float, float] | None:
    """The bounds of "60000-80000" or "60-80k"; None for anything else."""
    ends = re.split(r"\s*[-–—]\s*|\s(?:to|à|bis)\s", value) if isinstance(value, str) and len(value) < 60 else []
    if len(ends) != 2:
        return None
    low, high = amount(ends[0]), amount(ends[1])
    if low and low < 1000 and ends[1].strip(_CURRENCY_SIGNS).lower().endswith("k") and "k" not in ends[0].lower():
        low *= 1000
    return (low, high) if low and high and low <= high else None


def _unread(minimum: object, maximum: object, low: float | None, high: float | None) -> str:
    """What stands where numbers are due and none was read; nothing but zeros says nothing."""
    pairs = ((minimum, low), (maximum, high))
    words = [clean(said) for said, number in pairs if number is None and isinstance(said, str)]
    return " - ".join(dict.fromkeys(said for said in words if re.search("[1-9]", said)))[:500]


def _number(text: str) -> float | None:
    digits = re.sub(r"[\s\xa0\u202f]+", " ", text[:60]).strip(_CURRENCY_SIGNS)
    if thousands := re.fullmatch(r"(\d{1,4}(?:[.,]\d{1,2})?) ?[kK]", digits):
        return float(thousands[1].replace(",", ".")) * 1000
    if _THOUSANDS.fullmatch(digits):
        decimals = re.search(r"[.,](\d{1,2})$", digits)
        whole = digits[: decimals.start()] if decimals else digits
        return float(re.sub(r"\D", "", whole) + ("." + decimals[1] if decimals else ""))
    return float(digits.replace(",", ".")) if re.fullmatch(r"\d{1,12}(?:[.,]\d{1,6})?", digits) else None


def currency_code(value: object) -> str:
    """ISO 4217 code of a code or an unmistakable sign; "" for "$" and anything else."""
    said = clean(value).upper()[:10]
    return said if re.fullmatch(r"[A-Z]{3}", said) else _SIGNS.get(said, "")


def period_of(value: object) -> Period:
    """What an amount is paid for: "per-year-salary", "1 YEAR", "MONTH", "pro Stunde"; "" for other periods."""
    said = clean(value).lower()[:100].replace("_", " ")
    if _EVERY_FEW.search(said):
        return ""
    return next((period for period, pattern in _PERIOD if pattern.search(said)), "")


_RATE = re.compile(
    r"\b(?:annual(?:ly|isé)?|annuel(?:le)?|yearly|hourly|monthly|mensuel(?:le)?|weekly|daily|horaire"
    r"|(?:per|par|pro) (?:year|annum|hour|month|week|day|an|mois|heure|semaine|jour|jahr|monat|stunde|woche|tag)"
    r"|(?:jahres|monats|stunden)(?:gehalt|lohn))\b",
    re.I,
)


def period_in(words: str) -> Period:
    """The period that a few words name ("Annual base salary"); "" where they name none, or several."""
    said = {period_of(re.sub(r"(?i)(?:e?s|en)?(?:gehalt|lohn)$", "", rate)) for rate in _RATE.findall(words[:500])}
    return said.pop() if len(said) == 1 else ""
