"""The cube of one JSON-stat dataset: its frame, its cells, its flags.

Belongs here: what stands inside a dataset. Never here: how datasets are wrapped (``scrapers/decoders/jsonstat.py``).

A cell with neither value nor flag is no record; such cells are counted in a note. Two faults of publishers are put
right: ``size`` without the dimensions of one category (the order of cells is the same), and periods that stand in the
name of a code instead of the code.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import orjson

from scrapers.decoders.base import DecodeContext, Sink, UnreadableError, one_line, parse_moment, unknown_fields
from scrapers.decoders.observations import MAX_FILLED, PERIOD, Axis, Cells, dataset_code

MAX_CELLS = 20_000_000  # of the whole cube, filled or not: the largest Eurostat extraction allowed is far below
_MAX_ADDRESS = 2_000
_MAX_DIMENSIONS, _MAX_CODE = 30, 200  # every record repeats the names and codes of its dimensions
_KNOWN_FIELDS = (
    "version class label source updated value status id size dimension extension role href link note error warning "
    "wsVersion code language title subTitle description lastUpdateDate"
)
_KNOWN = frozenset(_KNOWN_FIELDS.split())
_TIME_NAMES = frozenset({"time", "time_period", "year", "period", "tid"})
_BEFORE_CODE = frozenset({"data", "dataset", "datasets", "table", "tables", "readdataset"})  # in addresses


@dataclass(frozen=True)
class _Dimension:
    name: str
    codes: list[str]
    axis: Axis


class Cube:
    """One dataset being read. ``place`` is its JSON path in the payload, ``name`` what its wrapper calls it."""

    def __init__(self, place: str, name: str, dataset: dict[str, Any], context: DecodeContext, sink: Sink) -> None:
        self.place, self.dataset, self.context, self.sink = place, dataset, context, sink
        unknown_fields(sink, dataset, _KNOWN, "")
        self.extension = dataset["extension"] if isinstance(dataset.get("extension"), dict) else {}
        self.dimensions = self._dimensions()
        self.sizes = [len(dimension.codes) for dimension in self.dimensions]
        self.cells = math.prod(self.sizes)
        if self.cells > MAX_CELLS:
            raise UnreadableError("too_many_cells", f"{self.cells} cells, at most {MAX_CELLS} are read")
        self.time_at = self._time_position()
        self.periods = self._periods(self.dimensions[self.time_at])
        axes = [dimension.axis for at, dimension in enumerate(self.dimensions) if at != self.time_at]
        self.made = Cells(self._dataset_id(name), axes, context, sink, self._published_at())

    def decode(self) -> None:
        """Every cell with a value or a flag becomes a record or a reject of the sink. Raises UnreadableError."""
        values = self._values()
        flags = self._flags(values)
        filled = values.keys() | flags.keys()
        _refuse_too_many(len(self.sink.records) + len(filled))
        listed = {part: isinstance(self.dataset.get(part), list) for part in ("value", "status")}
        empty = 0
        for index in sorted(filled):
            value, flag = values.get(index), flags.get(index)
            if value is None and flag in (None, ""):
                empty += 1
                continue
            part = "value" if index in values else "status"
            locator = f"{self.place}.{part}[{index}]" if listed[part] else f'{self.place}.{part}["{index}"]'
            codes, period = self._codes(index)
            self.made.add(locator, codes, period, value, flag)
        if empty:
            self.sink.note("cell with neither value nor flag", times=empty)

    def _codes(self, index: int) -> tuple[tuple[str, ...], str]:
        """Codes of a cell without time, and its period: row-major, the last dimension runs fastest."""
        codes, period = [], ""
        for at in range(len(self.dimensions) - 1, -1, -1):
            index, position = divmod(index, self.sizes[at])
            if at == self.time_at:
                period = self.periods[position]
            else:
                codes.append(self.dimensions[at].codes[position])
        return tuple(codes[::-1]), period

    # -- the cube's frame ---------------------------------------------------------------------------------------------

    def _dimensions(self) -> list[_Dimension]:
        holder = self.dataset.get("dimension")
        if not isinstance(holder, dict):
            raise UnreadableError("bad_dimension", "dimension is missing")
        # JSON-stat 1.x keeps id and size inside dimension.
        names, sizes = self.dataset.get("id", holder.get("id")), self.dataset.get("size", holder.get("size"))
        if not isinstance(names, list) or not names or not all(isinstance(name, str) for name in names):
            raise UnreadableError("bad_dimension", "id is not a list of dimension names")
        if len(names) > _MAX_DIMENSIONS or any(len(name) > _MAX_CODE for name in names):
            raise UnreadableError("bad_dimension", f"more than {_MAX_DIMENSIONS} dimensions, or a name without end")
        if len(set(names)) != len(names):
            raise UnreadableError("bad_dimension", "a dimension is named twice in id")
        if not isinstance(sizes, list) or any(isinstance(size, bool) or not isinstance(size, int) for size in sizes):
            raise UnreadableError("size_mismatch", f"size does not give one number for each of {len(names)} dimensions")
        found = [_dimension(name, holder.get(name)) for name in names]
        counted = [len(dimension.codes) for dimension in found]
        if sizes != counted:
            if len(sizes) == len(counted) or [n for n in sizes if n != 1] != [n for n in counted if n != 1]:
                detail = f"size says {str(sizes)[:100]}, the dimensions have {str(counted)[:100]} categories"
                raise UnreadableError("size_mismatch", detail)
            self.sink.note("size does not count all dimensions of one category: read by the dimensions")
        return found

    def _time_position(self) -> int:
        holder = self.dataset["dimension"]
        role = self.dataset.get("role", holder.get("role"))
        named = role.get("time") if isinstance(role, dict) else None
        wanted = {name for name in named if isinstance(name, str)} if isinstance(named, list) else set()
        places = [at for at, dimension in enumerate(self.dimensions) if dimension.name in wanted]
        if not wanted:
            places = [at for at, dimension in enumerate(self.dimensions) if dimension.name.lower() in _TIME_NAMES]
        if len(places) != 1:
            raise UnreadableError("no_time_dimension", f"{len(places)} time dimensions, one is due")
        return places[0]

    def _periods(self, dimension: _Dimension) -> list[str]:
        """Periods as published: the codes, or their names where the names are periods and the codes are not."""
        periods, named = [], 0
        for code in dimension.codes:
            label = dimension.axis.labels.get(code, "")
            by_name = not PERIOD.fullmatch(code) and PERIOD.fullmatch(label) is not None
            named += by_name
            periods.append(label if by_name else code)
        if named and len(set(periods)) == len(periods):
            self.sink.note("periods are the names of the time dimension's codes", times=named)
            return periods
        return dimension.codes

    # -- values and flags ---------------------------------------------------------------------------------------------

    def _values(self) -> dict[int, object]:
        raw = self.dataset.get("value")
        if isinstance(raw, list):
            if len(raw) != self.cells:
                raise UnreadableError("size_mismatch", f"{len(raw)} values for {self.cells} cells")
            _refuse_too_many(len(raw))
            return dict(enumerate(raw))
        if isinstance(raw, dict):
            return self._sparse(raw, "value")
        raise UnreadableError("bad_values", "value is neither list nor map")

    def _flags(self, values: Mapping[int, object]) -> dict[int, object]:
        raw = self.dataset.get("status")
        if isinstance(raw, dict) and isinstance(raw.get("value"), (list, dict)):
            raw = raw["value"]  # the retired Eurostat service
        if isinstance(raw, list) and len(raw) == 1 and self.cells != 1:
            raw = raw[0]  # one flag for all, written as a list
        if raw is None:
            return {}
        if isinstance(raw, str):
            # One flag for the whole dataset says nothing of cells that were not sent: those stay no records.
            return dict.fromkeys(values, raw)
        if isinstance(raw, dict):
            return self._sparse(raw, "status")
        if isinstance(raw, list):
            if len(raw) != self.cells:
                raise UnreadableError("size_mismatch", f"{len(raw)} flags for {self.cells} cells")
            _refuse_too_many(len(raw))
            return {at: flag for at, flag in enumerate(raw) if flag is not None}
        raise UnreadableError("bad_values", "status is neither text, list nor map")

    def _sparse(self, raw: Mapping[str, object], what: str) -> dict[int, object]:
        _refuse_too_many(len(raw))
        found: dict[int, object] = {}
        for key, content in raw.items():
            locator = f"{self.place}.{what}[{_quoted(key)}]"
            if not (key.isascii() and key.isdigit() and len(key) <= 12):
                self.sink.reject(locator, "bad_index", "the cell number is not a whole number")
            elif int(key) >= self.cells:
                self.sink.reject(locator, "index_out_of_range", f"the dataset has {self.cells} cells")
            elif int(key) in found:
                self.sink.reject(locator, "duplicate_cell", "the same cell is given twice")
            else:
                found[int(key)] = content
        return found

    # -- what the dataset says of itself ------------------------------------------------------------------------------

    def _dataset_id(self, name: str) -> str:
        """The publisher's code in lower case, as its addresses and its table of contents write it."""
        name = "" if name == "dataset" else name  # the usual wrapper of JSON-stat 1.x, not a code
        px = self.extension.get("px")
        found = dataset_code(
            self.extension.get("id"),
            self.dataset.get("code"),
            px.get("tableid") if isinstance(px, dict) else None,
            self.extension.get("matrix"),
            px.get("matrix") if isinstance(px, dict) else None,
            name,
            *(_code_in(address) for address in (self.context.url, self.dataset.get("href"))),
            _last_of(self.dataset.get("href")),
            _last_of(self.context.url),
        )
        if found is None:
            self.sink.note("the dataset names itself nowhere: dataset_id is 'unnamed'")
        return found or "unnamed"

    def _published_at(self) -> datetime | None:
        """When the publisher last changed the data: its UPDATE_DATA annotation, else ``updated``."""
        annotations = self.extension.get("annotation")
        stamps = [
            note.get("date")
            for note in (annotations if isinstance(annotations, list) else [])
            if isinstance(note, dict) and note.get("type") == "UPDATE_DATA"
        ]
        stamps.append(self.dataset.get("updated"))
        for stamp in stamps:
            moment = parse_moment(stamp)
            if moment:
                return moment
        milliseconds = self.dataset.get("lastUpdateDate")
        if isinstance(milliseconds, int) and 0 < milliseconds < 4_000_000_000_000:
            return datetime.fromtimestamp(milliseconds / 1000, UTC)
        self.sink.note("no readable moment of publication")
        return None


