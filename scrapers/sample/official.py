"""Published figures on AI use by enterprises, laid out as JSON-stat 2.0 answers of Eurostat's statistics API.

Belongs here: the facts file, the vintages, the layout. Never here: a figure that the facts file does not hold; a cell
without evidence is missing from the answer, as it is missing from our knowledge.

Layout: answers of https://ec.europa.eu/eurostat/api/dissemination/statistics/1.0/data/isoc_eb_ai seen in 2026.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

from scrapers.plan import Planned, planned_requests
from scrapers.registry import load_sources
from scrapers.sample.material import HERE

SOURCE_ID = "eurostat_isoc_eb_ai"
FACTS = HERE / "facts" / "enterprise_ai.csv"


@dataclass(frozen=True)
class Fact:
    """One published cell. ``value`` None stands for a cell that the publisher flags without a value."""

    vintage: str  # day on which the publisher released it
    indic_is: str
    geo: str
    size_emp: str
    time_period: str
    value: float | None
    flag: str
    unit: str
    source: str
    source_url: str
    locator: str
    confidence: str
    left_out_because: str


@dataclass(frozen=True)
class Vintage:
    """One answer: the publisher's stamp and when a crawler of ours would first have met it."""

    released_on: str
    updated: str  # the publisher's stamp: day as evidenced, hour 11:00 as in its recorded answers
    retrieved_at: datetime
    reconstructed_from: str


VINTAGES = (
    Vintage(
        "2025-01-23",
        "2025-01-23T11:00:00+0100",
        datetime(2025, 1, 24, 6, 15, tzinfo=UTC),
        "Eurostat, news of 23 January 2025 and Statistics Explained (extracted January 2025)",
    ),
    Vintage(
        "2025-12-11",
        "2025-12-11T11:00:00+0100",
        datetime(2025, 12, 12, 6, 15, tzinfo=UTC),
        "Eurostat, news of 11 December 2025 and Statistics Explained (extracted December 2025); LU 2021 and 2024 "
        "as quoted by STATEC and Fondation IDEA",
    ),
    Vintage(
        "2026-06-15",
        "2026-06-15T11:00:00+0200",
        datetime(2026, 6, 16, 6, 15, tzinfo=UTC),
        "Eurostat, isoc_eb_ai (data update of 15 June 2026), text mining by size class",
    ),
)

# Code lists as the publisher orders and words them.
_SIZES = {
    "0_1": "From 0 to 1 person employed",
    "0-9": "From 0 to 9 persons employed",
    "2-9": "From 2 to 9 persons employed",
    "10-49": "From 10 to 49 persons employed",
    "10-249": "From 10 to 249 persons employed",
    "GE10": "10 persons employed or more",
    "50-249": "From 50 to 249 persons employed",
    "GE250": "250 persons employed or more",
}
_GEOS = {
    "EU27_2020": "European Union - 27 countries (from 2020)",
    "BE": "Belgium",
    "BG": "Bulgaria",
    "DK": "Denmark",
    "DE": "Germany",
    "EE": "Estonia",
    "IE": "Ireland",
    "ES": "Spain",
    "FR": "France",
    "IT": "Italy",
    "LU": "Luxembourg",
    "MT": "Malta",
    "NL": "Netherlands",
    "AT": "Austria",
    "PL": "Poland",
    "RO": "Romania",
    "FI": "Finland",
    "SE": "Sweden",
    "ME": "Montenegro",
}
_INDICATORS = {
    "E_AI_TANY": "Enterprises using at least one of the AI technologies",
    "E_AI_TTM": "Enterprises using AI technologies performing analysis of written language (text mining)",
    "E_AI_TSR": "Enterprises using AI technologies converting spoken language (speech recognition)",
    "E_AI_TNLG": "Enterprises using AI technologies generating written or spoken language",
    "E_AI_TPVSG": "Enterprises using AI technologies generating pictures, videos, sound/audio",
}
_NACE = "All activities (except agriculture, forestry and fishing, and mining and quarrying), without financial sector"


def load_facts() -> list[Fact]:
    """Every row of the facts file, those left out of the answers included."""
    with FACTS.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return [Fact(value=float(given) if (given := row.pop("value")) else None, **row) for row in rows]


def requests() -> list[Planned]:
    """What a crawl of the source asks for, by its registry entry: the sample lies where replay looks."""
    return planned_requests(next(source for source in load_sources() if source.id == SOURCE_ID))


def answer(facts: list[Fact], vintage: Vintage) -> bytes:
    """The JSON-stat answer that holds the evidenced cells of one vintage and nothing else."""
    cells = [fact for fact in facts if fact.vintage == vintage.released_on and not fact.left_out_because]
    sizes, geos = dict(_SIZES), {code: name for code, name in _GEOS.items() if code in {fact.geo for fact in cells}}
    indicators = {code: name for code, name in _INDICATORS.items() if code in {fact.indic_is for fact in cells}}
    years = {year: year for year in sorted({fact.time_period for fact in cells})}
    lists: dict[str, tuple[str, Mapping[str, str]]] = {
        "freq": ("Time frequency", {"A": "Annual"}),
        "size_emp": ("Size classes in number of persons employed", sizes),
        "nace_r2": (
            "Statistical classification of economic activities in the European Community (NACE Rev. 2)",
            {"C10-S951_X_K": _NACE},
        ),
        "indic_is": ("Information society indicator", indicators),
        "unit": ("Unit of measure", {"PC_ENT": "Percentage of enterprises"}),
        "geo": ("Geopolitical entity (reporting)", geos),
        "time": ("Time", years),
    }
    value: dict[str, float] = {}
    status: dict[str, str] = {}
    for fact in cells:
        codes = ("A", fact.size_emp, "C10-S951_X_K", fact.indic_is, fact.unit, fact.geo, fact.time_period)
        index = 0
        for code, (_, known) in zip(codes, lists.values(), strict=True):
            index = index * len(known) + list(known).index(code)
        if fact.value is not None:
            value[str(index)] = fact.value
        if fact.flag:
            status[str(index)] = fact.flag
    payload: dict[str, Any] = {
        "version": "2.0",
        "class": "dataset",
        "label": "Artificial intelligence by size class of enterprise",
        "source": "ESTAT",
        "updated": vintage.updated,
        "value": value,
        **({"status": status} if status else {}),
        "id": list(lists),
        "size": [len(known) for _, known in lists.values()],
        "dimension": {
            name: {"label": label, "category": {"index": {c: n for n, c in enumerate(known)}, "label": dict(known)}}
            for name, (label, known) in lists.items()
        },
        "extension": _extension(vintage, bool(status)),
    }
    return orjson.dumps(payload)


def _extension(vintage: Vintage, has_flags: bool) -> dict[str, Any]:
    return {
        "lang": "EN",
        "id": "ISOC_EB_AI",
        "agencyId": "ESTAT",
        "version": "1.0",
        "annotation": [
            {"type": "DISSEMINATION_OBJECT_TYPE", "title": "DATASET"},
            {"type": "SOURCE_INSTITUTIONS", "text": "Eurostat"},
            {"type": "UPDATE_DATA", "date": vintage.updated},
        ],
        **({"status": {"label": {"|C": "|confidential"}}} if has_flags else {}),
    }
