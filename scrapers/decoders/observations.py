"""What cells of official statistics have in common, whatever format they come in: codes, flags, unit, population.

Belongs here: making one observation out of codes, a value and a flag. Never here: how a format lays out its cells.

Flags. ``flags_published`` keeps what the publisher wrote, letter for letter. ``obs_status`` is its normal form in one
alphabet for all publishers (``flags.normal_status``). A flag may mark a cell without a value: that is a record whose
value is None.

Codes. Any short text that can be printed is a code (``65+``, ``01-96``, ``TLIST(A1)``). It is kept as published; in
``series_key``, whose parts are set apart by points and which comes into addresses, signs are escaped as addresses do.

What a source file can say of a dataset that does not say it itself (``params``): ``population``, the words in front of
every cell's universe; ``unit``, of all its cells; ``units``, a map of dimension -> code -> unit, for datasets whose
indicator decides (vacancies are a number, their rate is a percentage).
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from scrapers.decoders.base import DecodeContext, Sink, one_line
from scrapers.decoders.classifications import left_out, nace_version
from scrapers.decoders.flags import MISSING, normal_status
from scrapers.items import Observation

MAX_FILLED = 400_000  # cells with a value or a flag in one payload: about 300 MB of records
MAX_FLAG = 40
_MAX_ID = 400

# Names of datasets and of a table's dimensions come into addresses and file names: what is none is no such name.
CODE = re.compile(r"[A-Za-z0-9_.$-]{1,80}", re.ASCII)
_MAX_CODE = 80
# 2025, 2025-Q4, 2025Q4, 2025-S1, 2025B1, 2025M05, 2025-W07, 2025-05, 2025-05-31, 2025D151; Nordic quarters, halves and
# weeks (2025K4, 2025H1, 2025U07); spans of years. All are kept as published.
PERIOD = re.compile(
    r"\d{4}(?:-?(?:A1|[SBH][12]|T[123]|[QK][1-4]|M(?:0[1-9]|1[0-2])|[WUV](?:0[1-9]|[1-4]\d|5[0-3])|D\d{3})"
    r"|-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?|[-/]\d{4})?",
    re.ASCII,
)
_NUMBER = re.compile(r"[-+]?\d{1,30}(?:\.\d{1,30})?(?:[eE][-+]?\d{1,3})?", re.ASCII)
_ACTIVITIES = ("nace_r2", "nace_r2_1", "nace_r21", "nace_r1")
# Dimensions that say whom a cell speaks of, as Eurostat names them.
_POPULATION = frozenset(
    (*_ACTIVITIES, "size_emp", "sizeclas", "ind_type", "isco08", "isco88", "sectperf", "age", "sex", "wstatus")
)


@dataclass(frozen=True)
class Axis:
    """One dimension of a dataset with the names and units of its codes, where they are published."""

    name: str
    labels: Mapping[str, str]
    units: Mapping[str, str]
    multipliers: Mapping[str, int]
    title: str = ""  # of the dimension


@dataclass(frozen=True)
class _Series:
    """What all cells of one series share: fields of their records."""

    key: str
    fields: dict[str, Any]
    shared: dict[str, Any]  # these and where the payload came from


def declared_unit(params: Mapping[str, Any], dimensions: Mapping[str, str]) -> str | None:
    """The unit that ``params.units`` (dimension -> code -> unit) gives to one of a series' codes, or None."""
    declared = params.get("units")
    for name, units in declared.items() if isinstance(declared, Mapping) else ():
        unit = units.get(dimensions.get(name, "")) if isinstance(units, Mapping) else None
        if isinstance(unit, str):
            return unit
    return None


