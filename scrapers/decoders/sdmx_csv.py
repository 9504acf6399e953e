"""SDMX-CSV 1.0 and 2.0 to observations.

Belongs here: what the columns of a table are, codes beside their names. Never here: what a cell means (``sdmx_cells``),
lines that are broken (``sdmx_csv_rows``), other formats.

The format does not say which columns are dimensions. They are, in this order of belief: those that the source names
(``params.dimensions``), else the columns before the value whose names are not those of attributes, else (the value
stands first) all columns whose names are not. A column of several values (``NAME[]``) or languages is an attribute.

Labels come in three ways: none, "CODE: name" in one cell, and a column of names after each column of codes.

Formats: https://github.com/sdmx-twg/sdmx-csv, field guides of versions 1.0 and 2.0.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from scrapers.decoders.base import MAX_BODY_BYTES, DecodeContext, Decoded, Sink, UnreadableError, one_line
from scrapers.decoders.sdmx import (
    PERIOD,
    TIME,
    action_of,
    asked_for,
    dataset_name,
    is_attribute,
    structure_of,
)
from scrapers.decoders.sdmx_cells import Observations
from scrapers.decoders.sdmx_csv_rows import Rows

_PROBED = 200  # rows in which a column of periods is looked for, where none is called so
_LEAD = frozenset({"DATAFLOW", "STRUCTURE", "STRUCTURE_ID", "STRUCTURE_NAME", "ACTION", "SERIES_KEY", "OBS_KEY"})
_COLUMN = re.compile(r"(?P<id>[^\[\]:]{1,120})(?P<many>(?:\[[^\]]{0,60}\])?)(?::\s*(?P<name>.{0,300}))?", re.S)
_MEASURE = re.compile(r"OBS_VALUE_?\d*")
_LABELLED = re.compile(r"([A-Za-z0-9_@$.*+-]{1,80}):(?: (.*))?$", re.S)
_YEAR = re.compile(r"(?:1[89]|20|21)\d\d")
_LUXEMBOURG = ZoneInfo("Europe/Luxembourg")
_LAST_UPDATE = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{2}|\d{4}) (\d{1,2}):(\d{2}):(\d{2})")


@dataclass(frozen=True)
class _Column:
    """One column of codes or values. ``names``: the place of the column with its codes' names, or None."""

    at: int
    id: str
    name: str
    is_many: bool
    names: int | None = None


@dataclass
class _Layout:
    """What the columns are, as the header and the source say."""

    width: int
    lead: dict[str, int]
    dimensions: list[_Column]
    attributes: list[_Column]
    measures: list[_Column]
    time: _Column | None
    is_both: bool  # "CODE: name" in one cell
    notes: list[str] = field(default_factory=list)

    @property
    def concepts(self) -> dict[str, str]:
        return {column.id: column.name for column in self.dimensions if column.name}


def decode(body: bytes, context: DecodeContext) -> Decoded:
    """Observations of a table.

    Raises UnreadableError: empty, too_large, too_many_rows, not_sdmx_csv, no_measure, no_data, too_many_cells,
    too_many_deletions.
    """
    if len(body) > MAX_BODY_BYTES:
        raise UnreadableError("too_large", f"{len(body)} bytes, at most {MAX_BODY_BYTES} are read")
    sink = Sink(context, "observation")
    rows = Rows(body, sink)
    layout = _layout(rows, context)
    for note in layout.notes:
        sink.note(note)
    table = _Table(layout, context, sink)
    for line, row in rows:
        table.row(line, row)
    if not rows.read:
        raise UnreadableError("no_data", "a header without a single row")
    table.cells.finish()
    return sink.decoded()


class _Table:
    """Rows of one layout to cells."""

    def __init__(self, layout: _Layout, context: DecodeContext, sink: Sink) -> None:
        self.layout, self.context, self.sink = layout, context, sink
        self.cells = Observations(context, sink)
        self.concepts = layout.concepts
        self._datasets: dict[str, str] = {}
        self._moments: dict[str, datetime | None] = {}

    def row(self, line: int, row: list[str]) -> None:
        layout, locator = self.layout, f"line {line}"
        if len(row) != layout.width:
            self.sink.reject(locator, "bad_row", f"{len(row)} fields, {layout.width} columns")
            return
        dataset = self._dataset(row)
        if dataset is None:
            self.sink.reject(locator, "bad_structure", "the row names no dataset")
            return
        action = action_of(row[layout.lead["ACTION"]]) if "ACTION" in layout.lead else "I"
        codes, labels = {}, {}
        for column in layout.dimensions:
            codes[column.id], name = self._code(column, row)
            if name:
                labels[column.id] = name
        period = self._code(layout.time, row)[0] if layout.time else ""
        if layout.time and not period and action != "D":
            self.sink.reject(locator, "bad_code", f"no period in the column {layout.time.id}")
            return
        if action == "D":
            self.cells.delete(locator, dataset, codes, period)
            return
        if not layout.measures:
            self.sink.reject(locator, "attributes_only", "a row without a value of its own")
            return
        attributes = {column.id: self._attribute(column, row) for column in layout.attributes}
        for measure in layout.measures:
            several = len(layout.measures) > 1
            self.cells.add(
                f"{locator}, {measure.id}" if several else locator,
                dataset,
                codes | {"MEASURE": measure.id} if several else codes,
                period,
                self._value(measure, row),
                attributes,
                labels=labels,
                action=action,
                published_at=self._published(attributes),
                concepts=self.concepts,
            )

    def _code(self, column: _Column, row: list[str]) -> tuple[str, str]:
        """(code, name) of a cell."""
        text = row[column.at].strip()
        if self.layout.is_both and (found := _LABELLED.match(text)):
            return found[1], found[2] or ""
        return text, row[column.names].strip() if column.names is not None else ""

    def _value(self, column: _Column, row: list[str]) -> str:
        text = row[column.at].strip()
        return text.partition(": ")[0] if self.layout.is_both else text

    def _attribute(self, column: _Column, row: list[str]) -> str:
        text = row[column.at].strip()
        if self.layout.is_both and not column.is_many and (found := _LABELLED.match(text)):
            return found[1]
        return text

    def _dataset(self, row: list[str]) -> str | None:
        lead = self.layout.lead
        at = lead.get("STRUCTURE_ID", lead.get("DATAFLOW"))
        reference = row[at] if at is not None else asked_for(self.context.url)[0]
        if reference not in self._datasets:
            agency, name, _ = structure_of(reference)
            if len(self._datasets) < 1000:
                self._datasets[reference] = dataset_name(agency, name)
            else:
                return dataset_name(agency, name) or None
        return self._datasets[reference] or None

    def _published(self, attributes: dict[str, str]) -> datetime | None:
        """Eurostat's column LAST UPDATE: "14/02/24 23:00:00", in the time of Luxembourg."""
        said = attributes.get("LAST UPDATE", "")
        if not said:
            return None
        if said not in self._moments:
            if len(self._moments) > 1000:
                return None
            self._moments[said] = _moment(said)
        return self._moments[said]


