"""What cells of official statistics have in common, whatever format they come in: codes, flags, unit, population.

Belongs here: making one observation out of codes, a value and a flag. Never here: how a format lays out its cells.

Flags. ``flags_published`` keeps what the publisher wrote, letter for letter. ``obs_status`` is its normal form: status
letters, then a bar and the confidentiality letters where there are any. So ``b`` stays ``b``, ``|C`` (no remark on the
value, but the cell is confidential) stays ``|C``, and ``:`` (not available) becomes ``O``, a missing value in the SDMX
code list CL_OBS_STATUS. A flag may mark a cell without a value: that is a record whose value is None.

What a source file can say of a dataset that does not say it itself (``params``): ``population``, the words in front of
every cell's universe; ``unit``, of all its cells; ``units``, a map of dimension -> code -> unit, for datasets whose
indicator decides (vacancies are a number, their rate is a percentage).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from scrapers.decoders.base import DecodeContext, Sink, one_line
from scrapers.decoders.classifications import nace_version
from scrapers.items import Observation

MAX_FILLED = 100_000  # cells with a value or a flag in one payload: about 410 MB of records
MAX_FLAG = 40

# Codes come into addresses, file names and letters: what is none is no code, whatever it says.
CODE = re.compile(r"[A-Za-z0-9_.$-]{1,80}", re.ASCII)
# 2025, 2025-Q4, 2025Q4, 2025-S1, 2025S1, 2025B1, 2025M05, 2025-W07, 2025-05, 2025-05-31, 2025D151; kept as published.
PERIOD = re.compile(
    r"\d{4}(?:-?(?:A1|[SB][12]|T[123]|Q[1-4]|M(?:0[1-9]|1[0-2])|W(?:0[1-9]|[1-4]\d|5[0-3])|D\d{3})"
    r"|-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?)?",
    re.ASCII,
)
_STATUS = re.compile(r"^[A-Za-z]{0,4}$")
_EXCLUDED_SECTION = re.compile(r"_X_([A-U])$")
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
    """What all cells of one series share."""

    key: str
    codes: dict[str, str]
    labels: dict[str, str]
    unit: str
    multiplier: int
    universe: str
    nace: str


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

        ``codes`` follow the axes. ``value`` is a number or None, ``flag`` a text or None; both None is the caller's.
        """
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
        bad = next((code for code in self._names_and(codes) if not CODE.fullmatch(code)), None)
        if bad is not None:
            self.sink.reject(locator, "bad_code", f"{bad[:80]!r} is no code")
            return
        series = self._series_of(codes)
        fields = {
            "record_id": f"{self.context.source_id}:{self.dataset_id}:{series.key}:{period}",
            "dataset_id": self.dataset_id,
            "series_key": series.key,
            "dimensions": series.codes,
            "dimension_labels": series.labels,
            "time_period": period,
            "value": None if value is None else float(value),
            "unit": series.unit,
            "unit_multiplier": series.multiplier,
            "nace_version": series.nace,
            "obs_status": status,
            "flags_published": flag or "",
            "universe": series.universe,
            "published_at": self.published_at,
        }
        record = self.sink.build(Observation, locator, fields)
        if record is not None:
            self.sink.records.append(record)

    def _names_and(self, codes: tuple[str, ...]) -> Iterator[str]:
        if codes in self._series:  # looked at before
            return
        yield from (axis.name for axis in self.axes)
        yield from codes

    def _series_of(self, codes: tuple[str, ...]) -> _Series:
        found = self._series.get(codes)
        if found is None:
            named = {axis.name: code for axis, code in zip(self.axes, codes, strict=True)}
            unit, multiplier = self._unit(named)
            labels = {axis.name: axis.labels[named[axis.name]] for axis in self.axes if named[axis.name] in axis.labels}
            nace = nace_version(named, {axis.name: axis.title for axis in self.axes})
            universe = self._universe(named)
            found = self._series[codes] = _Series(".".join(codes), named, labels, unit, multiplier, universe, nace)
        return found

    def _unit(self, series: Mapping[str, str]) -> tuple[str, int]:
        if "unit" in series:
            return series["unit"], 0
        for axis in self.axes:
            code = series[axis.name]
            published = axis.units.get(code)
            if published:
                return published, axis.multipliers.get(code, 0)
        declared = self.context.params.get("units")
        for name, units in declared.items() if isinstance(declared, Mapping) else ():
            found = units.get(series.get(name, "")) if isinstance(units, Mapping) else None
            if isinstance(found, str):
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
        for name in _ACTIVITIES:
            left_out = _EXCLUDED_SECTION.search(series.get(name, ""))
            if left_out:
                said.append("finance (NACE K) is left out" if left_out[1] == "K" else f"NACE {left_out[1]} is left out")
        return one_line("; ".join(said))


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


def dataset_code(*candidates: Any) -> str | None:
    """The first candidate that is a dataset's code, in lower case, as the publisher's addresses write it."""
    for candidate in candidates:
        if isinstance(candidate, str) and CODE.fullmatch(candidate):
            return candidate.lower()
    return None
