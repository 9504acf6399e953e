"""SDMX-JSON data messages (1.0 and its working draft, 2.0) to observations; structure messages to codes and dataflows.

Belongs here: how a message lays out dimensions, series, groups and attributes. Never here: what a cell means
(``sdmx_cells``), what a dataflow's description says (``sdmx_structures``), JSON-stat.

A cell's key gives positions in the dimensions of its level; dimensions with one code stand on the level of the data
set. Values come first in a cell's list, attributes after them, as positions in their lists of values or as texts.
``meta.prepared`` is when the answer was made, not when the data were published: it is not read.

Formats: https://github.com/sdmx-twg/sdmx-json, data and structure messages of versions 1.0 and 2.0.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from scrapers.decoders.base import DecodeContext, Decoded, Sink, UnreadableError, load_json, one_line
from scrapers.decoders.eurostat_async import refuse_later
from scrapers.decoders.packed import unpacked
from scrapers.decoders.sdmx import (
    MAX_DIMENSIONS,
    TIME,
    Action,
    action_of,
    named_dataset,
)
from scrapers.decoders.sdmx_cells import Observations
from scrapers.decoders.sdmx_json_structures import (
    LISTS,
    by_language,
    flow_of,
    named,
    read_structures,
    said_text,
    text_of,
)
from scrapers.decoders.sdmx_structures import described

_LEVELS = ("dataSet", "dimensionGroup", "series", "observation")
_MAX_DATASETS = 1_000
_MAX_KEY = 400
_MAX_MASKS = 30  # sets of dimensions that attributes of groups hang on
_KEY = re.compile(r"\d{0,7}(?::\d{0,7})*", re.ASCII)
_POSITION = re.compile(r"\d{1,7}", re.ASCII)


@dataclass
class _Component:
    """A dimension or an attribute with its values."""

    id: str
    name: str
    values: list[Any]
    place: int
    is_time: bool = False
    has_list: bool = True  # of values, in which a number is a position

    def code(self, position: int) -> tuple[str, str]:
        """(code, name) of a value; empty texts for a position that there is none for."""
        value = self.values[position] if position < len(self.values) else None
        if isinstance(value, str):
            return value, ""
        if not isinstance(value, dict):
            return "", ""
        return text_of(value.get("id", value.get("value", value.get("name")))), named(value)

    def attribute(self, said: Any) -> str:
        """The text of an attribute given as a position, a text, or several of them."""
        if isinstance(said, bool) or said is None:
            return "" if said is None else str(said).lower()
        if isinstance(said, int) and self.has_list:
            return self.code(said)[0] if said >= 0 else ""
        if isinstance(said, list):
            values = [part for part in said[:50] if not isinstance(part, list)]  # lists in lists are no values
            return ";".join(filter(None, map(self.attribute, values)))
        if isinstance(said, dict):  # by language
            return next((text_of(said[name]) for name in ("en", *said) if text_of(said.get(name))), "")
        return text_of(said)


@dataclass
class _Structure:
    """The frame that data sets refer to."""

    dataset_id: str
    published_at: datetime | None
    dimensions: dict[str, list[_Component]]
    attributes: dict[str, list[_Component]]
    measures: list[str]
    order: list[_Component] = field(default_factory=list)  # without time, in the publisher's order


def decode(body: bytes, context: DecodeContext) -> Decoded:
    """Observations of a data message; codes and dataflows of a structure message.

    Raises UnreadableError: those of ``unpacked`` and ``load_json``, not_sdmx_json, upstream_error, not_ready,
    bad_structure, no_data, too_many_deletions.
    """
    body, _ = unpacked(body, ".json")
    refuse_later(body, context.url)
    payload, remarks = load_json(body)
    if not isinstance(payload, dict):
        raise UnreadableError("not_sdmx_json", f"a JSON {type(payload).__name__} stands where a message is due")
    data = payload.get("data")
    inner = data if isinstance(data, dict) else payload
    _refuse_error(payload, has_data="dataSets" in inner or any(name in inner for name in (*LISTS, "dataflows")))
    is_data = "dataSets" in inner
    sink = Sink(context, "observation" if is_data else "code_label")
    sink.note_all(remarks)
    meta = payload.get("meta", payload.get("header"))
    if isinstance(meta, dict) and meta.get("test") is True:
        sink.note("the message is marked as a test; the .Stat Suite marks public answers so")
    if is_data:
        _Message(inner, context, sink).decode()
    else:
        read_structures(inner, context, sink)
    return sink.decoded()


def _refuse_error(payload: Mapping[str, Any], *, has_data: bool) -> None:
    errors = payload.get("errors", payload.get("error"))
    if not errors:
        return
    first = errors[0] if isinstance(errors, list) else errors
    said = first if isinstance(first, str) else ""
    code = ""
    if isinstance(first, dict):
        code = text_of(first.get("code"))
        said = next(
            (text for name in ("title", "detail", "message", "details") if (text := said_text(first.get(name)))), ""
        )
    if not has_data or code:
        reason = "not_ready" if code == "413" else "upstream_error"
        raise UnreadableError(reason, f"the publisher's error {code}: {said}")


class _Message:
    """One data message."""

    def __init__(self, message: Mapping[str, Any], context: DecodeContext, sink: Sink) -> None:
        self.message, self.context, self.sink = message, context, sink
        self.cells = Observations(context, sink)
        raw = message.get("structures", message.get("structure"))
        self._raw = raw if isinstance(raw, list) else [raw]
        self._built: dict[tuple[int, str], _Structure] = {}

    def decode(self) -> None:
        sets = self.message.get("dataSets")
        if not isinstance(sets, list) or len(sets) > _MAX_DATASETS:
            raise UnreadableError("not_sdmx_json", "dataSets is no list that can be read")
        for number, dataset in enumerate(sets):
            where = f"$.dataSets[{number}]"
            if not isinstance(dataset, dict):
                self.sink.reject(
                    where, "bad_dataset", f"a JSON {type(dataset).__name__} stands where a data set is due"
                )
                continue
            _DataSet(where, dataset, self._structure(dataset), self.context, self.sink, self.cells).decode()
        self.cells.finish()

    def _structure(self, dataset: Mapping[str, Any]) -> _Structure:
        at = dataset.get("structure", 0)
        at = at if isinstance(at, int) and not isinstance(at, bool) and 0 <= at < len(self._raw) else 0
        own = flow_of(dataset.get("links"))
        if (at, own[0]) not in self._built:
            raw = self._raw[at] if self._raw else None
            if not isinstance(raw, dict):
                raise UnreadableError("bad_structure", "the message describes no structure")
            self._built[at, own[0]] = self._build(raw, own)
        return self._built[at, own[0]]

    def _build(self, raw: Mapping[str, Any], own: tuple[str, str]) -> _Structure:
        dimensions, attributes = _components(raw.get("dimensions")), _components(raw.get("attributes"))
        measures = raw.get("measures")
        listed = measures.get("observation") if isinstance(measures, dict) else None
        names = (
            [text_of(item.get("id")) for item in listed if isinstance(item, dict)] if isinstance(listed, list) else []
        )
        flow, structure = flow_of(raw.get("links"))
        descriptions = [text_of(raw.get("description")), *by_language(raw.get("descriptions")).values()]
        dataset_id = named_dataset(flow or own[0], self.context.url, structure or own[1])
        if not dataset_id:
            self.sink.note("the data set names itself nowhere: dataset_id is 'unnamed'")
        every = [component for level in _LEVELS for component in dimensions[level]]
        if not every or len(every) > MAX_DIMENSIONS:
            raise UnreadableError("bad_structure", f"{len(every)} dimensions, 1 to {MAX_DIMENSIONS} are read")
        order = sorted((c for c in every if not c.is_time), key=lambda component: component.place)
        found = described(text for text in descriptions if text)
        return _Structure(dataset_id or "unnamed", found.published_at, dimensions, attributes, names[:10], order)


class _DataSet:
    """One data set: its cells, in series or flat."""

    def __init__(
        self,
        where: str,
        dataset: Mapping[str, Any],
        frame: _Structure,
        context: DecodeContext,
        sink: Sink,
        cells: Observations,
    ) -> None:
        self.where, self.dataset, self.frame = where, dataset, frame
        self.context, self.sink, self.cells = context, sink, cells
        self.action: Action = action_of(dataset.get("action"))
        self.concepts = {component.id: component.name for component in frame.order if component.name}
        self.fixed = {component.id: 0 for component in frame.dimensions["dataSet"]}
        self.attributes = self._attributes("dataSet", dataset.get("attributes"))
        self._places = [component for level in _LEVELS for component in frame.dimensions[level]]
        self._groups = self._group_attributes(dataset.get("dimensionGroupAttributes"))

    def decode(self) -> None:
        series, flat = self.dataset.get("series"), self.dataset.get("observations")
        if self.action == "D" and not series and not flat:
            self.cells.delete(self.where, self.frame.dataset_id, {c.id: "" for c in self.frame.order}, "")
            return
        if isinstance(flat, dict):
            self._cells(self.where, flat, {}, {}, "observation")
        for key, content in series.items() if isinstance(series, dict) else ():
            where = f"{self.where}.series[{one_line(key)[:60]!r}]"
            at = self._positions(key, "series")
            if at is None or not isinstance(content, dict):
                self.sink.reject(where, "bad_key", "the key of the series fits none of its dimensions")
                continue
            own = self._attributes("series", content.get("attributes"))
            observations = content.get("observations")
            if isinstance(observations, dict):
                self._cells(where, observations, at, own, "observation")
            elif self.action == "D":
                codes = {name: code for name, (code, _) in self._codes(at).items()}
                self.cells.delete(where, self.frame.dataset_id, codes, "")
            else:
                self.sink.note("series without cells")

    def _cells(
        self, where: str, cells: Mapping[str, Any], above: Mapping[str, int], own: Mapping[str, str], level: str
    ) -> None:
        for key, content in cells.items():
            locator = f"{where}.observations[{one_line(key)[:60]!r}]"
            at = self._positions(key, level)
            if at is None:
                self.sink.reject(locator, "bad_key", "the key of the cell fits none of its dimensions")
                continue
            self._cell(locator, {**self.fixed, **above, **at}, content, own)

    def _cell(self, locator: str, at: Mapping[str, int], content: Any, own: Mapping[str, str]) -> None:
        codes = self._codes(at)
        period, labels = "", {}
        named: dict[str, str] = {}
        for component in self._places:
            if component.is_time:
                period = codes.get(component.id, ("", ""))[0]
        for component in self.frame.order:
            named[component.id], labels[component.id] = codes.get(component.id, ("", ""))
        if self.action == "D":
            self.cells.delete(locator, self.frame.dataset_id, named, period)
            return
        parts = content if isinstance(content, list) else [content]
        count = max(1, len(self.frame.measures))
        attributes = {**self.attributes, **self._of_groups(at), **own}
        attributes |= self._attributes("observation", parts[count:])
        for number in range(count):
            several = count > 1
            self.cells.add(
                f"{locator}[{number}]" if several else locator,
                self.frame.dataset_id,
                named | {"MEASURE": self.frame.measures[number]} if several else named,
                period,
                parts[number] if number < len(parts) else None,
                attributes,
                labels=labels,
                action=self.action,
                published_at=self.frame.published_at,
                concepts=self.concepts,
            )

    def _codes(self, at: Mapping[str, int]) -> dict[str, tuple[str, str]]:
        return {component.id: component.code(at[component.id]) for component in self._places if component.id in at}

    def _positions(self, key: str, level: str) -> dict[str, int] | None:
        """Positions by dimension, or None where the key does not fit; in a deletion a position may be left out."""
        components = self.frame.dimensions[level]
        if len(key) > _MAX_KEY or not _KEY.fullmatch(key):
            return None
        parts = key.split(":") if components else []
        if len(parts) != len(components) and not (not components and key in ("", "0")):
            return None
        found = {}
        for component, part in zip(components, parts, strict=True):
            if not part and self.action == "D":
                continue
            if not _POSITION.fullmatch(part) or int(part) >= len(component.values):
                return None
            found[component.id] = int(part)
        return found

    def _attributes(self, level: str, said: Any) -> dict[str, str]:
        listed = said if isinstance(said, list) else []
        return {
            component.id: text
            for component, part in zip(self.frame.attributes[level], listed, strict=False)
            if (text := component.attribute(part))
        }

    def _group_attributes(self, said: Any) -> dict[tuple[int, ...], dict[tuple[int, ...], dict[str, str]]]:
        """Attributes of groups: places of the dimensions that a group is told by -> positions in them -> attributes."""
        groups: dict[tuple[int, ...], dict[tuple[int, ...], dict[str, str]]] = {}
        for key, listed in said.items() if isinstance(said, dict) else ():
            parts = key.split(":") if len(key) <= _MAX_KEY and _KEY.fullmatch(key) else []
            if len(parts) != len(self._places):
                self.sink.note("attributes of a group that fits no dimensions are not kept")
                continue
            mask = tuple(place for place, part in enumerate(parts) if part)
            if mask not in groups and len(groups) >= _MAX_MASKS:
                self.sink.note("attributes of more kinds of groups than are read")
                continue
            own = self._attributes("dimensionGroup", listed)
            groups.setdefault(mask, {})[tuple(int(parts[place]) for place in mask)] = own
        return groups

    def _of_groups(self, at: Mapping[str, int]) -> dict[str, str]:
        found: dict[str, str] = {}
        for mask, groups in self._groups.items():
            found |= groups.get(tuple(at.get(self._places[place].id, -1) for place in mask), {})
        return found


def _components(raw: Any) -> dict[str, list[_Component]]:
    found: dict[str, list[_Component]] = {level: [] for level in _LEVELS}
    count = 0
    for level in _LEVELS:
        listed = raw.get(level) if isinstance(raw, dict) else None
        for item in listed if isinstance(listed, list) else ():
            if not isinstance(item, dict) or count >= 4 * MAX_DIMENSIONS:
                raise UnreadableError("bad_structure", "a dimension or an attribute is described by no object")
            values, place, roles = item.get("values"), item.get("keyPosition"), item.get("roles", item.get("role"))
            name = text_of(item.get("id"))
            ordered = place if isinstance(place, int) and not isinstance(place, bool) else 1_000 + count
            is_time = name in TIME or roles == "TIME_PERIOD" or (isinstance(roles, list) and "TIME_PERIOD" in roles)
            listed_values = values if isinstance(values, list) else []
            has_list = isinstance(values, list)
            found[level].append(_Component(name, named(item), listed_values, ordered, is_time, has_list))
            count += 1
    names = [component.id for components in found.values() for component in components]
    if len(set(names)) != len(names):
        raise UnreadableError("bad_structure", "a dimension or an attribute is described twice")
    return found