class Cells:
    """Observations of one dataset. ``axes`` are its dimensions without time, in the publisher's order."""

    def __init__(
        self,
        dataset_id: str,
        axes: list[Axis],
        context: DecodeContext,
        sink: Sink,
        published_at: datetime | None = None,
        population: str = "",
        unit: str = "",
    ) -> None:
        """``population`` and ``unit`` are the format's own words; a source's parameters come first."""
        self.dataset_id, self.axes, self.context, self.sink = dataset_id, axes, context, sink
        self.published_at, self.population, self.unit = published_at, population, unit
        self._series: dict[tuple[str, ...], _Series] = {}

    def add(self, locator: str, codes: tuple[str, ...], period: str, value: object, flag: object) -> None:
        """One cell: a record, or a reject that says why there is none.

        ``codes`` follow the axes. ``value`` is a number, a text of one (some offices write numbers so), or None;
        ``flag`` is a text or None; both None is the caller's.
        """
        if isinstance(value, str) and len(value) <= MAX_FLAG:
            text = value.strip()
            if _NUMBER.fullmatch(text):
                value = float(text)
            elif MISSING.fullmatch(text) and not flag:
                value, flag = None, text
        if value is not None and (isinstance(value, bool) or not isinstance(value, (int, float))):
            self.sink.reject(locator, "not_a_number", f"value is {value!r}"[:200])
            return
        if value is not None and not math.isfinite(value):
            self.sink.reject(locator, "not_finite", f"value is {value!r}")
            return
        if flag is not None and (not isinstance(flag, str) or len(flag) > MAX_FLAG):
            shown = flag[:MAX_FLAG] if isinstance(flag, str) else flag
            self.sink.reject(locator, "bad_flag", f"flag is {shown!r}"[:200])
            return
        status = normal_status(flag or "", has_value=value is not None)
        if status is None:
            self.sink.reject(locator, "bad_flag", f"flag {flag!r} is not understood")
            return
        if not PERIOD.fullmatch(period):
            self.sink.reject(locator, "bad_code", f"period {period[:80]!r} is none that is known")
            return
        series = self._series_of(codes)
        if isinstance(series, str):
            self.sink.reject(locator, "bad_code", series)
            return
        fields = {
            **series.fields,
            "record_id": record_id(self.context.source_id, self.dataset_id, series.key, period),
            "time_period": period,
            "value": None if value is None else float(value),
            "obs_status": status,
            "flags_published": flag or "",
            "published_at": self.published_at,
        }
        record = self.sink.build(Observation, locator, fields)
        if isinstance(record, Observation):
            self.sink.records.append(lightened(record, series.shared))

    def _series_of(self, codes: tuple[str, ...]) -> _Series | str:
        """What the cells of a series share, or one line why a code of it is none."""
        found = self._series.get(codes)
        if found is None:
            for text in (*(axis.name for axis in self.axes), *codes):
                if not is_code(text):
                    return f"{text[:80]!r} is no code"
            named = {axis.name: code for axis, code in zip(self.axes, codes, strict=True)}
            unit, multiplier = self._unit(named)
            key = ".".join(_escaped(code) for code in codes)
            fields = {
                "dataset_id": self.dataset_id,
                "series_key": key,
                "dimensions": named,
                "dimension_labels": {
                    axis.name: axis.labels[named[axis.name]] for axis in self.axes if named[axis.name] in axis.labels
                },
                "unit": unit,
                "unit_multiplier": multiplier,
                "nace_version": nace_version(named, {axis.name: axis.title for axis in self.axes}),
                "universe": self._universe(named),
            }
            found = self._series[codes] = _Series(key, fields, self.context.provenance() | fields)
        return found

    def _unit(self, series: Mapping[str, str]) -> tuple[str, int]:
        if "unit" in series:
            return series["unit"], 0
        for axis in self.axes:
            code = series[axis.name]
            published = axis.units.get(code)
            if published:
                return published, axis.multipliers.get(code, 0)
        found = declared_unit(self.context.params, series)
        if found is not None:
            return found, 0
        unit = self.context.params.get("unit", self.unit)
        if not isinstance(unit, str) or not unit:
            self.sink.note("no unit is given for a series")
            return "", 0
        return unit, 0

    def _universe(self, series: Mapping[str, str]) -> str:
        """The population of the cell in the publisher's words, with the section that an aggregate leaves out."""
        population = self.context.params.get("population", self.population)
        said = [population] if isinstance(population, str) and population else []
        for axis in self.axes:
            code = series[axis.name]
            if axis.name in _POPULATION and code:
                said.append(f"{axis.name} {code}" + (f": {axis.labels[code]}" if code in axis.labels else ""))
        said += left_out(series)
        return one_line("; ".join(said))


def dataset_code(*candidates: Any) -> str | None:
    """The first candidate that is a dataset's code, in lower case, as the publisher's addresses write it."""
    for candidate in candidates:
        if isinstance(candidate, str) and CODE.fullmatch(candidate):
            return candidate.lower()
    return None


def is_code(text: str) -> bool:
    """Whether a text can be a code or the name of a dimension: short, printable, on one line, and something."""
    return 0 < len(text) <= _MAX_CODE and text.isprintable() and not text.isspace()


def _escaped(code: str) -> str:
    """A code as a part of a series key: points and all signs that mean something in addresses are escaped."""
    return quote(code, safe="$").replace(".", "%2E")


def record_id(source_id: str, dataset_id: str, series_key: str, period: str) -> str:
    """The id of a cell, which names it; a hash stands for a series whose key is too long for an id."""
    found = f"{source_id}:{dataset_id}:{series_key}:{period}"
    if len(found) <= _MAX_ID:
        return found
    digest = hashlib.sha256(series_key.encode("utf-8", "replace")).hexdigest()[:32]
    return f"{source_id}:{dataset_id}:{digest}:{period}"


_FIELDS = tuple(Observation.model_fields)


def lightened(record: Observation, shared: Mapping[str, Any]) -> Observation:
    """The same record in a third of its memory: what its series shares is held once, and so are the names of fields.

    Objects whose attributes are set one by one share one table of names; pydantic gives each a table of its own.
    """
    said = {**record.__dict__, **shared}
    light = object.__new__(Observation)
    for name in _FIELDS:
        object.__setattr__(light, name, said[name])
    object.__setattr__(light, "__pydantic_fields_set__", record.__pydantic_fields_set__)
    object.__setattr__(light, "__pydantic_extra__", None)
    object.__setattr__(light, "__pydantic_private__", None)
    return light
