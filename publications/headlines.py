"""Where things stand: the one figure of each indicator that a first edition shows, and the past it is set beside.

Belongs here: choosing headline cells for any indicator from its cells alone. Never here: wording, materiality.
"""

from __future__ import annotations

from collections.abc import Mapping

from warehouse.reading import adoption, cells, research
from warehouse.reading.compare import OFFICIAL, comparable_period, key_of, latest_period, newest, rows_of
from warehouse.reading.reader import ReleaseReader, Row

FAMILIES = ("talent", "adoption", "investment", "research", "techwatch")
# Codes that say nothing by themselves: what an ad does not ask for, and postings of every kind.
NOT_HEADLINES: Mapping[str, tuple[str, ...]] = {"language": ("NONE", "EN_ONLY"), "ai_class": ("mention",)}


# Indicators with several definitions lead with one, the same in mails and on Overview.
HEADLINE_DIMENSIONS: Mapping[str, Mapping[str, str]] = {research.CODE: {"definition": research.DEFINITIONS[0]}}


def is_headline_series(row: Row) -> bool:
    """True for a total, or for the definition that an indicator leads with."""
    return row["dimensions"] in ({}, HEADLINE_DIMENSIONS.get(row["indicator_code"], {}))


def other_definition(reader: ReleaseReader, row: Row) -> Row | None:
    """The same period under the definition that the indicator does not lead with; None for all other cells."""
    if row["indicator_code"] != research.CODE or not row["dimensions"] or not is_headline_series(row):
        return None
    found = reader.cell(row["indicator_code"], row["geo"], row["period"], {"definition": research.DEFINITIONS[1]})
    return found if found is not None and cells.state(found) in ("published", "uncertain") else None


def standing(reader: ReleaseReader) -> list[tuple[Row, Row | None]]:
    """Headline cells with their comparable past: one an indicator by family, and the EU's beside Luxembourg's."""
    codes = sorted(set(reader.values()["indicator_code"]), key=lambda code: (_family(reader, code), len(code), code))
    rows: list[Row] = []
    for code in codes:
        rows += adoption.headlines(reader) if code == adoption.CODE else _headline(reader, code)
    totals = [row for row in rows if not row["dimensions"]]
    splits = [row for row in rows if row["dimensions"]]
    shown = [row for row in totals + splits if cells.state(row) == "published"]
    past = Past(reader)
    return [(row, past.earlier(row)) for row in shown]


def _family(reader: ReleaseReader, code: str) -> int:
    about = reader.indicator(code)
    family = about.family if about else ""
    return FAMILIES.index(family) if family in FAMILIES else len(FAMILIES)


def _headline(reader: ReleaseReader, code: str) -> list[Row]:
    """Luxembourg's newest total; without totals the largest split of the newest period that rests on enough cases."""
    total = newest(reader, code, dimensions=HEADLINE_DIMENSIONS.get(code))
    if total is not None:
        return [total]
    frame = reader.values(code, geo=adoption.HOME)
    rows = [row for row in rows_of(frame) if not {"measure", "base"} & set(row["dimensions"])]
    rows = [row for row in rows if cells.state(row) == "published" and not _says_nothing(row)]
    period = latest_period(frame[frame["period"].isin([row["period"] for row in rows])])
    rows = [row for row in rows if row["period"] == period]
    rows.sort(key=lambda row: (-float(row["value"]), sorted(row["dimensions"].items())))
    return rows[:1]


def _says_nothing(row: Row) -> bool:
    return any(row["dimensions"].get(name) in codes for name, codes in NOT_HEADLINES.items())


class Past:
    """The published cells of a release by series, so that many cells find their past in one reading."""

    def __init__(self, reader: ReleaseReader) -> None:
        self._series: dict[tuple[str, str, str], list[Row]] = {}
        for row in rows_of(reader.values()):
            if cells.state(row) == "published":
                self._series.setdefault(self._key(row), []).append(row)

    @staticmethod
    def _key(row: Row) -> tuple[str, str, str]:
        code, geo, _, dimensions = key_of(row)
        return code, geo, dimensions

    def earlier(self, row: Row) -> Row | None:
        """The comparable past of a cell: the same period a year earlier, for official years the newest one before."""
        past = [other for other in self._series.get(self._key(row), []) if other["period"] < row["period"]]
        if row["estimator"] == OFFICIAL:
            return max(past, key=lambda other: str(other["period"])) if past else None
        if not row["period"][:4].isdigit():
            return None
        return next((other for other in past if other["period"] == comparable_period(row["period"])), None)
