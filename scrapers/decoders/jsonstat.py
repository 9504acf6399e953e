"""JSON-stat datasets, as Eurostat's statistics API sends them, to observations; older JSON-stat 1.x wrappers too.

Belongs here: the cube, its flags, its population. Never here: SDMX, downloads, what an indicator makes of a value.

Flags. ``flags_published`` keeps what the publisher wrote, letter for letter. ``obs_status`` is its normal form: status
letters, then a bar and the confidentiality letters where there are any. So ``b`` stays ``b``, ``|C`` (no remark on the
value, but the cell is confidential) stays ``|C``, and ``:`` of the retired Eurostat service (not available) becomes
``O``, a missing value in the SDMX code list CL_OBS_STATUS. A flag may mark a cell without a value: that is a record
whose value is None. A cell with neither value nor flag is no record; such cells are counted in a note.

Format: https://json-stat.org/full/ (2.0), and the answers of the Eurostat API recorded in 2026.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from scrapers.decoders.base import (
    MAX_DETAIL,
    DecodeContext,
    Decoded,
    Sink,
    UnreadableError,
    load_json,
    one_line,
    parse_moment,
    unknown_fields,
)
from scrapers.items import Observation

MAX_CELLS = 20_000_000  # of the whole cube, filled or not: the largest Eurostat extraction allowed is far below
MAX_FILLED = 300_000  # cells with a value or a flag in one payload: about 300 MB of records
_MAX_DIMENSIONS, _MAX_CODE = 30, 200  # every record repeats the names and codes of its dimensions
_MAX_FLAG = 40

_KNOWN_FIELDS = (
    "version class label source updated value status id size dimension extension role href link note error warning "
    "wsVersion code language title subTitle description lastUpdateDate"
)
_KNOWN = frozenset(_KNOWN_FIELDS.split())
_EXCLUDED_SECTION = re.compile(r"_X_([A-U])$")
# Codes come into addresses, file names and letters: what is none is no code, whatever it says.
_CODE = re.compile(r"[A-Za-z0-9_.$-]{1,80}", re.ASCII)
# 2025, 2025-Q4, 2025Q4, 2025-S1, 2025S1, 2025B1, 2025M05, 2025-W07, 2025-05, 2025-05-31, 2025D151; kept as published.
_PERIOD = re.compile(
    r"\d{4}(?:-?(?:A1|[SB][12]|T[123]|Q[1-4]|M(?:0[1-9]|1[0-2])|W(?:0[1-9]|[1-4]\d|5[0-3])|D\d{3})"
    r"|-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?)?",
    re.ASCII,
)
_STATUS = re.compile(r"^[A-Za-z]{0,4}$")


@dataclass(frozen=True)
class _Dimension:
    name: str
    codes: list[str]
    labels: Mapping[str, str]
    units: Mapping[str, str]


def decode(body: bytes, context: DecodeContext) -> Decoded:
    """Observations of every dataset in the payload.

    Raises UnreadableError: what ``load_json`` raises, upstream_async (the publisher will prepare the answer later),
    upstream_error, not_a_dataset, size_mismatch, bad_dimension, no_time_dimension, too_many_cells, bad_values.
    """
    payload, remarks = load_json(body)
    sink = Sink(context, "observation")
    for remark in remarks:
        sink.note(remark)
    if not isinstance(payload, dict):
        raise UnreadableError("not_a_dataset", f"a JSON {type(payload).__name__} stands where a dataset is due")
    _refuse_upstream_failure(payload)
    for name, dataset in _datasets(payload):
        _Cube(name, dataset, context, sink).decode()
    return sink.decoded()


def _refuse_upstream_failure(payload: Mapping[str, Any]) -> None:
    """Eurostat answers overload with status 200 and a ``warning``: an error, not an empty dataset."""
    for key in ("warning", "error"):
        if key not in payload or "value" in payload:
            continue
        said = payload[key]
        first = said[0] if isinstance(said, list) and said else said
        status = first.get("status") if isinstance(first, dict) else None
        label = first.get("label", "") if isinstance(first, dict) else first
        waits = status == 413 or "ASYNC" in str(label).upper()
        raise UnreadableError("upstream_async" if waits else "upstream_error", f"publisher's {key} {status}: {label}")


def _datasets(payload: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """(name, dataset) pairs: one for JSON-stat 2.0, one or more for the 1.x wrapper and bundle."""
    kind = payload.get("class")
    if kind not in (None, "dataset"):
        raise UnreadableError("not_a_dataset", f"JSON-stat class is {kind!r}, not 'dataset'")
    if "value" in payload or "dimension" in payload or kind == "dataset":
        yield "", payload
        return
    wrapped = {name: part for name, part in payload.items() if isinstance(part, dict) and "dimension" in part}
    if not wrapped:
        raise UnreadableError("not_a_dataset", "no dataset: neither value nor dimension is there")
    yield from wrapped.items()


def _refuse_too_many(cells: int) -> None:
    if cells > MAX_FILLED:
        raise UnreadableError("too_many_cells", f"more than {MAX_FILLED} filled cells")


class _Cube:
    """One dataset being read."""

    def __init__(self, name: str, dataset: dict[str, Any], context: DecodeContext, sink: Sink) -> None:
        self.dataset, self.context, self.sink = dataset, context, sink
        unknown_fields(sink, dataset, _KNOWN, "")
        self.extension = dataset["extension"] if isinstance(dataset.get("extension"), dict) else {}
        self.dataset_id = self._dataset_id(name)
        self.dimensions = self._dimensions()
        self.sizes = [len(dimension.codes) for dimension in self.dimensions]
        self.cells = math.prod(self.sizes)
        if self.cells > MAX_CELLS:
            raise UnreadableError("too_many_cells", f"{self.cells} cells, at most {MAX_CELLS} are read")
        self.time_at = self._time_position()
        self.published_at = self._published_at()
        self._universes: dict[tuple[str, ...], str] = {}

    def decode(self) -> None:
        values = self._values()
        flags = self._flags(values)
        filled = values.keys() | flags.keys()
        _refuse_too_many(len(self.sink.records) + len(filled))
        empty = 0
        for index in sorted(filled):
            value, published = values.get(index), flags.get(index)
            if value is None and published in (None, ""):
                empty += 1
                continue
            self._cell(index, value, published)
        if empty:
            self.sink.note("cell with neither value nor flag", times=empty)

    def _cell(self, index: int, value: object, published: object) -> None:
        locator = f"cell {index}"
        if value is not None and (isinstance(value, bool) or not isinstance(value, (int, float))):
            self.sink.reject(locator, "not_a_number", f"value is {value!r}"[:200])
            return
        if value is not None and not math.isfinite(value):
            self.sink.reject(locator, "not_finite", f"value is {value!r}")
            return
        if published is not None and (not isinstance(published, str) or len(published) > _MAX_FLAG):
            shown = published[:_MAX_FLAG] if isinstance(published, str) else published
            self.sink.reject(locator, "bad_flag", f"flag is {shown!r}"[:200])
            return
        status = normal_status(published or "", has_value=value is not None)
        if status is None:
            self.sink.reject(locator, "bad_flag", f"flag {published!r} is not understood")
            return
        codes = self._codes(index)
        series = {dimension.name: code for dimension, code in zip(self.dimensions, codes, strict=True)}
        period = series.pop(self.dimensions[self.time_at].name)
        if not _PERIOD.fullmatch(period):
            self.sink.reject(locator, "bad_code", f"period {period!r} is none that is known")
            return
        bad = next((code for code in (*series, *series.values()) if not _CODE.fullmatch(code)), None)
        if bad is not None:
            self.sink.reject(locator, "bad_code", f"{bad!r} is no code")
            return
        series_key = ".".join(series.values())
        record = self.sink.build(
            Observation,
            locator,
            {
                "record_id": f"{self.context.source_id}:{self.dataset_id}:{series_key}:{period}",
                "dataset_id": self.dataset_id,
                "series_key": series_key,
                "dimensions": series,
                "time_period": period,
                "value": None if value is None else float(value),
                "unit": self._unit(series),
                "obs_status": status,
                "flags_published": published or "",
                "universe": self._universe(series),
                "published_at": self.published_at,
            },
        )
        if record is not None:
            self.sink.records.append(record)

    def _codes(self, index: int) -> list[str]:
        """Dimension codes of a cell: row-major, the last dimension runs fastest."""
        codes = []
        for dimension, size in zip(reversed(self.dimensions), reversed(self.sizes), strict=True):
            index, position = divmod(index, size)
            codes.append(dimension.codes[position])
        return codes[::-1]

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
        if not isinstance(sizes, list) or len(sizes) != len(names):
            raise UnreadableError("size_mismatch", f"size does not give one number for each of {len(names)} dimensions")
        found = []
        for name, size in zip(names, sizes, strict=True):
            dimension = self._dimension(name, holder.get(name))
            if isinstance(size, bool) or not isinstance(size, int) or size != len(dimension.codes):
                detail = f"dimension {name} has {len(dimension.codes)} categories, size says {size!r}"
                raise UnreadableError("size_mismatch", detail)
            found.append(dimension)
        return found

    def _dimension(self, name: str, dimension: object) -> _Dimension:
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
        if not codes or not all(isinstance(code, str) for code in codes) or len(set(codes)) != len(codes):
            raise UnreadableError("bad_dimension", f"dimension {name}: codes are missing, repeated or no texts")
        if any(len(code) > _MAX_CODE for code in codes):
            raise UnreadableError("bad_dimension", f"dimension {name}: a code of more than {_MAX_CODE} characters")
        names = {code: text[:MAX_DETAIL] for code, text in labels.items() if isinstance(text, str)}
        measured = {
            code: one_line(unit["label"] if isinstance(unit.get("label"), str) else str(unit.get("unit", "")))
            for code, unit in (units.items() if isinstance(units, dict) else ())
            if isinstance(unit, dict)
        }
        return _Dimension(name, codes, names, measured)

    def _time_position(self) -> int:
        holder = self.dataset["dimension"]
        role = self.dataset.get("role", holder.get("role"))
        named = role.get("time") if isinstance(role, dict) else None
        wanted = {name for name in named if isinstance(name, str)} if isinstance(named, list) else set()
        wanted = wanted or {"time", "TIME_PERIOD"}
        places = [at for at, dimension in enumerate(self.dimensions) if dimension.name in wanted]
        if len(places) != 1:
            raise UnreadableError("no_time_dimension", f"{len(places)} time dimensions, one is due")
        return places[0]

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
            if not (key.isascii() and key.isdigit() and len(key) <= 12):
                self.sink.reject(f"{what}[{key[:40]!r}]", "bad_index", "the cell number is not a whole number")
            elif int(key) >= self.cells:
                detail = f"the dataset has {self.cells} cells"
                self.sink.reject(f"{what}[{key!r}]", "index_out_of_range", detail)
            elif int(key) in found:
                self.sink.reject(f"{what}[{key!r}]", "duplicate_cell", "the same cell is given twice")
            else:
                found[int(key)] = content
        return found

    # -- what a cell speaks of ----------------------------------------------------------------------------------------

    def _dataset_id(self, name: str) -> str:
        """The publisher's code in lower case, as its addresses and its table of contents write it."""
        path = urlsplit(self.context.url).path.rstrip("/").split("/")
        from_url = path[-1] if len(path) > 1 and path[-2] == "data" else ""
        name = "" if name == "dataset" else name  # the usual wrapper of JSON-stat 1.x, not a code
        for candidate in (self.extension.get("id"), self.dataset.get("code"), name, from_url):
            if isinstance(candidate, str) and re.fullmatch(r"[A-Za-z0-9_$.\-]{1,80}", candidate):
                return candidate.lower()
        self.sink.note("the dataset names itself nowhere: dataset_id is 'unnamed'")
        return "unnamed"

    def _unit(self, series: Mapping[str, str]) -> str:
        if "unit" in series:
            return series["unit"]
        for dimension in self.dimensions:
            unit = dimension.units.get(series.get(dimension.name, ""))
            if unit:
                return unit
        self.sink.note("no unit is given for a cell")
        return ""

    def _universe(self, series: Mapping[str, str]) -> str:
        """The population of the cell in the publisher's words, with the section that an aggregate leaves out."""
        key = tuple(series.get(name, "") for name in ("nace_r2", "size_emp"))
        if key not in self._universes:
            said = []
            for dimension in self.dimensions:
                code = series.get(dimension.name, "")
                if dimension.name in ("nace_r2", "size_emp") and code:
                    said.append(f"{dimension.name} {code}: {dimension.labels.get(code, code)}")
            left_out = _EXCLUDED_SECTION.search(key[0])
            if left_out:
                sector = "finance (NACE K)" if left_out[1] == "K" else f"NACE {left_out[1]}"
                said.append(f"{sector} is left out")
            self._universes[key] = one_line("; ".join(said))
        return self._universes[key]

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


def normal_status(published: str, *, has_value: bool) -> str | None:
    """``obs_status`` of a flag as published (see the module's text), or None if it is not understood."""
    status, bar, confidential = re.sub(r"[\s,]", "", published).partition("|")
    if ":" in status:
        status = status.replace(":", "")
        if not status and not confidential and not has_value:
            status = "O"
    if not (_STATUS.match(status) and _STATUS.match(confidential)) or len(status) + len(confidential) > 7:
        return None
    return f"{status}|{confidential}" if bar and confidential else status
