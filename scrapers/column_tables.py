"""Tables of numbers by their columns, declared in YAML (``scrapers/columns``): which column is what.

Belongs here: the shape of a declaration, and which declared table a header is. Never here: reading cells
(``scrapers/decoders``), files of spreadsheets.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from scrapers.files import RegistryError, checked, read_yaml

COLUMNS = Path(__file__).parent / "columns"

DatasetId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]{3,60}$")]
Text = Annotated[str, StringConstraints(min_length=3, max_length=300, strip_whitespace=True)]
MEASURE = "measure"  # the dimension that says which of a table's numbers a cell is


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Measure(_Part):
    """A column of numbers. ``fixed`` (written ``as``) are dimensions that the column's name stands for."""

    fixed: dict[str, str] = Field(default={}, alias="as")
    unit: str = ""  # of the file where it says nothing
    is_whole: bool = True  # counts: a decimal part is a slip


class ColumnTable(_Part):
    """One table that a publisher repeats month after month."""

    dataset_id: DatasetId
    title: Text
    universe: Text
    period: str
    dimensions: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    labels: dict[str, str] = {}
    measures: Annotated[dict[str, Measure], Field(min_length=1)]

    @model_validator(mode="after")
    def _whole(self) -> ColumnTable:
        named = [*self.dimensions, *self.optional]
        folded = [fold_name(name) for name in [self.period, *named, *self.labels, *self.measures]]
        if len(set(folded)) != len(folded):
            raise ValueError("a column is declared twice")
        unknown = sorted(set(self.labels.values()) - set(named))
        if unknown:
            raise ValueError(f"labels name {', '.join(unknown)}, which is no dimension")
        return self

    @property
    def required(self) -> tuple[str, ...]:
        return (self.period, *self.dimensions, *self.measures)

    @property
    def known(self) -> tuple[str, ...]:
        return (*self.required, *self.optional, *self.labels)


class ColumnTables(_Part):
    """The declared tables of one publisher."""

    publisher: Text
    unit: str
    markers: dict[str, Annotated[str, StringConstraints(pattern=r"^[A-Za-z|]{1,8}$")]] = {}
    several: dict[str, tuple[str, ...]] = {}  # other names of a column, all of them folded
    remarks: tuple[str, ...] = ()  # folded names of columns that tell no rows apart
    years: tuple[str, ...] = ()  # folded names of a column of years, beside one of months
    tables: Annotated[dict[str, ColumnTable], Field(min_length=1)]


@dataclass(frozen=True)
class Header:
    """A header row and the declared table that it heads. ``at``: declared column -> its place, from 0."""

    name: str
    table: ColumnTable
    at: dict[str, int]
    unknown: dict[int, str]  # columns that the declaration does not have: place -> name as published
    year_at: int | None = None  # of the column of years, where one stands beside that of months


def fold_name(name: str) -> str:
    """A column's name without what spreadsheets change in it: case, accents, spaces, apostrophes, repeated dashes."""
    plain = "".join(char for char in unicodedata.normalize("NFKD", name) if not unicodedata.combining(char))
    return re.sub(r"[^a-z0-9]+", "_", plain.casefold()).strip("_")


def declared(name: str, only: Iterable[str] | None = None, inline: Any = None) -> ColumnTables:
    """The declarations of ``scrapers/columns/<name>.yaml``, or those given ``inline``, all tables or some of them.

    Raises :class:`RegistryError` for a declaration that cannot be used.
    """
    tables = _bundled(name) if inline is None else checked(ColumnTables, inline, f"{name}.yaml")
    if only is None:
        return tables
    chosen = list(only)
    missing = sorted(set(chosen) - set(tables.tables))
    if missing:
        raise RegistryError(f"{name}.yaml: tables: {', '.join(missing)} is not declared")
    return tables.model_copy(update={"tables": {key: tables.tables[key] for key in chosen}})


@lru_cache(maxsize=8)
def _bundled(name: str) -> ColumnTables:
    return checked(ColumnTables, read_yaml(COLUMNS / f"{name}.yaml"), f"{name}.yaml")


def known_names(cells: Iterable[str], tables: ColumnTables) -> int:
    """How many cells of a row are names of declared columns."""
    every = {folded for table in tables.tables.values() for name in table.known for folded in _names(name, tables)}
    return sum(fold_name(cell) in every for cell in cells)


def match_header(cells: list[str], tables: ColumnTables) -> Header | None:
    """The declared table with most columns whose required columns are all in this row; None if there is none."""
    places: dict[str, int] = {}
    for number, cell in enumerate(cells):
        places.setdefault(fold_name(cell), number)
    years = [places[name] for name in tables.years if name in places]
    best: Header | None = None
    for name, table in tables.tables.items():
        calendar = {*tables.years, *_names(table.period, tables)}
        found = {column: at for column in table.known if (at := _place(column, places, tables)) is not None}
        if any(column not in found for column in table.required):
            continue
        if best is None or len(table.required) > len(best.table.required):
            taken = set(found.values())
            unknown = {
                number: cell
                for number, cell in enumerate(cells)
                if cell and number not in taken and fold_name(cell) not in calendar
            }
            best = Header(name, table, found, unknown, years[0] if years else None)
    return best


def closest(cells: list[str], tables: ColumnTables) -> tuple[str, list[str]]:
    """The declared table that a row is nearest to, and the required columns that the row lacks."""
    places = {fold_name(cell): at for at, cell in enumerate(cells)}
    missing = {
        name: [column for column in table.required if _place(column, places, tables) is None]
        for name, table in tables.tables.items()
    }
    name = min(missing, key=lambda key: len(missing[key]) / len(tables.tables[key].required))
    return name, missing[name]


def _names(column: str, tables: ColumnTables) -> list[str]:
    folded = fold_name(column)
    return [folded, *tables.several.get(folded, ())]


def _place(column: str, places: dict[str, int], tables: ColumnTables) -> int | None:
    return next((places[name] for name in _names(column, tables) if name in places), None)
