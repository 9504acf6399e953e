"""SDMX-CSV 1.0 and 2.0 to observations.

Belongs here: what the columns of a table are, codes beside their names. Never here: what a cell means (``sdmx_cells``),
lines that are broken (``sdmx_csv_rows``), other formats.

The format does not say which columns are dimensions. They are, in this order of belief: those that the source names
(``params.dimensions``); as many as the address asks for; the columns before TIME_PERIOD, whatever their names, but for
attributes of single cells; where TIME_PERIOD stands first, behind the value or nowhere, the columns before the value
whose names are not those of attributes, else (the value stands first) all columns whose names are not
(``sdmx_layout``). A column of several values (``NAME[]``) or languages is an attribute.

Labels come in three ways: none, "CODE: name" in one cell, and a column of names after a column of codes. A table of
names alone is refused: names are translated and change, so they tell no series from another.

Formats: https://github.com/sdmx-twg/sdmx-csv, field guides of versions 1.0 and 2.0.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from scrapers.decoders.base import DecodeContext, Decoded, Sink, UnreadableError, one_line
from scrapers.decoders.eurostat_async import refuse_later
from scrapers.decoders.packed import unpacked
from scrapers.decoders.sdmx import (
    PERIOD,
    TIME,
    action_of,
    asked_for,
    named_dataset,
)
from scrapers.decoders.sdmx_cells import Observations
from scrapers.decoders.sdmx_csv_rows import Rows
from scrapers.decoders.sdmx_layout import is_attribute, is_of_cells, told_apart

_PROBED = 200  # rows in which a column of periods is looked for, where none is called so
_LEAD = frozenset(
    {
        *("DATAFLOW", "STRUCTURE", "STRUCTURE_ID", "STRUCTURE_NAME", "ACTION", "SERIES_KEY", "OBS_KEY"),
        *("KEY", "LAST UPDATE"),  # of the ECB, of Eurostat
    }
)
_ID = re.compile(r"[A-Za-z_@$][A-Za-z0-9_@$.-]*", re.ASCII)
_LABEL = re.compile(r"[A-Z\u00c0-\u00dd][a-z\u00df-\u00ff]|.*[^A-Za-z0-9_@$.-]")  # no id is written so: "Measure"
_TEXT = re.compile(r"COMMENT|NOTE|TITLE|REMARK|TEXT|DESC|OBS_COM|METHODOLOGY|COMPILATION|COVERAGE|CONTACT|SOURCE", re.I)
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

    Raises UnreadableError: those of ``unpacked``, empty, not_ready, upstream_error, too_many_rows, not_sdmx_csv,
    names_only, no_measure, no_data, too_many_cells, too_many_deletions.
    """
    body, _ = unpacked(body, ".csv")
    refuse_later(body, context.url)
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
                published_at=self._published(row),
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
        return text.partition(": ")[0] if self.layout.is_both and not text.startswith(":") else text

    def _attribute(self, column: _Column, row: list[str]) -> str:
        text = row[column.at].strip()
        is_coded = self.layout.is_both and not column.is_many and not _TEXT.search(column.id)
        return found[1] if is_coded and (found := _LABELLED.match(text)) else text

    def _dataset(self, row: list[str]) -> str | None:
        lead = self.layout.lead
        kind = row[lead["STRUCTURE"]].strip().lower() if "STRUCTURE" in lead else "dataflow"
        at = lead.get("STRUCTURE_ID", lead.get("DATAFLOW"))
        reference = row[at] if at is not None else ""
        key = f"{kind}={reference}"
        if key not in self._datasets:
            is_flow = kind in ("dataflow", "")
            found = named_dataset(reference if is_flow else "", self.context.url, "" if is_flow else reference)
            if not found and "KEY" in lead:  # of the ECB: EXR.D.USD.EUR.SP00.A
                return one_line(row[lead["KEY"]]).partition(".")[0] or None
            if len(self._datasets) >= 1000:
                return found or None
            self._datasets[key] = found
        return self._datasets[key] or None

    def _published(self, row: list[str]) -> datetime | None:
        """Eurostat's column LAST UPDATE: "14/02/24 23:00:00", in the time of Luxembourg."""
        at = self.layout.lead.get("LAST UPDATE")
        said = row[at].strip() if at is not None else ""
        if said not in self._moments:
            if len(self._moments) > 1000:
                return None
            self._moments[said] = _moment(said)
        return self._moments[said]