def _dimension(name: str, dimension: object) -> _Dimension:
    category = dimension.get("category") if isinstance(dimension, dict) else None
    if not isinstance(category, dict):
        raise UnreadableError("bad_dimension", f"dimension {name} has no category")
    index, labels, units = category.get("index"), category.get("label"), category.get("unit")
    labels = labels if isinstance(labels, dict) else {}
    if index is None:  # allowed where there is one category only
        codes = list(labels)
    elif isinstance(index, list):
        codes = index
    elif isinstance(index, dict):
        places = list(index.values())
        whole = all(isinstance(at, int) and not isinstance(at, bool) for at in places)
        if not whole or sorted(places) != list(range(len(places))):
            raise UnreadableError("bad_dimension", f"dimension {name}: positions are not 0 to {len(places) - 1}")
        codes = sorted(index, key=index.__getitem__)
    else:
        raise UnreadableError("bad_dimension", f"dimension {name}: index is neither list nor map")
    if not codes and index is not None:
        raise UnreadableError("no_data", f"dimension {name} has no category: nothing fits the query")
    if not codes or not all(isinstance(code, str) for code in codes) or len(set(codes)) != len(codes):
        raise UnreadableError("bad_dimension", f"dimension {name}: codes are missing, repeated or no texts")
    if any(len(code) > _MAX_CODE for code in codes):
        raise UnreadableError("bad_dimension", f"dimension {name}: a code of more than {_MAX_CODE} characters")
    names = {code: one_line(labels[code]) for code in codes if isinstance(labels.get(code), str) and labels[code]}
    known = set(codes)
    measures = {code: unit for code, unit in (units.items() if isinstance(units, dict) else ()) if code in known}
    worded = {code: _unit_words(unit) for code, unit in measures.items()}
    powers = {code: unit["multiplier"] for code, unit in measures.items() if _is_power(unit)}
    said = dimension.get("label") if isinstance(dimension, dict) else None
    title = one_line(said) if isinstance(said, str) else ""
    return _Dimension(name, codes, Axis(name, names, worded, powers, title))


