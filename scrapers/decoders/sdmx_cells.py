"""From codes, a value and attributes to one observation, for all formats of SDMX.

Belongs here: what values, flags, units, populations and actions make of a cell. Never here: how CSV, JSON or XML lay
these out; single words of SDMX (``sdmx``).

Three states of a cell stay three. A number, zero too, is a value. No number but a flag (missing, confidential) is a
record whose value is None. Neither is no record: such cells are counted in a note, and so are those flagged as normal.

Actions. Information, Append and Replace give values. A deletion is no observation: it is set aside as a reject
``deleted_upstream`` that says what was deleted, and takes back what the same payload gave before it. A Merge without a
value changes attributes of a value that the payload does not hold: a reject ``partial_update``.

Flags. ``flags_published`` is the status, a bar and the confidentiality as published, after the mark that stands where
a number is due (``NaN``, Eurostat's ``:``). ``obs_status`` is its normal form (``flags.normal_status``); a mark without
any flag that says more becomes ``O``, a missing value.

What a source file may say of a dataset (``params``): ``dimensions``, ``measures``, ``time`` (names of columns, where a
format does not tell dimensions from attributes); ``unit``, ``units`` and ``population`` (as in ``observations``);
``levels``, a map dimension -> level -> pattern of its codes, for dimensions that hold totals beside their parts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from scrapers.decoders.base import DecodeContext, Sink, UnreadableError, one_line
from scrapers.decoders.classifications import left_out, nace_version
from scrapers.decoders.flags import normal_status
from scrapers.decoders.observations import declared_unit, lightened
from scrapers.decoders.sdmx import CODE, MAX_DIMENSIONS, Action, first_of, is_period, number_of
from scrapers.items import Observation, Record

MAX_FILLED = 150_000  # cells with a value or a flag in one payload
_MAX_WEIGHT = 1_000_000  # attributes of these cells, long ones counted several times: about 150 MB
_MAX_ATTRIBUTE = 500
_MAX_SHARED = 20_000  # combinations of attributes that are remembered
_MAX_DELETIONS = 20  # of many cells at one time, in one payload
_NAME = re.compile(r"[A-Za-z_@$][A-Za-z0-9_@$.-]{0,79}", re.ASCII)
_MISSING_STATUS = frozenset("MLOHQJKCN:")  # of CL_OBS_STATUS and its predecessors: the value is not there
_STATUS = ("OBS_STATUS", "OBS_FLAG", "STATUS")
_CONFIDENTIAL = ("CONF_STATUS", "OBS_CONF", "CONF_STATUS_OBS")
_MARKED = re.compile(r"\s*:\s*([A-Za-z|@][A-Za-z|@,; ]{0,20})", re.ASCII)
_UNIT = ("UNIT_MEASURE", "UNIT")
_MULTIPLIER = ("UNIT_MULT", "UNIT_MULTIPLIER", "POWERCODE")
_TOTALS = frozenset({"T", "_T", "TOT", "TOTAL", "ALL"})
_POPULATION = re.compile(
    r"ACTIVITY|NACE.*|ECONOMIC_ACTIVITY|SECTOR.*|BRANCHE?|SIZE.*|AGE.*|SEX|GENDER|ISCO.*|OCCUPATION.*|RESIDENCE.*"
    r"|STAT_PROF|WSTATUS|EDUC_LEVEL|WORKER.*|EMPLOYMENT_STATUS",
    re.I,
)


class Observations:
    """Collects the observations of one payload, of one or more datasets."""

    def __init__(self, context: DecodeContext, sink: Sink) -> None:
        self.context, self.sink, self.params = context, sink, context.params
        self._known: dict[str, int] = {}  # record id -> place in the sink's records
        self._gone: set[int] = set()
        self._codes: dict[str, set[str]] = {}
        self._series: dict[tuple[str, ...], dict[str, Any]] = {}
        self._levels = _patterns(self.params.get("levels"))
        self._wide_deletions = 0
        self._attributes: dict[tuple[tuple[str, str], ...], dict[str, str]] = {}
        self._weight = 0
        self._without_unit: set[str] = set()
        self._empty = self._timeless = 0

    def add(
        self,
        locator: str,
        dataset_id: str,
        dimensions: Mapping[str, str],
        period: str,
        value: object,
        attributes: Mapping[str, str],
        *,
        labels: Mapping[str, str] | None = None,
        action: Action = "I",
        published_at: datetime | None = None,
        concepts: Mapping[str, str] | None = None,
    ) -> None:
        """One cell: a record, a count in a note, or a reject that says why there is none.

        ``dimensions`` are in the publisher's order and without time; ``period`` is empty where the dataset has no
        time; ``value`` is a number, a text or None; ``concepts`` are names of dimensions, where the payload gives them.
        """
        if action == "D":
            self.delete(locator, dataset_id, dimensions, period)
            return
        status, confidential = first_of(attributes, _STATUS), first_of(attributes, _CONFIDENTIAL)
        if isinstance(value, str) and (marked := _MARKED.fullmatch(value)):  # Eurostat's ": c", a flag in the value
            value, status = ":", " ".join(filter(None, (marked[1], status)))
        number, mark, problem = number_of(value)
        if problem:
            self.sink.reject(locator, problem, f"value is {str(value)[:80]!r}")
            return
        if not period:
            self._timeless += 1
        elif not is_period(period):
            self.sink.reject(locator, "bad_code", f"period {period[:80]!r} is none that is known")
            return
        published = f"{status}|{confidential}" if confidential else status
        if number is None and status in ("", "A") and confidential in ("", "F") and not mark:
            if action == "M":
                self.sink.reject(locator, "partial_update", "attributes without the value that they belong to")
            else:
                self._empty += 1
            return
        if (
            number is None
            and action == "M"
            and not mark
            and status[:1].upper() not in _MISSING_STATUS
            and confidential in ("", "F")
        ):
            self.sink.reject(locator, "partial_update", f"status {status} without the value that it belongs to")
            return
        normal = normal_status(status, confidential, has_value=number is not None)
        if normal is None:
            self.sink.reject(locator, "bad_flag", f"flag {published[:40]!r} is not understood")
            return
        if number is None and mark and not normal:
            normal = "O"
        series = self._series_of(dataset_id, dimensions, labels or {}, concepts or {})
        if isinstance(series, str):
            self.sink.reject(locator, "bad_code", series)
            return
        unit, multiplier = self._unit(series["dimensions"], attributes, dataset_id)
        if multiplier is None:
            self.sink.reject(
                locator, "bad_multiplier", f"{first_of(attributes, _MULTIPLIER)[:40]!r} is no power of ten"
            )
            return
        if len(self._known) >= MAX_FILLED:
            raise UnreadableError("too_many_cells", f"more than {MAX_FILLED} cells with a value or a flag")
        shared = series | {
            "unit": unit,
            "unit_multiplier": multiplier,
            "attributes": self._shared_attributes(self._kept(attributes) | series["attributes"]),
        }
        cell = {
            "record_id": self._id(dataset_id, series["series_key"], period),
            "time_period": period,
            "value": number,
            "obs_status": normal,
            "flags_published": f"{mark} {published}".strip(),
            "published_at": published_at,
        }
        record = self.sink.build(Observation, locator, shared | cell)
        if isinstance(record, Observation):
            self._put(locator, lightened(record, shared), action)

    def delete(self, locator: str, dataset_id: str, dimensions: Mapping[str, str], period: str) -> None:
        """A deletion that was published: of one cell, or of all that match, where codes or the period are left out."""
        named = {name: code for name, code in dimensions.items() if code}
        said = ", ".join(f"{name} {code}" for name, code in named.items()) or "everything"
        self.sink.reject(locator, "deleted_upstream", f"{dataset_id}: {said}{f', {period}' if period else ''}")
        if not self._known:
            return
        if period and len(named) == len(dimensions):
            key = self._id(dataset_id, ".".join(named.values()), period)
            if (at := self._known.pop(key, None)) is not None:
                self._gone.add(at)
            return
        self._wide_deletions += 1
        if self._wide_deletions > _MAX_DELETIONS:
            raise UnreadableError("too_many_deletions", f"more than {_MAX_DELETIONS} deletions of many cells at a time")
        for key, at in list(self._known.items()):
            if _matches(self.sink.records[at], dataset_id, named, period):
                del self._known[key]
                self._gone.add(at)

    def finish(self) -> None:
        """Takes out what was deleted, and says over which dimensions nobody may sum.

        Raises UnreadableError (no_data) for a payload that gave nothing at all.
        """
        if self._empty:
            self.sink.note("cell with neither value nor flag", self._empty)
        if self._timeless:
            self.sink.note("cell without a period: the dataset has no dimension of time", self._timeless)
        if not self.sink.records and not self.sink.rejects:
            raise UnreadableError("no_data", f"{self._empty} cells, none with a value or a flag")
        if not self.sink.records:
            self.sink.note("no cell of this payload is a record: see what was set aside")
        if self._gone:
            self.sink.records[:] = [record for at, record in enumerate(self.sink.records) if at not in self._gone]
        for name, codes in self._codes.items():
            if len(codes) < 2:
                continue
            totals = sorted(codes & _TOTALS)
            if name in self._levels:
                self.sink.note(f"{name} holds codes of several levels, told apart in the attribute {name}.level")
            elif totals:
                self.sink.note(f"{name} holds totals ({totals[0]}) beside their parts: never to be summed over")
            elif {code.isdigit() for code in codes} == {True, False}:
                digits, other = (min(c for c in codes if c.isdigit() is kind) for kind in (True, False))
                self.sink.note(
                    f"{name} mixes kinds of codes ({other}, {digits}), perhaps levels: never to be summed over"
                )

    def _id(self, dataset_id: str, series_key: str, period: str) -> str:
        return f"{self.context.source_id}:{dataset_id}:{series_key}" + (f":{period}" if period else "")

    def _put(self, locator: str, record: Observation, action: Action) -> None:
        at = self._known.get(record.record_id)
        if at is None:
            self._known[record.record_id] = len(self.sink.records)
            self.sink.records.append(record)
            return
        earlier = self.sink.records[at]
        if earlier.content_sha256 == record.content_sha256:
            self.sink.note("cell given twice, alike")
        elif action in ("R", "M"):
            self.sink.note("cell given twice, replaced by the later")
            self.sink.records[at] = record
        else:
            self.sink.reject(locator, "duplicate_cell", f"{record.series_key} {record.time_period} is given before")

    def _series_of(
        self, dataset_id: str, dimensions: Mapping[str, str], labels: Mapping[str, str], concepts: Mapping[str, str]
    ) -> dict[str, Any] | str:
        """What all cells of a series share, or one line why it is none."""
        key = (dataset_id, *dimensions, *dimensions.values())
        found: dict[str, Any] | str | None = self._series.get(key)
        if found is None:
            found = self._new_series(dataset_id, dimensions, labels, concepts)
            if isinstance(found, dict):
                self._series[key] = found
        return found

    def _new_series(
        self, dataset_id: str, dimensions: Mapping[str, str], labels: Mapping[str, str], concepts: Mapping[str, str]
    ) -> dict[str, Any] | str:
        if not dimensions or len(dimensions) > MAX_DIMENSIONS:
            return f"{len(dimensions)} dimensions, 1 to {MAX_DIMENSIONS} are read"
        for name, code in dimensions.items():
            if not _NAME.fullmatch(name):
                return f"{name[:80]!r} is no name of a dimension"
            if not CODE.fullmatch(code):
                return f"{name} {code[:80]!r} is no code"
            self._codes.setdefault(name, set()).add(code)
        named = {name: one_line(labels[name]) for name in dimensions if labels.get(name)}
        levels = {}
        for name, patterns in self._levels.items():
            if name in dimensions:
                level = next((level for level, fits in patterns.items() if fits.fullmatch(dimensions[name])), "")
                levels[f"{name}.level"] = level or "unknown"
        return {
            "dataset_id": dataset_id,
            "series_key": ".".join(dimensions.values()),
            "dimensions": dict(dimensions),
            "dimension_labels": named,
            "attributes": levels,
            "nace_version": nace_version(dimensions, concepts),
            "universe": self._universe(dimensions, named),
        }

    def _universe(self, dimensions: Mapping[str, str], labels: Mapping[str, str]) -> str:
        population = self.params.get("population")
        said = [population] if isinstance(population, str) and population else []
        for name, code in dimensions.items():
            if _POPULATION.fullmatch(name) and code not in ("_Z", "_X"):
                said.append(f"{name} {code}: {labels.get(name, code)}")
        return one_line("; ".join([*said, *left_out(dimensions)]))

    def _unit(
        self, dimensions: Mapping[str, str], attributes: Mapping[str, str], dataset_id: str
    ) -> tuple[str, int | None]:
        multiplier = first_of(attributes, _MULTIPLIER) or first_of(dimensions, _MULTIPLIER)
        power: int | None = 0
        if multiplier:
            power = (
                int(multiplier) if re.fullmatch(r"[+-]?\d{1,2}", multiplier) and abs(int(multiplier)) <= 30 else None
            )
        unit = first_of(dimensions, _UNIT) or first_of(attributes, _UNIT)
        if unit in ("", "_Z", "_X"):
            unit = self._declared_unit(dimensions) or unit
        if not unit and dataset_id not in self._without_unit:
            self._without_unit.add(dataset_id)
            self.sink.note(f"{dataset_id}: cells without a unit")
        return one_line(unit), power

    def _declared_unit(self, dimensions: Mapping[str, str]) -> str:
        unit = declared_unit(self.params, dimensions)
        unit = self.params.get("unit") if unit is None else unit
        return unit if isinstance(unit, str) else ""

    def _shared_attributes(self, attributes: dict[str, str]) -> dict[str, str]:
        """The same mapping for cells with the same attributes. Raises UnreadableError: too_many_cells."""
        key = tuple(attributes.items())
        found = self._attributes.get(key)
        if found is None:
            self._weight += sum(1 + len(text) // 50 for text in attributes.values())
            if self._weight > _MAX_WEIGHT:
                raise UnreadableError("too_many_cells", "the cells have more attributes than are read")
            if len(self._attributes) >= _MAX_SHARED:
                self._attributes.clear()
            found = self._attributes[key] = attributes
        return found

    def _kept(self, attributes: Mapping[str, str]) -> dict[str, str]:
        """Attributes to keep: all but status and unit, which have fields of their own, and ways to reach a person."""
        kept = {}
        for name, text in attributes.items():
            upper = name.upper()
            if not text or upper in _STATUS or upper in _CONFIDENTIAL or upper in _UNIT or upper in _MULTIPLIER:
                continue
            if "CONTACT" in upper or "@" in text:
                self.sink.note(f"attribute {name[:60]} names a contact and is not kept")
                continue
            if not _NAME.fullmatch(name):
                self.sink.note("an attribute without a readable name is not kept")
                continue
            if len(text) > _MAX_ATTRIBUTE:
                self.sink.note(f"attribute {name} is cut at {_MAX_ATTRIBUTE} characters")
            kept[name] = " ".join(text[:_MAX_ATTRIBUTE].split())
        return kept


def _matches(record: Record, dataset_id: str, codes: Mapping[str, str], period: str) -> bool:
    return (
        isinstance(record, Observation)
        and record.dataset_id == dataset_id
        and period in ("", record.time_period)
        and all(record.dimensions.get(name) == code for name, code in codes.items())
    )


def _patterns(levels: object) -> dict[str, dict[str, re.Pattern[str]]]:
    """``params.levels``, which is the registry's own: a pattern that cannot be read is its error."""
    if not isinstance(levels, Mapping):
        return {}
    return {
        str(name): {str(level): re.compile(str(pattern)) for level, pattern in patterns.items()}
        for name, patterns in levels.items()
        if isinstance(patterns, Mapping)
    }