def _layout(rows: Rows, context: DecodeContext) -> _Layout:
    header = rows.header()
    columns, lead, is_both = _columns(header)
    notes: list[str] = []
    asked = asked_for(context.url)[1]
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
        dimensions = _dimensions(rest, time, measures, rows, len(header), asked)
    attributes = [column for column in rest if column not in dimensions]
    if not measures and "ACTION" not in lead:
        raise UnreadableError("no_measure", f"no column OBS_VALUE among {', '.join(c.id for c in columns)[:200]}")
    layout = _Layout(len(header), lead, dimensions, attributes, measures, time, is_both, notes)
    if time is None:
        _find_time(layout, rows)
    if asked and asked != len(layout.dimensions):
        notes.append(f"the address asks by {asked} dimensions, the table seems to have {len(layout.dimensions)}")
    if len(measures) > 1:
        notes.append(f"{len(measures)} values a row: the dimension MEASURE tells them apart")
    return layout


def _dimensions(
    rest: list[_Column], time: _Column | None, measures: list[_Column], rows: Rows, width: int, asked: int
) -> list[_Column]:
    free = [column for column in rest if not column.is_many and not is_of_cells(column.id)]
    until = measures[0].at if measures else width
    early = [column for column in free if column.at < until]
    before = [column.id for column in early if time is not None and column.at < time.at < until]
    named = [column.id for column in early if not is_attribute(column.id)]
    believed = before or named or [column.id for column in free if not is_attribute(column.id)]
    strange = [name for name in believed if not _ID.fullmatch(name)]
    if strange:
        raise UnreadableError("names_only", f"columns of names without codes: {', '.join(strange)}; codes are due")
    sampled = [row for row in rows.peek(_PROBED) if len(row) == width]
    period = {"": time.at} if time is not None else {}
    places = {column.id: column.at for column in free} | period
    texts = [{name: row[at] for name, at in places.items()} for row in sampled]
    wanted = told_apart([column.id for column in early], believed, texts, asked)
    return [column for column in free if column.id in wanted]


def _columns(header: list[str]) -> tuple[list[_Column], dict[str, int], bool]:
    """(columns of components, places of the lead columns, whether cells hold "CODE: name")."""
    lead: dict[str, int] = {}
    columns: list[_Column] = []
    is_both, seen = False, set[str]()
    has_names = any(text.strip() == "STRUCTURE_NAME" for text in header)
    has_pairs = has_names or any(_is_pair(*pair) for pair in itertools.pairwise(header))
    at = 0
    while at < len(header):
        text = header[at].strip("\ufeff ")
        found = _COLUMN.fullmatch(text)
        name = found["id"].strip() if found else text
        if name.upper() in _LEAD and (name != "KEY" or at == 0):
            lead.setdefault(name.upper(), at)
            at += 1
            continue
        if name in seen or not name:
            raise UnreadableError("not_sdmx_csv", f"column {at + 1} is called {name[:60]!r} like one before it")
        seen.add(name)
        label = found["name"] if found else None
        is_both |= label is not None
        named = at + 1 if has_pairs and _is_name(header[at + 1 : at + 2], has_names) else None
        said = (label or (header[named].strip() if named is not None else "")) or ""
        columns.append(_Column(at, name, one_line(said), bool(found and found["many"]), named))
        at += 1 if named is None else 2
    if "DATAFLOW" in lead or "STRUCTURE" in lead or any(_MEASURE.fullmatch(c.id) for c in columns):
        return columns, lead, is_both
    raise UnreadableError("not_sdmx_csv", f"the columns are not those of SDMX: {', '.join(header)[:200]}")


def _is_pair(code: str, name: str) -> bool:
    """Whether a column of codes and one of their names stand side by side: ``geo``, ``Geopolitical entity``."""
    code, name = code.strip("\ufeff "), name.strip()
    return (
        _ID.fullmatch(code) is not None
        and not _LABEL.match(code)
        and code.upper() not in _LEAD
        and name.upper() not in _LEAD
        and " " in name
        and ":" not in name
    )


def _is_name(following: list[str], has_names: bool) -> bool:
    """Whether the column after one of codes holds their names; where the table has names, all but codes' ids are."""
    text = following[0].strip() if following else ""
    if not text or text.upper() in _LEAD or text in TIME or _MEASURE.fullmatch(text):
        return False
    return _LABEL.match(text) is not None or (has_names and not is_attribute(text) and "_" not in text)


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