def _layout(rows: Rows, context: DecodeContext) -> _Layout:
    header = rows.header()
    columns, lead, is_both = _columns(header)
    notes: list[str] = []
    declared, measured = _names(context.params.get("dimensions")), _names(context.params.get("measures"))
    called_time = context.params.get("time")
    times = (called_time,) if isinstance(called_time, str) else TIME
    time = next((column for column in columns if column.id.upper() in times or column.id in times), None)
    measures = (
        [c for c in columns if c.id in measured] if measured else [c for c in columns if _MEASURE.fullmatch(c.id)]
    )
    rest = [column for column in columns if column is not time and column not in measures]
    if declared:
        dimensions = [column for name in declared for column in rest if column.id == name]
        if len(dimensions) != len(declared):
            raise UnreadableError("not_sdmx_csv", f"columns that the source names are missing: {', '.join(declared)}")
    else:
        free = [column for column in rest if not column.is_many and not is_attribute(column.id)]
        until = measures[0].at if measures else len(header)
        dimensions = [column for column in free if column.at < until] or free
    attributes = [column for column in rest if column not in dimensions]
    if not measures and "ACTION" not in lead:
        raise UnreadableError("no_measure", f"no column OBS_VALUE among {', '.join(c.id for c in columns)[:200]}")
    layout = _Layout(len(header), lead, dimensions, attributes, measures, time, is_both, notes)
    if time is None:
        _find_time(layout, rows)
    asked = asked_for(context.url)[1]
    if asked and asked != len(layout.dimensions):
        notes.append(f"the address asks by {asked} dimensions, the table seems to have {len(layout.dimensions)}")
    if len(measures) > 1:
        notes.append(f"{len(measures)} values a row: the dimension MEASURE tells them apart")
    return layout


def _columns(header: list[str]) -> tuple[list[_Column], dict[str, int], bool]:
    """(columns of components, places of the lead columns, whether cells hold "CODE: name")."""
    lead: dict[str, int] = {}
    columns: list[_Column] = []
    is_both, seen = False, set[str]()
    # With names in columns of their own, they stand in pairs after the lead columns.
    pairs = any(text.strip() == "STRUCTURE_NAME" for text in header)
    at = 0
    while at < len(header):
        text = header[at].strip("\ufeff ")
        found = _COLUMN.fullmatch(text)
        name = found["id"].strip() if found else text
        if name.upper() in _LEAD:
            lead.setdefault(name.upper(), at)
            at += 1
            continue
        if name in seen or not name:
            raise UnreadableError("not_sdmx_csv", f"column {at + 1} is called {name[:60]!r} like one before it")
        seen.add(name)
        label = found["name"] if found else None
        is_both |= label is not None
        named = at + 1 if pairs and name != "LAST UPDATE" and at + 1 < len(header) else None
        said = (label or (header[named].strip() if named is not None else "")) or ""
        columns.append(_Column(at, name, one_line(said), bool(found and found["many"]), named))
        at += 1 if named is None else 2
    if "DATAFLOW" in lead or "STRUCTURE" in lead or any(_MEASURE.fullmatch(c.id) for c in columns):
        return columns, lead, is_both
    raise UnreadableError("not_sdmx_csv", f"the columns are not those of SDMX: {', '.join(header)[:200]}")


def _find_time(layout: _Layout, rows: Rows) -> None:
    """Where no column is called TIME_PERIOD: the only dimension that holds nothing but periods in the first rows."""
    probed = [row for row in rows.peek(_PROBED) if len(row) == layout.width]
    found = []
    for column in layout.dimensions:
        texts = {row[column.at].strip() for row in probed} - {""}
        if texts and all(PERIOD.fullmatch(text) and _YEAR.match(text) for text in texts):
            found.append(column)
    if len(found) == 1:
        layout.time = found[0]
        layout.dimensions.remove(found[0])
        layout.notes.append(f"no column TIME_PERIOD: {found[0].id} holds nothing but periods and is taken for it")


def _names(declared: object) -> list[str]:
    return [name for name in declared if isinstance(name, str)] if isinstance(declared, (list, tuple)) else []


def _moment(said: str) -> datetime | None:
    found = _LAST_UPDATE.fullmatch(said)
    if not found:
        return None
    day, month, year, hour, minute, second = (int(part) for part in found.groups())
    year = year + 2000 if year < 100 else year
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=_LUXEMBOURG).astimezone(UTC)
    except ValueError:
        return None
