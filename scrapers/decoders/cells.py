"""Numbers and months as people write them in tables: French, German and English forms, and when a cell is no number.

Belongs here: one cell at a time. Never here: what a column means, where a cell stands.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

_FIRST_YEAR, _LAST_YEAR = 1900, 2100
_MONTHS = (  # French, English, German; a month is known by its beginning
    ("janv", "jan", "jaen", "jän"),
    ("fevr", "fev", "feb"),
    ("mars", "mar", "marz", "maerz"),
    ("avril", "avr", "apr"),
    ("mai", "may"),
    ("juin", "jun"),
    ("juil", "jul"),
    ("aout", "aou", "aug"),
    ("sept", "sep"),
    ("oct", "okt"),
    ("nov",),
    ("dec", "dez"),
)
_DAY_FIRST = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})", re.ASCII)
_YEAR_FIRST = re.compile(
    r"(\d{4})[-/.](\d{1,2})(?:[-/.](\d{1,2})(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?Z?)?)?", re.ASCII
)
_MONTH_YEAR = re.compile(r"(\d{1,2})[-/.](\d{4})", re.ASCII)
_COMPACT = re.compile(r"(\d{4})M?(\d{2})(\d{2})?", re.ASCII)
_NAMED = re.compile(r"(?:(\d{1,2})(?:er)?[-/. ]+)?([a-z]{3,10})\.?[-/. ]*(\d{4}|\d{2})", re.ASCII)
_SPACES = dict.fromkeys(map(ord, " \t\u00a0\u202f\u2009\u2007'’"))
_PLAIN = re.compile(r"[+-]?\d{1,15}(?:([.,])\d{1,12})?", re.ASCII)
_GROUPED = re.compile(r"[+-]?\d{1,3}(?:([.,])\d{3})(?:\1\d{3})*(?:(?!\1)[.,]\d{1,12})?", re.ASCII)
BELOW = "<n"  # among markers: a number that is only said to be small
_BELOW = re.compile(r"(?:<|≤|<=|moins de|inférieur à|less than|weniger als|unter)\s*\d{1,3}", re.ASCII)
_MAX_CHARS = 60
_LARGEST = 1e15


@dataclass(frozen=True)
class Figure:
    """What a cell says: a number, or a mark that stands for one (``status``), or neither: an empty cell."""

    value: float | None = None
    status: str = ""
    mark: str = ""  # as published
    is_percent: bool = False


class NoFigureError(ValueError):
    """A cell that is neither a number, nor a known mark, nor empty; the message is one line."""


def figure(cell: object, markers: Mapping[str, str], *, whole: bool = False) -> Figure:
    """What a cell of numbers says. ``markers``: marks in lower case and the status that each stands for; the mark
    ``<n`` is any small number that was not told ("<5", "moins de 5").

    "1 234,5", "1.234,5", "1,234.5", "12 %" are read; of "1,234" a count (``whole``) makes 1234, any other number 1.234:
    these publishers write a decimal comma. Raises :class:`NoFigureError`.
    """
    if cell is None:
        return Figure()
    if isinstance(cell, bool) or not isinstance(cell, (int, float, str)):
        raise NoFigureError(f"{_shown(cell)} stands where a number is due")
    if isinstance(cell, (int, float)):
        return Figure(_bounded(float(cell), cell, whole))
    text = cell.strip()
    if not text:
        return Figure()
    if text.casefold() in markers:
        return Figure(status=markers[text.casefold()], mark=text[:40])
    if BELOW in markers and _BELOW.fullmatch(text.casefold()):
        return Figure(status=markers[BELOW], mark=text[:40])
    if len(text) > _MAX_CHARS:
        raise NoFigureError(f"a text of {len(text)} characters stands where a number is due")
    bare = text.translate(_SPACES).replace("\u2212", "-")
    is_percent = bare.endswith("%")
    bare = bare.removesuffix("%")
    if not bare.isascii() or not (_PLAIN.fullmatch(bare) or _GROUPED.fullmatch(bare)):
        raise NoFigureError(f"{_shown(text)} is no number")
    return Figure(_bounded(_number(bare, whole), text, whole), is_percent=is_percent)


def _number(bare: str, whole: bool) -> float:
    points, commas = bare.count("."), bare.count(",")
    if points and commas:
        decimal = "." if bare.rindex(".") > bare.rindex(",") else ","
        return float(bare.replace("," if decimal == "." else ".", "").replace(",", "."))
    mark = "." if points else ","
    grouped = _GROUPED.fullmatch(bare) is not None
    if (points + commas) > 1 or (grouped and whole and (points or commas)):
        return float(bare.replace(mark, ""))
    return float(bare.replace(",", "."))


def _bounded(value: float, shown: object, whole: bool) -> float:
    if not math.isfinite(value) or abs(value) > _LARGEST:
        raise NoFigureError(f"{_shown(shown)} is no number that can be kept")
    if whole and (value < 0 or value != int(value)):
        raise NoFigureError(f"{_shown(shown)} is no count")
    return value


def month(cell: object) -> str | None:
    """The month that a cell names, as "2026-08"; None if it names none. Of two readings day-month-year is taken."""
    if isinstance(cell, (date, datetime)):
        return _month(cell.year, cell.month)
    if isinstance(cell, float) and cell == int(cell) and _FIRST_YEAR * 100 < cell < (_LAST_YEAR + 1) * 100:
        cell = str(int(cell))  # 202608
    if not isinstance(cell, str) or len(cell) > _MAX_CHARS:
        return None
    text = "".join(char for char in unicodedata.normalize("NFKD", cell.strip()) if not unicodedata.combining(char))
    if found := _DAY_FIRST.fullmatch(text):
        return _month(int(found[3]), int(found[2]), int(found[1]))
    if found := _YEAR_FIRST.fullmatch(text) or _COMPACT.fullmatch(text):
        return _month(int(found[1]), int(found[2]), int(found[3] or 1))
    if found := _MONTH_YEAR.fullmatch(text):
        return _month(int(found[2]), int(found[1]))
    if found := _NAMED.fullmatch(text.casefold().replace("’", "").replace("'", "")):
        number = next((at for at, names in enumerate(_MONTHS, start=1) if found[2].startswith(names)), 0)
        year = int(found[3]) + (2000 if len(found[3]) == 2 else 0)
        return _month(year, number, int(found[1] or 1))
    return None


def _month(year: int, number: int, day: int = 1) -> str | None:
    try:
        date(year, number, day)
    except ValueError:
        return None
    return f"{year:04}-{number:02}" if _FIRST_YEAR <= year <= _LAST_YEAR else None


def _shown(cell: object) -> str:
    text = cell.isoformat() if isinstance(cell, date) else str(cell)
    return repr(text[:40])