def _unit_words(unit: object) -> str:
    """The unit in the publisher's words; services disagree on which field holds them."""
    if not isinstance(unit, dict):
        return ""
    said = next((unit[name] for name in ("label", "unit", "base", "symbol") if isinstance(unit.get(name), str)), "")
    return one_line(said)


def _is_power(unit: object) -> bool:
    power = unit.get("multiplier") if isinstance(unit, dict) else None
    return isinstance(power, int) and not isinstance(power, bool) and -30 <= power <= 30


def _code_in(address: object) -> str:
    """The code that an address names: what stands behind ``data``, ``table`` or the like; "" for none."""
    named = [after for part, after in itertools.pairwise(_path(address)) if part.lower() in _BEFORE_CODE]
    return (named or [""])[-1].removesuffix(".json").removesuffix(".px")


def _last_of(address: object) -> str:
    return (_path(address) or [""])[-1].removesuffix(".json").removesuffix(".px")


def _path(address: object) -> list[str]:
    if not isinstance(address, str) or len(address) > _MAX_ADDRESS:
        return []
    try:
        return [part for part in urlsplit(address).path.split("/") if part]
    except ValueError:  # an open bracket
        return []


def _quoted(key: str) -> str:
    return orjson.dumps(re.sub(r"\s", " ", key[:40]).encode("utf-8", "replace").decode("utf-8")).decode()


def _refuse_too_many(cells: int) -> None:
    if cells > MAX_FILLED:
        raise UnreadableError("too_many_cells", f"more than {MAX_FILLED} filled cells")
